"""Two strategies have said the same, or the first bar at which they have not is named with both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.strategy_kit.comparing import first_difference, first_unlike
from domain.signal import Signal, SignalAction

SIGNALS = st.none() | st.builds(
    Signal,
    action=st.sampled_from(SignalAction),
    reason=st.sampled_from(["a", "b"]),
    strength=st.floats(0.0, 1.0),
    features=st.sampled_from([(), (("atr", 2.0),), (("atr", 3.0),)]),
)


def long(*, reason: str = "up", atr: float = 2.0, strength: float = 1.0) -> Signal:
    return Signal(action=SignalAction.ENTER_LONG, reason=reason, strength=strength, features=(("atr", atr),))


@given(said=st.lists(SIGNALS))
def test_the_same_has_no_difference(said: list[Signal | None]) -> None:
    assert first_difference(said, list(said)) is None
    assert first_unlike(said, list(said)) is None


@given(said=st.lists(SIGNALS, min_size=1), other=st.lists(SIGNALS, min_size=1))
def test_the_first_difference_is_the_first_and_the_same_from_both_sides(
    said: list[Signal | None], other: list[Signal | None]
) -> None:
    found, turned = first_difference(said, other), first_difference(other, said)
    n = min(len(said), len(other))

    assert (found is None) == (said[:n] == other[:n])
    if found is not None and turned is not None:
        assert said[: found[0]] == other[: found[0]]
        assert said[found[0]] != other[found[0]]
        assert (turned[0], turned[2], turned[1]) == found


@pytest.mark.parametrize(
    ("known", "other", "words"),
    [
        (None, long(), ("nothing", "enter_long")),
        (long(atr=2.0), long(atr=2.5), ("enter_long feature atr 2.0", "enter_long feature atr 2.5")),
        (long(strength=0.5), long(), ("enter_long strength 0.5", "enter_long strength 1.0")),
        (long(reason="up"), long(reason="higher"), ("enter_long: up", "enter_long: higher")),
    ],
)
def test_what_differs_is_said_of_both(known: Signal | None, other: Signal, words: tuple[str, str]) -> None:
    assert first_difference([None, known], [None, other]) == (1, *words)


def test_after_another_past_numbers_may_differ_by_a_little_and_reasons_by_their_numbers() -> None:
    assert first_unlike([long(atr=2.0, reason="up 2.0")], [long(atr=2.0 + 1e-8, reason="up 2.00000001")]) is None
    assert first_unlike([long(atr=2.0)], [long(atr=2.0 + 1e-5)]) is not None
    assert first_unlike([long()], [None]) == (0, "enter_long", "nothing")


def test_what_lies_before_the_start_is_not_compared() -> None:
    assert first_difference([long(), None], [None, None], 1) is None
