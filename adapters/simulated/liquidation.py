"""When margin runs out, at which mark, and how much the venue closes at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from math import inf

from adapters.simulated.margin_account import Holding
from adapters.simulated.market import PriceRange
from domain.instrument import Instrument, MarginBracket, MarginSchedule
from domain.margin import Exposure, MarginAccount, liquidation_price_in_bracket
from domain.numbers import ZERO, ceil_to_step, exact, floor_to_step

_GUARD_SHARE = 0.99
"""Of the headroom that the quiet band may use up: the rest covers rounding of floats many times over."""


def exposure(holding: Holding, mark_price: Decimal, schedule: MarginSchedule) -> Exposure:
    """Return a holding as margin sees it."""
    position = holding.position
    return Exposure(position.signed_quantity, position.cost, mark_price, schedule)


def worst_mark(holdings: Sequence[Holding], seen: PriceRange, schedule: MarginSchedule) -> Decimal:
    """Return the extreme at which the holdings of one instrument leave the least over their maintenance margin."""
    marks = (exact(seen.low), exact(seen.high))
    return min(marks, key=lambda mark: _surplus(holdings, mark, schedule))


def trigger_mark(
    holdings: Sequence[Holding],
    *,
    free: Decimal,
    start: Decimal,
    worst: Decimal,
    schedule: MarginSchedule,
    instrument: Instrument,
) -> Decimal:
    """Return the mark at which the venue takes over, somewhere from where the range began to its worst mark.

    Args:
        holdings: The holdings of the instrument that moves.
        free: Wallet, plus unrealized PnL minus maintenance margin of everything else behind it.
        start: The mark before the move.
        worst: The mark at the end of the move; there margin no longer suffices.
        schedule: Brackets in force.
        instrument: Its tick decides how finely the mark is told apart.

    Returns:
        The start if margin was gone already, else the liquidation price on the next tick beyond it.
    """
    if free + _surplus(holdings, start, schedule) <= 0:
        return start
    low, high = min(start, worst), max(start, worst)
    crossings = [price for price in _crossings(holdings, free, schedule) if low <= price <= high]
    if not crossings:
        return worst
    nearest = min(crossings, key=lambda price: abs(price - start))
    to_tick = floor_to_step if worst < start else ceil_to_step
    return min(max(to_tick(nearest, instrument.tick_size), low), high)


def _surplus(holdings: Iterable[Holding], mark_price: Decimal, schedule: MarginSchedule) -> Decimal:
    exposures = tuple(exposure(holding, mark_price, schedule) for holding in holdings)
    account = MarginAccount(ZERO, exposures)
    return account.equity - account.maintenance_margin


def _crossings(holdings: Sequence[Holding], free: Decimal, schedule: MarginSchedule) -> Iterator[Decimal]:
    """Yield every price at which margin exactly suffices, each leg within the bracket it was solved for."""
    for brackets in product(schedule.brackets, repeat=len(holdings)):
        pairs = list(zip(holdings, brackets, strict=True))
        price = liquidation_price_in_bracket(wallet_balance=free, legs=[_leg(*pair) for pair in pairs])
        if price is not None and price > 0 and all(_is_within(*pair, price, schedule) for pair in pairs):
            yield price


def _leg(holding: Holding, bracket: MarginBracket) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    position = holding.position
    return position.signed_quantity, position.cost, bracket.maintenance_rate, bracket.maintenance_amount


def _is_within(holding: Holding, bracket: MarginBracket, price: Decimal, schedule: MarginSchedule) -> bool:
    notional = abs(holding.position.signed_quantity) * price
    return bracket.notional_floor <= notional and (notional <= bracket.notional_cap or bracket is schedule.brackets[-1])


def slice_quantity(holding: Holding, mark_price: Decimal, schedule: MarginSchedule, instrument: Instrument) -> Decimal:
    """Return how much the venue closes before it asks again: down to the next lower bracket, or all in the lowest."""
    held = abs(holding.position.signed_quantity)
    notional = held * mark_price
    floors = [bracket.notional_floor for bracket in schedule.brackets if 0 < bracket.notional_floor < notional]
    if not floors:
        return held
    return min(ceil_to_step((notional - floors[-1]) / mark_price, instrument.lot_size), held)


def quiet_marks(
    holdings: Sequence[Holding], headroom: float, mark_price: float, schedule: MarginSchedule
) -> tuple[float, float]:
    """Return marks of one instrument between which it cannot use up its share of the headroom.

    Conservative: a move by d costs at most quantity × d × (1 + highest maintenance rate).
    """
    gross, has_long, has_short = 0.0, False, False
    for holding in holdings:
        signed_quantity = float(holding.position.signed_quantity)
        gross += abs(signed_quantity)
        has_long, has_short = has_long or signed_quantity > 0, has_short or signed_quantity < 0
    reach = _GUARD_SHARE * headroom / (gross * (1.0 + float(schedule.brackets[-1].maintenance_rate)))
    return mark_price - reach if has_long else -inf, mark_price + reach if has_short else inf


def margin_account(
    wallet: Decimal,
    holdings: Iterable[Holding],
    mark_of: Callable[[str], Decimal],
    schedule_of: Callable[[str], MarginSchedule],
) -> MarginAccount:
    """Return a wallet and the holdings it stands behind, at the given marks."""
    return MarginAccount(
        wallet,
        tuple(exposure(holding, mark_of(holding.symbol), schedule_of(holding.symbol)) for holding in holdings),
    )
