import json
from pathlib import Path

import numpy as np
import pytest

from adapters.arch.garch_fitting import ArchGarchFitting
from application.ports.regime_fitting import FitError
from domain.market import Float64Array
from domain.regimes.garch_forecast import GarchModel
from domain.risk.volatility import VarianceRecursion

TRUTH = GarchModel(VarianceRecursion(0.000005, 0.1, 0.85))


def simulated(n_returns: int = 3000, seed: int = 2) -> Float64Array:
    draw, variance, returns = np.random.default_rng(seed), TRUTH.long_run_variance, np.empty(n_returns)
    for row in range(n_returns):
        returns[row] = variance**0.5 * draw.standard_normal()
        variance = TRUTH.recursion.next_variance(variance, returns[row])
    return returns


RETURNS = simulated()


@pytest.mark.parametrize(
    "fitting", [ArchGarchFitting(), ArchGarchFitting(mean="Constant"), ArchGarchFitting(distribution="t")]
)
def test_what_returns_were_made_by_is_found(fitting: ArchGarchFitting) -> None:
    found = fitting.fit_volatility(RETURNS, None)

    assert found.recursion.reaction == pytest.approx(0.1, abs=0.04)
    assert found.recursion.persistence == pytest.approx(0.85, abs=0.06)
    assert found.long_run_variance == pytest.approx(TRUTH.long_run_variance, rel=0.2)


def test_another_unit_of_returns_scales_the_variance_and_nothing_else() -> None:
    found, doubled = (ArchGarchFitting().fit_volatility(factor * RETURNS, None) for factor in (1.0, 2.0))

    assert doubled.recursion.reaction == pytest.approx(found.recursion.reaction, rel=0.02)
    assert doubled.long_run_variance == pytest.approx(4.0 * found.long_run_variance, rel=0.02)


def test_a_refit_from_the_last_one_finds_the_same() -> None:
    cold = ArchGarchFitting().fit_volatility(RETURNS, None)

    warm = ArchGarchFitting().fit_volatility(RETURNS, cold)

    assert warm.recursion.reaction == pytest.approx(cold.recursion.reaction, abs=0.005)
    assert warm.recursion.persistence == pytest.approx(cold.recursion.persistence, abs=0.01)


def test_the_same_returns_give_the_same_model() -> None:
    first, again = (ArchGarchFitting().fit_volatility(RETURNS, None) for _ in range(2))

    assert first == again


def test_one_thread_and_several_give_the_same_model() -> None:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    # Returns without volatility clusters: the optimum is flat, and the last digits decide where the optimizer ends.
    returns = 0.01 * np.random.default_rng(7).standard_normal(400)
    with threadpool_limits(2):
        several = ArchGarchFitting().fit_volatility(returns, None)
    with threadpool_limits(1):
        one = ArchGarchFitting().fit_volatility(returns, None)

    assert one == several


def test_returns_of_growing_variance_keep_a_level() -> None:
    growing = RETURNS * np.linspace(0.1, 10.0, RETURNS.size)

    found = ArchGarchFitting().fit_volatility(growing, None)

    assert found.recursion.reaction + found.recursion.persistence < 1.0


def test_returns_that_stand_still_are_named() -> None:
    with pytest.raises(FitError, match="the returns do not vary"):
        ArchGarchFitting().fit_volatility(np.zeros(500), None)


def test_a_market_of_another_program_is_fitted_as_it_did(shared_data: Path) -> None:
    document = json.loads((shared_data / "reference" / "vectors" / "garch.json").read_text(encoding="utf-8"))
    case = next(one for one in document["cases"] if one["id"] == "mle")
    returns = np.array(document["datasets"][case["inputs"]["returns"]["$dataset"]]) / 100.0

    found = ArchGarchFitting(mean="Constant").fit_volatility(returns, None)

    assert found.recursion.reaction == pytest.approx(case["expected"]["alpha"], rel=0.03, abs=0.005)
    assert found.recursion.persistence == pytest.approx(case["expected"]["beta"], rel=0.03, abs=0.005)


@pytest.mark.parametrize("far_off", [VarianceRecursion(10.0, 0.1, 0.85), VarianceRecursion(1e-30, 0.0, 0.0)])
def test_a_start_that_leads_nowhere_is_left_for_the_optimizers_own(far_off: VarianceRecursion) -> None:
    """As where a market that was wild is quiet now: arch refuses a constant so far beyond the variance there is."""
    cold = ArchGarchFitting().fit_volatility(RETURNS, None)

    assert ArchGarchFitting().fit_volatility(RETURNS, GarchModel(far_off)) == cold
