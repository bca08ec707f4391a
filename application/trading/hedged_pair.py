"""A contract and the coins held against it, as the decision core sees them: two shares of one strategy, held as one."""

from decimal import Decimal

from attrs import Factory, define, field

from application.ports.strategy import PairedStrategy
from application.trading.book import InstrumentBook
from application.trading.records import UnhedgedSpell
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.numbers import ZERO, exact
from domain.order import Side
from domain.pairs import HedgeRules, PairView, common_lot, floor_to
from domain.signal import Signal


@define(eq=False)
class PairLeg:
    """Stands for the paired strategy in one of its instruments, about which alone it says nothing.

    Attributes:
        decides: The paired strategy. That of the contract decides for both; that of the coins is only asked for its
            lookback.
        lookback_bars: How many past bars it needs.
    """

    decides: PairedStrategy
    lookback_bars: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.lookback_bars = self.decides.lookback_bars

    def on_bar(self, _view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; decided is once it has closed in both."""
        return None


@define(eq=False)
class Leg:
    """One of the two instruments, and the strategy's share of it.

    Attributes:
        book: The instrument.
        share: What the strategy wants and holds there.
    """

    book: InstrumentBook
    share: Share

    @property
    def kept(self) -> Decimal:
        """What is held and not on its way out, base units, never negative."""
        share = self.share
        return min(abs(share.held), abs(share.target)) if share.held * share.target > 0 else ZERO

    @property
    def is_leaving(self) -> bool:
        """Whether all of what is held, if anything is, is on its way out."""
        return self.share.target == 0

    def is_opening(self, side: Side) -> bool:
        """Whether an order of the instrument as a whole is under way that opens on a side."""
        return any(
            each.share is None and each.order.terms.side is side and not each.order.terms.reduce_only
            for each in self.book.working.values()
        )


@define(eq=False)
class HedgedPair:
    """What one strategy wants and holds of a contract and its coins.

    Attributes:
        strategy: Decides for both.
        contract: The contract.
        coins: The spot pair.
        rules: How long and how much of one leg may stand alone.
        view: What the strategy may see.
        wish: What each leg is to come to, base units; zero while nothing is entered.
        matched: What both legs held when they last were equal, base units.
        step_scale: Part of the largest step that the next step of an entry takes: halved by each that came out unequal.
        asked: What each leg was to hold after the step that is under way, base units; None without one.
        n_unhedged: Decisions in a row that found the legs unequal.
        spell: The present stretch of unequal legs, None without one.
        decided_at_ns: The last instant that was decided upon.
        has_failed: Whether the strategy has failed and is asked no more.
    """

    strategy: PairedStrategy
    contract: Leg
    coins: Leg
    rules: HedgeRules
    view: PairView = Factory(lambda self: PairView(self.contract.share.view, self.coins.share.view), takes_self=True)
    wish: Decimal = field(default=ZERO, init=False)
    matched: Decimal = field(default=ZERO, init=False)
    step_scale: Decimal = field(default=Decimal(1), init=False)
    asked: Decimal | None = field(default=None, init=False)
    n_unhedged: int = field(default=0, init=False)
    spell: UnhedgedSpell | None = field(default=None, init=False)
    decided_at_ns: int = field(default=-1, init=False)
    has_failed: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.contract.share.name

    @property
    def lot(self) -> Decimal:
        """The smallest quantity that is whole lots of both, base units."""
        return common_lot(self.contract.book.instrument, self.coins.book.instrument)

    @property
    def smallest(self) -> Decimal:
        """The smallest quantity that can be traded of both, base units: legs that differ by less are equal."""
        rules = self.contract.book.instrument, self.coins.book.instrument
        return max(self.lot, *(each.quantity_min for each in rules))

    @property
    def is_unequal(self) -> bool:
        """Whether one leg holds so much beyond the other that it could be traded."""
        return abs(self.unhedged) >= self.smallest

    @property
    def kept(self) -> Decimal:
        """What both legs hold and neither is leaving, base units, whole lots of both."""
        return floor_to(min(self.contract.kept, self.coins.kept), self.lot)

    @property
    def unhedged(self) -> Decimal:
        """Coins held beyond the contracts sold, base units; negative where contracts are short beyond the coins."""
        return self.coins.share.held + self.contract.share.held

    @property
    def unhedged_value(self) -> Decimal:
        """Value of what one leg holds beyond the other, at the contract's mark, quote currency, never negative."""
        return abs(self.unhedged) * exact(self.contract.book.mark)

    @property
    def is_entering(self) -> bool:
        """Whether orders are under way that open more of a leg, so that the legs may yet become equal."""
        return self.contract.is_opening(Side.SELL) or self.coins.is_opening(Side.BUY)

    @property
    def is_leaving(self) -> bool:
        """Whether both legs want out, or nothing is held and wanted."""
        return self.contract.is_leaving and self.coins.is_leaving

    @property
    def has_closed(self) -> bool:
        """Whether bars of both closed at one instant that was not decided upon before."""
        contract, coins = self.view.contract, self.view.coins
        if not contract.n_bars or not coins.n_bars:
            return False
        at_ns = contract.bar.closed_at_ns
        return at_ns == coins.bar.closed_at_ns and at_ns > self.decided_at_ns
