"""``make bench``: speed and memory as medians, and as ratios to a bare loop measured in the same run."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from application.market_history import MarketHistory
from tests.benchmarks.capital_guard import measure_guard
from tests.benchmarks.catalog_import import measure_imports
from tests.benchmarks.data_validation import measure_validation
from tests.benchmarks.gate import measure_gate
from tests.benchmarks.indicators import measure_indicators
from tests.benchmarks.pipeline import measure_pipeline
from tests.benchmarks.reference_market import SYMBOL, YEAR_OF_MINUTES, reference_market
from tests.benchmarks.reference_path import backtest, bare_loop
from tests.benchmarks.regimes import measure_regimes
from tests.benchmarks.report_page import measure_report
from tests.benchmarks.saving import measure_saving
from tests.benchmarks.sizing import measure_sizing
from tests.benchmarks.var_honesty import measure_forecasts
from tests.conftest import shared_folder

_REPEATS: Final = 5


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(title: str, history: MarketHistory, *, slow_bars: int = 50, allow_short: bool = False) -> tuple[float, int]:
    """Print bars per second of the reference path beside the bare loop; return its median seconds and its fills."""
    n_bars = len(history.bars[SYMBOL])
    n_fills = len(backtest(history, slow_bars=slow_bars, allow_short=allow_short).log.fills)
    runs, yardsticks = [], []
    for _ in range(_REPEATS):
        runs.append(timed(lambda: backtest(history, slow_bars=slow_bars, allow_short=allow_short)))
        yardsticks.append(timed(lambda: bare_loop(history)))
    seconds, yardstick = median(runs), median(yardsticks)
    print(
        f"{title:<34} {n_bars:>9,} bars {n_fills:>7,} fills {seconds:7.2f} s {n_bars / seconds:>9,.0f} bars/s  "
        f"{seconds / yardstick:5.1f} x bare loop  range {max(runs) / min(runs):.2f}",
        flush=True,
    )
    return seconds, n_fills


def peak_memory_mib(n_bars: int) -> float:
    """Return the peak memory of a process of its own that runs the reference path over this many bars."""
    command = [sys.executable, "-m", "tests.benchmarks.peak_memory", str(n_bars)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; "
        f"medians of {_REPEATS} runs after one to warm up"
    )
    print("SMA 10/50 on one-minute bars; costs, latency, impact, brackets, funding, marks, certificate on")
    year = reference_market(YEAR_OF_MINUTES)
    fifth = reference_market(YEAR_OF_MINUTES // 5)
    measure("last price as mark, long/flat", reference_market(YEAR_OF_MINUTES, with_marks=False))
    whole, fills = measure("own mark prices, long/flat", year)
    measure("own mark prices, long/short", year, allow_short=True)
    part, part_fills = measure("a fifth of the bars", fifth)
    print(f"{fills / part_fills:.2f} times the orders on 5 times the bars cost {whole / part:.2f} times the time")
    few, few_fills = measure("a fifth of the bars, few orders", fifth, slow_bars=400)
    print(
        f"{part_fills / few_fills:.2f} times the orders on the same bars: "
        f"{(part - few) / (part_fills - few_fills) * 1e6:.0f} us for each further order"
    )
    print("Indicators, one bar at a time")
    measure_indicators()
    print("The risk gate with every limit on")
    measure_gate()
    print("Sizes and orders as the engine asks for them: ten instruments, a hundred working orders, default limits")
    measure_sizing()
    print("Market data: a million one-minute bars judged, in chunks as readers deliver them")
    measure_validation()
    print("Guarding the capital: drawdown ladder, loss limits and trading state")
    measure_guard()
    print("Saved runs")
    measure_saving("a year of minutes, saved", year)
    print("Value at risk, forecast day by day")
    measure_forecasts()
    print("Regimes: filter, features and detector bar by bar, and fits of hidden states and volatility")
    measure_regimes()
    if shared_folder().is_dir():
        print("Four strategies on ten real markets, hourly, weekly refits, risk and certificate on, by the command")
        measure_pipeline()
    print("The report as one HTML file")
    measure_report()
    if not Path("/proc/self/status").exists():
        print("peak memory and imports: not measured, this system does not tell memory")
        return
    small, large = peak_memory_mib(YEAR_OF_MINUTES // 5), peak_memory_mib(YEAR_OF_MINUTES)
    print(f"peak memory {small:,.0f} MiB for a fifth, {large:,.0f} MiB for the whole: {large / small:.2f} times")
    print("Market data: one-minute bars of twelve columns into the catalogue")
    measure_imports()


if __name__ == "__main__":
    main()
