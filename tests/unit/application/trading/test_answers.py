"""Whatever a strategy may return by mistake is told apart from a signal."""

from collections.abc import Callable
from decimal import Decimal
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.strategy_kit import signal_flaws
from application.trading.answers import InvalidAnswerError, check_answer, flaw_of
from domain.signal import Signal, SignalAction


def signal(**values: Any) -> Signal:  # noqa: ANN401  # also what a signal must not hold
    keys: dict[str, Any] = {"action": SignalAction.ENTER_LONG, "reason": "because"}
    return Signal(**keys | values)


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        (True, "returns bool (True), which is neither a Signal nor None"),
        ("buy", "returns str ('buy'), which is neither a Signal nor None"),
        (SignalAction.EXIT, "returns SignalAction (<SignalAction.EXIT: 'exit'>), which is neither a Signal nor None"),
        (signal(action="exit"), "gives the action 'exit', which is no SignalAction"),
        (signal(reason=None), "gives the reason None, which is no text"),
        (signal(confidence=True), "gives the confidence True, which is no finite float"),
        (signal(features={"atr": 1.0}), "gives features as dict, not as a tuple of pairs"),
        (signal(features=(("atr", nan),)), "gives the feature atr nan, which is no finite float"),
        (signal(features=(("atr", inf),)), "gives the feature atr inf, which is no finite float"),
        (signal(features=(("atr", "1"),)), "gives the feature atr '1', which is no finite float"),
        (signal(reason="up\ud800"), "gives the reason 'up\\ud800', which is no text"),
        (signal(features=(("atr", Decimal(5)),)), "gives the feature atr Decimal('5'), which is no finite float"),
        (signal(features=(("atr", 10**400),)), f"gives the feature atr 1{'0' * 59}..., which is no finite float"),
        (signal(features=((1, 2.0),)), "gives the feature (1, 2.0), which is no pair of name and value"),
        (signal(features=("atr",)), "gives the feature 'atr', which is no pair of name and value"),
    ],
)
def test_what_is_no_signal_is_named(said: object, flaw: str) -> None:
    assert flaw_of(said) == signal_flaws.flaw_of(said) == flaw
    with pytest.raises(InvalidAnswerError) as caught:
        check_answer(said)
    assert str(caught.value) == flaw


def test_a_class_of_ones_own_is_no_signal() -> None:
    class Mine(Signal):
        pass

    said = Mine(action=SignalAction.EXIT, reason="out")

    assert (flaw_of(said) or "").startswith("returns Mine (")


def test_the_kit_asks_for_a_reason_that_a_run_goes_without() -> None:
    assert flaw_of(signal(reason=" ")) is None
    assert signal_flaws.flaw_of(signal(reason=" ")) == "gives a signal without a reason"


@given(
    st.floats(0.0, 1.0),
    st.floats(1e-9, 1e9),
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False, allow_infinity=False)), max_size=4
    ).map(tuple),
)
def test_every_signal_that_means_something_has_no_flaw(share: float, distance: float, features: Any) -> None:  # noqa: ANN401
    assert flaw_of(signal(strength=share, confidence=share, stop_distance=distance, features=features)) is None


@pytest.mark.parametrize("make", [lambda: None, signal])
def test_nothing_and_a_signal_are_no_flaws(make: Callable[[], object]) -> None:
    assert flaw_of(make()) is None
