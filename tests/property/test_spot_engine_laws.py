"""Laws of the decision core where a spot pair is traded beside its perpetual, by strategies that want anything."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from application.market_history import MarketHistory
from application.trading.account_view import AccountTerms
from application.trading.events import Event
from application.trading.records import SentOrder
from application.venue_messages import OrderFilled, PositionLiquidated
from domain.market import FundingEvent
from domain.numbers import ZERO
from domain.order import Side
from domain.risk.settings import RiskSettings
from domain.signal import Signal, SignalAction
from domain.sizing import EquityFraction, FixedQuantity
from domain.time_units import NS_PER_HOUR
from tests.plans import FRICTIONLESS, WIDE_LIMITS
from tests.property.test_engine_laws import COSTLY, N_BARS, Look, signals, wild_series
from tests.support import START_NS
from tests.unit.application.trading.stage import (
    COIN,
    Played,
    Script,
    WatchedEngine,
    assert_shares_sum,
    long,
    make_history,
    make_plan,
    perform,
    short,
)

SPOT: Final = "COINUSDT-SPOT"
SYMBOLS: Final = (COIN, SPOT)
LEVERAGE: Final = 20

_CAREFUL: Final = evolve(
    WIDE_LIMITS,
    account=evolve(
        WIDE_LIMITS.account,
        leverage_max=Decimal(4),
        margin_ratio_max=Decimal("0.5"),
        liquidation_distance_min=Decimal("0.05"),
    ),
)


@frozen(eq=False)
class BothMarkets:
    """A perpetual and the pair of its coin, some strategies on both, one account."""

    history: MarketHistory
    scripts: list[dict[str, dict[int, Signal]]]
    fraction: Decimal | None
    policy: RiskSettings
    equity: str
    is_costly: bool

    def perform(self, look: Look | None = None) -> Played:
        lines: list[Mapping[str, Script]] = list(self.scripts)
        sizing = FixedQuantity(Decimal(2)) if self.fraction is None else EquityFraction(self.fraction)
        plan = make_plan(
            self.history,
            lines,
            rules=evolve(COSTLY if self.is_costly else FRICTIONLESS, leverage=LEVERAGE),
            policy=self.policy,
            sizings=[sizing] * len(lines),
            equity=self.equity,
            taker_rate="0.0004",
        )
        return perform(evolve(plan, terms=AccountTerms(leverage=LEVERAGE)), look=look)


# So few signals that positions live long enough to be liquidated.
scripts: Final = st.fixed_dictionaries(
    {symbol: st.dictionaries(st.integers(0, N_BARS - 1), signals, max_size=4) for symbol in SYMBOLS}
)


@st.composite
def both_markets(draw: st.DrawFn) -> BothMarkets:
    seed = draw(st.integers(0, 10_000))
    rates = draw(st.dictionaries(st.integers(1, N_BARS - 1), st.integers(-100, 100), max_size=4))
    settled = [
        FundingEvent(COIN, START_NS + row * NS_PER_HOUR, rate * Decimal("0.0001"))
        for row, rate in sorted(rates.items())
    ]
    history = MarketHistory(
        bars={COIN: wild_series(COIN, seed), SPOT: evolve(wild_series(COIN, seed + 1), symbol=SPOT)},
        funding={COIN: tuple(settled)},
    )
    return BothMarkets(
        history=history,
        scripts=draw(st.lists(scripts, min_size=1, max_size=3)),
        fraction=draw(st.none() | st.sampled_from([Decimal("0.4"), Decimal("0.9"), Decimal(12)])),
        policy=draw(st.sampled_from([WIDE_LIMITS, _CAREFUL])),
        equity=draw(st.sampled_from(["100000", "1000", "300", "150"])),
        is_costly=draw(st.booleans()),
    )


class CoinsArePaidAndNeverOwed(Look):
    """No share and no account holds less than nothing of a coin, and what was paid came from cash that was free."""

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        book = engine.books[SPOT]
        assert book.position.signed_quantity >= 0
        assert all(share.held >= 0 and share.target >= 0 for share in book.shares)
        if isinstance(event, OrderFilled) and event.fill.symbol == SPOT and event.fill.side is Side.BUY:
            assert engine.ledger.wallet_balance - book.position.cost >= 0


class OnlyContractsAreLiquidated(CoinsArePaidAndNeverOwed):
    """And what liquidates contracts leaves all coins where they are."""

    def __init__(self) -> None:
        self.coins = ZERO

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        super().__call__(engine, event)
        assert_shares_sum(engine)
        coins = engine.books[SPOT].position.signed_quantity
        if isinstance(event, PositionLiquidated):
            assert event.fill.symbol == COIN
            assert coins == self.coins
        self.coins = coins


SQUEEZED: Final = BothMarkets(
    history=make_history({COIN: [(100.0,)] * 3 + [(160.0,)] * 3, SPOT: [(100.0,)] * 3 + [(150.0,)] * 3}),
    scripts=[{SPOT: {0: long(stop=10.0)}, COIN: {0: short()}}],
    fraction=None,
    policy=WIDE_LIMITS,
    equity="300",
    is_costly=False,
)
"""Two coins held and two contracts sold short, until the contracts rise more than the 100 of cash behind them."""


def test_contracts_are_liquidated_beside_coins_that_gained_as_much() -> None:
    engine = SQUEEZED.perform(OnlyContractsAreLiquidated()).engine

    (report,) = engine.log.liquidations
    # 100 of cash less 0.16 of fees back 2 contracts, which lose 120 in the gap and cost 0.128 + 4 to close.
    assert report.insurance == Decimal("24.288")
    assert report.fill.symbol == COIN
    assert engine.books[SPOT].position.signed_quantity == 2
    # What is left is what the coins are worth: cash is gone, and what it lacked the fund paid.
    assert engine.equity == 300


@settings(max_examples=40)
@example(world=SQUEEZED)
@given(world=both_markets())
def test_coins_are_paid_with_free_cash_and_out_of_reach_of_liquidation_and_funding(world: BothMarkets) -> None:
    # At the end all books are compared: the engine's, the venue's, and what the executions alone say.
    played = world.perform(OnlyContractsAreLiquidated())

    assert {payment.symbol for payment in played.engine.log.funding} <= {COIN}


def _is_sale_beyond(order: SentOrder) -> bool:
    return order.terms.symbol == SPOT and order.terms.side is Side.SELL and not order.terms.reduce_only


@settings(max_examples=40)
@given(world=both_markets())
def test_every_sale_of_coins_only_reduces_and_every_wish_to_be_short_is_refused_by_name(world: BothMarkets) -> None:
    played = world.perform()

    assert not any(map(_is_sale_beyond, played.orders))
    wishes = [
        decision
        for decision in played.engine.log.decisions
        if decision.symbol == SPOT and decision.signal.action is SignalAction.ENTER_SHORT
    ]
    assert all(decision.target_quantity == 0 for decision in wishes)
    named = [each for each in played.refusals if each.symbol == SPOT and each.source == "size"]
    assert {each.reasons for each in named} <= {
        ("short_not_allowed",),
        ("insufficient_balance",),
        ("venue_minimum",),
        ("liquidation_safety",),
        ("margin_ratio",),
        ("leverage",),
        ("equity",),
    }
    # Whatever leaves less still, as leverage that is used up already, is what binds.
    assert all(("short_not_allowed", 0.0) in decision.candidates for decision in wishes if decision.candidates)
