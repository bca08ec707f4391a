"""How rows of the log become columns of plain values, and rows again, without losing anything.

Nothing here knows a file format. Money is decimal text as Python writes it, exponent and trailing zeros included:
the result hash of a run is taken over that text.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar

from attrs import Factory, frozen

Row = TypeVar("Row")
Columns: TypeAlias = Mapping[str, Any]
"""Plain values by name of their column: lists or arrays, all of one length."""


@frozen
class Kind:
    """What a column holds.

    Attributes:
        storage: ``int64``, ``float64``, ``bool``, ``text``, ``texts`` (a list of them) or ``features`` (a list of
            pairs, each a name with a number).
        to_plain: From a value of ours to what is stored; None where they are the same.
        from_plain: And back.
        is_optional: Whether None may stand there.
    """

    storage: str
    to_plain: Callable[[Any], Any] | None = None
    from_plain: Callable[[Any], Any] | None = None
    is_optional: bool = False


INTEGER: Final = Kind("int64")
NUMBER: Final = Kind("float64")
FLAG: Final = Kind("bool")
TEXT: Final = Kind("text")
TEXTS: Final = Kind("texts", from_plain=tuple)
FEATURES: Final = Kind("features", from_plain=tuple)
AMOUNT: Final = Kind("text", str, Decimal)


def choice(cls: type[Enum]) -> Kind:
    """Return the kind of a column that holds one of these members, by their values."""
    # `value` is a property in Python, looked up anew each time; dictionaries and plain attributes are not.
    return Kind("text", attrgetter("_value_"), {str(member.value): member for member in cls}.__getitem__)


def optional(kind: Kind) -> Kind:
    """Return the same kind with None allowed."""
    return Kind(kind.storage, kind.to_plain, kind.from_plain, is_optional=True)


@frozen
class TableForm(Generic[Row]):
    """One table: what its rows are, what its columns hold, and where the parts of a row go.

    Attributes:
        name: Of the table.
        row: Class of its rows.
        kinds: What each column holds, by the path of its value in a row (``signal.reason``), in their order.
        parts: Classes of the parts of a row, by their names in it.
    """

    name: str
    row: type[Row]
    kinds: Mapping[str, Kind]
    parts: Mapping[str, type[Any]] = Factory(dict)

    @property
    def columns(self) -> Mapping[str, Kind]:
        """What each column holds, by its name in a file: ``signal_reason``."""
        return {_column_name(path): kind for path, kind in self.kinds.items()}

    def to_columns(self, rows: Sequence[Row]) -> Columns:
        """Return the rows as columns of plain values, by their names in a file."""
        take = attrgetter(*self.kinds)
        values = list(zip(*map(take, rows), strict=True)) if rows else [()] * len(self.kinds)
        return {
            _column_name(path): _mapped(column, kind, kind.to_plain)
            for (path, kind), column in zip(self.kinds.items(), values, strict=True)
        }

    def to_rows(self, columns: Columns) -> list[Row]:
        """Return columns of plain values as rows.

        Raises:
            ValueError: A value is none that its column can hold, or contradicts others.
            ArithmeticError: An amount is none.
            DomainError: A row contradicts itself.
        """
        values = {
            path: _mapped(columns[_column_name(path)], kind, kind.from_plain) for path, kind in self.kinds.items()
        }
        for name, part in self.parts.items():
            inner = {path: values.pop(path) for path in self.kinds if path.startswith(f"{name}.")}
            values[name] = _made(part, {path.removeprefix(f"{name}."): column for path, column in inner.items()})
        return _made(self.row, values)


def _column_name(path: str) -> str:
    return path.replace(".", "_")


def _made(cls: type[Row], columns: Columns) -> list[Row]:
    names = list(columns)
    return [cls(**dict(zip(names, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _mapped(column: Sequence[Any], kind: Kind, change: Callable[[Any], Any] | None) -> Sequence[Any]:
    if change is None:
        return column
    if kind.is_optional:
        return [None if value is None else change(value) for value in column]
    return list(map(change, column))
