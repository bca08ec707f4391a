"""Whatever a strategy may return by mistake is told apart from a signal."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.strategy_kit.signal_flaws import flaw_of
from domain.signal import Signal, SignalAction


def signal(**values: Any) -> Signal:  # noqa: ANN401  # also what a signal must not hold
    keys: dict[str, Any] = {"action": SignalAction.ENTER_LONG, "reason": "because"}
    return Signal(**keys | values)


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        (True, "returns bool (True); on_bar returns a Signal or None"),
        ("buy", "returns str ('buy'); on_bar returns a Signal or None"),
        (SignalAction.EXIT, "returns SignalAction (<SignalAction.EXIT: 'exit'>); on_bar returns a Signal or None"),
        (signal(action="exit"), "says the action 'exit', which is no SignalAction"),
        (signal(reason=" "), "gives a signal without a reason"),
        (signal(reason=None), "gives a signal without a reason"),
        (signal(confidence=True), "gives the confidence True, which is no float"),
        (signal(features={"atr": 1.0}), "gives features as dict, not as a tuple of pairs"),
        (signal(features=(("atr", nan),)), "gives the feature atr nan, which is no finite float"),
        (signal(features=(("atr", inf),)), "gives the feature atr inf, which is no finite float"),
        (signal(features=(("atr", "1"),)), "gives the feature atr '1', which is no finite float"),
        (signal(features=("atr",)), "gives the feature 'atr', which is no pair of name and value"),
    ],
)
def test_what_is_no_signal_is_named(said: object, flaw: str) -> None:
    assert flaw_of(said) == flaw


@given(
    st.floats(0.0, 1.0),
    st.floats(1e-9, 1e9),
    st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False)), max_size=4).map(tuple),
)
def test_every_signal_that_means_something_has_no_flaw(share: float, distance: float, features: Any) -> None:  # noqa: ANN401
    assert flaw_of(signal(strength=share, confidence=share, stop_distance=distance, features=features)) is None


@pytest.mark.parametrize("make", [lambda: None, signal])
def test_nothing_and_a_signal_are_no_flaws(make: Callable[[], object]) -> None:
    assert flaw_of(make()) is None
