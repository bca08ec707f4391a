"""Where in a configuration something is wrong, and what was expected there."""

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, TypeAlias

PlainValue: TypeAlias = "bool | int | Decimal | str | list[PlainValue] | dict[str, PlainValue] | None"
"""What a configuration is before it has a meaning: values without types of ours."""

_TEXT_LENGTH_MAX: Final = 60
_SIMILARITY_MIN: Final = 0.5


class KeyProblem(ValueError):  # noqa: N818  # never leaves this package: it becomes a ConfigurationError
    """Something is wrong with one key.

    Attributes:
        path: Dotted path of the key, empty for the whole document; grows outwards while it is passed on.
        problem: The rest of the sentence.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def under(self, parent: str | int) -> "KeyProblem":
        """Return the same problem as seen from the mapping or list that holds the key."""
        return KeyProblem(self.problem, joined(parent, self.path))


def joined(parent: str | int, path: str) -> str:
    """Return ``parent.path``; a whole number is a place in a list and stands in brackets."""
    head = f"[{parent}]" if isinstance(parent, int) else parent
    separator = "." if path and not path.startswith("[") else ""
    return f"{head}{separator}{path}"


def shown(value: object) -> str:
    """Return the value as it goes into a message: short, and on one line."""
    text = repr(value) if isinstance(value, (str, list, dict, tuple)) else str(value)
    text = {"None": "nothing", "True": "true", "False": "false"}.get(text, text)
    return text if len(text) <= _TEXT_LENGTH_MAX else f"{text[:_TEXT_LENGTH_MAX]}..."


def expected(what: str, value: object) -> KeyProblem:
    """Return the problem of a value that is not what it should be."""
    return KeyProblem(f"expected {what}, got {shown(value)}")


def nearest(name: str, known: Iterable[str], *, similarity_min: float = _SIMILARITY_MIN) -> str:
    """Return the hint behind an unknown name: the nearest known one, or else all of them."""
    names = sorted(known)
    by_lowered = {each.lower(): each for each in names}
    close = get_close_matches(name.lower(), by_lowered, n=1, cutoff=similarity_min)
    if close:
        return f"did you mean {by_lowered[close[0]]}?"
    return f"known: {', '.join(names)}" if names else "nothing is known here"
