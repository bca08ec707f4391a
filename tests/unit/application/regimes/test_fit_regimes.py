import numpy as np
import pytest
from attrs import frozen
from typing_extensions import override

from application.ports.regime_fitting import (
    FitError,
    FitFailure,
    FitSettings,
    FitTask,
    GarchFitting,
    HmmFit,
    HmmFitting,
)
from application.regimes.fit_regimes import FitRegimes
from domain.market import Float64Array
from domain.regime import MarketRegime
from domain.regimes.garch_forecast import GarchModel
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.regime_model import RegimeModel
from domain.risk.volatility import VarianceRecursion
from tests.regimes import make_regime_model

GARCH = GarchModel(VarianceRecursion(0.1, 0.1, 0.8))


@frozen
class KnownStates(HmmFitting):
    """Finds what it was told, or says that there is nothing."""

    model: GaussianHmm | None
    n_asked: list[GaussianHmm | None]

    @override
    def fit_states(self, observations: Float64Array, settings: FitSettings, former: GaussianHmm | None, /) -> HmmFit:
        self.n_asked.append(former)
        assert np.allclose(observations.mean(axis=0), 0.0, atol=1e-9)
        assert np.allclose(observations.std(axis=0), 1.0)
        if self.model is None:
            raise FitError("no hidden\nstates found")
        return HmmFit(self.model, -100.0, 27, n_starts=2)


@frozen
class KnownVolatility(GarchFitting):
    """Finds the same every time."""

    @override
    def fit_volatility(self, returns: Float64Array, former: GarchModel | None, /) -> GarchModel:
        return GARCH


def make_task(former: RegimeModel | None = None, n_bars: int = 60) -> FitTask:
    rows = np.random.default_rng(1).normal((0.0, -9.0, 0.1), (0.01, 1.0, 0.3), (n_bars, 3))
    rows[3] = np.nan
    return FitTask(
        rows=rows, fitted_from_ns=0, fitted_until_ns=99, settings=FitSettings(observations_min=40), former=former
    )


def test_a_model_tells_what_it_was_fitted_on() -> None:
    model = FitRegimes(KnownStates(make_regime_model().hmm, []), KnownVolatility()).fit(make_task())

    assert isinstance(model, RegimeModel)
    assert (model.fitted_from_ns, model.fitted_until_ns, model.n_bars) == (0, 99, 59)
    assert (model.seed, model.n_starts, model.garch) == (1, 2, GARCH)
    # 27 log(59) + 200 = 310.09
    assert model.bic == pytest.approx(310.0935, abs=1e-3)
    assert model.labels == (MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS)


def test_a_refit_starts_from_the_states_before_in_its_own_scale_and_keeps_their_names() -> None:
    former, asked = make_regime_model(), list[GaussianHmm | None]()
    swapped = former.hmm.reordered([2, 0, 1])

    model = FitRegimes(KnownStates(swapped, asked), KnownVolatility()).fit(make_task(former))

    assert isinstance(model, RegimeModel)
    assert model.labels == former.labels
    assert np.allclose(model.hmm.means[:, 0], [0.5, -0.5, 0.0])
    assert asked[0] is not None
    plain = asked[0].means * np.array(model.scale.deviations) + np.array(model.scale.means)
    assert np.allclose(plain, former.scaled_hmm.in_plain_units()[0])


def test_too_few_observations_fit_nothing() -> None:
    outcome = FitRegimes(KnownStates(None, []), KnownVolatility()).fit(make_task(n_bars=35))

    assert outcome == FitFailure(99, "34 of 35 bars have an observation, 40 are needed")


def test_what_does_not_vary_fits_nothing_and_is_named() -> None:
    task = make_task()
    task.rows[:, 2] = 0.0

    outcome = FitRegimes(KnownStates(None, []), KnownVolatility()).fit(task)

    assert outcome == FitFailure(99, "log_relative_volume does not vary")


def test_why_nothing_was_found_is_one_line() -> None:
    outcome = FitRegimes(KnownStates(None, []), KnownVolatility()).fit(make_task())

    assert outcome == FitFailure(99, "no hidden states found")
