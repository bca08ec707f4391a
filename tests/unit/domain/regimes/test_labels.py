from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.regime import MarketRegime
from domain.regimes.features import FeatureScale
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.labels import (
    ScaledHmm,
    bayesian_information,
    bhattacharyya_distance,
    carried_labels,
    label_states,
    matching_order,
)
from tests.unit.domain.regimes.drawn import models

BULL, BEAR, SIDEWAYS = MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS
PLAIN = FeatureScale((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def make_scaled(returns: Sequence[float], scale: FeatureScale = PLAIN) -> ScaledHmm:
    n_states = len(returns)
    means = np.zeros((n_states, 3))
    means[:, 0] = returns
    chances = np.full((n_states, n_states), 1.0 / n_states)
    return ScaledHmm(GaussianHmm(chances[0], chances, means, np.broadcast_to(np.eye(3), (n_states, 3, 3))), scale)


def units(n_features: int) -> FeatureScale:
    return FeatureScale((0.0,) * n_features, (1.0,) * n_features)


@given(model=models(), data=st.data())
def test_states_are_found_again_in_whatever_order_they_come(model: GaussianHmm, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(model.n_states)))
    former, refit = (ScaledHmm(one, units(model.n_features)) for one in (model, model.reordered(order)))
    distances = [
        bhattacharyya_distance(model.means[i], model.covariances[i], model.means[j], model.covariances[j])
        for i in range(model.n_states)
        for j in range(i)
    ]
    assume(all(distance > 1e-6 for distance in distances))

    found = refit.hmm.reordered(matching_order(former, refit))

    assert (found.means == model.means).all()
    assert (found.transition == model.transition).all()


@given(model=models(), factor=st.floats(0.1, 10.0), shift=st.floats(-3.0, 3.0))
def test_another_scale_of_the_same_states_matches_them(model: GaussianHmm, factor: float, shift: float) -> None:
    n_features = model.n_features
    scale = FeatureScale((-shift * factor,) * n_features, (factor,) * n_features)
    moved = GaussianHmm(model.start, model.transition, model.means / factor + shift, model.covariances / factor**2)
    former, refit = ScaledHmm(model, units(n_features)), ScaledHmm(moved, scale)

    # Equal states may trade places, so it is the states and not the order that is compared.
    order = matching_order(former, refit)

    assert np.allclose(model.means[list(order)], model.means, atol=1e-3)


@given(model=models(n_features_min=2, n_features_max=2), other=models(n_features_min=2, n_features_max=2))
def test_distances_are_none_to_itself_and_the_same_both_ways(model: GaussianHmm, other: GaussianHmm) -> None:
    one, two = (model.means[0], model.covariances[0]), (other.means[0], other.covariances[0])

    assert bhattacharyya_distance(*one, *one) == pytest.approx(0.0, abs=1e-9)
    assert bhattacharyya_distance(*one, *two) == pytest.approx(bhattacharyya_distance(*two, *one), rel=1e-6, abs=1e-9)
    assert bhattacharyya_distance(*one, *two) >= -1e-9


@given(returns=st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=4), distinct_min=st.floats(0.0, 0.5))
def test_bull_rises_bear_falls_and_there_is_at_most_one_of_each(returns: list[float], distinct_min: float) -> None:
    labels = label_states(make_scaled(returns), 100 * len(returns), distinct_min)

    assert labels.count(BULL) <= 1
    assert labels.count(BEAR) <= 1
    for label, value in zip(labels, returns, strict=True):
        assert label is not BULL or value == max(returns) > distinct_min / 10.0
        assert label is not BEAR or value == min(returns) < -distinct_min / 10.0


def test_distance_by_hand() -> None:
    # N(0, 1) and N(2, 3): shared variance 2, so 4/2/8 = 0.25, and log(2 / sqrt(3)) / 2 = 0.0719.
    distance = bhattacharyya_distance(np.array([0.0]), np.array([[1.0]]), np.array([2.0]), np.array([[3.0]]))

    assert distance == pytest.approx(0.25 + 0.0719, abs=1e-4)


@pytest.mark.parametrize(
    ("returns", "labels"),
    [
        ((0.3, -0.3, 0.0), (BULL, BEAR, SIDEWAYS)),
        ((0.0, 0.3, -0.3), (SIDEWAYS, BULL, BEAR)),
        ((0.01, -0.01, 0.0), (SIDEWAYS, SIDEWAYS, SIDEWAYS)),
        ((0.3, 0.2, 0.1), (BULL, SIDEWAYS, SIDEWAYS)),
        ((-0.3,), (BEAR,)),
    ],
)
def test_names_follow_the_mean_return(returns: tuple[float, ...], labels: tuple[MarketRegime, ...]) -> None:
    # A state of a hundred bars knows its mean to a tenth of its deviation; half of that is asked for.
    assert label_states(make_scaled(returns), 100 * len(returns), 0.5) == labels


def test_a_mean_return_is_that_of_the_bars_and_not_of_the_scaled_feature() -> None:
    # All bars rise by half a deviation on average: a state 0.3 below that still rises.
    rising = FeatureScale((0.5, 0.0, 0.0), (1.0, 1.0, 1.0))

    assert label_states(make_scaled((0.3, -0.3), rising), 200, 0.5) == (BULL, SIDEWAYS)


@pytest.mark.parametrize(
    ("returns", "labels"),
    [
        ((0.3, -0.3, 0.0), (BULL, BEAR, SIDEWAYS)),
        ((0.01, -0.01, 0.0), (BULL, BEAR, SIDEWAYS)),  # too little to be named anew, but nothing against it
        ((0.2, -0.3, 0.3), (BULL, BEAR, SIDEWAYS)),  # the other one rises faster now
        ((-0.1, -0.3, 0.3), (SIDEWAYS, BEAR, BULL)),  # what was called BULL falls
    ],
)
def test_names_stay_until_a_return_contradicts_them(
    returns: tuple[float, ...], labels: tuple[MarketRegime, ...]
) -> None:
    assert carried_labels((BULL, BEAR, SIDEWAYS), make_scaled(returns), 300, 0.5) == labels


def test_what_is_no_more_than_chance_has_no_direction() -> None:
    # 0.1 is one error of a hundred bars and three and a third of eleven hundred.
    few, many = (label_states(make_scaled((0.1, -0.1, 0.0)), n_bars, 2.0) for n_bars in (300, 3_300))

    assert few == (SIDEWAYS, SIDEWAYS, SIDEWAYS)
    assert many == (BULL, BEAR, SIDEWAYS)


def test_a_direction_that_was_not_there_gets_its_name() -> None:
    assert carried_labels((BULL, SIDEWAYS, SIDEWAYS), make_scaled((0.3, -0.3, 0.0)), 300, 0.5) == (BULL, BEAR, SIDEWAYS)


def test_models_of_other_sizes_do_not_match() -> None:
    with pytest.raises(ValueError, match="cannot match 2 states to 3"):
        matching_order(make_scaled((0.0, 1.0, 2.0)), make_scaled((0.0, 1.0)))


def test_information_criterion_by_hand() -> None:
    # 2 log(100) + 2 × 50 = 109.21
    assert bayesian_information(-50.0, 2, 100) == pytest.approx(109.2103, abs=1e-4)
