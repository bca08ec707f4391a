"""Laws of a guarded account: what opens fits every limit, what closes is never refused, and skipping looks is exact."""

from collections.abc import Mapping
from decimal import Decimal
from math import inf
from random import Random
from typing import Final

import numpy as np
from attrs import define, evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from adapters.simulated.venue import SimulatedVenue
from application.backtest import BacktestPlan, run_backtest
from application.market_history import MarketHistory
from application.replay.driver import ReplayDriver
from application.trading.book import InstrumentBook
from application.trading.events import BarsClosed, Event
from application.trading.risk_controller import RiskController
from application.trading.worst_cases import worst_quantities
from domain.market import BarSeries
from domain.numbers import ZERO
from domain.risk.drawdown_levels import LadderPolicy, LevelAction, Rung
from domain.risk.estimates import EstimateSettings
from domain.risk.limits import AccountLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import TradingState
from domain.signal import Signal, SignalAction
from domain.sizing import EquityFraction, KellyAndRisk, RiskFraction, Sizing
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.plans import FRICTIONLESS
from tests.support import START_NS
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    Script,
    WatchedEngine,
    assert_shares_sum,
    make_plan,
    watched_engine,
)

N_BARS: Final = 80
N_QUIET: Final = 4
SYMBOLS: Final = (COIN, OTHER)
# Known from the 31st bar on, so that most of what is wanted can be had.
ESTIMATES: Final = EstimateSettings(window_samples=60, samples_min=30, half_life_samples=24.0)
DEFAULTS: Final = RiskSettings(
    order=OrderLimits(notional_max=None), account=AccountLimits(leverage_max=Decimal(3)), estimates=ESTIMATES
)
LOOSE: Final = evolve(
    DEFAULTS,
    position=PositionLimits(concentration_max=Decimal(3), correlated_max=Decimal(3)),
    account=AccountLimits(leverage_max=Decimal(3), var_daily_max=0.5, cvar_daily_max=0.5, capital_at_risk_max=1.0),
    losses=LossLimits(daily_fraction=Decimal("0.02"), losing_trades_max=2),
)
"""Positions large enough for the ladder and the loss limits to be reached within days."""


UNSAMPLED: Final = evolve(
    LOOSE,
    account=evolve(LOOSE.account, var_daily_max=None, cvar_daily_max=None, liquidation_probability_max=None),
    estimates=evolve(ESTIMATES, interval_s=86_400),
)
"""The account is looked at only where its equity says so, and not with every bar to sample the marks."""


def _rung(threshold: str, size_factor: str, reduce_to: str) -> Rung:
    action = LevelAction(
        size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to), halts=size_factor == reduce_to == "0"
    )
    return Rung(threshold=Decimal(threshold), action=action)


STEEP: Final = LadderPolicy(
    mild=_rung("0.002", "1", "1"),
    moderate=_rung("0.005", "0.5", "0.8"),
    severe=_rung("0.01", "0", "0.5"),
    limit=_rung("0.03", "0", "0"),
    hysteresis=Decimal("0.001"),
)


def market(seed: int) -> MarketHistory:
    """Return two instruments that move partly together, by 1 % an hour, and stand still at the end."""
    random = np.random.default_rng(seed)
    common = random.normal(0.0, 0.007, N_BARS)
    return MarketHistory(bars={symbol: _series(symbol, random, common) for symbol in SYMBOLS})


def _series(
    symbol: str, random: np.random.Generator, common: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> BarSeries:
    closes = np.round(100.0 * np.exp(np.cumsum(common + random.normal(0.0, 0.007, N_BARS))), 2)
    closes = np.concatenate([closes, np.full(N_QUIET, closes[-1])])
    opens = np.concatenate([[100.0], closes[:-1]])
    highs, lows = np.maximum(opens, closes), np.minimum(opens, closes)
    opened = START_NS + np.arange(len(closes), dtype=np.int64) * NS_PER_HOUR
    return BarSeries(symbol, NS_PER_HOUR, opened, opens, highs, lows, closes, np.full(len(closes), 1e6))


signals: Final = st.builds(
    Signal,
    action=st.sampled_from(SignalAction),
    reason=st.just("drawn"),
    strength=st.sampled_from([0.5, 1.0]),
    stop_distance=st.sampled_from([None, 1.0, 4.0]),
)
scripts: Final = st.fixed_dictionaries(
    {symbol: st.dictionaries(st.integers(10, N_BARS - 1), signals, max_size=12) for symbol in SYMBOLS}
)
sizings: Final[st.SearchStrategy[Sizing]] = st.sampled_from(
    [
        EquityFraction(Decimal(2)),
        RiskFraction(Decimal("0.02"), Decimal(3)),
        KellyAndRisk(risk_per_trade=Decimal("0.05"), atr_bars=5),
    ]
)


@frozen(eq=False)
class World:
    """One market, some strategies, one guarded account."""

    seed: int
    lines: list[dict[str, dict[int, Signal]]]
    rules: list[Sizing]
    risk: RiskSettings
    latency_ns: int

    def plan(self) -> BacktestPlan:
        lines: list[Mapping[str, Script]] = list(self.lines)
        return make_plan(
            market(self.seed),
            lines,
            rules=evolve(FRICTIONLESS, latency_ns=self.latency_ns),
            policy=self.risk,
            sizings=self.rules,
            taker_rate="0.0005",
        )


@st.composite
def worlds(draw: st.DrawFn, *, n_strategies: int = 2) -> World:
    n_drawn = draw(st.integers(1, n_strategies))
    return World(
        seed=draw(st.integers(0, 10_000)),
        lines=draw(st.lists(scripts, min_size=n_drawn, max_size=n_drawn)),
        rules=draw(st.lists(sizings, min_size=n_drawn, max_size=n_drawn)),
        risk=draw(
            st.sampled_from(
                [DEFAULTS, LOOSE, evolve(LOOSE, drawdown=STEEP), UNSAMPLED, evolve(UNSAMPLED, drawdown=STEEP)]
            )
        ),
        latency_ns=draw(st.sampled_from([0, 100 * NS_PER_MS, NS_PER_HOUR * 3 // 2])),
    )


def largest_side(book: InstrumentBook) -> Decimal:
    return max(worst_quantities(book, *book.working_quantities()))


def run(engine: WatchedEngine, plan: BacktestPlan) -> WatchedEngine:
    venue = plan.make_venue()
    assert isinstance(venue, SimulatedVenue)
    venue.deposit(plan.start_equity)
    ReplayDriver(plan.history, engine, venue).run()
    assert engine.equity == venue.equity
    return engine


class Guarded:
    """Looks after each event whether what has just been sent fits the limits, whatever of it fills."""

    def __init__(self, risk: RiskSettings) -> None:
        self.risk = risk
        self.n_orders = 0
        self.worst = dict.fromkeys(SYMBOLS, ZERO)

    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        assert_shares_sum(engine)
        sent = engine.log.orders[self.n_orders :]
        self.n_orders = len(engine.log.orders)
        before, self.worst = self.worst, {name: largest_side(engine.books[name]) for name in SYMBOLS}
        opening = [order for order in sent if not order.terms.reduce_only]
        if engine.is_halted:
            assert opening == []
        # At a bar of several instruments the later ones are valued before any is decided upon.
        grown = [order.terms.symbol for order in opening if self.worst[order.terms.symbol] > before[order.terms.symbol]]
        if isinstance(event, BarsClosed) and grown:
            self._assert_within(engine, grown)

    def _assert_within(self, engine: WatchedEngine, grown: list[str]) -> None:
        limits, equity = self.risk.limits, engine.equity
        values = {name: self.worst[name] * (engine.books[name].mark_price or ZERO) for name in SYMBOLS}
        assert limits.account.leverage_max is not None
        assert limits.position.concentration_max is not None
        assert sum(values.values()) <= limits.account.leverage_max * equity
        assert all(values[name] <= limits.position.concentration_max * equity for name in grown)


@settings(max_examples=25)
@given(world=worlds())
def test_what_opens_fits_the_limits_at_its_worst_and_the_shares_sum_to_the_positions(world: World) -> None:
    plan = world.plan()

    run(watched_engine(plan, look=Guarded(world.risk)), plan)


@settings(max_examples=20)
@given(world=worlds())
def test_the_way_out_is_never_refused(world: World) -> None:
    plan = world.plan()

    engine = run(watched_engine(plan), plan)

    assert all(" close: " not in refusal.detail for refusal in engine.log.refusals)
    if engine.controller.guard.latch.state is TradingState.HALTED:
        assert all(book.position.is_flat for book in engine.books.values())


EXPOSURE: Final = {
    "order_notional",
    "concentration",
    "correlated",
    "strategy_leverage",
    "gross_leverage",
    "net_leverage",
    "margin_ratio",
    "liquidation_distance",
    "liquidation_probability",
    "var_daily",
    "cvar_daily",
    "capital_at_risk",
    "leverage_bracket",
}


@settings(max_examples=25)
@given(world=worlds(n_strategies=1))
def test_what_one_strategy_was_sized_to_no_limit_on_exposure_refuses(world: World) -> None:
    plan = world.plan()

    engine = run(watched_engine(plan), plan)

    refused = {reason for refusal in engine.log.refusals if refusal.source == "gate" for reason in refusal.reasons}
    assert refused & EXPOSURE == set()


@define(eq=False)
class ObservesAlways(RiskController):
    """Looks at the account at every moment, and never takes a new high as something to be told of later."""

    @override
    def _refresh_due(self) -> None:
        self.quiet = inf, -inf, 0


def told(engine: WatchedEngine) -> tuple[object, ...]:
    log = engine.log
    return log.decisions, log.orders, log.refusals, log.trades, log.level_changes, log.state_changes, log.loss_breaches


@settings(max_examples=30)
@given(world=worlds(), risk=st.sampled_from([LOOSE, UNSAMPLED, evolve(UNSAMPLED, drawdown=STEEP)]))
def test_looking_only_when_something_can_have_changed_is_looking_always(world: World, risk: RiskSettings) -> None:
    plan = evolve(world, risk=risk).plan()
    sparing, always = watched_engine(plan), watched_engine(plan)
    always.controller.__class__ = ObservesAlways
    always.controller.quiet = inf, -inf, 0

    run(sparing, plan)
    run(always, plan)

    assert told(sparing) == told(always)
    assert sparing.controller.blocks == always.controller.blocks
    assert sparing.log.var_forecasts == always.log.var_forecasts


@settings(max_examples=10)
@given(world=worlds())
def test_without_its_curve_the_decision_core_decides_the_same(world: World) -> None:
    plan = world.plan()
    with_curve, without = watched_engine(plan), watched_engine(plan, keeps_curve=False)

    assert told(run(with_curve, plan)) == told(run(without, plan))
    assert list(without.log.equity) == []
    assert len(with_curve.log.equity) == N_BARS + N_QUIET


@settings(max_examples=8)
@given(world=worlds())
def test_no_decision_under_guard_knows_the_future(world: World) -> None:
    plan = evolve(world.plan(), sample=lambda n, k: Random(world.seed).sample(range(n), k), n_samples=5)

    assert run_backtest(plan).certificate.is_clean
