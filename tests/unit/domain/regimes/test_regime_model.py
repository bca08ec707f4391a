from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.regime import MarketRegime
from domain.regimes.features import FeatureScale
from tests.regimes import make_regime_model


@given(st.permutations(range(3)))
def test_a_refit_keeps_the_order_and_the_names_of_its_states(order: list[int]) -> None:
    former = make_regime_model()
    shuffled = evolve(former, hmm=former.hmm.reordered(order), labels=tuple(former.labels[place] for place in order))

    refit = shuffled.matched_to(former, 1.0)

    assert refit.labels == former.labels
    assert (refit.hmm.means == former.hmm.means).all()


def test_what_a_refit_has_learned_is_kept() -> None:
    refit = make_regime_model(returns=(-0.6, 0.05, 0.6), fitted_until_ns=99)

    matched = refit.matched_to(make_regime_model(), 1.0)

    assert np.allclose(matched.hmm.means[:, 0], [0.6, -0.6, 0.05])
    assert matched.fitted_until_ns == 99


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": (MarketRegime.BULL,)}, "3 states need a direction each"),
        ({"labels": (MarketRegime.NEUTRAL,) * 3}, "3 states need a direction each"),
        ({"scale": FeatureScale((0.0,), (1.0,))}, "not of 3"),
        ({"fitted_until_ns": 0}, "not after"),
        ({"n_bars": 0}, "n_bars"),
        ({"n_starts": 0}, "n_starts"),
    ],
)
def test_parts_that_do_not_fit_make_no_model(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        evolve(make_regime_model(), **changes)
