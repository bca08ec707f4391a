"""Models of regimes and markets in them, for tests."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from domain.market import BarSeries, Float64Array, Int64Array
from domain.regime import MarketRegime
from domain.regimes.features import FeatureScale
from domain.regimes.garch_forecast import GarchModel
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.regime_model import RegimeModel
from domain.risk.volatility import VarianceRecursion
from domain.time_units import NS_PER_HOUR

_STEPS_PER_BAR = 16
_VOLUME_DEVIATION = 0.3


@frozen(kw_only=True)
class KnownMarket:
    """Bars together with what nobody knows of a real market.

    Attributes:
        bars: Of one hour each.
        states: In force in each bar, shape (n_bars,).
        truth: The hidden Markov model of the bars' log returns.
    """

    bars: BarSeries
    states: Int64Array
    truth: GaussianHmm


def make_market(
    *, drifts: Sequence[float], deviations: Sequence[float], duration_bars: float, n_bars: int, seed: int
) -> KnownMarket:
    """Return a market whose log return is normal in each state: mean and deviation of a bar as given.

    Prices move by sixteen normal steps within a bar, which gives its range; volume is lognormal and higher where
    volatility is. A state lasts for a geometrically distributed number of bars, then another one follows, each as
    likely.
    """
    draw = np.random.default_rng(seed)
    states = _state_path(len(drifts), duration_bars, n_bars, draw)
    drift, deviation = np.array(drifts)[states], np.array(deviations)[states]
    steps = drift[:, None] / _STEPS_PER_BAR
    steps = steps + deviation[:, None] / _STEPS_PER_BAR**0.5 * draw.standard_normal((n_bars, _STEPS_PER_BAR))
    volume = np.exp(_VOLUME_DEVIATION * draw.standard_normal(n_bars)) * np.sqrt(deviation / np.mean(deviations))
    truth = GaussianHmm(
        np.full(len(drifts), 1.0 / len(drifts)),
        _transition(len(drifts), duration_bars),
        np.array(drifts)[:, None],
        (np.array(deviations) ** 2)[:, None, None],
    )
    return KnownMarket(bars=bars_of_steps(steps, 1_000.0 * volume), states=states, truth=truth)


def bars_of_steps(steps: Float64Array, volume: Float64Array) -> BarSeries:
    """Return hourly bars of the steps of a log price, shape (n_bars, n_steps), that begins at log 100."""
    path = np.cumsum(steps, axis=1)
    opens = np.log(100.0) + np.concatenate([[0.0], np.cumsum(path[:, -1])[:-1]])
    open_, close = np.exp(opens), np.exp(opens + path[:, -1])
    high = np.maximum(np.exp(opens + np.maximum(path.max(axis=1), 0.0)), np.maximum(open_, close))
    low = np.minimum(np.exp(opens + np.minimum(path.min(axis=1), 0.0)), np.minimum(open_, close))
    return BarSeries("TESTUSDT", NS_PER_HOUR, NS_PER_HOUR * np.arange(steps.shape[0]), open_, high, low, close, volume)


def _transition(n_states: int, duration_bars: float) -> Float64Array:
    leaving = 1.0 / duration_bars
    others = np.full((n_states, n_states), leaving / (n_states - 1))
    np.fill_diagonal(others, 1.0 - leaving)
    return others


def _state_path(n_states: int, duration_bars: float, n_bars: int, draw: np.random.Generator) -> Int64Array:
    states = np.empty(n_bars, dtype=np.int64)
    current = int(draw.integers(n_states))
    leaves, choices = draw.random(n_bars) < 1.0 / duration_bars, draw.integers(1, n_states, n_bars)
    for row in range(n_bars):
        if leaves[row]:
            current = (current + int(choices[row])) % n_states
        states[row] = current
    return states


def make_regime_model(
    *, fitted_until_ns: int = NS_PER_HOUR, returns: Sequence[float] = (0.5, -0.5, 0.0)
) -> RegimeModel:
    """Return a model of three states that differ in their mean return, in deviations of it."""
    means = np.zeros((3, 3))
    means[:, 0] = returns
    return RegimeModel(
        hmm=GaussianHmm(np.full(3, 1 / 3), _transition(3, 50.0), means, np.broadcast_to(np.eye(3), (3, 3, 3))),
        scale=FeatureScale((0.0, -10.0, 0.0), (0.01, 1.0, 0.3)),
        labels=(MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS),
        garch=GarchModel(VarianceRecursion(0.00001, 0.05, 0.85)),
        fitted_from_ns=0,
        fitted_until_ns=fitted_until_ns,
        n_bars=500,
        log_likelihood=-1000.0,
        bic=2200.0,
        seed=1,
        n_starts=3,
    )
