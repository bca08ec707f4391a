"""The hidden regimes of the market: which there are, and when each one holds.

A Markov chain in continuous time: a regime lasts for an exponentially distributed while, then
one of the others follows, each as likely. Bars look at it when they open, so the same seed
gives the same regimes at the same times whatever the interval.
"""

from itertools import accumulate
from typing import Final

import numpy as np
from attrs import field, frozen, validators

from adapters.synthetic.ranges import within
from adapters.synthetic.streams import Purpose, stream
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY


@frozen(kw_only=True)
class Regime:
    """One state of the market, common to all instruments.

    Attributes:
        name: For reports and for tests of regime detection.
        drift_multiple: Yearly drift of the log price in units of the instrument's yearly volatility, -20 to 20.
            BTCUSDT rose by 0.57 of them a year from 2019-09 to 2024-06; phases of a few weeks reach 2 to 5.
        volatility_multiple: Volatility relative to the other regimes, 0.05 to 10; only ratios matter,
            because an instrument's yearly volatility is the average over all regimes.
        duration_days: Mean length of a visit, 0.05 to 3,650 days; crypto trends last a few weeks.
        premium_bps: Level of (mark - index) / index to which the premium reverts, -100 to 100 bps.
            The venue's rate is the flat 1 bp for -4 to +6; where longs crowd it is above.
    """

    name: str = field(validator=validators.min_len(1))
    drift_multiple: float = field(validator=within(-20.0, 20.0))
    volatility_multiple: float = field(validator=within(0.05, 10.0))
    duration_days: float = field(validator=within(0.05, 3_650.0))
    premium_bps: float = field(default=2.5, validator=within(-100.0, 100.0))


DEFAULT_REGIMES: Final = (
    Regime(name="bull", drift_multiple=2.5, volatility_multiple=1.0, duration_days=30.0, premium_bps=6.0),
    Regime(name="sideways", drift_multiple=0.0, volatility_multiple=0.7, duration_days=25.0, premium_bps=2.0),
    Regime(name="bear", drift_multiple=-2.0, volatility_multiple=1.4, duration_days=20.0, premium_bps=-2.0),
)
"""Their long-run drift is 0.47 yearly volatilities and their mean premium 2.5 bps."""


def long_run_shares(regimes: tuple[Regime, ...]) -> Float64Array:
    """Return the share of time spent in each regime, shape (n_regimes,).

    All are entered equally often, so it is the share of the mean durations.
    """
    durations = np.array([regime.duration_days for regime in regimes])
    return np.asarray(durations / durations.sum())


def volatility_multiples(regimes: tuple[Regime, ...]) -> Float64Array:
    """Return the multiples scaled so that their mean square over time is one, shape (n_regimes,)."""
    multiples = np.array([regime.volatility_multiple for regime in regimes])
    return np.asarray(multiples / np.sqrt((long_run_shares(regimes) * multiples**2).sum()))


def regime_path(regimes: tuple[Regime, ...], *, n_bars: int, interval_ns: int, seed: int) -> Int64Array:
    """Return the index of the regime in force when each bar opens, shape (n_bars,)."""
    days = np.arange(n_bars) * (interval_ns / NS_PER_DAY)
    began, visited = _visits(regimes, float(days[-1]), seed)
    return visited[np.searchsorted(began, days, side="right") - 1]


def _visits(regimes: tuple[Regime, ...], days: float, seed: int) -> tuple[Float64Array, Int64Array]:
    """Return when each visit began, in days from the start, and to which regime, up to the given day."""
    durations, choices = stream(seed, Purpose.REGIME_DURATIONS), stream(seed, Purpose.REGIME_CHOICES)
    cumulative = list(accumulate(long_run_shares(regimes).tolist()))
    current = min(int(np.searchsorted(cumulative, choices.random(), side="right")), len(regimes) - 1)
    began, visited, now = [0.0], [current], 0.0
    while now <= days and len(regimes) > 1:
        now += durations.standard_exponential() * regimes[current].duration_days
        current = (current + 1 + int(choices.random() * (len(regimes) - 1))) % len(regimes)
        began.append(now)
        visited.append(current)
    return np.array(began), np.array(visited, dtype=np.int64)
