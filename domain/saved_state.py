"""Numbers in a state that is written as JSON, which knows no NaN: what is not there yet is None."""

from collections.abc import Mapping
from math import isfinite, isnan, nan
from typing import Any


def saved_number(value: float) -> float | None:
    """Return a number as it is written; None for NaN."""
    return None if isnan(value) else value


def restored_number(state: Mapping[str, Any], name: str) -> float:
    """Return a number of a state; NaN where it was not there yet.

    Raises:
        ValueError: The state has no such number.
    """
    value = state.get(name, ...)
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name}: expected a finite number or None in the state")
    return float(value)


def restored_count(state: Mapping[str, Any], name: str) -> int:
    """Return a whole number of a state.

    Raises:
        ValueError: The state has no such number.
    """
    value = state.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: expected a whole number in the state")  # noqa: TRY004  # what was read is a bad value
    return value


def restored_flag(state: Mapping[str, Any], name: str) -> bool:
    """Return what is true or false in a state.

    Raises:
        ValueError: The state does not say.
    """
    value = state.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected true or false in the state")  # noqa: TRY004  # what was read is a bad value
    return value


def restored_part(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a state within a state.

    Raises:
        ValueError: There is none.
    """
    value = state.get(name)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name}: expected a mapping in the state")  # noqa: TRY004  # as above
    return value
