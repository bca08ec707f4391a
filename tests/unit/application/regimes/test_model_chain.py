import numpy as np
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from application.regimes.learning_detector import LearningDetector
from application.regimes.model_chain import FitOutcome, fit_chain
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from domain.market import BarSeries
from domain.regimes.detector import DetectorSettings
from domain.regimes.features import FeatureScale
from domain.regimes.regime_model import NeutralReason, RegimeEstimate, RegimeModel
from domain.regimes.volatility_state import VolatilitySettings
from tests.regimes import make_market, make_regime_model

BARS = make_market(
    drifts=(0.005, -0.005, 0.0), deviations=(0.01, 0.01, 0.01), duration_bars=40, n_bars=150, seed=3
).bars
SCHEDULE = RefitSchedule(refit_bars=24, window_bars=60, bars_min=40)
SETTINGS = FitSettings(observations_min=30)
DETECTOR = DetectorSettings(
    observations_min=10, refilter_bars=40, volatility=VolatilitySettings(history_bars=40, observations_min=20)
)


@define
class MeanFitting(RegimeFitting):
    """Takes means and deviations of the window for its scale and fails where it is told to."""

    fails_at: frozenset[int] = frozenset()
    tasks: list[FitTask] = field(factory=list)

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        self.tasks.append(task)
        if len(self.tasks) - 1 in self.fails_at:
            return FitFailure(task.fitted_until_ns, "told to fail")
        rows = task.rows[np.isfinite(task.rows).all(axis=1)]
        model = make_regime_model(fitted_until_ns=task.fitted_until_ns)
        return evolve(model, scale=FeatureScale.of(rows), fitted_from_ns=task.fitted_from_ns)


def chain(bars: BarSeries, fitting: RegimeFitting, schedule: RefitSchedule = SCHEDULE) -> dict[int, FitOutcome]:
    return dict(fit_chain(bars, schedule, SETTINGS, fitting))


def learning(fitting: RegimeFitting, schedule: RefitSchedule = SCHEDULE) -> LearningDetector:
    return LearningDetector(RegimePlan(fitting=fitting, detector=DETECTOR, schedule=schedule, fit=SETTINGS))


def estimates(bars: BarSeries, schedule: RefitSchedule = SCHEDULE) -> list[RegimeEstimate]:
    detector = learning(MeanFitting(), schedule)
    return [detector.on_bar(bar) for bar in bars.bars()]


WHOLE = estimates(BARS)


@given(cut=st.integers(0, 150))
def test_what_comes_later_changes_no_estimate_with_refits_and_all(cut: int) -> None:
    assert estimates(BARS.rows(0, cut)) == WHOLE[:cut]


@given(latency=st.integers(1, 30))
def test_a_model_judges_no_bar_before_its_fit_is_done(latency: int) -> None:
    found = estimates(BARS, evolve(SCHEDULE, fit_latency_bars=latency))

    first = next(row for row, one in enumerate(found) if one.model_age_bars is not None)
    # The first stretch with forty bars begins at bar 48, of which the fit knows the close.
    assert first == 48 + latency
    assert found[first].model_age_bars == latency


def test_every_fit_sees_its_window_and_the_model_before() -> None:
    fitting = MeanFitting()

    outcomes = list(chain(BARS, fitting).values())

    assert [task.former for task in fitting.tasks] == [None, *outcomes[:-1]]
    assert [task.rows.shape[0] for task in fitting.tasks] == [49, 60, 60, 60, 60]


@given(refit_bars=st.integers(5, 60), window=st.none() | st.integers(40, 70), latency=st.integers(1, 10))
def test_what_is_learned_on_the_way_is_what_was_fitted_beforehand(
    refit_bars: int, window: int | None, latency: int
) -> None:
    schedule = RefitSchedule(refit_bars=refit_bars, window_bars=window, bars_min=40, fit_latency_bars=latency)
    before, on_the_way = MeanFitting(), MeanFitting()
    chain(BARS, before, schedule)
    detector = learning(on_the_way, schedule)
    for bar in BARS.bars():
        detector.on_bar(bar)

    # The last ones would be in use after the last bar: beforehand they are left out.
    assert 0 <= len(on_the_way.tasks) - len(before.tasks) <= latency
    for made, foreseen in zip(on_the_way.tasks, before.tasks, strict=False):
        assert (made.fitted_from_ns, made.fitted_until_ns) == (foreseen.fitted_from_ns, foreseen.fitted_until_ns)
        assert np.array_equal(made.rows, foreseen.rows, equal_nan=True)


def test_a_failed_fit_keeps_the_model_and_is_not_tried_again_before_its_turn() -> None:
    fitting = MeanFitting(frozenset({0, 2}))
    outcomes = chain(BARS, fitting)
    detector = learning(MeanFitting(frozenset({0, 2})))

    found = [detector.on_bar(bar) for bar in BARS.bars()]

    assert len(fitting.tasks) == len(outcomes) == 5
    assert fitting.tasks[3].former is list(outcomes.values())[1]
    assert (found[60].reason, found[60].detail) == (NeutralReason.NO_MODEL, "no model: told to fail")
    # The fit at 96 failed: at 100 the model of 72 is in use, 28 bars old.
    assert found[100].model_age_bars == 28


@given(cut=st.integers(0, 150), latency=st.integers(1, 30))
def test_a_judgement_is_that_of_the_estimate_and_asking_for_one_changes_no_other(cut: int, latency: int) -> None:
    schedule = evolve(SCHEDULE, fit_latency_bars=latency)
    detector = learning(MeanFitting(), schedule)

    for place, (bar, expected) in enumerate(zip(BARS.bars(), estimates(BARS, schedule), strict=True)):
        detector.take(bar)
        assert detector.judgement == (expected.regime, expected.volatility_state, expected.confidence)
        # Asked for the bars before a cut alone, and for the bar itself after its model is in use.
        if place < cut or place == len(BARS) - 1:
            assert detector.on_bar(bar) == expected


def test_asking_again_changes_nothing_also_where_a_model_is_put_in_use() -> None:
    detector = learning(MeanFitting())

    found = [[detector.on_bar(bar) for _ in range(3)] for bar in BARS.bars()]

    assert found == [[one] * 3 for one in WHOLE]
