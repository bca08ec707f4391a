"""A hidden Markov model with normal observations, and what is known of its state from the past alone.

Only filtered probabilities are here, P(state at t | observations up to t). Smoothed ones and the likeliest path know
what came afterwards, so nothing that decides may ask for them.
"""

from collections.abc import Callable, Iterable, Sequence
from math import exp, fsum, inf, log, pi
from operator import mul
from typing import Final, TypeAlias

import numpy as np
from attrs import field, frozen

from domain.market import Float64Array

Probabilities: TypeAlias = tuple[float, ...]
LogDensity: TypeAlias = Callable[[Sequence[float]], float]

_SUM_TOLERANCE: Final = 1e-8
_SYMMETRY_TOLERANCE: Final = 1e-9
_UNROLLED: Final = 3


def _read_only(values: object) -> Float64Array:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


@frozen(eq=False)
class GaussianHmm:
    """States that follow each other by fixed chances, each with normal observations of its own.

    If it exists, it is valid: all numbers finite, distributions sum to one, covariances symmetric positive definite.

    Attributes:
        start: Distribution of the state at the first observation, shape (n_states,).
        transition: Row i is the distribution of the state after state i, shape (n_states, n_states).
        means: Of the observations in each state, shape (n_states, n_features).
        covariances: Of the observations in each state, shape (n_states, n_features, n_features).

    Raises:
        ValueError: A rule above is broken; the message names the part and the state.
    """

    start: Float64Array = field(converter=_read_only)
    transition: Float64Array = field(converter=_read_only)
    means: Float64Array = field(converter=_read_only)
    covariances: Float64Array = field(converter=_read_only)

    def __attrs_post_init__(self) -> None:
        self._check_shapes()
        for name in ("start", "transition", "means", "covariances"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name}: not all numbers are finite")
        _require_distribution("start", self.start)
        for state, row in enumerate(self.transition):
            _require_distribution(f"transition from state {state}", row)
        for state, covariance in enumerate(self.covariances):
            _require_covariance(state, covariance)

    def _check_shapes(self) -> None:
        if self.means.ndim != 2 or 0 in self.means.shape:  # noqa: PLR2004  # states and features
            raise ValueError(f"means: expected shape (n_states, n_features), got {self.means.shape}")
        n_states, n_features = self.means.shape
        expected = {
            "start": (n_states,),
            "transition": (n_states, n_states),
            "covariances": (n_states, n_features, n_features),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {getattr(self, name).shape}")

    @property
    def n_states(self) -> int:
        """How many states there are."""
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        """How many numbers an observation has."""
        return int(self.means.shape[1])

    def reordered(self, order: Sequence[int]) -> "GaussianHmm":
        """Return the same model with its states in another order: state ``order[i]`` of this one becomes state i."""
        places = list(order)
        if sorted(places) != list(range(self.n_states)):
            raise ValueError(f"order must name each of {self.n_states} states once, got {places}")
        return GaussianHmm(
            self.start[places], self.transition[np.ix_(places, places)], self.means[places], self.covariances[places]
        )


def _require_distribution(name: str, values: Float64Array) -> None:
    total = float(values.sum())
    if (values < 0.0).any() or abs(total - 1.0) > _SUM_TOLERANCE:
        raise ValueError(f"{name}: no distribution: {values.tolist()} sums to {total}")


def _require_covariance(state: int, covariance: Float64Array) -> None:
    if np.abs(covariance - covariance.T).max() > _SYMMETRY_TOLERANCE * np.abs(covariance).max():
        raise ValueError(f"covariance of state {state}: not symmetric")
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError(f"covariance of state {state}: not positive definite") from None


def stationary_distribution(transition: Float64Array) -> Float64Array:
    """Return the share of time spent in each state in the long run, shape (n_states,).

    Where several distributions stay as they are, because some states never meet, it is one of them.
    """
    n_states = transition.shape[0]
    equations = np.vstack([transition.T - np.eye(n_states), np.ones((1, n_states))])
    solution, *_ = np.linalg.lstsq(equations, np.append(np.zeros(n_states), 1.0), rcond=None)
    shares = np.clip(solution, 0.0, None)
    return np.asarray(shares / shares.sum())


def forecast(model: GaussianHmm, probabilities: Sequence[float], steps: int) -> Probabilities:
    """Return the distribution of the state some steps later, of which nothing is observed; ValueError below 0 steps."""
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}")
    later = np.asarray(probabilities, dtype=np.float64) @ np.linalg.matrix_power(model.transition, steps)
    return tuple(later.tolist())


def _log_density(mean: Float64Array, covariance: Float64Array) -> LogDensity:
    """Return the logarithm of a normal density, from a triangular factor that is inverted once."""
    factor = np.linalg.cholesky(covariance)
    rows = [row[: place + 1] for place, row in enumerate(np.linalg.inv(factor).tolist())]
    log_scale = -0.5 * mean.size * log(2.0 * pi) - fsum(np.log(np.diag(factor)))
    if mean.size == _UNROLLED:
        return _log_density_of_three(mean.tolist(), rows, log_scale)
    return _log_density_of_any(mean.tolist(), rows, log_scale)


def _log_density_of_any(mean: list[float], rows: list[list[float]], log_scale: float) -> LogDensity:
    def log_density(observation: Sequence[float]) -> float:
        distance = [value - center for value, center in zip(observation, mean, strict=True)]
        # A row ends at its diagonal: `map` stops at the shorter of two.
        whitened = [sum(map(mul, row, distance)) for row in rows]
        return log_scale - 0.5 * fsum(map(mul, whitened, whitened))

    return log_density


def _log_density_of_three(mean: list[float], rows: list[list[float]], log_scale: float) -> LogDensity:
    """The same written out, in a third of the time: detectors have three features."""
    center_x, center_y, center_z = mean
    (from_x,), (to_y_from_x, from_y), (to_z_from_x, to_z_from_y, from_z) = rows

    def log_density(observation: Sequence[float]) -> float:
        x, y, z = observation
        x -= center_x
        y -= center_y
        z -= center_z
        first, second = from_x * x, to_y_from_x * x + from_y * y
        third = to_z_from_x * x + to_z_from_y * y + from_z * z
        return log_scale - 0.5 * (first * first + second * second + third * third)

    return log_density


class HmmFilter:
    """Which state a model is in, one observation after the other.

    Works on logarithms and normalizes each step, so neither long series nor outliers underflow: a state that is
    almost ruled out keeps its small chance. Plain floats, because a step of NumPy on three numbers costs more than
    the arithmetic.

    Attributes:
        model: What is filtered by.
        probabilities: Of each state after the latest step, shape (n_states,); before the first step the start.
        log_likelihood: Of all observations so far, natural logarithm; 0 before the first.
    """

    __slots__ = (
        "_densities",
        "_has_begun",
        "_has_three",
        "_into",
        "_log_likelihood_lost",
        "_log_weights",
        "log_likelihood",
        "model",
        "probabilities",
    )

    def __init__(self, model: GaussianHmm) -> None:
        self.model = model
        self.probabilities: Probabilities = tuple(model.start.tolist())
        self.log_likelihood = 0.0
        # Of the states after the latest step, but for a factor that is the same for all.
        self._log_weights = [_log(value) for value in self.probabilities]
        self._log_likelihood_lost = 0.0
        self._has_begun = False
        self._into = tuple(tuple(column.tolist()) for column in model.transition.T)
        self._densities = tuple(map(_log_density, model.means, model.covariances))
        self._has_three = model.n_states == _UNROLLED

    def update(self, observation: Sequence[float] | None) -> Probabilities:
        """Move one step on and return the probability of each state given all observations so far.

        Args:
            observation: Shape (n_features,); None where it is missing: time passes and nothing is learned.

        Raises:
            ValueError: It has another length, is not finite, or no state can explain it; the filter is as before.
        """
        joint = self._log_predicted()
        if self._has_three:
            return self._update_three(joint, observation)
        if observation is not None:
            joint = [before + density(observation) for before, density in zip(joint, self._densities, strict=True)]
        # Counted from the largest: far out all are so large that their differences would lose digits to a sum of them.
        largest = max(joint)
        log_weights = [value - largest for value in joint]
        weights = [exp(value) for value in log_weights]
        total = sum(weights)
        # NaN is not below anything either.
        if not 0.0 < total < inf:
            raise ValueError(f"no state explains the observation {observation}")
        self._has_begun, self._log_weights = True, log_weights
        self.probabilities = tuple([weight / total for weight in weights])
        if observation is not None:
            self._count(largest + log(total))
        return self.probabilities

    def _update_three(self, joint: Sequence[float], observation: Sequence[float] | None) -> Probabilities:
        """The same for three states, written out: detectors have three, and every bar comes through here."""
        first, second, third = joint
        if observation is not None:
            of_first, of_second, of_third = self._densities
            first += of_first(observation)
            second += of_second(observation)
            third += of_third(observation)
        largest = first if first >= second and first >= third else max(second, third)
        first, second, third = first - largest, second - largest, third - largest
        one, two, three = exp(first), exp(second), exp(third)
        total = one + two + three
        if not 0.0 < total < inf:
            raise ValueError(f"no state explains the observation {observation}")
        self._has_begun, self._log_weights = True, [first, second, third]
        self.probabilities = one / total, two / total, three / total
        if observation is not None:
            self._count(largest + log(total))
        return self.probabilities

    def _log_predicted(self) -> list[float]:
        """Return the logarithm of the distribution of the state before it is observed."""
        if not self._has_begun:
            return self._log_weights
        before = self.probabilities
        if self._has_three:
            first, second, third = before
            chances = [one * first + two * second + three * third for one, two, three in self._into]
            one, two, three = chances
            if one > 0.0 and two > 0.0 and three > 0.0:
                return [log(one), log(two), log(three)]
            return [log(chance) if chance > 0.0 else self._log_chance(state) for state, chance in enumerate(chances)]
        chances = [sum(map(mul, column, before)) for column in self._into]
        return [log(chance) if chance > 0.0 else self._log_chance(state) for state, chance in enumerate(chances)]

    def _log_chance(self, state: int) -> float:
        """Return what the plain sum has lost to underflow: a state that only almost impossible ones lead to."""
        terms = [_log(chance) + before for chance, before in zip(self._into[state], self._log_weights, strict=True)]
        largest, scale = max(terms), log(fsum(map(exp, self._log_weights)))
        return largest + log(fsum(exp(term - largest) for term in terms)) - scale if largest > -inf else -inf

    def _count(self, log_density: float) -> None:
        # Kahan's sum: a plain one loses digits over hundreds of thousands of bars.
        addend = log_density - self._log_likelihood_lost
        total = self.log_likelihood + addend
        self._log_likelihood_lost = (total - self.log_likelihood) - addend
        self.log_likelihood = total


def _log(value: float) -> float:
    return log(value) if value > 0.0 else -inf


def filtered_probabilities(model: GaussianHmm, observations: Iterable[Sequence[float] | None]) -> Float64Array:
    """Return the probability of each state after each observation, given those up to it and no later one.

    Args:
        model: What is filtered by.
        observations: In time order, each of shape (n_features,), or None where it is missing.

    Returns:
        Shape (n_observations, n_states).
    """
    running = HmmFilter(model)
    return np.array([running.update(one) for one in observations], dtype=np.float64).reshape(-1, model.n_states)
