"""The slow obvious reference: a moving-average crossing in thirty lines that share nothing with the product.

Decides on each close, fills at the next open, holds one unit. Averages are compared as whole numbers, so
that ties are ties: mean_fast > mean_slow exactly when sum_fast × slow > sum_slow × fast.
"""

from collections.abc import Sequence
from decimal import Decimal

IndependentTrade = tuple[int, int, Decimal, int | None, Decimal | None]
"""Direction, entry row, entry price, exit row, exit price; no exit while open."""


def crossing_trades(
    opens: Sequence[Decimal], closes: Sequence[Decimal], *, fast: int, slow: int, allow_short: bool
) -> list[IndependentTrade]:
    """Return the trades of one unit, long/flat or long/short, in order of entry."""
    trades: list[IndependentTrade] = []
    held, wanted, above_before = 0, 0, 0
    for row in range(len(closes)):
        if wanted != held:
            if held != 0:
                direction, entry_row, entry_price, _, _ = trades.pop()
                trades.append((direction, entry_row, entry_price, row, opens[row]))
            if wanted != 0:
                trades.append((wanted, row, opens[row], None, None))
            held = wanted
        if row + 1 < slow:
            continue
        lead = sum(closes[row + 1 - fast : row + 1]) * slow - sum(closes[row + 1 - slow : row + 1]) * fast
        above = (lead > 0) - (lead < 0)
        if above in (0, above_before):
            continue
        if above_before != 0:
            wanted = 1 if above > 0 else (-1 if allow_short else 0)
        above_before = above
    return trades
