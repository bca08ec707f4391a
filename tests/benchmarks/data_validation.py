"""Validation, measured: seconds for a million bars, beside a bare NumPy pass over the same columns.

``python -m tests.benchmarks.data_validation`` measures it alone.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np

from domain.bar_table import BarTable
from domain.data_quality.repair import repair
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.validation import Claim, validate_bars
from domain.time_units import NS_PER_MINUTE

N_BARS: Final = 1_000_000
_REPEATS: Final = 5
_ROWS_PER_CHUNK: Final = 65_536
_START_NS: Final = 1_577_836_800_000_000_000  # 2020-01-01T00:00:00Z
_CLAIM: Final = Claim(symbol="BTCUSDT", interval_ns=NS_PER_MINUTE, as_of_ns=2 * _START_NS)


def bars(n_bars: int) -> BarTable:
    """Return bars of one minute whose volume and range rise and fall together, prices on a tick of a tenth."""
    rng = np.random.default_rng(7)
    calm = np.exp(np.repeat(rng.normal(0.0, 0.4, n_bars // 500 + 1), 500)[:n_bars])
    close = np.round(30_000 * np.exp(np.cumsum(rng.standard_t(8, n_bars) * 0.0003 * calm)), 1)
    opens = np.round(np.concatenate(([30_000.0], close[:-1])) + rng.integers(-1, 2, n_bars) * 0.1, 1)
    wick = np.round(calm * rng.exponential(5.0, (2, n_bars)), 1)
    return BarTable(
        "BTCUSDT",
        NS_PER_MINUTE,
        _START_NS + NS_PER_MINUTE * np.arange(n_bars, dtype=np.int64),
        open=opens,
        high=np.maximum(opens, close) + wick[0],
        low=np.minimum(opens, close) - wick[1],
        close=close,
        volume=np.round(calm * rng.lognormal(3.0, 0.5, n_bars), 3),
    )


def messy(table: BarTable) -> BarTable:
    """Return the same with one row in a thousand twice, and one in ten thousand without a close."""
    rows = np.sort(np.concatenate((np.arange(len(table)), np.arange(0, len(table), 1_000))))
    close = table.close[rows].copy()
    close[::10_000] = np.nan
    columns = {name: getattr(table, name)[rows] for name in ("open", "high", "low", "volume")}
    return BarTable(table.symbol, table.interval_ns, table.opened_at_ns[rows], close=close, **columns)


def chunks(table: BarTable) -> Iterator[BarTable]:
    """Yield a table as readers deliver it."""
    names = ("opened_at_ns", "open", "high", "low", "close", "volume")
    for start in range(0, len(table), _ROWS_PER_CHUNK):
        columns = (getattr(table, name)[start : start + _ROWS_PER_CHUNK] for name in names)
        yield BarTable(table.symbol, table.interval_ns, *columns)


def bare_pass(table: BarTable) -> float:
    """Return the sum of what a first look at each column would work out: this is what the machine can do."""
    log_close = np.log(table.close)
    looks = [np.abs(np.diff(log_close)), np.log(table.high / table.low), np.log(table.open), table.volume]
    return float(sum(np.median(each) for each in looks)) + float(np.diff(table.opened_at_ns).max())


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _measure(title: str, table: BarTable, work: Callable[[BarTable], object]) -> None:
    work(table)
    runs, yardsticks = [], []
    for _ in range(_REPEATS):
        runs.append(_seconds(lambda: work(table)))
        yardsticks.append(_seconds(lambda: bare_pass(table)))
    seconds, yardstick = median(runs), median(yardsticks)
    print(
        f"{title:<34} {len(table):>9,} bars {seconds:7.2f} s {len(table) / seconds:>11,.0f} bars/s  "
        f"{seconds / yardstick:5.1f} x bare pass  range {max(runs) / min(runs):.2f}",
        flush=True,
    )


def _validate(table: BarTable) -> SeriesQuality:
    return validate_bars(_CLAIM, chunks(table))


def measure_validation() -> None:
    """Print how long a million bars take to be judged and to be repaired."""
    table = bars(N_BARS)
    dirty = messy(table)
    _measure("validate clean bars", table, _validate)
    _measure("validate bars with defects", dirty, _validate)
    _measure("repair bars with defects", dirty, lambda each: repair(each, _CLAIM))


if __name__ == "__main__":
    measure_validation()
