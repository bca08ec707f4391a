"""What loses together: alike on the same side, opposite on the other, unknown on both, and groups of neighbors."""

from decimal import Decimal

import numpy as np
import pytest

from application.trading.alike import alike_elsewhere
from application.trading.worst_cases import Worst
from domain.numbers import ZERO
from domain.risk.risk_model import RiskModel

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")


def model(**correlations: float) -> RiskModel:
    """Return unit variances and these correlations, such as ``AB=0.8``."""
    matrix = np.eye(len(SYMBOLS))
    for pair, correlation in correlations.items():
        one, other = ("ABCD".index(letter) for letter in pair)
        matrix[one, other] = matrix[other, one] = correlation
    return RiskModel(SYMBOLS, matrix, 1.6, 2.1)


def elsewhere(cases: list[Worst], symbol: str, known: RiskModel | None) -> tuple[object, ...]:
    return alike_elsewhere(cases, symbol, known, 0.7)


def case(symbol: str, longs: int, shorts: int) -> Worst:
    return Worst(symbol, Decimal(longs), Decimal(shorts), ZERO, ZERO, ZERO)


@pytest.mark.parametrize(
    ("correlation", "expected"),
    [(0.8, (70, 20)), (0.7, (70, 20)), (0.5, (0, 0)), (-0.5, (0, 0)), (-0.8, (20, 70))],
)
def test_one_other_counts_on_the_side_that_loses_together(correlation: float, expected: tuple[int, int]) -> None:
    assert elsewhere([case("BBB", 70, 20)], "AAA", model(AB=correlation)) == expected


@pytest.mark.parametrize("known", [None, RiskModel(("AAA",), np.eye(1), 1.6, 2.1)])
def test_what_is_unknown_counts_at_its_larger_side_on_both(known: RiskModel | None) -> None:
    assert elsewhere([case("BBB", 70, 20)], "AAA", known) == (70, 70)


def test_what_is_held_of_the_instrument_itself_is_not_elsewhere() -> None:
    assert elsewhere([case("AAA", 70, 20)], "AAA", model()) == (0, 0)


def test_two_that_only_move_like_a_third_meet_in_its_group() -> None:
    # A and C are not alike, but both are like B: an order in C meets 40 + 50 in B's group, 50 in its own.
    chain = model(AB=0.8, BC=0.8, AC=0.4)
    assert elsewhere([case("AAA", 40, 0), case("BBB", 50, 0)], "CCC", chain) == (90, 0)
    # Nothing in B: nobody is in the middle.
    assert elsewhere([case("AAA", 40, 0)], "CCC", chain) == (0, 0)


def test_a_group_in_the_opposite_is_met_on_its_other_side() -> None:
    # C moves against B, and B with A: a short of C loses where B and A, held long, fall.
    opposed = model(AB=0.8, BC=-0.8, AC=-0.4)
    assert elsewhere([case("AAA", 40, 0), case("BBB", 50, 0)], "CCC", opposed) == (0, 90)
