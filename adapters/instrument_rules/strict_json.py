"""JSON that is read strictly: whatever is not as agreed is refused with the name of its place."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

from attrs import frozen

from application.errors import DataError
from domain.numbers import shortest

_SHOWN_MAX: Final = 60
_NUMBER_LENGTH_MAX: Final = 40
_LIMIT: Final = Decimal(10) ** 18


@frozen
class Place:
    """A value inside a JSON document.

    Attributes:
        source: File or address, for messages.
        path: Where it is, for messages; empty for the whole document.
        value: What is there.
    """

    source: str
    path: str
    value: object

    def refuse(self, what: str) -> NoReturn:
        """Refuse this place.

        Raises:
            DataError: Always. One line with source and path.
        """
        raise DataError(f"{self.source}: {self.path}: {what}" if self.path else f"{self.source}: {what}")

    def expected(self, what: str) -> NoReturn:
        """Refuse this place because something else was agreed."""
        text = " ".join(repr(self.value).split())
        shown = text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."
        self.refuse(f"expected {what}, got {shown}")

    def has(self, name: str) -> bool:
        """Whether this is an object with this key."""
        return isinstance(self.value, dict) and name in self.value

    def key(self, name: str) -> "Place":
        """Return the value of a key that must be there."""
        if not isinstance(self.value, dict):
            self.expected("an object")
        if name not in self.value:
            self.refuse(f"{name} is missing")
        return Place(self.source, f"{self.path}.{name}" if self.path else name, self.value[name])

    def names(self) -> tuple[str, ...]:
        """Return the keys of an object."""
        if not isinstance(self.value, dict):
            self.expected("an object")
        return tuple(self.value)

    def items(self) -> Iterator["Place"]:
        """Yield the elements of a list."""
        if not isinstance(self.value, list):
            self.expected("a list")
        for place, value in enumerate(self.value):
            yield Place(self.source, f"{self.path}[{place}]", value)

    def named(self, name: str) -> "Place":
        """Return the same place under a name that says more than its number."""
        return Place(self.source, name, self.value)

    def text(self) -> str:
        """Return a text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip() or not self.value.isprintable():
            self.expected("text on one line")
        return self.value

    def whole(self) -> int:
        """Return a whole number that is not negative."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            self.expected("a whole number")
        return self.value

    def decimal(self) -> Decimal:
        """Return a number, written as one or as text, below 1e18 in size and in its shortest form."""
        number = self._number()
        if number is None or not number.is_finite() or abs(number) >= _LIMIT or number.adjusted() < -_NUMBER_LENGTH_MAX:
            self.expected("a number")
        return shortest(number)

    def positive(self) -> Decimal:
        """Return a number above zero."""
        number = self.decimal()
        if number <= 0:
            self.expected("a number above 0")
        return number

    def _number(self) -> Decimal | None:
        if isinstance(self.value, (int, Decimal)) and not isinstance(self.value, bool):
            return Decimal(self.value)
        if not isinstance(self.value, str) or not 0 < len(self.value) <= _NUMBER_LENGTH_MAX:
            return None
        try:
            return Decimal(self.value) if self.value.isascii() else None
        except ArithmeticError:
            return None


def read_document(content: bytes, source: str) -> Place:
    """Parse a whole document; numbers with a point become decimals, nothing is rounded.

    Raises:
        DataError: It is not JSON, or says a key twice. One line.
    """
    try:
        text = content.decode("utf-8")
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object_without_repeats
        )
    except UnicodeDecodeError as error:
        raise DataError(f"{source}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise DataError(f"{source}: is not whole JSON: {error.msg} at {where}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: is not usable JSON: {' '.join(str(error).split())}") from error
    return Place(source, "", value)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = next(name for name, _ in pairs if sum(1 for other, _ in pairs if other == name) > 1)
        raise ValueError(f"the key {repeated!r} is there twice")
    return found
