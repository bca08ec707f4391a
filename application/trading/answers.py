"""What can be wrong with what a strategy returns: the one rule, by which runs and the test kit go alike."""

from collections.abc import Iterator
from math import isfinite
from numbers import Real
from typing import Any

from domain.signal import Signal, SignalAction


class InvalidAnswerError(Exception):
    """A strategy returned what is neither nothing nor a signal that can be acted upon. The message says what."""


def check_answer(said: object) -> None:
    """See that what a strategy returned is nothing, or a signal that can be acted upon, written down and read again.

    Raises:
        InvalidAnswerError: It is not.
    """
    flaw = flaw_of(said)
    if flaw is not None:
        raise InvalidAnswerError(flaw)


def flaw_of(said: object) -> str | None:
    """Return what is wrong with what a strategy has returned for a bar; None if nothing is.

    The ranges of its numbers a signal checks itself. A class derived from it may answer anything, and is none.
    """
    if said is None:
        return None
    if type(said) is not Signal:
        return f"returns {type(said).__name__} ({_short(said)}), which is neither a Signal nor None"
    return next(_flaws(said), None)


def _flaws(signal: Any) -> Iterator[str]:  # noqa: ANN401  # nothing of it is what it should be for certain
    if not isinstance(signal.action, SignalAction):
        yield f"gives the action {_short(signal.action)}, which is no SignalAction"
    if not _is_text(signal.reason):
        yield f"gives the reason {_short(signal.reason)}, which is no text"
    for name in ("strength", "confidence"):
        if not _is_number(getattr(signal, name)):
            yield f"gives the {name} {_short(getattr(signal, name))}, which is no finite float"
    for name in ("stop_distance", "target_distance"):
        value = getattr(signal, name)
        if value is not None and not _is_number(value):
            yield f"gives the {name} {_short(value)}, which is no finite float"
    if not isinstance(signal.features, tuple):
        yield f"gives features as {type(signal.features).__name__}, not as a tuple of pairs"
        return
    for feature in signal.features:
        yield from _flaws_of_feature(feature)


def _flaws_of_feature(feature: object) -> Iterator[str]:
    match feature:
        case (name, value) if isinstance(feature, tuple) and _is_text(name):
            if not _is_number(value):
                yield f"gives the feature {name} {_short(value)}, which is no finite float"
        case _:
            yield f"gives the feature {_short(feature)}, which is no pair of name and value"


def _is_text(value: object) -> bool:
    """Whether a value is text that can be stored: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: Any) -> bool:  # noqa: ANN401  # as above
    """Whether a value is a finite number that mixes with floats; a Decimal does not."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004  # what fits a line
