"""Laws of pairs: whatever the markets, the venue and the strategy do, no leg stays alone and both are left together.

There is no mirror: coins cannot be sold short, so a pair is held one way round only.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from adapters.simulated.rules import VenueRules
from application.backtest import BacktestPlan, run_backtest
from application.market_history import MarketHistory
from application.trading.events import BarsClosed, Event
from application.trading.hedged_pair import HedgedPair
from application.venue_messages import OrderFilled, PositionLiquidated
from domain.pairs import HedgeRules
from domain.risk.settings import RiskSettings
from domain.signal import Signal
from domain.sizing import EquityFraction
from tests.plans import FRICTIONLESS, WIDE_LIMITS
from tests.property.test_engine_laws import COSTLY, N_BARS, N_QUIET, Look, wild_series
from tests.unit.application.trading.pair_stage import IN, SPOT, legs, pair_plan
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Played,
    Script,
    WatchedEngine,
    assert_shares_sum,
    long,
    perform,
    short,
)

_BARS_MAX: Final = 2
_HEDGES: Final = [HedgeRules(unhedged_bars_max=_BARS_MAX, unhedged_max=Decimal(part)) for part in ("0.1", "0.4", "50")]
_NET: Final = evolve(WIDE_LIMITS, account=evolve(WIDE_LIMITS.account, net_leverage_max=Decimal("0.2")))
_GROSS: Final = evolve(WIDE_LIMITS, account=evolve(WIDE_LIMITS.account, leverage_max=Decimal("0.7")))
_COUNTED: Final = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1))


@frozen(eq=False)
class PairWorld:
    """A contract and its coins, a pair of one strategy, perhaps another strategy beside it, one account."""

    history: MarketHistory
    lines: dict[int, Signal]
    others: list[Mapping[str, Script]]
    hedge: HedgeRules
    rules: VenueRules
    policy: RiskSettings
    equity: str
    fraction: Decimal = field(default=Decimal("0.6"))

    @property
    def plan(self) -> BacktestPlan:
        return pair_plan(
            self.history,
            self.lines,
            others=self.others,
            hedge=self.hedge,
            rules=self.rules,
            policy=self.policy,
            equity=self.equity,
            sizing=EquityFraction(self.fraction),
            leverage=10,
            taker_rate="0.0004",
        )

    def perform(self, look: Look | None = None) -> Played:
        return perform(self.plan, look=look)


said: Final = st.sampled_from([IN, IN, OUT, short(stop=2.0), long()])
scripts: Final = st.dictionaries(st.integers(0, N_BARS + N_QUIET - 3), said, max_size=10)
others: Final = st.fixed_dictionaries(
    {
        symbol: st.dictionaries(st.integers(0, N_BARS - 1), st.sampled_from([long(), short(), OUT]), max_size=4)
        for symbol in (COIN, SPOT)
    }
)


@st.composite
def pair_worlds(draw: st.DrawFn, *, is_alone: bool = False) -> PairWorld:
    """Draw a world that ends with some bars that do not move, in which everybody finds volume."""
    seed = draw(st.integers(0, 10_000))
    volumes = draw(st.sampled_from([(1_000.0,), (1_000.0, 0.0, 3.0), (0.0, 0.0, 7.0, 40.0)]))
    bars = {
        COIN: wild_series(COIN, seed, volumes=volumes, n_quiet=N_QUIET),
        SPOT: evolve(wild_series(COIN, seed + draw(st.integers(0, 1)), volumes=volumes, n_quiet=N_QUIET), symbol=SPOT),
    }
    return PairWorld(
        history=MarketHistory(bars=bars, funding={COIN: ()}),
        lines=draw(scripts),
        others=[] if is_alone else draw(st.lists(others, max_size=1)),
        hedge=draw(st.sampled_from(_HEDGES)),
        rules=draw(st.sampled_from([FRICTIONLESS, COSTLY])),
        policy=draw(st.sampled_from([WIDE_LIMITS, _NET, _GROSS, _COUNTED])),
        equity=draw(st.sampled_from(["10000", "1000"])),
        fraction=draw(st.sampled_from([Decimal("0.6"), Decimal(1), Decimal(3)])),
    )


def pair_of(engine: WatchedEngine) -> HedgedPair:
    (pair,) = engine.pairs
    return pair


class LegsAreBroughtTogether(Look):
    """After each decision both legs aim at the same, and what they hold unequal only shrinks, and not for long."""

    def __init__(self) -> None:
        self.was_unequal = self.stood_unequal = False
        self.sizes = (Decimal(0), Decimal(0))
        self.n_unequal = 0

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        pair = pair_of(engine)
        assert_shares_sum(engine)
        coins, contract = pair.coins.share, pair.contract.share
        assert coins.held >= 0 >= contract.held
        sizes = coins.held, -contract.held
        if self.was_unequal and isinstance(event, OrderFilled | PositionLiquidated):
            assert sizes[0] <= self.sizes[0]
            assert sizes[1] <= self.sizes[1]
        self.sizes = sizes
        if isinstance(event, BarsClosed):
            # An order that found no volume yet may still fill: until it has ended nobody knows what is unequal.
            assert pair.is_entering or abs(coins.target + contract.target) < pair.smallest
            self.was_unequal = pair.is_unequal and not pair.is_entering
            # What others cross with a leg while they decide comes before or after it is looked at.
            counted = {self.n_unequal + 1 if each else 0 for each in (self.stood_unequal, pair.is_unequal)}
            assert pair.n_unhedged in counted
            self.n_unequal = pair.n_unhedged
            if self.n_unequal > _BARS_MAX:
                assert coins.target == 0 == contract.target
        self.stood_unequal = pair.is_unequal


@settings(max_examples=60)
@given(world=pair_worlds())
def test_both_legs_aim_at_the_same_and_what_is_unequal_only_shrinks(world: PairWorld) -> None:
    world.perform(LegsAreBroughtTogether())


@settings(max_examples=40)
@given(world=pair_worlds())
def test_once_there_is_volume_the_legs_are_equal_and_a_flat_contract_means_flat_coins(world: PairWorld) -> None:
    played = world.perform()

    # The last signal is two bars before the end: decided, filled, and if need be matched.
    contract, coins = legs(played)
    assert abs(contract + coins) < pair_of(played.engine).smallest
    assert (contract == 0) == (coins == 0)


@settings(max_examples=40)
@given(world=pair_worlds())
def test_the_log_knows_every_bar_in_which_legs_were_unequal(world: PairWorld) -> None:
    class Counting(Look):
        def __init__(self) -> None:
            self.stood_unequal = False
            self.fewest = self.most = 0

        @override
        def __call__(self, engine: WatchedEngine, event: Event) -> None:
            is_unequal = pair_of(engine).is_unequal
            if isinstance(event, BarsClosed):
                # As above: a crossing at the bar itself may come before or after the look at the legs.
                self.fewest += self.stood_unequal and is_unequal
                self.most += self.stood_unequal or is_unequal
            self.stood_unequal = is_unequal

    counting = Counting()
    played = world.perform(counting)

    spells = played.engine.log.unhedged
    assert counting.fewest <= sum(spell.bars for spell in spells) <= counting.most
    assert all(spell.ended_at_ns is not None for spell in spells[:-1])


@settings(max_examples=15)
@given(world=pair_worlds(is_alone=True))
def test_what_a_pair_decides_is_the_same_without_the_future(world: PairWorld) -> None:
    assert run_backtest(world.plan).certificate.is_clean
