"""Values that no bar can have: not a number, not positive, high and low that contradict the rest."""

from collections.abc import Iterator

import numpy as np

from domain.data_quality.bar_rows import BarRows, BoolArray
from domain.data_quality.findings import FindingCode
from domain.data_quality.tally import Tally


def check_values(rows: BarRows, tally: Tally, *, has_volume: bool) -> BoolArray:
    """Count rows with impossible values; a row counts once, under the gravest of them.

    Args:
        rows: Rows to look at.
        tally: Where to count.
        has_volume: Whether volumes mean something; they do not on bars of the mark or the index.

    Returns:
        Which rows hold only possible values, shape (n_rows,).
    """
    good = is_possible(rows, has_volume=has_volume)
    if not good.all():
        bad = rows.where(~good)
        for code, found in impossible_values(bad, has_volume=has_volume):
            tally.add_rows(code, bad, found, describe_values)
    return good


def is_possible(rows: BarRows, *, has_volume: bool) -> BoolArray:
    """Return which rows hold only values that a bar can have, shape (n_rows,)."""
    # Comparisons with NaN are false, so one pass finds it too.
    good: BoolArray = (rows.low > 0) & (rows.high < np.inf)
    good &= rows.low <= np.minimum(rows.open, rows.close)
    good &= rows.high >= np.maximum(rows.open, rows.close)
    if has_volume:
        good &= (rows.volume >= 0) & (rows.volume < np.inf)
    return good


def impossible_values(rows: BarRows, *, has_volume: bool) -> Iterator[tuple[FindingCode, BoolArray]]:
    """Yield each fault with the rows that have it, shape (n_rows,); a row has one fault at most, the gravest."""
    prices = (rows.open, rows.high, rows.low, rows.close)
    numbers = (*prices, rows.volume) if has_volume else prices
    left = ~is_possible(rows, has_volume=has_volume)
    for code, found in (
        (FindingCode.NOT_FINITE, ~np.logical_and.reduce([np.isfinite(column) for column in numbers])),
        (FindingCode.NOT_POSITIVE, np.logical_or.reduce([column <= 0 for column in prices])),
        (FindingCode.NEGATIVE_VOLUME, has_volume & (rows.volume < 0)),
        (FindingCode.PRICE_RELATION, left.copy()),
    ):
        yield code, found & left
        left &= ~found


def describe_values(rows: BarRows, index: int) -> str:
    """Return all values of one row."""
    names = ("open", "high", "low", "close", "volume")
    columns = (rows.open, rows.high, rows.low, rows.close, rows.volume)
    return ", ".join(f"{name} {float(column[index])!r}" for name, column in zip(names, columns, strict=True))
