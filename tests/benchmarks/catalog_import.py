"""Imports into the catalogue, measured: seconds for a million bars, and the peak memory of a large file.

``python -m tests.benchmarks.catalog_import`` measures the memory on a file of 200 MB, with ``--whole`` on one of 2 GB.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from adapters.market_data.catalog.file_import import CatalogImport
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.market_import import ConflictPolicy, ReadingHints
from application.market_series import Market
from tests.benchmarks.peak_memory import peak_mib

N_BARS: Final = 1_000_000
_REPEATS: Final = 5
_MINUTE_MS: Final = 60_000
_START_MS: Final = 1_577_836_800_000  # 2020-01-01T00:00:00Z
_MB: Final = 1_000_000


def klines(first: int, n_bars: int) -> pa.Table:
    """Return bars of one minute in the layout of the venue's archive: twelve columns, prices on a tick of a tenth."""
    rng = np.random.default_rng(first)
    close = np.round(30_000 + np.cumsum(rng.integers(-20, 21, n_bars)) * 0.1, 1)
    volume = np.round(rng.lognormal(3, 1, n_bars), 3)
    opened = _START_MS + (first + np.arange(n_bars, dtype=np.int64)) * _MINUTE_MS
    quote, taken = np.round(volume * close, 5), np.round(volume * 0.4, 3)
    columns = {
        "open_time": opened,
        "open": np.round(close - 0.3, 1),
        "high": np.round(close + 1.2, 1),
        "low": np.round(close - 1.1, 1),
        "close": close,
        "volume": volume,
        "close_time": opened + _MINUTE_MS - 1,
        "quote_volume": quote,
        "count": rng.integers(1, 5_000, n_bars),
        "taker_buy_volume": taken,
        "taker_buy_quote_volume": np.round(quote * 0.4, 5),
        "ignore": np.zeros(n_bars, dtype=np.int64),
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def write_csv(path: Path, n_bytes: int) -> int:
    """Write bars until the file has about so many bytes; return how many bars there are."""
    n_bars, step = 0, 500_000
    with path.open("wb") as file, pyarrow.csv.CSVWriter(file, klines(0, 1).schema) as writer:
        while file.tell() < n_bytes:
            writer.write_table(klines(n_bars, step))
            n_bars += step
    return n_bars


def import_into(folder: Path, path: Path) -> int:
    """Import a file into a catalogue of its own; return how many rows there are then."""
    importing = CatalogImport(ParquetMarketCatalog(folder), lambda: 0)
    (imported,) = importing([path], ReadingHints(market=Market.UM), ConflictPolicy.REFUSE, lambda _: None)
    return imported.info.n_rows


def _seconds_to_import(path: Path) -> float:
    with TemporaryDirectory() as name:
        start = perf_counter()
        n_rows = import_into(Path(name), path)
        seconds = perf_counter() - start
    if n_rows != N_BARS:
        raise RuntimeError(f"{n_rows} of {N_BARS} rows were imported")
    return seconds


def _seconds_to_read(path: Path) -> float:
    start = perf_counter()
    if path.suffix == ".csv":
        pyarrow.csv.read_csv(path)
    else:
        pyarrow.parquet.read_table(path)
    return perf_counter() - start


def _measure(path: Path, limit_s: float) -> None:
    imports, reads = [], []
    for _ in range(_REPEATS):
        imports.append(_seconds_to_import(path))
        reads.append(_seconds_to_read(path))
    seconds, yardstick = median(imports), median(reads)
    print(
        f"import {N_BARS:,} bars from {path.suffix[1:]:<8} {seconds:5.2f} s (target {limit_s:g} s), range "
        f"{max(imports) / min(imports):.2f}; {seconds / yardstick:.1f} x pyarrow's plain read, {yardstick:.2f} s",
        flush=True,
    )


def _peak_of_import(path: Path, folder: Path) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.catalog_import", "import", str(folder), str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_imports(*, n_mb: int = 200) -> None:
    """Print the figures; the memory is measured on a file of so many megabytes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = klines(0, N_BARS)
        pyarrow.csv.write_csv(table, folder / "BTCUSDT-1m.csv")
        pyarrow.parquet.write_table(table, folder / "BTCUSDT-1m.parquet")
        _measure(folder / "BTCUSDT-1m.csv", 3.0)
        _measure(folder / "BTCUSDT-1m.parquet", 1.0)
        large = folder / "ETHUSDT-1m.csv"
        n_bars = write_csv(large, n_mb * _MB)
        start = perf_counter()
        peak = _peak_of_import(large, folder / "catalog")
        print(
            f"peak memory of importing {large.stat().st_size / _MB:,.0f} MB of CSV ({n_bars:,} bars) {peak:,.0f} MiB "
            f"(target 500), {perf_counter() - start:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        import_into(Path(sys.argv[2]), Path(sys.argv[3]))
        print(peak_mib())
    else:
        measure_imports(n_mb=2_000 if "--whole" in sys.argv else 200)
