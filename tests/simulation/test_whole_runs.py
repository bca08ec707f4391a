"""Whole runs on the synthetic market: the books balance, nothing piles up, and every way of ending is met."""

from collections import Counter
from decimal import Decimal
from typing import Final

import pytest
from attrs import define, evolve

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from adapters.synthetic.instruments import BTCUSDT, ETHUSDT, XRPUSDT
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import BacktestPlan, StrategyPlan, run_backtest
from application.market_history import MarketHistory, Suspension
from application.trading.events import Event
from application.trading.records import ExitReason
from domain.margin import MarginMode
from domain.market import BarSeries
from domain.order import TriggerPrice
from domain.risk.settings import RiskSettings
from domain.sizing import EquityFraction, FixedQuantity, RiskFraction
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MS
from tests.plans import WIDE_LIMITS, plain_instrument, trend_plan
from tests.risk import only_limits
from tests.unit.application.trading.stage import WatchedEngine, perform

QUICK: Final = TrendFollowingParameters(fast_bars=4, slow_bars=12, atr_bars=7, strength_min=0.0, target_atr=3.0)
SLOWER: Final = TrendFollowingParameters(fast_bars=8, slow_bars=30, strength_min=0.2)
TWO: Final = (BTCUSDT, ETHUSDT)


def three_strategies(
    history: MarketHistory, *, rules: VenueRules | None = None, policy: RiskSettings = WIDE_LIMITS
) -> BacktestPlan:
    """Plan three strategies with three ways of sizing on every instrument, with costs."""
    plan = trend_plan(
        history,
        parameters=QUICK,
        sizing=EquityFraction(Decimal("0.5")),
        rules=rules or VenueRules(),
        risk=policy,
        start_equity=Decimal(100_000),
        instruments={symbol: plain_instrument(symbol, tick_size="0.0001") for symbol in history.symbols},
    )
    others = (
        StrategyPlan(
            name="slower",
            symbols=history.symbols,
            make=lambda _: TrendFollowing(SLOWER),
            sizing=RiskFraction(Decimal("0.02"), Decimal(3)),
        ),
        StrategyPlan(
            name="long only",
            symbols=history.symbols[:1],
            make=lambda _: TrendFollowing(evolve(QUICK, allow_short=False, stop_atr=1.0)),
            sizing=FixedQuantity(Decimal("0.5")),
        ),
    )
    return evolve(plan, strategies=(*plan.strategies, *others))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("trigger_by", TriggerPrice)
def test_a_run_with_every_feature_on_balances_and_is_certified(seed: int, trigger_by: TriggerPrice) -> None:
    market = SyntheticMarket(n_bars=500, instruments=(BTCUSDT, ETHUSDT, XRPUSDT))
    plan = evolve(three_strategies(generate(market, seed=seed)), trigger_by=trigger_by)

    result = run_backtest(plan)

    assert result.identity.difference == 0
    assert result.certificate.is_clean
    assert result.certificate.sampled >= 10
    assert result.identity.funding != 0
    assert result.identity.fees > 0
    assert len(result.log.trades) > 50
    perform(plan)


@pytest.mark.parametrize(
    "rules",
    [
        VenueRules(latency_ns=90 * NS_PER_MINUTE),
        VenueRules(margin_mode=MarginMode.ISOLATED, leverage=10),
        VenueRules(impact_coefficient=Decimal(20), half_spread_bps=Decimal(30)),
    ],
    ids=["slow", "isolated", "expensive"],
)
def test_a_run_under_hard_conditions_balances_and_forgets_no_order(rules: VenueRules) -> None:
    history = generate(SyntheticMarket(n_bars=500, instruments=TWO), seed=2)
    plan = three_strategies(history, rules=rules)

    assert run_backtest(plan).certificate.is_clean
    perform(plan)


def test_a_run_that_goes_bankrupt_ends_in_liquidations_and_balances() -> None:
    history = generate(SyntheticMarket(n_bars=800, instruments=TWO), seed=2)
    plan = trend_plan(
        history,
        parameters=evolve(SLOWER, stop_atr=None, target_atr=None, strength_min=0.0),
        sizing=EquityFraction(Decimal(9)),
        rules=VenueRules(),
        start_equity=Decimal(10_000),
    )

    result = run_backtest(plan)

    assert result.log.liquidations
    assert ExitReason.LIQUIDATION in {trade.exit_reason for trade in result.log.trades}
    assert result.identity.liquidation < 0
    assert result.identity.end_equity >= 0
    assert result.certificate.is_clean
    perform(plan)


def test_gaps_in_the_data_of_one_instrument_suspend_it_and_nothing_else() -> None:
    history = generate(SyntheticMarket(n_bars=400, instruments=TWO), seed=3)
    from_ns, until_ns = history.start_ns + 5 * NS_PER_DAY, history.start_ns + 8 * NS_PER_DAY
    gap = Suspension("BTCUSDT", from_ns, until_ns, "no funding known")
    played = perform(three_strategies(evolve(history, suspensions=(gap,))))

    inside = [fill for fill in played.fills if from_ns + NS_PER_HOUR < fill.executed_at_ns <= until_ns]
    assert {fill.symbol for fill in inside} == {"ETHUSDT"}
    assert any(refusal.reasons == ("suspended",) for refusal in played.refusals)
    assert any(trade.exit_reason is ExitReason.SUSPENSION for trade in played.trades)
    assert {fill.symbol for fill in played.fills if fill.executed_at_ns > until_ns} == {"BTCUSDT", "ETHUSDT"}


def test_tight_limits_refuse_and_the_run_goes_on() -> None:
    history = generate(SyntheticMarket(n_bars=400, instruments=TWO), seed=4)
    tight = only_limits(Decimal(60_000), Decimal("1.2"))
    played = perform(three_strategies(history, policy=tight))

    reasons = Counter(reason for refusal in played.refusals for reason in refusal.reasons)
    assert reasons["gross_leverage"] > 0
    assert reasons["order_notional"] > 0
    assert played.trades


def test_matching_on_minutes_decides_on_hours() -> None:
    minutes = generate(SyntheticMarket(n_bars=60 * 24 * 6, interval_ns=NS_PER_MINUTE, instruments=(BTCUSDT,)), seed=8)
    series = minutes.bars["BTCUSDT"]
    hours = _hours(minutes)
    plain = MarketHistory(bars={"BTCUSDT": hours})
    fine = evolve(plain, detail={"BTCUSDT": series})

    coarse, exact_path = (run_backtest(three_strategies(history)) for history in (plain, fine))

    assert exact_path.certificate.is_clean
    assert coarse.log.equity_at_ns == exact_path.log.equity_at_ns
    opened = {fill.executed_at_ns % NS_PER_HOUR for fill in exact_path.log.fills}
    assert opened - {0, 100 * NS_PER_MS}, "some stops or targets fill between the hours"


def _hours(minutes: MarketHistory) -> BarSeries:
    series = minutes.bars["BTCUSDT"]
    shape = (-1, 60)
    return BarSeries(
        "BTCUSDT",
        NS_PER_HOUR,
        series.opened_at_ns.reshape(shape)[:, 0],
        series.open.reshape(shape)[:, 0],
        series.high.reshape(shape).max(axis=1),
        series.low.reshape(shape).min(axis=1),
        series.close.reshape(shape)[:, -1],
        series.volume.reshape(shape).sum(axis=1),
    )


@define
class Load:
    """How much there was to do and to hold on one run."""

    handled: int = 0
    orders: int = 0
    working_max: int = 0
    waiting_max: int = 0


def load_of(history: MarketHistory) -> Load:
    load = Load()
    plan = three_strategies(history)
    venue = plan.make_venue()
    assert isinstance(venue, SimulatedVenue)

    def look(engine: WatchedEngine, _: Event) -> None:
        load.handled += 1
        load.working_max = max(load.working_max, *(len(book.working) for book in engine.books.values()))
        load.waiting_max = max(load.waiting_max, *(len(venue.open_orders(symbol)) for symbol in engine.books))

    played = perform(evolve(plan, make_venue=lambda: venue), look=look)
    load.orders = len(played.orders)
    return load


def test_five_times_the_length_is_five_times_the_work_and_no_more_to_hold() -> None:
    # One bar costs one event and each order a few reports. Per instrument at most three strategies have a stop and a
    # target each at work, besides the net order that closes and the one that opens; replaced ones are gone at once.
    short_run, long_run = (
        load_of(generate(SyntheticMarket(n_bars=n_bars, instruments=TWO), seed=9)) for n_bars in (400, 2_000)
    )

    assert 3 < long_run.handled / short_run.handled < 7
    assert 3 < long_run.orders / short_run.orders < 7
    assert long_run.handled < 2_000 * 2 + 4 * long_run.orders
    assert short_run.working_max <= 12
    assert long_run.working_max <= 12
    assert long_run.waiting_max <= 8
