"""What one update of each indicator costs, beside a bare loop over floats, and all of them for one bar together."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import starmap
from statistics import median
from time import process_time_ns
from typing import Any, Final

import numpy as np

from domain.indicators.averages import (
    ExponentialAverage,
    MovingAverage,
    MovingAveragePair,
    WeightedAverage,
    exponential_average,
)
from domain.indicators.bands import BollingerBands, DonchianChannel, KeltnerChannel, bollinger_bands
from domain.indicators.basis import BasisScore
from domain.indicators.directional import DirectionalMovement, directional_movement
from domain.indicators.funding_carry import DecayingCarry, MeanCarry
from domain.indicators.momentum import ConvergenceDivergence, CutlerStrengthIndex, RelativeStrengthIndex
from domain.indicators.pivots import PivotFinder
from domain.indicators.ranges import AverageTrueRange, TrueRange
from domain.indicators.realized_volatility import (
    CloseVolatility,
    GarmanKlassVolatility,
    ParkinsonVolatility,
    YangZhangVolatility,
    yang_zhang_volatility,
)
from domain.indicators.standard_score import ZScore
from domain.indicators.volume import OnBalanceVolume, RollingVwap, SessionVwap
from domain.market import Float64Array
from domain.time_units import NS_PER_HOUR

_BARS: Final = 20_000
_REPEATS: Final = 7
_FEATURE_BUDGET_US: Final = 60.0

INDICATORS: Final[tuple[tuple[str, Callable[[], Any], str], ...]] = (
    ("moving average, 20", lambda: MovingAverage(20), "close"),
    ("pair of moving averages, 20 and 50", lambda: MovingAveragePair(20, 50), "close"),
    ("exponential average, 20", lambda: ExponentialAverage(20), "close"),
    ("weighted average, 20", lambda: WeightedAverage(20), "close"),
    ("true range", TrueRange, "high low close"),
    ("average true range, 14", lambda: AverageTrueRange(14), "high low close"),
    ("RSI, Wilder, 14", lambda: RelativeStrengthIndex(14), "close"),
    ("RSI, Cutler, 14", lambda: CutlerStrengthIndex(14), "close"),
    ("MACD, 12, 26, 9", ConvergenceDivergence, "close"),
    ("ADX and directions, 14", lambda: DirectionalMovement(14), "high low close"),
    ("Bollinger bands, 20", BollingerBands, "close"),
    ("Donchian channel, 20", lambda: DonchianChannel(20), "high low"),
    ("Keltner channel, 20 and 10", KeltnerChannel, "high low close"),
    ("on-balance volume", OnBalanceVolume, "close volume"),
    ("rolling VWAP, 20", lambda: RollingVwap(20), "close volume"),
    ("session VWAP", SessionVwap, "opened_at_ns close volume"),
    ("volatility of closes, 20", lambda: CloseVolatility(20), "close"),
    ("volatility, Parkinson, 20", lambda: ParkinsonVolatility(20), "high low"),
    ("volatility, Garman-Klass, 20", lambda: GarmanKlassVolatility(20), "open high low close"),
    ("volatility, Yang-Zhang, 20", lambda: YangZhangVolatility(20), "open high low close"),
    ("z-score, 50", lambda: ZScore(50), "close"),
    ("pivots, 5 and 5", lambda: PivotFinder(5, 5), "high low"),
    ("basis and its score, 50", lambda: BasisScore(50), "close index"),
    ("funding carry, mean of 21", lambda: MeanCarry(21), "rates hours"),
    ("funding carry, decaying", lambda: DecayingCarry(72.0), "rates hours"),
)
"""Title, how to make one with usual settings, and the columns that an update takes."""


def market(n_bars: int) -> dict[str, list[Any]]:
    """Return columns of a random walk of hourly bars, with an index and funding, as lists."""
    return {name: column.tolist() for name, column in _columns(n_bars).items()}


def _columns(n_bars: int) -> dict[str, Any]:
    random = np.random.default_rng(3)
    close = 30_000.0 * np.exp(np.cumsum(random.normal(0.0, 0.005, n_bars)))
    open_ = np.concatenate(([30_000.0], close[:-1]))
    return {
        "opened_at_ns": np.arange(n_bars, dtype=np.int64) * NS_PER_HOUR,
        "open": open_,
        "high": np.maximum(open_, close) * (1.0 + random.uniform(0.0, 0.004, n_bars)),
        "low": np.minimum(open_, close) * (1.0 - random.uniform(0.0, 0.004, n_bars)),
        "close": close,
        "volume": random.exponential(100.0, n_bars),
        "index": close * (1.0 + random.normal(0.0, 0.0005, n_bars)),
        "rates": random.normal(0.0001, 0.0001, n_bars),
        "hours": np.full(n_bars, 8.0),
    }


def _bare_loop(values: list[float]) -> float:
    """What every loop over bars in Python pays at least: one comparison and one sum a row."""
    total = 0.0
    for value in values:
        if value > 0.0:
            total += value
    return total


def _consume(answers: Iterable[object]) -> None:
    for _ in answers:
        pass


def _itself(work: Callable[[], object]) -> Callable[[], object]:
    return work


def _median_ns(prepare: Callable[[], Callable[[], object]]) -> float:
    """Return the median processor time of one run of what `prepare` makes anew each time, nanoseconds."""
    taken = []
    for _ in range(_REPEATS):
        work = prepare()
        start = process_time_ns()
        work()
        taken.append(process_time_ns() - start)
    return median(taken)


def _updates(make: Callable[[], Any], columns: list[list[Any]]) -> Callable[[], None]:
    rows, update = list(zip(*columns, strict=True)), make().update
    return lambda: _consume(starmap(update, rows))


def measure_indicators() -> None:
    """Print nanoseconds of processor time per update, beside the bare loop, and what all features of one bar cost."""
    table = market(_BARS)
    bare = _median_ns(partial(_itself, partial(_bare_loop, table["close"]))) / _BARS
    print(f"{'bare loop over floats':<38} {bare:8.0f} ns")
    total = 0.0
    for title, make, names in INDICATORS:
        each = _median_ns(partial(_updates, make, [table[name] for name in names.split()])) / _BARS
        total += each
        print(f"{title:<38} {each:8.0f} ns {each / bare:8.1f} x bare loop", flush=True)
    print(
        f"{'all of them for one bar':<38} {total / 1e3:8.1f} us {total / bare:8.0f} x bare loop, "
        f"{total / 1e3 / _FEATURE_BUDGET_US:.2f} of the {_FEATURE_BUDGET_US:.0f} us allowed"
    )
    _measure_batches()


def _measure_batches() -> None:
    table: dict[str, Float64Array] = _columns(_BARS)
    open_, high, low, close = (table[name] for name in ("open", "high", "low", "close"))
    for title, work in (
        ("exponential average", partial(exponential_average, close, 20)),
        ("Bollinger bands", partial(bollinger_bands, close)),
        ("ADX and directions", partial(directional_movement, high, low, close, 14)),
        ("volatility, Yang-Zhang", partial(yang_zhang_volatility, open_, high, low, close, 20)),
    ):
        each = _median_ns(partial(_itself, work)) / _BARS
        print(f"{title + ', whole columns':<38} {each:8.0f} ns a bar", flush=True)


if __name__ == "__main__":
    measure_indicators()
