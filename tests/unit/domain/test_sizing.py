"""How much to trade: whole lots, nothing below the minimum, never more than the rule or the venue allows."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.instrument import Instrument
from domain.numbers import exact, is_multiple
from domain.position_sizer import Constraint, SizeDecision, decide_size
from domain.signal import Signal, SignalAction
from domain.sizing import EquityFraction, FixedQuantity, RiskFraction, Sizing, appetites, scaling_of
from tests.support import make_instrument

INSTRUMENT = make_instrument(lot_size="0.001", quantity_min="0.001", quantity_max="1000", notional_min="5")

money = st.integers(1, 10**10).map(lambda count: Decimal(count) / 100)
prices = st.integers(1, 10**7).map(lambda count: Decimal(count) / 100)
fractions = st.integers(1, 99).map(lambda count: Decimal(count) / 100)
strengths = st.integers(0, 100).map(lambda count: count / 100)
distances = st.integers(1, 10**6).map(lambda count: count / 100)
sizings: st.SearchStrategy[Sizing] = st.one_of(
    st.builds(FixedQuantity, money),
    st.builds(EquityFraction, fractions),
    st.builds(RiskFraction, fractions, st.integers(1, 20).map(Decimal)),
)


def entry(strength: float = 1.0, stop: float | None = None, confidence: float = 1.0) -> Signal:
    return Signal(
        action=SignalAction.ENTER_LONG, reason="test", strength=strength, confidence=confidence, stop_distance=stop
    )


def size(
    sizing: Sizing,
    signal: Signal | None = None,
    *,
    equity: str | Decimal = "10000",
    price: str | Decimal = "100",
    instrument: Instrument = INSTRUMENT,
) -> SizeDecision:
    heard = signal or entry()
    wanted = appetites(sizing, heard, equity=Decimal(equity), price=Decimal(price))
    scaling = scaling_of(sizing, heard, correlation=1.0, drawdown=1.0)
    return decide_size(wanted, (), scaling, price=Decimal(price), instrument=instrument)


def test_a_fixed_quantity_is_taken_as_it_is() -> None:
    decision = size(FixedQuantity(Decimal("1.234")))

    assert (decision.quantity, decision.reason) == (Decimal("1.234"), "rule: fixed quantity")


def test_a_fraction_of_equity_is_scaled_by_strength_and_confidence() -> None:
    # 10,000 × 0.5 × 0.3 / 100 = 15, and of that 0.4
    assert size(EquityFraction(Decimal("0.5")), entry(strength=0.3)).quantity == 15
    assert size(EquityFraction(Decimal("0.5")), entry(strength=0.3, confidence=0.4)).quantity == 6


def test_a_risk_fraction_loses_exactly_that_at_the_stop() -> None:
    # 1 % of 10,000 is 100; a stop 2.5 away loses that on 40 units.
    decision = size(RiskFraction(Decimal("0.01"), Decimal(10)), entry(stop=2.5))

    assert (decision.quantity, decision.reason) == (Decimal(40), "rule: 0.01 at risk")


def test_a_risk_fraction_is_capped_where_the_stop_is_near() -> None:
    # 1 % at a stop of 0.01 would be 10,000 units; three times equity is 300.
    decision = size(RiskFraction(Decimal("0.01"), Decimal(3)), entry(stop=0.01))

    assert (decision.quantity, decision.reason) == (Decimal(300), "rule: leverage 3")


def test_without_a_stop_there_is_no_risk_to_size_by() -> None:
    decision = size(RiskFraction(Decimal("0.01"), Decimal(3)))

    assert decision.quantity == 0
    assert decision.reason == "rule: no stop to size by"


def test_quantities_are_rounded_down_to_the_lot() -> None:
    # 10,000 × 0.5 / 300 = 16.666…
    assert size(EquityFraction(Decimal("0.5")), price="300").quantity == Decimal("16.666")


def test_the_minimum_is_judged_after_rounding() -> None:
    # 0.0509999 at 100 is 5.09, above 5; rounded to 0.050 it is exactly 5 and passes. 0.0499999 becomes 0.049: 4.9.
    assert size(FixedQuantity(Decimal("0.0509999"))).quantity == Decimal("0.050")
    below = size(FixedQuantity(Decimal("0.0509999")), price="99.9")
    assert (below.quantity, below.binding) == (Decimal(0), Constraint.VENUE_MINIMUM)


def test_less_than_the_smallest_quantity_is_nothing_even_if_its_value_is_enough() -> None:
    instrument = evolve(INSTRUMENT, quantity_min=Decimal("0.01"))
    decision = size(FixedQuantity(Decimal("0.009")), price="100000", instrument=instrument)

    assert decision.quantity == 0


def test_more_than_the_venue_takes_in_one_order_is_cut() -> None:
    assert size(FixedQuantity(Decimal(5000))).quantity == 1000


def test_a_largest_quantity_off_the_lot_is_rounded_down_too() -> None:
    instrument = evolve(INSTRUMENT, quantity_max=Decimal("10.0005"))
    decision = size(FixedQuantity(Decimal(50)), instrument=instrument)

    assert decision.quantity == 10


@given(sizing=sizings, strength=strengths, stop=distances, equity=money, price=prices)
def test_a_size_is_nothing_or_whole_lots_that_the_venue_takes(
    sizing: Sizing, strength: float, stop: float, equity: Decimal, price: Decimal
) -> None:
    quantity = size(sizing, entry(strength, stop), equity=equity, price=price).quantity

    assert quantity == 0 or INSTRUMENT.quantity_problem(quantity) is None
    assert quantity == 0 or quantity * price >= INSTRUMENT.notional_min
    assert is_multiple(quantity, INSTRUMENT.lot_size)


@given(sizing=sizings, strength=strengths, stop=distances, equity=money, more=money, price=prices)
def test_more_equity_never_makes_it_smaller(
    sizing: Sizing, strength: float, stop: float, equity: Decimal, more: Decimal, price: Decimal
) -> None:
    signal = entry(strength, stop)

    poor, rich = (size(sizing, signal, equity=each, price=price).quantity for each in (equity, equity + more))

    assert poor <= rich


@given(sizing=sizings, strength=strengths, other=strengths, stop=distances, equity=money, price=prices)
def test_a_stronger_signal_never_makes_it_smaller(
    sizing: Sizing, strength: float, other: float, stop: float, equity: Decimal, price: Decimal
) -> None:
    weak, strong = (
        size(sizing, entry(each, stop), equity=equity, price=price).quantity for each in sorted((strength, other))
    )

    assert weak <= strong


@given(sizing=sizings, stop=distances, other=distances, equity=money, price=prices)
def test_a_farther_stop_never_makes_it_larger(
    sizing: Sizing, stop: float, other: float, equity: Decimal, price: Decimal
) -> None:
    near, far = (size(sizing, entry(1.0, each), equity=equity, price=price).quantity for each in sorted((stop, other)))

    assert near >= far


@given(fraction=fractions, stop=distances, equity=money, price=prices)
def test_at_the_stop_no_more_is_lost_than_was_allowed_and_less_by_under_a_lot(
    fraction: Decimal, stop: float, equity: Decimal, price: Decimal
) -> None:
    quantity = size(RiskFraction(fraction, Decimal(10**9)), entry(stop=stop), equity=equity, price=price).quantity
    assume(0 < quantity < INSTRUMENT.quantity_max)

    lost = quantity * exact(stop)

    assert equity * fraction - INSTRUMENT.lot_size * exact(stop) < lost <= equity * fraction


@given(leverage=st.integers(1, 20), stop=distances, equity=money, price=prices)
def test_a_risk_fraction_never_passes_its_leverage(leverage: int, stop: float, equity: Decimal, price: Decimal) -> None:
    quantity = size(
        RiskFraction(Decimal("0.5"), Decimal(leverage)), entry(stop=stop), equity=equity, price=price
    ).quantity

    # Divisions keep 28 digits; the quantity was floored to the lot, so the notional cannot pass by more than rounding.
    assert quantity * price <= equity * leverage * (1 + Decimal("1e-20"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: FixedQuantity(Decimal(0)),
        lambda: EquityFraction(Decimal(-1)),
        lambda: RiskFraction(Decimal(0), Decimal(1)),
        lambda: RiskFraction(Decimal(1), Decimal(1)),
        lambda: RiskFraction(Decimal("0.1"), Decimal(0)),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_exist(make: "object") -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="must be"):
        make()
