"""Daily returns of real perpetuals, from their hourly bars."""

from pathlib import Path

import numpy as np

from adapters.market_data.bar_files import read_bars
from domain.market import Float64Array
from domain.resampling import aggregate_bars
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

_HOURS_PER_DAY = 24


def daily_returns(folder: Path, symbol: str, *, start_ns: int, end_ns: int) -> Float64Array:
    """Return simple returns from one UTC day's last price to the next, of the whole days from start to end.

    Args:
        folder: Shared folder with ``data/um/1h``.
        symbol: Instrument.
        start_ns: First instant; days before the listing are not there.
        end_ns: First instant after the last day.

    Raises:
        ValueError: A day between two others is missing or has fewer than 24 hours.
    """
    path = folder / "data" / "um" / "1h" / f"{symbol}-1h.parquet"
    bars = read_bars(path, symbol=symbol, interval_ns=NS_PER_HOUR).between(start_ns, end_ns)
    days = aggregate_bars(bars.opened_at_ns, {"close": bars.close}, NS_PER_DAY)
    is_whole = days.n_parts == _HOURS_PER_DAY
    opened_at_ns, close = days.opened_at_ns[is_whole], days.columns["close"][is_whole]
    if np.any(np.diff(opened_at_ns) != NS_PER_DAY):
        raise ValueError(f"{path}: days are missing")
    returns: Float64Array = np.diff(close) / close[:-1]
    return returns
