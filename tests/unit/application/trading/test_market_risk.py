"""Samples of the marks, forecasts held against what came, and marks that stand still."""

from decimal import Decimal
from typing import Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.trading.account_view import AccountView
from application.trading.day_starts import DayStarts
from application.trading.market_risk import MarketRisk
from application.trading.order_origin import OrderOrigin
from application.trading.pre_trade import PreTradeCheck
from domain.order import OrderTerms, OrderType, Side
from domain.risk.estimates import EstimateSettings
from domain.risk.gate import RiskGate
from domain.risk.settings import RiskSettings
from domain.risk.value_at_risk import VarMethod
from domain.risk.verdict import Approved, RefusalReason, Refused
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.plans import WIDE_LIMITS
from tests.support import START_NS
from tests.unit.application.trading.stage import COIN, OUT, long, make_history, make_plan, play, watched_engine

SETTINGS: Final = EstimateSettings(window_samples=60, samples_min=30)
steps: Final = st.lists(st.integers(-50, 50).map(lambda count: count / 1_000), min_size=61, max_size=140)

HOURLY: Final[list[float]] = np.random.default_rng(4).normal(0.0, 0.01, 200).tolist()


def sampled(prices: "list[float]", estimates: EstimateSettings = SETTINGS, *, first: int = 0) -> MarketRisk:
    """Return what has sampled these prices hour by hour, from an hour on."""
    books = watched_engine(make_plan(make_history([(100.0,)]), [{}])).books
    market = MarketRisk(books, estimates)
    for row, price in enumerate(prices, first):
        books[COIN].mark = price
        market.sample(START_NS + row * NS_PER_HOUR)
    return market


def path(moves: "list[float]") -> "list[float]":
    prices: list[float] = (100.0 * np.exp(np.cumsum(moves))).tolist()
    return prices


@given(moves=steps)
def test_only_the_window_counts_however_many_samples_came_before_it(moves: list[float]) -> None:
    prices = path(moves)
    whole, latest = sampled(prices).model, sampled(prices[-61:]).model

    assert (whole is None) == (latest is None)
    if whole is not None and latest is not None:
        assert whole.volatility(COIN) == pytest.approx(latest.volatility(COIN))
        assert whole.var_factor == pytest.approx(latest.var_factor)


def test_a_model_is_worked_out_once_for_each_sample() -> None:
    market = sampled(path(HOURLY[:61]))
    first = market.model

    assert first is not None
    assert market.model is first
    market.sample(START_NS + 61 * NS_PER_HOUR)
    assert market.model is not first


@pytest.mark.parametrize(("minutes", "due"), [(0, 1), (1, 1), (59, 1), (60, 2)])
def test_the_next_sample_is_due_at_the_next_whole_interval(minutes: int, due: int) -> None:
    market = sampled([])
    market.sample(START_NS + minutes * NS_PER_HOUR // 60)

    assert market.next_sample_ns == START_NS + due * NS_PER_HOUR


GUESSING: Final = RiskSettings(
    order=WIDE_LIMITS.order,
    position=WIDE_LIMITS.position,
    account=WIDE_LIMITS.account,
    losses=WIDE_LIMITS.losses,
    drawdown=WIDE_LIMITS.drawdown,
    estimates=EstimateSettings(window_samples=60, samples_min=30),
)


def test_a_forecast_is_for_what_is_held_at_midnight_and_closed_a_day_later() -> None:
    # Moves of 1 % an hour; three held over the third midnight, sold within the fourth day, at whose end they are at 90.
    closes = [round(price, 2) for price in path(HOURLY[:95])]
    rows = [(close,) for close in (*closes, *[90.0] * 26)]
    guess = evolve(GUESSING, estimates=evolve(GUESSING.estimates, method=VarMethod.NORMAL))
    played = play(rows, {60: long(), 80: OUT}, sizings=[FixedQuantity(Decimal(3))], policy=guess)

    (forecast,) = played.engine.log.var_forecasts
    assert forecast.at_ns == START_NS + 3 * NS_PER_DAY
    # From midnight to midnight, although they were sold before: what was held is judged, not what came of it.
    assert forecast.outcome == pytest.approx(3.0 * (90.0 - closes[71]))
    # √24 times 1 % of what they were worth is a standard deviation; a normal tail is 1.645 of it, and 2.063 beyond.
    deviation = 0.049 * 3.0 * closes[71]
    assert forecast.value_at_risk == pytest.approx(1.645 * deviation, rel=0.3)
    assert forecast.expected_shortfall == pytest.approx(2.0627 / 1.6449 * forecast.value_at_risk, rel=1e-3)


def test_what_happened_in_thirty_whole_days_is_forecast_from_then_on() -> None:
    # Risk is known from the 31st hour on, so that the second day is the first that counts; the 31st ends at midnight
    # 31, the 32nd is forecast and ends at midnight 32.
    prices = [round(price, 4) for price in path(np.random.default_rng(9).normal(0.0, 0.01, 33 * 24).tolist())]
    played = play([(price,) for price in prices], {40: long()}, policy=GUESSING)

    forecasts = played.engine.log.var_forecasts
    assert [each.at_ns for each in forecasts] == [START_NS + 32 * NS_PER_DAY]
    # The second worst of thirty days, 5 % of 30 being 1.5: each in the deviation of its own day.
    assert forecasts[0].value_at_risk == pytest.approx(1.645 * 0.049 * prices[32 * 24 - 1], rel=0.5)


@given(n_days=st.integers(30, 45))
@settings(max_examples=5)
def test_only_the_latest_days_make_the_tail(n_days: int) -> None:
    # Of 33 days the first two are lost to learning the deviation, and the last has only begun.
    moves = np.random.default_rng(n_days).normal(0.0, 0.01, (n_days + 5) * 24).tolist()
    few = EstimateSettings(window_samples=60, samples_min=30, tail_days=30)
    whole, latest = sampled(path(moves), few), sampled(path(moves)[-33 * 24 :], few, first=(n_days + 5 - 33) * 24)

    assert whole.tail({COIN: 1.0}) == latest.tail({COIN: 1.0})
    assert whole.tail({COIN: 1.0}) is not None


def test_where_nothing_is_held_or_nothing_is_known_nothing_is_forecast() -> None:
    rows = [(price,) for price in path(HOURLY[:100])]

    assert play(rows, {}, policy=GUESSING).engine.log.var_forecasts == []
    # Held over the first midnight, when 24 samples are known; out before the second.
    assert play(rows, {5: long(), 40: OUT}, policy=GUESSING).engine.log.var_forecasts == []


# A mark that stands still


BUDGET: Final = evolve(GUESSING, account=evolve(GUESSING.account, var_daily_max=0.5))


@pytest.mark.parametrize("method", list(VarMethod))
@given(n_frozen=st.integers(30, 120))
@settings(max_examples=10)
def test_what_stands_still_is_unknown_whatever_it_did_before(method: VarMethod, n_frozen: int) -> None:
    prices = path(HOURLY)
    still = sampled([*prices, *[prices[-1]] * n_frozen], evolve(SETTINGS, method=method))

    assert still.model is None
    assert still.tail({COIN: 1.0}) is None


def market_order(quantity: int) -> OrderTerms:
    return OrderTerms(symbol=COIN, side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(quantity))


@pytest.mark.parametrize(("is_frozen", "quantity"), [(False, 1), (True, 0)])
def test_nothing_is_sized_and_nothing_passes_the_gate_while_a_mark_stands_still(
    *, is_frozen: bool, quantity: int
) -> None:
    # Half of equity a day is room for a thousand of one unit; of what does not move there is none at all.
    prices = [*path(HOURLY[:60]), *([100.0] * 60 if is_frozen else path(HOURLY[60:120]))]
    played = play([(round(price, 2),) for price in prices], {110: long()}, policy=BUDGET)

    (decision,) = played.engine.log.decisions
    assert decision.target_quantity == quantity
    engine = played.engine
    origin = OrderOrigin(strategies=("A",), openers=("A",), decided_at_ns=engine.now_ns)
    verdict = PreTradeCheck(
        BUDGET,
        AccountView(engine.books, engine.account, engine.terms, BUDGET.limits),
        engine.controller.market,
        engine.controller,
        RiskGate(BUDGET.limits),
    ).assess(engine.books[COIN], market_order(1), "open", origin, engine.now_ns)
    if is_frozen:
        assert decision.bound_by == "estimate_missing"
        assert isinstance(verdict, Refused)
        assert RefusalReason.VAR_DAILY in verdict.reasons
    else:
        assert isinstance(verdict, Approved)


# Days kept in one piece


@given(n_days=st.integers(0, 150), n_kept=st.integers(2, 70))
def test_the_latest_days_are_kept_and_what_was_given_away_stays_as_it_was(n_days: int, n_kept: int) -> None:
    starts, given_away = DayStarts(1, n_kept), []
    for day in range(n_days):
        starts.append(float(day), np.array([100.0 + day]), np.array([[0.01 * day]]))
        given_away.append(starts.history)

    for day, history in enumerate(given_away):
        latest = np.arange(max(0, day + 1 - n_kept), day + 1)
        assert history.began_at.tolist() == latest.tolist()
        assert history.prices[:, 0].tolist() == (100.0 + latest).tolist()
        assert history.covariances[:, 0, 0] == pytest.approx(0.01 * latest)
