"""VaR and expected shortfall of a sample as it is."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.observations import tail_mass
from domain.risk.tail_risk import (
    QuantileConvention,
    TailRisk,
    historical_expected_shortfall,
    historical_tail,
    historical_var,
    tail_shares,
)
from tests.unit.domain.risk.drawn import fractions, return_series

samples = st.one_of(return_series(1, 30, largest=0.9), return_series(60, 130, largest=0.9))
confidences = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99, 0.999])
factors = st.floats(0.01, 100.0)

# Laws


@given(returns=samples, confidence=confidences)
def test_the_shortfall_is_never_below_the_var(returns: list[float], confidence: float) -> None:
    var = historical_var(returns, confidence)

    assert historical_expected_shortfall(returns, confidence) >= var - 1e-15


@given(returns=samples, confidence=confidences)
def test_the_tail_has_both_of_its_numbers(returns: list[float], confidence: float) -> None:
    tail = historical_tail(returns, confidence, observations_min=1)

    if tail is None:
        assert tail_mass(len(returns), confidence) < 1.0
    else:
        assert tail.var == historical_var(returns, confidence)
        assert tail.expected_shortfall == pytest.approx(historical_expected_shortfall(returns, confidence), rel=1e-12)


@given(returns=samples, confidence=confidences)
def test_no_more_than_the_tail_lies_beyond_the_var(returns: list[float], confidence: float) -> None:
    var = historical_var(returns, confidence)

    assert sum(-value > var for value in returns) <= tail_mass(len(returns), confidence)


@given(returns=samples, confidence=confidences)
def test_the_conventions_are_in_their_order(returns: list[float], confidence: float) -> None:
    upper, lower = (
        historical_var(returns, confidence, convention=convention)
        for convention in (QuantileConvention.UPPER, QuantileConvention.LOWER)
    )

    assert upper >= lower
    assert -upper in returns
    assert -lower in returns


@given(returns=samples, confidence=confidences)
def test_the_next_return_goes_beyond_no_more_often_than_was_asked_for(returns: list[float], confidence: float) -> None:
    # Whichever of n + 1 equally likely returns comes last: each in turn is taken out and judged by the others.
    n_beyond = 0
    for place, value in enumerate(returns):
        others = returns[:place] + returns[place + 1 :]
        if len(others) * (1.0 - confidence) >= 1.0 - 1e-9:
            n_beyond += -value > historical_var(others, confidence)

    # ceil(mass) of n others: at most one more than the mass, and exactly the mass where it is whole.
    assert n_beyond <= np.ceil(tail_mass(len(returns) - 1, confidence)) if len(returns) > 1 else n_beyond == 0


@given(returns=samples, confidence=confidences, factor=factors)
def test_twice_the_position_has_twice_the_risk(returns: list[float], confidence: float, factor: float) -> None:
    scaled = [value * factor for value in returns]

    assert historical_var(scaled, confidence) == pytest.approx(factor * historical_var(returns, confidence), rel=1e-12)
    assert historical_expected_shortfall(scaled, confidence) == pytest.approx(
        factor * historical_expected_shortfall(returns, confidence), rel=1e-9, abs=1e-15
    )


@given(returns=samples)
def test_more_confidence_asks_for_no_less(returns: list[float]) -> None:
    vars_of = [historical_var(returns, confidence) for confidence in (0.5, 0.9, 0.95, 0.99)]

    assert vars_of == sorted(vars_of)


@given(returns=samples, confidence=confidences, data=st.data())
def test_the_sequence_of_the_days_does_not_matter(returns: list[float], confidence: float, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(returns))

    assert historical_var(shuffled, confidence) == historical_var(returns, confidence)
    assert historical_expected_shortfall(shuffled, confidence) == historical_expected_shortfall(returns, confidence)


@given(first=st.lists(st.tuples(fractions(0.5), fractions(0.5)), min_size=1, max_size=40))
def test_the_shortfall_of_two_together_is_no_more_than_of_both_apart(first: list[tuple[float, float]]) -> None:
    one, other = np.array(first).T

    together = historical_expected_shortfall(one + other, 0.9)

    assert together <= historical_expected_shortfall(one, 0.9) + historical_expected_shortfall(other, 0.9) + 1e-12


@given(n_returns=st.integers(1, 5000), confidence=confidences)
def test_the_shares_of_the_tail_make_the_whole(n_returns: int, confidence: float) -> None:
    assert tail_shares(n_returns, confidence).sum() == pytest.approx(1.0, rel=1e-12)


# Worked examples

LOSSES_OF_TWENTY = [0.10, 0.08, 0.05, 0.03, 0.02, 0.01, *[0.0] * 14]


def test_the_worst_two_of_twenty_at_ninety_percent() -> None:
    returns = [-loss for loss in LOSSES_OF_TWENTY]

    # The second worst; the mean of 0.10 and 0.08. The one after it; and 0.9 of the way from 0.05 to 0.08 counted in 19
    # steps from the smallest loss: place 17.1, between 0.05 (17) and 0.08 (18).
    assert historical_var(returns, 0.9) == 0.08
    assert historical_expected_shortfall(returns, 0.9) == pytest.approx(0.09)
    assert historical_var(returns, 0.9, convention=QuantileConvention.LOWER) == 0.05
    assert historical_var(returns, 0.9, convention=QuantileConvention.INTERPOLATED) == pytest.approx(0.053)


def test_half_a_day_counts_half_in_the_shortfall() -> None:
    returns = [-loss for loss in LOSSES_OF_TWENTY[:15]]

    # The tail are 1.5 of 15: (0.10 + 0.5 × 0.08) / 1.5.
    assert historical_expected_shortfall(returns, 0.9) == pytest.approx(0.14 / 1.5)
    assert historical_var(returns, 0.9) == 0.08


def test_the_tail_of_a_hundred_at_ninety_five_percent_are_five_and_not_six() -> None:
    # 100 × (1 − 0.95) is 5.000000000000004 in floats.
    returns = [-loss / 1000 for loss in range(100)]

    assert historical_var(returns, 0.95) == 0.095


def test_where_even_the_tail_is_a_gain_the_var_is_negative() -> None:
    assert historical_tail([0.01] * 40, 0.95) == TailRisk(-0.01, -0.01)


# Unknown


@pytest.mark.parametrize(
    ("n_returns", "confidence", "is_known"),
    [(29, 0.95, False), (30, 0.95, True), (99, 0.99, False), (100, 0.99, True), (30, 0.99, False), (0, 0.95, False)],
)
def test_from_too_few_returns_nothing_is_said(n_returns: int, confidence: float, *, is_known: bool) -> None:
    assert (historical_tail([-0.01] * n_returns, confidence) is not None) is is_known


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_return_that_is_no_number_is_refused_with_its_row(value: float) -> None:
    with pytest.raises(ValueError, match="row 2 is not a finite number"):
        historical_tail([0.0, 0.0, value], 0.95)


@pytest.mark.parametrize("confidence", [0.49, 1.0, -1.0, 95.0, nan])
def test_a_confidence_in_percent_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"confidence must be from 0\.5 to below 1"):
        historical_var([0.0], confidence)


def test_there_is_no_var_of_nothing() -> None:
    with pytest.raises(ValueError, match="no returns"):
        historical_var([], 0.95)
    with pytest.raises(ValueError, match="1 axes"):
        historical_var([[0.0]], 0.95)


def test_a_shortfall_below_the_var_cannot_be() -> None:
    with pytest.raises(ValueError, match="below the VaR"):
        TailRisk(0.05, 0.04)
    for var, shortfall in [(0.05, nan), (nan, 0.05), (inf, inf)]:
        with pytest.raises(ValueError, match="must be"):
            TailRisk(var, shortfall)
