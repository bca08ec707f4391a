"""Sizes by Kelly and by risk per trade: strength and confidence both count, and without an edge there is no size."""

from decimal import Decimal
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.position_sizer import Constraint, SizeDecision, decide_size
from domain.regime import MarketRegime
from domain.risk.kelly import KellyFraction, KellyPolicy, kelly_fraction
from domain.signal import Signal, SignalAction
from domain.sizing import EquityFraction, FixedQuantity, KellyAndRisk, appetites, correlation_factor, scaling_of
from tests.support import make_instrument

SIZING: Final = KellyAndRisk(risk_per_trade=Decimal("0.01"), stop_atr=2.0, atr_bars=14)
INSTRUMENT: Final = make_instrument()
parts: Final = st.integers(0, 100).map(lambda count: count / 100)


def entry(*, strength: float = 1.0, confidence: float = 1.0, stop: float | None = None) -> Signal:
    return Signal(
        action=SignalAction.ENTER_LONG, reason="test", strength=strength, confidence=confidence, stop_distance=stop
    )


def record(mean: float, n: int = 100) -> Float64Array:
    """Return returns of 1 % up and down around a mean."""
    steps: Float64Array = mean + 0.01 * np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    return steps


def justified(mean: float, n: int = 100) -> KellyFraction:
    return kelly_fraction(record(mean, n), MarketRegime.NEUTRAL, KellyPolicy())


GOOD: Final = justified(0.01)


def size(
    signal: Signal,
    kelly: KellyFraction | None = GOOD,
    *,
    correlation: float = 1.0,
    drawdown: float = 1.0,
    true_range: float | None = None,
) -> SizeDecision:
    wanted = appetites(SIZING, signal, equity=Decimal(10_000), price=Decimal(100), kelly=kelly, true_range=true_range)
    scaling = scaling_of(SIZING, signal, correlation=correlation, drawdown=drawdown)
    return decide_size(wanted, (), scaling, price=Decimal(100), instrument=INSTRUMENT)


def test_the_smaller_of_record_and_stop_binds() -> None:
    # Kelly: the cap of 8 % of 10,000 is 800, 8 units. Risk: 1 % is 100, over a stop 50 away 2 units, over 5 away 20.
    assert GOOD.fraction == pytest.approx(0.08)
    far, near = size(entry(stop=50.0)), size(entry(stop=5.0))

    assert (far.quantity, far.binding) == (Decimal(2), Constraint.RISK_PER_TRADE)
    assert (near.quantity, near.binding) == (Decimal(8), Constraint.KELLY)


def test_without_a_stop_the_true_range_stands_in_for_one() -> None:
    # Two ranges of 20 are a stop 40 away: 100 / 40 = 2.5.
    assert size(entry(), true_range=20.0).quantity == Decimal("2.5")


@pytest.mark.parametrize("true_range", [None, 0.0])
def test_with_neither_stop_nor_range_there_is_no_size(true_range: float | None) -> None:
    decision = size(entry(), true_range=true_range)

    assert (decision.quantity, decision.binding) == (Decimal(0), Constraint.RISK_PER_TRADE)


@pytest.mark.parametrize("kelly", [None, justified(-0.01), justified(0.0), justified(0.01, n=29)])
def test_a_negative_a_missing_or_an_unknown_edge_sizes_to_zero(kelly: KellyFraction | None) -> None:
    decision = size(entry(stop=50.0), kelly)

    assert (decision.quantity, decision.binding) == (Decimal(0), Constraint.KELLY)


def test_strength_and_confidence_and_correlation_and_drawdown_are_all_multiplied() -> None:
    # 2 units × 0.5 × 0.8 × 0.7 × 0.5 = 0.28.
    decision = size(entry(strength=0.5, confidence=0.8, stop=50.0), correlation=0.7, drawdown=0.5)

    assert decision.quantity == Decimal("0.28")


def test_other_rules_take_only_what_is_theirs_and_all_take_the_drawdown() -> None:
    signal = entry(strength=0.5, confidence=0.8)
    fixed = scaling_of(FixedQuantity(Decimal(1)), signal, correlation=0.3, drawdown=0.5)
    share = scaling_of(EquityFraction(Decimal("0.1")), signal, correlation=0.3, drawdown=0.5)

    assert (fixed.strength, fixed.confidence, fixed.correlation, fixed.drawdown) == (1.0, 1.0, 1.0, 0.5)
    assert (share.strength, share.confidence, share.correlation, share.drawdown) == (0.5, 0.8, 1.0, 0.5)


@given(weak=parts, strong=parts, other=parts)
def test_more_strength_or_confidence_is_never_less(weak: float, strong: float, other: float) -> None:
    low, high = sorted((weak, strong))

    for name, beside in (("strength", "confidence"), ("confidence", "strength")):
        sizes = [size(entry(**{name: each, beside: other}, stop=50.0)).quantity for each in (low, high)]
        assert sizes[0] <= sizes[1]


@given(mean=st.integers(-200, 200).map(lambda count: count / 10_000))
def test_only_a_positive_edge_is_ever_traded_and_a_larger_one_no_less(mean: float) -> None:
    quantity = size(entry(stop=1.0), justified(mean)).quantity

    assert quantity == 0 or mean > 0.0
    assert quantity <= size(entry(stop=1.0), justified(mean + 0.001)).quantity


@pytest.mark.parametrize(
    ("correlation", "factor"),
    [(-1.0, 1.0), (0.0, 1.0), (0.4, 1.0), (0.5, 0.85), (0.6, 0.7), (0.7, 0.6), (0.8, 0.5), (0.9, 0.4), (1.0, 0.3)],
)
def test_what_moves_with_what_is_held_is_made_smaller_and_a_hedge_is_not(correlation: float, factor: float) -> None:
    assert correlation_factor(correlation) == pytest.approx(factor)


@given(one=st.floats(-1.0, 1.0), other=st.floats(-1.0, 1.0))
def test_more_correlation_never_leaves_more(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 0.3 <= correlation_factor(high) <= correlation_factor(low) <= 1.0


def test_a_correlation_that_rounding_takes_past_one_is_one() -> None:
    assert correlation_factor(1.0 + 1e-12) == pytest.approx(0.3)
