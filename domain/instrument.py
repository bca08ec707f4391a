"""Trading rules of one instrument: a linear, quote-margined perpetual contract, or a pair of the spot market."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import Enum
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import Attribute, Factory, astuple, field, frozen, validators

from domain.numbers import ZERO, ceil_to_step, floor_to_step, is_multiple, shortest

BracketRow: TypeAlias = tuple[Decimal, Decimal, Decimal, int]
"""Notional floor, notional cap, maintenance rate, largest leverage."""

SPOT_SUFFIX: Final = "-SPOT"
"""Ends the symbol of a spot instrument, and of no other: the rest is the pair's name at the venue."""

_positive = validators.gt(ZERO)
_fraction = validators.and_(validators.gt(ZERO), validators.lt(Decimal(1)))


class InstrumentKind(Enum):
    """What is traded. The values are stored in configurations."""

    PERPETUAL = "perpetual"
    """A contract: margined, held long or short, with funding and liquidation."""

    SPOT = "spot"
    """The coin itself: paid in full, only held long, without funding, margin or liquidation."""


def kind_of(symbol: str) -> InstrumentKind:
    """Return the kind of the instrument that has this symbol; its ending tells."""
    return InstrumentKind.SPOT if is_spot(symbol) else InstrumentKind.PERPETUAL


def is_spot(symbol: str) -> bool:
    """Return whether the instrument that has this symbol is a spot pair."""
    return symbol.endswith(SPOT_SUFFIX)


def venue_symbol(symbol: str) -> str:
    """Return the name of an instrument in its own market: a pair and its perpetual share it, as they do at Binance."""
    return symbol.removesuffix(SPOT_SUFFIX)


@frozen
class MarginBracket:
    """Margin terms for positions whose notional lies in [notional_floor, notional_cap).

    Attributes:
        notional_floor: Where the bracket begins, quote currency.
        notional_cap: Where the next one begins, quote currency.
        maintenance_rate: Fraction of notional needed to stay open; zero only for what has no margin at all.
        maintenance_amount: Deducted from rate × notional, so that the margin is continuous across brackets.
        leverage_max: Largest leverage setting the venue allows here.
    """

    notional_floor: Decimal = field(validator=validators.ge(ZERO))
    notional_cap: Decimal = field(validator=_positive)
    maintenance_rate: Decimal = field(validator=[validators.ge(ZERO), validators.lt(Decimal(1))])
    maintenance_amount: Decimal = field(validator=validators.ge(ZERO))
    leverage_max: int = field(validator=validators.ge(1))

    def __attrs_post_init__(self) -> None:
        if self.notional_cap <= self.notional_floor:
            raise ValueError(f"margin bracket ends at {self.notional_cap}, before it begins at {self.notional_floor}")

    def maintenance_margin(self, notional: Decimal) -> Decimal:
        """Return notional × rate − amount, quote currency."""
        return notional * self.maintenance_rate - self.maintenance_amount


@frozen
class MarginSchedule:
    """The brackets of one instrument that hold from one instant on.

    Attributes:
        effective_at_ns: First instant at which the venue used these brackets.
        brackets: Ascending and touching, the first one from zero.
    """

    effective_at_ns: int
    brackets: tuple[MarginBracket, ...] = field()

    @brackets.validator
    def _brackets_touch(self, _: "Attribute[tuple[MarginBracket, ...]]", brackets: tuple[MarginBracket, ...]) -> None:
        if not brackets or brackets[0].notional_floor != 0:
            raise ValueError("margin brackets must begin at notional 0")
        for lower, upper in pairwise(brackets):
            if lower.notional_cap != upper.notional_floor:
                raise ValueError(f"margin brackets leave a gap: {lower.notional_cap} to {upper.notional_floor}")
            if upper.maintenance_rate <= lower.maintenance_rate:
                raise ValueError(f"maintenance rate does not rise at notional {upper.notional_floor}")

    @classmethod
    def from_rows(cls, rows: Iterable[BracketRow], *, effective_at_ns: int = 0) -> "MarginSchedule":
        """Build a schedule from (floor, cap, maintenance rate, largest leverage), working out the amounts.

        amount_n = floor_n × (rate_n − rate_{n−1}) + amount_{n−1} ("Leverage and Margin of USDⓈ-M Futures",
        Binance), which is what makes the margin continuous where brackets meet.
        """
        brackets: list[MarginBracket] = []
        amount, rate_before = ZERO, ZERO
        for floor, cap, rate, leverage_max in rows:
            amount += floor * (rate - rate_before) if brackets else ZERO
            brackets.append(MarginBracket(floor, cap, rate, amount, leverage_max))
            rate_before = rate
        return cls(effective_at_ns, tuple(brackets))

    @cached_property
    def float_terms(self) -> tuple[tuple[float, float], ...]:
        """Maintenance rate and amount of each bracket, for estimates."""
        return tuple((float(each.maintenance_rate), float(each.maintenance_amount)) for each in self.brackets)

    @cached_property
    def float_rate_max(self) -> float:
        """The largest maintenance rate, for estimates."""
        return max(rate for rate, _ in self.float_terms)

    def bracket_at(self, notional: Decimal) -> MarginBracket:
        """Return the bracket of a notional; beyond the last cap the last bracket goes on."""
        for bracket in self.brackets:
            if notional < bracket.notional_cap:
                return bracket
        return self.brackets[-1]

    def maintenance_margin(self, notional: Decimal) -> Decimal:
        """Return the equity needed to keep a position of this notional open, quote currency."""
        return self.bracket_at(notional).maintenance_margin(notional)

    def notional_max(self, leverage: int) -> Decimal:
        """Return the largest notional allowed at a leverage setting; zero if no bracket allows it."""
        allowed = [bracket.notional_cap for bracket in self.brackets if bracket.leverage_max >= leverage]
        return max(allowed, default=ZERO)


NO_MARGIN: Final = MarginSchedule(0, (MarginBracket(ZERO, Decimal("1E+30"), ZERO, ZERO, 10**9),))
"""Of spot: nothing to maintain, and no leverage setting that forbids it. Never part of a perpetual's rules."""


@frozen
class FeeSchedule:
    """Fees as fractions of the notional traded; a rebate is a negative fee.

    Attributes:
        maker_rate: When our order rested and was hit.
        taker_rate: When our order took what rested.
        liquidation_rate: Charged on top when the venue closes a position for us.
    """

    maker_rate: Decimal = field(validator=[validators.gt(Decimal(-1)), validators.lt(Decimal(1))])
    taker_rate: Decimal = field(validator=[validators.ge(ZERO), validators.lt(Decimal(1))])
    liquidation_rate: Decimal = field(default=ZERO, validator=[validators.ge(ZERO), validators.lt(Decimal(1))])


@frozen(kw_only=True)
class Instrument:
    """What may be ordered, at what cost, and with how much margin.

    Attributes:
        symbol: The venue's name, for example ``BTCUSDT``; that of a spot pair with its suffix, ``BTCUSDT-SPOT``.
        tick_size: Smallest price step, quote per base.
        lot_size: Smallest quantity step, base units.
        quantity_min: Smallest quantity of one order, base units.
        quantity_max: Largest quantity of one order, base units.
        notional_min: Smallest order value, quote currency; closing orders are exempt.
        price_band: Limit prices may lie this far from the mark price, as a fraction of it.
        fees: Maker, taker and liquidation fees, all in the quote currency.
        margins: Dated bracket tables, oldest first; none for spot.
        kind: Perpetual contract or spot pair; the symbol tells it as well, and must not contradict.
    """

    symbol: str = field(validator=validators.min_len(1))
    tick_size: Decimal = field(validator=_positive)
    lot_size: Decimal = field(validator=_positive)
    quantity_min: Decimal = field(validator=_positive)
    quantity_max: Decimal = field(validator=_positive)
    notional_min: Decimal = field(validator=validators.ge(ZERO))
    price_band: Decimal = field(validator=_fraction)
    fees: FeeSchedule
    margins: tuple[MarginSchedule, ...] = field()
    kind: InstrumentKind = field(default=Factory(lambda self: kind_of(self.symbol), takes_self=True))
    is_spot: bool = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "is_spot", self.kind is InstrumentKind.SPOT)
        if self.kind is not kind_of(self.symbol):
            raise ValueError(
                f"{self.symbol}: only the symbols of spot end with {SPOT_SUFFIX}, but the kind is {self.kind.value}"
            )
        if self.is_spot and self.margins:
            raise ValueError(f"{self.symbol}: spot has no margin brackets")

    @property
    def venue_symbol(self) -> str:
        """The name in its own market; a spot pair and the perpetual of the same base share it."""
        return venue_symbol(self.symbol)

    @margins.validator
    def _margins_are_dated_in_order(
        self, _: "Attribute[tuple[MarginSchedule, ...]]", margins: tuple[MarginSchedule, ...]
    ) -> None:
        if is_spot(self.symbol):
            return
        if not margins:
            raise ValueError(f"{self.symbol}: at least one margin schedule is needed")
        if any(bracket.maintenance_rate == 0 for schedule in margins for bracket in schedule.brackets):
            raise ValueError(f"{self.symbol}: the maintenance rate of a margin bracket is positive")
        dates = [schedule.effective_at_ns for schedule in margins]
        if dates != sorted(set(dates)):
            raise ValueError(f"{self.symbol}: margin schedules must be in order of their dates")

    def margin_at(self, at_ns: int) -> MarginSchedule:
        """Return the brackets in force; before the first known date the first ones stand in. Spot needs no margin."""
        if self.is_spot:
            return NO_MARGIN
        current = self.margins[0]
        for schedule in self.margins:
            if schedule.effective_at_ns <= at_ns:
                current = schedule
        return current

    def content_hash(self) -> str:
        """Return the SHA-256 of every figure, as hexadecimal text; 0.10 and 0.1 are the same figure."""
        # Of a perpetual contract the kind goes without saying, so that what was recorded of one stays comparable.
        figures = astuple(self, filter=lambda attribute, _: attribute.name not in ("kind", "is_spot"))
        texts = (*_texts(figures), self.kind.value) if self.is_spot else _texts(figures)
        return sha256("|".join(texts).encode()).hexdigest()

    def floor_quantity(self, quantity: Decimal) -> Decimal:
        """Round a quantity down to a whole number of lots."""
        return floor_to_step(quantity, self.lot_size)

    def round_price_against(self, price: Decimal, *, is_buy: bool) -> Decimal:
        """Round a price to the tick that is worse for us: up for a buyer, down for a seller."""
        return ceil_to_step(price, self.tick_size) if is_buy else floor_to_step(price, self.tick_size)

    def quantity_problem(self, quantity: Decimal) -> str | None:
        """Say why the venue would not take an order of this quantity, or return nothing."""
        if quantity < self.quantity_min:
            return f"quantity {quantity} is below the minimum {self.quantity_min}"
        if quantity > self.quantity_max:
            return f"quantity {quantity} is above the maximum {self.quantity_max}"
        if not is_multiple(quantity, self.lot_size):
            return f"quantity {quantity} is not a multiple of the lot {self.lot_size}"
        return None

    def price_problem(self, price: Decimal, mark_price: Decimal | None = None) -> str | None:
        """Say why the venue would not take an order at this price, or return nothing."""
        if price <= ZERO:
            return f"price {price} is not positive"
        if not is_multiple(price, self.tick_size):
            return f"price {price} is not a multiple of the tick {self.tick_size}"
        if mark_price is not None and abs(price - mark_price) > self.price_band * mark_price:
            return f"price {price} is more than {self.price_band:%} from the mark price {mark_price}"
        return None


def _texts(values: tuple[object, ...]) -> Iterator[str]:
    for value in values:
        if isinstance(value, tuple):
            yield f"({','.join(_texts(value))})"
        else:
            yield str(shortest(value) if isinstance(value, Decimal) else value)
