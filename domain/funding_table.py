"""Funding settlements as somebody delivered them: nothing about them is certain yet."""

from collections.abc import Iterable

import numpy as np
from attrs import field, frozen

from domain.errors import InvalidMarketDataError
from domain.market import Float64Array, Int64Array


@frozen(eq=False)
class FundingTable:
    """Settlements of one instrument in the order in which they were found; the unchecked twin of `FundingSeries`.

    Attributes:
        symbol: Instrument that the rows claim to belong to.
        settled_at_ns: Funding instants, shape (n_rows,), in any order.
        rates: Fractions of notional, same shape; positive means longs pay shorts; NaN where nothing stands.
    """

    symbol: str
    settled_at_ns: Int64Array = field(repr=False)
    rates: Float64Array = field(repr=False)

    def __attrs_post_init__(self) -> None:
        n_rows = self.rates.shape[0]
        if n_rows != len(self):
            raise InvalidMarketDataError(f"{self.symbol} funding: {n_rows} rates for {len(self)} times")

    def __len__(self) -> int:
        return int(self.settled_at_ns.shape[0])


def joined_funding(symbol: str, chunks: Iterable[FundingTable]) -> FundingTable:
    """Return the rows of all chunks as one table, in the order given; no chunks make an empty one."""
    tables = list(chunks)
    times = np.concatenate([table.settled_at_ns for table in tables] or [np.zeros(0, dtype=np.int64)])
    rates = np.concatenate([table.rates for table in tables] or [np.zeros(0)])
    return FundingTable(symbol, times, rates)
