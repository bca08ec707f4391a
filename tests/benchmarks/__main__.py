"""``make bench``: speed and memory of the reference path, as medians and as ratios to a bare loop in the same run."""

import gc
import resource
import sys
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Final

from adapters.simulated.rules import VenueRules
from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.results.result import RunResult
from domain.strategies.trend_following import TrendFollowingParameters
from tests.benchmarks.reference_market import SYMBOL, YEAR_OF_MINUTES, reference_market
from tests.plans import trend_plan

_REPEATS: Final = 5
_BYTES_PER_MIB: Final = 1 << 20


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def bare_loop(history: MarketHistory, *, fast: int = 10, slow: int = 50) -> int:
    """Run the same crossing over plain lists: no orders, no books, no costs; the yardstick."""
    closes = history.bars[SYMBOL].close.tolist()
    sum_fast = sum_slow = cash = 0.0
    held = orders = 0
    for row, close in enumerate(closes):
        sum_fast += close
        sum_slow += close
        if row >= fast:
            sum_fast -= closes[row - fast]
        if row >= slow:
            sum_slow -= closes[row - slow]
            wanted = 1 if sum_fast * slow > sum_slow * fast else 0
            if wanted != held:
                cash -= (wanted - held) * close
                held = wanted
                orders += 1
    return orders


def backtest(history: MarketHistory, *, allow_short: bool = False, n_samples: int = 20) -> RunResult:
    """Run the reference path with everything on: costs, latency, impact, brackets, funding, marks, certificate."""
    parameters = TrendFollowingParameters(
        fast_bars=10, slow_bars=50, strength_min=0.0, stop_atr=None, target_atr=None, allow_short=allow_short
    )
    result = run_backtest(trend_plan(history, parameters=parameters, rules=VenueRules(), n_samples=n_samples))
    if result.identity.difference != Decimal(0) or not result.certificate.is_clean:
        sys.exit(f"the benchmark's run cannot be believed: {result.identity} {result.certificate}")
    return result


def measure(title: str, history: MarketHistory, *, allow_short: bool = False, repeats: int = _REPEATS) -> float:
    """Print bars per second of the reference path beside the bare loop, and return its median seconds."""
    n_bars = len(history.bars[SYMBOL])
    result = backtest(history, allow_short=allow_short)
    seconds = [timed(lambda: backtest(history, allow_short=allow_short)) for _ in range(repeats)]
    yardstick = median(timed(lambda: bare_loop(history)) for _ in range(repeats))
    middle = median(seconds)
    print(
        f"{title:<44} {n_bars:>9,} bars {len(result.log.fills):>7,} fills {middle:7.2f} s "
        f"{n_bars / middle:>9,.0f} bars/s   {middle / yardstick:6.1f} x bare loop ({n_bars / yardstick:,.0f} bars/s)"
        f"   range {max(seconds) / min(seconds):.2f}",
        flush=True,
    )
    return middle


def main() -> None:
    """Measure and print."""
    print(f"Python {sys.version.split()[0]}; median of {_REPEATS} runs after one to warm up")
    year = reference_market(YEAR_OF_MINUTES)
    tenth = reference_market(YEAR_OF_MINUTES // 10)
    half = reference_market(YEAR_OF_MINUTES // 2)
    base = measure("SMA 10/50 long/flat, all features, a tenth", tenth)
    whole = measure("SMA 10/50 long/flat, all features", year)
    measure("SMA 10/50 long/short, all features", year, allow_short=True, repeats=3)
    measure("the same, last price as mark", reference_market(YEAR_OF_MINUTES, with_marks=False), repeats=3)
    print(f"10 times the bars and orders cost {whole / base:.1f} times as much")
    del half
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _BYTES_PER_MIB
    print(f"peak memory of this process {peak:,.0f} MiB")


main()
