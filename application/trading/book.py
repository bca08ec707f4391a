"""What the decision core knows about one instrument: its price, its position, its orders, its shares."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import define, field, frozen

from application.market_history import Suspension
from application.trading.share import Share
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.instrument import Instrument
from domain.market import Bar
from domain.numbers import ZERO, exact
from domain.order import ClientOrderId, Order, Side
from domain.position import Position

NEVER_NS: Final = 2**63 - 1


class Purpose(Enum):
    """What an order is for, which decides what follows when it ends."""

    OPEN = "open"
    CLOSE = "close"
    STOP = "stop"
    TARGET = "target"


@define(eq=False)
class WorkingOrder:
    """An order that the venue may still fill.

    Attributes:
        order: The order itself.
        purpose: What it is for.
        share: Whose it is; None for the net orders of the instrument.
    """

    order: Order
    purpose: Purpose
    share: Share | None


@frozen
class WorkingSums:
    """What working orders can still fill, base units, never negative.

    Attributes:
        opening_buys: Of those that can open, by buying.
        opening_sells: The same by selling.
        buys: Of all of them, by buying.
        sells: The same by selling.
    """

    opening_buys: Decimal
    opening_sells: Decimal
    buys: Decimal
    sells: Decimal


def _add_up(working: Iterable[WorkingOrder]) -> WorkingSums:
    opening = {Side.BUY: ZERO, Side.SELL: ZERO}
    reducing = {Side.BUY: ZERO, Side.SELL: ZERO}
    for each in working:
        terms = each.order.terms
        (reducing if terms.reduce_only else opening)[terms.side] += each.order.leaves_quantity
    buys, sells = opening[Side.BUY], opening[Side.SELL]
    return WorkingSums(buys, sells, buys + reducing[Side.BUY], sells + reducing[Side.SELL])


@define(eq=False)
class InstrumentBook:
    """One instrument as the decision core sees it.

    Attributes:
        instrument: Its trading rules.
        shares: The strategies that trade it; what they hold sums to the position.
        position: What the account holds.
        working: Orders that may still fill.
        mark: Last known mark price (the last close where no marks come), quote per base; 0 before the first.
        marked_at_ns: When that was.
        has_own_marks: Whether mark prices come by themselves.
        suspended_from_ns: When the next stretch without trading begins.
        last_bar: The bar that closed last; views of strategies have it too, but those they could write to.
        is_unsettled: A target may have changed, or an order ended, since the targets were last traded.
        has_inner_stops: Whether a share has a stop that is kept here and has to be watched.
        scenario: What kind of market it is, as far as anybody can tell.
        scenario_confidence: How sure its direction is, 0 to 1; 0 where nothing is known of it.
        held_float: Position as float, for the equity curve.
        cost_float: Cost of the position as float.
    """

    instrument: Instrument
    shares: Sequence[Share]
    suspensions: Sequence[Suspension] = ()
    position: Position = field(init=False)
    working: dict[ClientOrderId, WorkingOrder] = field(factory=dict, init=False)
    mark: float = field(default=0.0, init=False)
    marked_at_ns: int = field(default=0, init=False)
    has_own_marks: bool = field(default=False, init=False)
    suspended_from_ns: int = field(default=NEVER_NS, init=False)
    last_bar: Bar | None = field(default=None, init=False)
    is_unsettled: bool = field(default=False, init=False)
    has_inner_stops: bool = field(default=False, init=False)
    scenario: Scenario = field(default=NOTHING_KNOWN, init=False)
    scenario_confidence: float = field(default=0.0, init=False)
    held_float: float = field(default=0.0, init=False)
    cost_float: float = field(default=0.0, init=False)
    # Every entry asks for it of every instrument, and it seldom changes in between.
    _working_sums: WorkingSums | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.position = Position(self.instrument.symbol)
        self.suspended_from_ns = min((gap.start_ns for gap in self.suspensions), default=NEVER_NS)

    @property
    def mark_price(self) -> Decimal | None:
        """The mark as an exact price, None before the first bar."""
        return exact(self.mark) if self.mark > 0 else None

    @property
    def notional(self) -> Decimal:
        """Value of the position at the mark, quote currency, never negative."""
        return abs(self.position.signed_quantity) * (self.mark_price or ZERO)

    @property
    def expected_quantity(self) -> Decimal:
        """What will be held once the working net orders have done what they can, base units, signed."""
        total = self.position.signed_quantity
        for working in self.working.values():
            if working.share is None:
                quantity = working.order.leaves_quantity * working.order.terms.side.sign
                if working.order.terms.reduce_only:
                    quantity = max(quantity, min(-total, ZERO)) if quantity < 0 else min(quantity, max(-total, ZERO))
                total += quantity
        return total

    @property
    def has_net_orders(self) -> bool:
        """Whether an order of the instrument as a whole is working."""
        return any(working.share is None for working in self.working.values())

    def note_orders_changed(self) -> None:
        """Take note that an order came, ended, or was filled or triggered: what is working is added up anew."""
        self._working_sums = None

    def working_quantities(self) -> tuple[Decimal, Decimal]:
        """Return what the working orders can still open, base units: buys, sells."""
        sums = self.working_sums
        return sums.opening_buys, sums.opening_sells

    @property
    def kept_quantity(self) -> Decimal:
        """The part of the position that stays whatever fills, base units, signed."""
        held, sums = self.position.signed_quantity, self.working_sums
        return max(held - sums.sells, ZERO) if held > 0 else min(held + sums.buys, ZERO)

    @property
    def working_sums(self) -> WorkingSums:
        """What the working orders can still fill."""
        if self._working_sums is None:
            self._working_sums = _add_up(self.working.values())
        return self._working_sums

    def suspension_at(self, at_ns: int) -> Suspension | None:
        """Return the stretch without trading that holds at an instant; called only once one has begun."""
        following = [gap.start_ns for gap in self.suspensions if gap.start_ns > at_ns]
        for gap in self.suspensions:
            if gap.start_ns <= at_ns < gap.end_ns:
                return gap
        self.suspended_from_ns = min(following, default=NEVER_NS)
        return None

    def refresh_floats(self) -> None:
        """Take over the position into the floats of the equity curve."""
        self.held_float = float(self.position.signed_quantity)
        self.cost_float = float(self.position.cost)
