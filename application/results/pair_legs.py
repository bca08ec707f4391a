"""Legs of hedged pairs, which count as trades of their own everywhere, put together again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext

from application.results.contributions import net_of
from application.trading.records import RoundTrip
from domain.instrument import is_spot, venue_symbol
from domain.numbers import EXACT_SUMS, ZERO


def nets_of_pairs(closed: Iterable[RoundTrip]) -> tuple[Decimal, ...]:
    """Return what each pair that has ended made with all of its legs, exact, quote currency; nothing without pairs.

    A pair is what one strategy held of a contract and of its coins at the same time.
    """
    return tuple(_net(legs) for legs in _wholes(closed) if len(legs) > 1)


def nets_of_wholes(closed: Iterable[RoundTrip]) -> tuple[Decimal, ...]:
    """Return what each closed trade made, exact, quote currency; legs of a pair together."""
    return tuple(map(_net, _wholes(closed)))


def _net(legs: Iterable[RoundTrip]) -> Decimal:
    with localcontext(EXACT_SUMS):
        return sum(map(net_of, legs), ZERO)


def _wholes(closed: Iterable[RoundTrip]) -> Iterator[Sequence[RoundTrip]]:
    """Yield each trade alone, and what was held of a contract and its coins without a moment of nothing together."""
    groups: dict[tuple[str, str], list[RoundTrip]] = defaultdict(list)
    for trade in closed:
        groups[trade.strategy, venue_symbol(trade.symbol)].append(trade)
    for trades in groups.values():
        if len({is_spot(trade.symbol) for trade in trades}) > 1:
            yield from _overlapping(trades)
        else:
            yield from ([trade] for trade in trades)


def _overlapping(trades: Iterable[RoundTrip]) -> Iterator[Sequence[RoundTrip]]:
    together: list[RoundTrip] = []
    until_ns = 0
    for trade in sorted(trades, key=lambda each: each.entered_at_ns):
        if together and trade.entered_at_ns >= until_ns:
            yield together
            together = []
        together.append(trade)
        until_ns = max(until_ns, trade.exited_at_ns or 0)
    yield together
