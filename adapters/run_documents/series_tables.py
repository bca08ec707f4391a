"""The tables that are columns from the start: the equity curve, and the bars that were decided upon."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen

from adapters.run_documents.table_form import INTEGER, NUMBER, TEXT, Columns
from application.trading.records import RunLog
from domain.market import BarSeries

EQUITY_NAME: Final = "equity"
EQUITY: Final = {"at_ns": INTEGER, "equity": NUMBER, "exposure": NUMBER}

BARS_NAME: Final = "bars"
_PRICES: Final = ("open", "high", "low", "close", "volume")
BARS: Final = {"symbol": TEXT, "opened_at_ns": INTEGER} | dict.fromkeys(_PRICES, NUMBER)


@frozen(kw_only=True)
class BarsPart:
    """Which rows of the table of bars are one instrument's: they follow each other in this order.

    Attributes:
        symbol: Instrument; also the key under which its bars are found.
        interval_ns: Length of each bar.
        n_bars: Rows.
    """

    symbol: str
    interval_ns: int
    n_bars: int


def equity_columns(log: RunLog) -> Columns:
    """Return the equity curve as columns."""
    return {
        "at_ns": np.asarray(log.equity_at_ns, dtype=np.int64),
        "equity": np.asarray(log.equity, dtype=np.float64),
        "exposure": np.asarray(log.exposure, dtype=np.float64),
    }


def fill_equity(log: RunLog, table: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
    """Put the equity curve of a table into a log that has none."""
    for column, name in ((log.equity_at_ns, "at_ns"), (log.equity, "equity"), (log.exposure, "exposure")):
        _extend(column, table[name].to_numpy())


def _extend(column: "array[Any]", values: "np.ndarray[Any, Any]") -> None:
    column.frombytes(np.ascontiguousarray(values).tobytes())


def bar_parts(prices: Mapping[str, BarSeries]) -> tuple[BarsPart, ...]:
    """Return what tells the bars of one instrument from those of another."""
    return tuple(
        BarsPart(symbol=symbol, interval_ns=series.interval_ns, n_bars=len(series)) for symbol, series in prices.items()
    )


def bar_columns(prices: Mapping[str, BarSeries]) -> Columns:
    """Return all bars as columns, one instrument after the other."""
    series = list(prices.values())
    symbols = [symbol for symbol, each in prices.items() for _ in range(len(each))]
    columns: dict[str, Any] = {"symbol": symbols}
    for name in ("opened_at_ns", *_PRICES):
        columns[name] = np.concatenate([getattr(each, name) for each in series]) if series else []
    return columns


def prices_of(table: Any, parts: Sequence[BarsPart]) -> dict[str, BarSeries]:  # noqa: ANN401  # pyarrow ships no types
    """Return the bars of a table by instrument.

    Raises:
        ValueError: The table has other rows than the parts say.
        InvalidMarketDataError: The bars are none.
    """
    if table.num_rows != sum(part.n_bars for part in parts):
        raise ValueError(f"{table.num_rows} rows of bars, {sum(part.n_bars for part in parts)} expected")
    columns = [table[name].to_numpy() for name in ("opened_at_ns", *_PRICES)]
    prices, start = {}, 0
    for part in parts:
        own = slice(start, start + part.n_bars)
        prices[part.symbol] = BarSeries(part.symbol, part.interval_ns, *(column[own] for column in columns))
        start += part.n_bars
    return prices
