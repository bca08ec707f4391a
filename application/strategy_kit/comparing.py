"""Whether two strategies have said the same, and at which bar they first did not."""

from collections.abc import Sequence
from math import isclose
from typing import Final

from attrs import fields

from domain.signal import Signal

_TOLERANCE: Final = 1e-7
"""To which numbers are the same after another past: averages that decay never forget it wholly."""


def first_difference(
    known: Sequence[Signal | None], other: Sequence[Signal | None], start: int = 0
) -> tuple[int, str, str] | None:
    """Return the first place at which two say something else, and what both say there; None if there is none.

    Args:
        known: Of one.
        other: Of the other; as far as both go.
        start: First place that is compared.
    """
    for place in range(start, min(len(known), len(other))):
        if known[place] != other[place] and repr(known[place]) != repr(other[place]):
            return place, *in_words(known[place], other[place])
    return None


def first_unlike(
    known: Sequence[Signal | None], other: Sequence[Signal | None], start: int = 0
) -> tuple[int, str, str] | None:
    """Return the same for two that may differ in words, and in numbers by a ten-millionth."""
    for place in range(start, min(len(known), len(other))):
        if not _is_alike(known[place], other[place]):
            return place, *in_words(known[place], other[place])
    return None


def in_words(known: Signal | None, other: Signal | None) -> tuple[str, str]:
    """Return what two say, as far as it differs."""
    if known is None or other is None or known.action is not other.action:
        return _said(known), _said(other)
    before, after = _values(known), _values(other)
    for name in sorted(before | after, key=lambda name: (not name.startswith("feature "), name)):
        if name != "reason" and repr(before.get(name)) != repr(after.get(name)):
            return f"{_said(known)} {name} {before.get(name)!r}", f"{_said(other)} {name} {after.get(name)!r}"
    return f"{_said(known)}: {known.reason}", f"{_said(other)}: {other.reason}"


def _said(signal: Signal | None) -> str:
    return "nothing" if signal is None else signal.action.value


def _values(signal: Signal) -> dict[str, object]:
    own = {attribute.name: getattr(signal, attribute.name) for attribute in fields(Signal)}
    del own["features"]
    return {f"feature {name}": value for name, value in signal.features} | own


def _is_alike(known: Signal | None, other: Signal | None) -> bool:
    if known is None or other is None or known.action is not other.action:
        return known is other
    before, after = _values(known), _values(other)
    return before.keys() == after.keys() and all(_are_alike(before[name], after[name]) for name in before)


def _are_alike(before: object, after: object) -> bool:
    if isinstance(before, float) and isinstance(after, float):
        return isclose(before, after, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    # Reasons are made of the numbers.
    return before == after or (isinstance(before, str) and isinstance(after, str))
