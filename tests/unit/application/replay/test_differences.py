"""A difference is named by the first thing that differs, of what was decided on to what came of it."""

from decimal import Decimal
from math import nan
from typing import Final

import pytest
from attrs import evolve

from application.replay.differences import difference_between
from application.trading.records import Decision, Refusal, RegimeChange, SentOrder
from domain.order import ClientOrderId
from domain.regime import MarketRegime, VolatilityState
from domain.signal import Signal, SignalAction
from tests.support import SYMBOL, make_terms

SIGNAL: Final = Signal(
    action=SignalAction.ENTER_LONG, reason="why", stop_distance=2.0, features=(("atr", 1.0), ("x", nan))
)
DECIDED: Final = Decision(7, "trend", SYMBOL, SIGNAL, Decimal(3), "rule: 3", (("rule", 3.0), ("equity", 9.0)))
BULL: Final = RegimeChange(
    at_ns=7,
    symbol=SYMBOL,
    regime=MarketRegime.BULL,
    volatility_state=VolatilityState.LOW,
    confidence=0.9,
    volatility=0.01,
)
SENT: Final = SentOrder(7, ClientOrderId("bt-1"), "open", make_terms(quantity="3"))
REFUSED: Final = Refusal(7, SYMBOL, "gate", ("leverage",), "too much")


FIRST: Final = {
    "a feature": (
        evolve(SIGNAL, features=(("atr", 1.5), ("x", nan)), stop_distance=3.0),
        "feature atr 1.0 with later data, 1.5 without",
    ),
    "no feature": (evolve(SIGNAL, stop_distance=3.0), "signal: stop_distance 2.0 with later data, 3.0 without"),
    "one feature less": (
        evolve(SIGNAL, features=(("x", nan),)),
        "signal: features (('atr', 1.0), ('x', nan)) with later data, (('x', nan),) without",
    ),
}


@pytest.mark.parametrize(("signal", "said"), FIRST.values(), ids=FIRST)
def test_of_a_signal_features_come_first(signal: Signal, said: str) -> None:
    again = evolve(DECIDED, signal=signal, target_quantity=Decimal(2))

    assert difference_between(DECIDED, again) == f"{SYMBOL}: trend: {said}"


def test_of_the_same_signal_the_size_is_named() -> None:
    again = evolve(DECIDED, candidates=(("rule", 3.0), ("equity", 2.0)), target_quantity=Decimal(2))

    assert difference_between(DECIDED, again) == (
        f"{SYMBOL}: trend: size: candidates (('rule', 3.0), ('equity', 9.0)) with later data, "
        "(('rule', 3.0), ('equity', 2.0)) without"
    )


def test_regimes_orders_and_refusals_are_named_for_what_they_are() -> None:
    surer, larger = evolve(BULL, confidence=0.95), evolve(SENT, terms=make_terms(quantity="4"))

    assert difference_between(BULL, surer) == f"{SYMBOL}: regime: confidence 0.9 with later data, 0.95 without"
    assert difference_between(SENT, larger).startswith(f"{SYMBOL}: order: terms OrderTerms(")
    assert difference_between(REFUSED, evolve(REFUSED, detail="less")) == (
        f"{SYMBOL}: refusal: detail 'too much' with later data, 'less' without"
    )


def test_records_about_different_things_are_named_both() -> None:
    other = evolve(DECIDED, strategy="carry", signal=Signal(action=SignalAction.EXIT, reason="why"))

    assert difference_between(DECIDED, other) == (
        f"{SYMBOL}: trend decided enter_long with later data, {SYMBOL}: carry decided exit without"
    )
