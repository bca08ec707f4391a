"""What can be wrong with what a strategy returns."""

from collections.abc import Iterator
from math import isfinite
from numbers import Real
from typing import Any

from domain.signal import Signal, SignalAction


def flaw_of(said: object) -> str | None:
    """Return what is wrong with what a strategy has returned for a bar; None if nothing is."""
    if said is None:
        return None
    if not isinstance(said, Signal):
        return f"returns {type(said).__name__} ({_short(said)}); on_bar returns a Signal or None"
    return next(_flaws(said), None)


def _flaws(signal: Any) -> Iterator[str]:  # noqa: ANN401  # nothing of it is what it should be for certain
    if not isinstance(signal.action, SignalAction):
        yield f"says the action {_short(signal.action)}, which is no SignalAction"
    if not isinstance(signal.reason, str) or not signal.reason.strip():
        yield "gives a signal without a reason"
    for name in ("strength", "confidence", "stop_distance", "target_distance"):
        value = getattr(signal, name)
        if value is not None and not _is_number(value):
            yield f"gives the {name} {_short(value)}, which is no float"
    if not isinstance(signal.features, tuple):
        yield f"gives features as {type(signal.features).__name__}, not as a tuple of pairs"
        return
    for feature in signal.features:
        yield from _flaws_of_feature(feature)


def _flaws_of_feature(feature: object) -> Iterator[str]:
    match feature:
        case (str(name), value):
            if not _is_number(value):
                yield f"gives the feature {name} {_short(value)}, which is no finite float"
        case _:
            yield f"gives the feature {_short(feature)}, which is no pair of name and value"


def _is_number(value: Any) -> bool:  # noqa: ANN401  # as above
    """Whether a value is a finite number that mixes with floats; a Decimal does not."""
    return not isinstance(value, bool) and isinstance(value, Real) and isfinite(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004  # what fits a line
