"""Depths, episodes and measures of drawdown: reference numbers, laws, and examples by hand.

The reference numbers live in ``reference/vectors/drawdown.json`` of the shared folder. Their drawdowns are not
positive, ours not negative; the uncompounded ones are depths of another kind, to which the same measures apply.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.drawdown import (
    DrawdownEpisode,
    DrawdownMeasures,
    conditional_drawdown_at_risk,
    drawdown_at_risk,
    drawdown_depths,
    drawdown_episodes,
    measure_drawdowns,
)
from domain.market import Float64Array
from domain.performance import deepest_drawdown
from domain.time_units import NS_PER_DAY
from tests.support import START_NS

Case: TypeAlias = Mapping[str, Any]


def array(values: Sequence[float]) -> Float64Array:
    return np.asarray(values, dtype=np.float64)


def compounded(case: Case) -> Float64Array:
    wealth: Float64Array = np.cumprod(1.0 + array(case["returns"]), dtype=np.float64)
    return drawdown_depths(wealth, start_equity=1.0)


def uncompounded(case: Case) -> Float64Array:
    sums = np.concatenate([[0.0], np.cumsum(array(case["returns"]))])
    depths: Float64Array = (np.maximum.accumulate(sums) - sums)[1:]
    return depths


def measures(depths: Float64Array) -> DrawdownMeasures:
    result = measure_drawdowns(depths)
    assert result is not None
    return result


NEVER: Final = -1


def episode_numbers(case: Case) -> list[float]:
    episodes = sorted(drawdown_episodes(compounded(case)), key=lambda episode: -episode.depth)[: case["top"]]
    return [number for episode in episodes for number in _numbers(episode)]


def _numbers(episode: DrawdownEpisode) -> list[float]:
    recovered = NEVER if episode.recovery_row is None else episode.recovery_row
    return [episode.start_row, episode.trough_row, recovered, -episode.depth, episode.n_points]


CALCULATIONS: Final[Mapping[str, Callable[[Case], object]]] = {
    "drawdown_series": lambda case: (-compounded(case)).tolist(),
    "max_drawdown": lambda case: -measures(compounded(case)).max_depth,
    "average_drawdown_all_periods": lambda case: measures(compounded(case)).pain_index,
    "ulcer_index": lambda case: measures(compounded(case)).ulcer_index,
    "drawdown_episodes": episode_numbers,
    "drawdown_episode_count": lambda case: measures(compounded(case)).n_episodes,
    "longest_underwater_observations": lambda case: measures(compounded(case)).longest_points,
    "time_underwater_share": lambda case: measures(compounded(case)).share_below,
    "max_drawdown_uncompounded": lambda case: measures(uncompounded(case)).max_depth,
    "average_drawdown_uncompounded": lambda case: measures(uncompounded(case)).pain_index,
    "ulcer_index_uncompounded": lambda case: measures(uncompounded(case)).ulcer_index,
    "cdar_uncompounded": lambda case: conditional_drawdown_at_risk(uncompounded(case), confidence=case["confidence"]),
    "cdar": lambda case: conditional_drawdown_at_risk(compounded(case), confidence=case["confidence"]),
    "dar": lambda case: drawdown_at_risk(compounded(case), confidence=case["confidence"]),
}
TESTED: Final = (
    "dd_series",
    "mdd",
    "avg_dd",
    "ulcer",
    "episodes_top5",
    "episode_count",
    "longest_underwater",
    "time_underwater_share",
    "mdd_uncompounded",
    "add_uncompounded",
    "uci_uncompounded",
    "cdar_uncompounded",
    "cdar_compounded",
    "dar_compounded",
)


def in_a_row(expected: object) -> object:
    """Return the numbers of all episodes in one list, so that they compare with a tolerance."""
    if isinstance(expected, list) and isinstance(expected[0], dict):
        names = ("start", "trough", "recovery", "depth", "length")
        return [NEVER if row[name] is None else row[name] for row in expected for name in names]
    return expected


@pytest.fixture(scope="module")
def document(shared_data: Path) -> Mapping[str, Any]:
    text = (shared_data / "reference" / "vectors" / "drawdown.json").read_text(encoding="utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


@pytest.mark.parametrize("case_id", TESTED)
def test_a_reference_number_is_reproduced(case_id: str, document: Mapping[str, Any]) -> None:
    case = next(case for case in document["cases"] if case["id"] == case_id)
    inputs = case["inputs"] | {"returns": document["datasets"][case["inputs"]["returns"]["$dataset"]]}

    got = CALCULATIONS[case["function"]](inputs)

    assert got == pytest.approx(in_a_row(case["expected"]), **case["tol"]), f"{case_id}: source: {case['source']}"


def test_every_case_of_the_file_is_tested(document: Mapping[str, Any]) -> None:
    assert sorted(TESTED) == sorted(case["id"] for case in document["cases"])


# Laws

curves = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40)
confidences = st.floats(0.01, 0.99)


@given(equity=curves, start=st.floats(0.01, 1e6))
def test_episodes_are_apart_in_order_and_cover_exactly_what_lies_below(equity: list[float], start: float) -> None:
    depths = drawdown_depths(array(equity), start_equity=start)

    episodes = drawdown_episodes(depths)

    covered = [row for episode in episodes for row in range(episode.start_row, episode.start_row + episode.n_points)]
    assert covered == np.flatnonzero(depths > 0.0).tolist()
    for episode in episodes:
        stop = episode.start_row + episode.n_points
        assert episode.depth == depths[episode.start_row : stop].max() == depths[episode.trough_row]
        assert episode.recovery_row == (stop if stop < len(equity) else None)


@given(equity=curves, start=st.floats(0.01, 1e6), confidence=confidences)
def test_the_measures_stand_in_their_order(equity: list[float], start: float, confidence: float) -> None:
    depths = drawdown_depths(array(equity), start_equity=start)

    figures = measure_drawdowns(depths, confidence=confidence)

    assert figures is not None
    near = 1e-9
    assert 0.0 <= figures.pain_index <= figures.ulcer_index + near <= figures.max_depth + 2 * near <= 1.0 + 3 * near
    assert figures.at_risk <= figures.conditional_at_risk <= figures.max_depth + near
    assert figures.pain_index <= figures.conditional_at_risk + near


@given(equity=curves, start=st.floats(0.01, 1e6), confidences_in_order=st.tuples(confidences, confidences).map(sorted))
def test_a_higher_confidence_is_never_shallower(
    equity: list[float], start: float, confidences_in_order: list[float]
) -> None:
    depths = drawdown_depths(array(equity), start_equity=start)
    lower, higher = (
        (drawdown_at_risk(depths, confidence=level), conditional_drawdown_at_risk(depths, confidence=level))
        for level in confidences_in_order
    )

    assert lower[0] <= higher[0]
    assert lower[1] <= higher[1] + 1e-9


@given(equity=curves, start=st.floats(0.01, 1e6))
def test_the_deepest_episode_is_the_deepest_drawdown_of_the_report(equity: list[float], start: float) -> None:
    at_ns = START_NS + np.arange(1, len(equity) + 1, dtype=np.int64) * NS_PER_DAY
    reported = deepest_drawdown(at_ns, array(equity), start_equity=start)

    episodes = drawdown_episodes(drawdown_depths(array(equity), start_equity=start))

    assert reported.depth == max((episode.depth for episode in episodes), default=0.0)


@given(equity=curves, start=st.floats(0.01, 1e6), exponent=st.integers(-10, 10))
def test_the_unit_of_money_changes_nothing(equity: list[float], start: float, exponent: int) -> None:
    unit = 2.0**exponent

    plain = measure_drawdowns(drawdown_depths(array(equity), start_equity=start))
    scaled = measure_drawdowns(drawdown_depths(array(equity) * unit, start_equity=start * unit))

    assert plain == scaled


# Examples by hand


def test_episodes_of_a_small_curve() -> None:
    # From 100: 110, 99 (10 %), 88 (20 %), 110 again, 120, 90 (25 %).
    depths = drawdown_depths(array([110.0, 99.0, 88.0, 110.0, 120.0, 90.0]), start_equity=100.0)

    first, last = drawdown_episodes(depths)

    assert evolve(first, depth=0.2) == DrawdownEpisode(1, 2, recovery_row=3, depth=0.2, n_points=2)
    assert first.depth == pytest.approx(0.2)
    assert last == DrawdownEpisode(start_row=5, trough_row=5, recovery_row=None, depth=0.25, n_points=1)


def test_measures_of_a_small_curve() -> None:
    # Depths 0, 0.1, 0.2, 0, 0, 0.25: mean 0.55/6; squares 0.01 + 0.04 + 0.0625 = 0.1125 over 6. At 50 % the third
    # smallest, 0; beyond it the mean of the worst three, 0.55/3.
    depths = drawdown_depths(array([110.0, 99.0, 88.0, 110.0, 120.0, 90.0]), start_equity=100.0)

    figures = measure_drawdowns(depths, confidence=0.5)

    assert figures is not None
    assert figures.pain_index == pytest.approx(0.55 / 6)
    assert figures.ulcer_index == pytest.approx((0.1125 / 6) ** 0.5)
    assert figures.share_below == 0.5
    assert (figures.longest_points, figures.n_episodes) == (2, 2)
    assert figures.at_risk == 0.0
    assert figures.conditional_at_risk == pytest.approx(0.55 / 3)


def test_the_start_is_the_first_high() -> None:
    assert drawdown_depths(array([80.0, 120.0]), start_equity=100.0).tolist() == pytest.approx([0.2, 0.0])


def test_debt_is_deeper_than_everything() -> None:
    assert drawdown_depths(array([-10.0]), start_equity=100.0).tolist() == pytest.approx([1.1])


def test_no_points_have_no_measures() -> None:
    assert measure_drawdowns(array([])) is None
    assert drawdown_episodes(array([])) == ()


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="positive start equity, got 0"):
        drawdown_depths(array([1.0]), start_equity=0.0)
    with pytest.raises(ValueError, match="need points"):
        drawdown_at_risk(array([]), confidence=0.95)
    with pytest.raises(ValueError, match="confidence"):
        conditional_drawdown_at_risk(array([0.1]), confidence=1.0)
