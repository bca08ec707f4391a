import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.regimes.garch_forecast import GarchModel, VarianceForecast
from domain.risk.volatility import VarianceRecursion

MODEL = GarchModel(VarianceRecursion(0.1, 0.1, 0.8), mean=1.0)


@given(st.lists(st.floats(-10.0, 10.0), max_size=20))
def test_a_shock_and_its_mirror_image_around_the_mean_are_the_same(values: list[float]) -> None:
    forward = mirrored = VarianceForecast.before_any_return(MODEL)

    for value in values:
        forward, mirrored = forward.after(1.0 + value), mirrored.after(1.0 - value)

    assert forward.variance == pytest.approx(mirrored.variance, rel=1e-9)
    assert forward.variance >= MODEL.recursion.constant


@given(st.floats(0.01, 100.0), st.integers(1, 50))
def test_forecasts_move_towards_the_long_run_level_and_never_past_it(variance: float, n_bars: int) -> None:
    distances = [abs(later - MODEL.long_run_variance) for later in VarianceForecast(MODEL, variance).variances(n_bars)]

    assert distances == sorted(distances, reverse=True)


def test_one_step_by_hand() -> None:
    # Long run 0.1 / (1 - 0.9) = 1; a return of 3 is a surprise of 2: 0.1 + 0.1 × 4 + 0.8 × 1 = 1.3.
    after = VarianceForecast.before_any_return(MODEL).after(3.0)

    assert after.variance == pytest.approx(1.3)
    # Two bars later: 1 + 0.9 × 0.3 = 1.27, 1 + 0.81 × 0.3 = 1.243.
    assert after.variances(3) == pytest.approx([1.3, 1.27, 1.243])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e200])
def test_a_return_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        VarianceForecast.before_any_return(MODEL).after(value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [((0.1, 0.2, 0.8), "below 1"), ((0.0, 0.1, 0.8), "constant"), ((float("inf"), 0.1, 0.8), "constant")],
)
def test_a_variance_without_a_level_is_no_model(weights: tuple[float, float, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GarchModel(VarianceRecursion(*weights))
