"""Samples of the marks, the record of followed signals, and forecasts held against what came."""

from decimal import Decimal
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.trading.market_risk import MarketRisk
from application.trading.shadow_record import ShadowRecord
from domain.risk.estimates import EstimateSettings
from domain.risk.settings import RiskSettings
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.plans import WIDE_LIMITS
from tests.support import START_NS
from tests.unit.application.trading.stage import COIN, OUT, long, make_history, make_plan, play, watched_engine

SETTINGS: Final = EstimateSettings(window_samples=60, samples_min=30)
steps: Final = st.lists(st.integers(-50, 50).map(lambda count: count / 1_000), min_size=61, max_size=140)

HOURLY: Final[list[float]] = np.random.default_rng(4).normal(0.0, 0.01, 200).tolist()


def sampled(prices: "list[float]", settings: EstimateSettings = SETTINGS) -> MarketRisk:
    """Return what has sampled these prices hour by hour."""
    books = watched_engine(make_plan(make_history([(100.0,)]), [{}])).books
    market = MarketRisk(books, settings)
    for row, price in enumerate(prices):
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


def test_a_signal_is_followed_from_the_sample_after_it_and_pays_for_what_it_trades() -> None:
    # Long heard between 100 and 110: held from 110 on. 110 to 121 is 10 %, and to 108.9 loses 10 %; leaving costs 1 %.
    record = ShadowRecord(10, 0.01)
    record.sample(100.0)
    record.direction = 1
    record.sample(110.0)
    assert record.returns.size == 0
    record.sample(121.0)
    record.direction = 0
    record.sample(108.9)

    assert record.returns == pytest.approx([0.1, -0.1 - 0.01])
    record.sample(50.0)
    assert record.returns.size == 2


def test_a_reversal_pays_for_both_sides() -> None:
    record = ShadowRecord(10, 0.01)
    record.direction = 1
    for price in (100.0, 100.0):
        record.sample(price)
    record.direction = -1
    record.sample(100.0)
    record.sample(90.0)

    # 0 less two units of 1 %; then short from 100 to 90.
    assert record.returns == pytest.approx([0.0, -0.02, 0.1])


def test_a_record_keeps_the_latest_returns() -> None:
    record = ShadowRecord(3, 0.0)
    record.direction = 1
    for price in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
        record.sample(price)

    assert record.returns == pytest.approx([4 / 3 - 1, 5 / 4 - 1, 6 / 5 - 1])


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
    played = play(rows, {60: long(), 80: OUT}, sizings=[FixedQuantity(Decimal(3))], policy=GUESSING)

    (forecast,) = played.engine.log.var_forecasts
    assert forecast.at_ns == START_NS + 3 * NS_PER_DAY
    # From midnight to midnight, although they were sold before: what was held is judged, not what came of it.
    assert forecast.outcome == pytest.approx(3.0 * (90.0 - closes[71]))
    # √24 times 1 % of what they were worth is a standard deviation.
    deviation = 0.049 * 3.0 * closes[71]
    assert 0.5 * deviation < forecast.value_at_risk <= forecast.expected_shortfall < 4.0 * deviation


def test_where_nothing_is_held_or_nothing_is_known_nothing_is_forecast() -> None:
    rows = [(101.0 if row % 2 else 100.0,) for row in range(100)]

    assert play(rows, {}, policy=GUESSING).engine.log.var_forecasts == []
    # Held over the first midnight, when 24 samples are known; out before the second.
    assert play(rows, {5: long(), 40: OUT}, policy=GUESSING).engine.log.var_forecasts == []
