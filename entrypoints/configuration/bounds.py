"""Reads the bounds that attrs validators hold, so that each is written down once.

Messages about values out of range and the published schema both come from here.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, Final, TypeAlias

from attrs import Attribute, frozen

from entrypoints.configuration.keys import KeyProblem, shown

Number: TypeAlias = int | float | Decimal

_WORDS: Final = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}
_SCHEMA_WORDS: Final = {">": "exclusiveMinimum", ">=": "minimum", "<": "exclusiveMaximum", "<=": "maximum"}


@frozen
class Bound:
    """One side of a range.

    Attributes:
        operator: One of >, >=, <, <=.
        limit: What the value is compared with.
    """

    operator: str
    limit: Number

    def admits(self, value: Number) -> bool:
        """Whether a value is within; a float limit and a decimal value compare by their exact values."""
        limit = Decimal(repr(self.limit)) if isinstance(self.limit, float) else Decimal(self.limit)
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        match self.operator:
            case ">":
                return exact > limit
            case ">=":
                return exact >= limit
            case "<":
                return exact < limit
            case _:
                return exact <= limit


def bounds_of(attribute: "Attribute[Any]") -> tuple[Bound, ...]:
    """Return the bounds that the validators of an attribute hold, in the order in which they are written."""
    return tuple(_bounds(attribute.validator))


def _bounds(validator: object) -> Iterator[Bound]:
    if validator is None:
        return
    operator = getattr(validator, "compare_op", None)
    # Infinity only says that a number has to be one.
    if operator in _WORDS and isfinite(getattr(validator, "bound")):  # noqa: B009  # attrs does not type its validators
        yield Bound(str(operator), getattr(validator, "bound"))  # noqa: B009  # as above
    for inner in getattr(validator, "_validators", ()):
        yield from _bounds(inner)
    yield from _bounds(getattr(validator, "validator", None))


def check_bounds(attribute: "Attribute[Any]", value: object) -> None:
    """Refuse a number out of range, and a mapping that must not be empty.

    Raises:
        KeyProblem: The value lies beyond a bound; the message names all of them.
    """
    if isinstance(value, dict) and len(value) < getattr(attribute.validator, "min_length", 0):
        raise KeyProblem("expected at least one entry, got none")
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return
    bounds = bounds_of(attribute)
    if not all(bound.admits(value) for bound in bounds):
        raise KeyProblem(f"expected a number {in_words(bounds)}, got {shown(value)}")


def in_words(bounds: tuple[Bound, ...]) -> str:
    """Return ``at least 1 and at most 125``."""
    return " and ".join(f"{_WORDS[bound.operator]} {bound.limit}" for bound in bounds)


def schema_of(bounds: tuple[Bound, ...]) -> dict[str, object]:
    """Return the bounds as keywords of JSON Schema."""
    return {_SCHEMA_WORDS[bound.operator]: json_number(bound.limit) for bound in bounds}


def json_number(limit: Number) -> int | float:
    """Return the number as JSON writes it."""
    return int(limit) if limit == int(limit) else float(limit)
