"""Fitting what regimes are told by. How, in which process, and what is remembered of it is up to adapters."""

from typing import Protocol

from attrs import field, frozen, validators

from application.errors import ApplicationError
from domain.market import Float64Array
from domain.regimes.garch_forecast import GarchModel
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.labels import N_STATES_MAX
from domain.regimes.regime_model import RegimeModel


class FitError(ApplicationError):
    """Nothing can be fitted to these observations. The message says why in one line; trying again changes nothing."""


@frozen(kw_only=True)
class FitSettings:
    """What is fitted and how hard it is tried.

    Attributes:
        n_states: How many hidden states there are, 1 to 4.
        self_transition: Chance that a state follows itself, fixed while fitting; the others share the rest equally. A
            learned one is drawn to quick alternation that explains the tails of returns, and no longer to regimes.
        n_starts: How many starts are tried where there is no former model to start from.
        seed: What the starts are drawn by.
        iterations_max: How many steps of expectation and maximization each start may take.
        tolerance: Gain of log-likelihood below which a start has arrived.
        covariance_floor: Smallest variance along any axis of a state, in scaled features.
        distinct_min: As in `domain.regimes.labels.label_states`.
        observations_min: From fewer bars with an observation nothing is fitted.
    """

    n_states: int = field(default=3, validator=[validators.ge(1), validators.le(N_STATES_MAX)])
    self_transition: float = field(default=0.99, validator=[validators.gt(0.0), validators.lt(1.0)])
    n_starts: int = field(default=3, validator=validators.ge(1))
    seed: int = field(default=1, validator=[validators.ge(0), validators.lt(2**32)])
    iterations_max: int = field(default=100, validator=validators.ge(1))
    tolerance: float = field(default=0.5, validator=validators.gt(0.0))
    covariance_floor: float = field(default=0.001, validator=validators.gt(0.0))
    distinct_min: float = field(default=1.0, validator=validators.ge(0.0))
    observations_min: int = field(default=250, validator=validators.ge(30))


@frozen(eq=False)
class HmmFit:
    """A hidden Markov model and how well it explains what it was fitted on.

    Attributes:
        model: The likeliest that was found.
        log_likelihood: Of the observations under it, natural logarithm.
        n_parameters: How many of its numbers were free.
        n_starts: How many starts were tried.
    """

    model: GaussianHmm
    log_likelihood: float
    n_parameters: int
    n_starts: int


class HmmFitting(Protocol):
    """Finds the hidden states of observations."""

    def fit_states(self, observations: Float64Array, settings: FitSettings, former: GaussianHmm | None, /) -> HmmFit:
        """Return a likely model; the same one for the same arguments, in any process.

        Args:
            observations: Scaled, in time order, shape (n_observations, n_features), all finite.
            settings: What is fitted and how hard it is tried.
            former: To start from instead of drawn starts; of the same features, on the same scale.

        Raises:
            FitError: No start arrives at a valid model.
        """
        ...


class GarchFitting(Protocol):
    """Finds how volatility follows from returns."""

    def fit_volatility(self, returns: Float64Array, former: GarchModel | None, /) -> GarchModel:
        """Return a likely model; the same one for the same arguments, in any process.

        Args:
            returns: Log returns of bars in time order, shape (n_returns,), all finite.
            former: To start from.

        Raises:
            FitError: The optimizer does not arrive, or what it finds has no long-run variance.
        """
        ...


@frozen(eq=False, kw_only=True)
class FitTask:
    """One fit: everything that its result depends on.

    Attributes:
        rows: Features of the window's bars, shape (n_bars, n_features), NaN where there is no observation.
        fitted_from_ns: Open of the window's first bar.
        fitted_until_ns: Close of its last.
        settings: What is fitted and how hard it is tried.
        former: The model before, to start from; None for the first.
    """

    rows: Float64Array = field(repr=False)
    fitted_from_ns: int
    fitted_until_ns: int
    settings: FitSettings
    former: RegimeModel | None


@frozen
class FitFailure:
    """There is no new model. The one before stays in use, and the next try is the next refit.

    Attributes:
        fitted_until_ns: Close of the last bar that the fit would have known.
        why: In one line.
    """

    fitted_until_ns: int
    why: str


class RegimeFitting(Protocol):
    """Fits all that a detector needs."""

    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        """Return the model of a task, or why there is none; the same for the same task."""
        ...
