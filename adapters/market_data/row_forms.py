"""What a row of each kind of series consists of, and rows as equally long NumPy columns."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from application.market_series import SeriesKind
from domain.market import Float64Array, Int64Array

Column: TypeAlias = NDArray[Any]

INT: Final = np.dtype(np.int64)
FLOAT: Final = np.dtype(np.float64)
FLAG: Final = np.dtype(np.bool_)

PRICES: Final = ("open", "high", "low", "close")
# What some sources tell of a bar beyond its volume; NaN where the source does not.
TAKEN: Final = ("quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume")


@frozen
class RowForm:
    """The columns of one kind of series, in the sequence in which they are stored.

    Attributes:
        columns: Type of each column by name.
        key: Columns that tell rows apart, time first; rows are stored in their order.
        optional: Columns that not every source has; NaN where it has not.
    """

    columns: Mapping[str, np.dtype[Any]]
    key: tuple[str, ...]
    optional: frozenset[str] = frozenset()

    @property
    def time(self) -> str:
        """Name of the column with the row's instant, whole nanoseconds since 1970 UTC."""
        return self.key[0]

    @property
    def values(self) -> tuple[str, ...]:
        """Columns that are not part of the key."""
        return tuple(name for name in self.columns if name not in self.key)


_BAR: Final = {"opened_at_ns": INT} | dict.fromkeys(PRICES, FLOAT)
_PRICE_BARS: Final = RowForm(_BAR, ("opened_at_ns",))

ROW_FORMS: Final[Mapping[SeriesKind, RowForm]] = {
    SeriesKind.BARS: RowForm(
        _BAR | {"volume": FLOAT} | dict.fromkeys(TAKEN, FLOAT), ("opened_at_ns",), frozenset(TAKEN)
    ),
    SeriesKind.MARK: _PRICE_BARS,
    SeriesKind.INDEX: _PRICE_BARS,
    SeriesKind.PREMIUM: _PRICE_BARS,
    SeriesKind.TRADES: RowForm(
        {
            "traded_at_ns": INT,
            "trade_id": INT,
            "price": FLOAT,
            "quantity": FLOAT,
            "first_id": INT,
            "last_id": INT,
            "buyer_is_maker": FLAG,
        },
        ("traded_at_ns", "trade_id"),
    ),
    SeriesKind.FUNDING: RowForm({"settled_at_ns": INT, "rate": FLOAT}, ("settled_at_ns",)),
    SeriesKind.METRICS: RowForm(
        {
            "sampled_at_ns": INT,
            "open_interest": FLOAT,
            "open_interest_value": FLOAT,
            "top_account_ratio": FLOAT,
            "top_position_ratio": FLOAT,
            "account_ratio": FLOAT,
            "taker_volume_ratio": FLOAT,
        },
        ("sampled_at_ns",),
        frozenset({"top_account_ratio", "top_position_ratio", "account_ratio", "taker_volume_ratio"}),
    ),
}


@frozen(eq=False)
class Rows:
    """Rows of one kind of series.

    Attributes:
        columns: Columns by name, each of shape (n_rows,).
    """

    columns: Mapping[str, Column] = field(repr=False)

    def __len__(self) -> int:
        return int(next(iter(self.columns.values())).shape[0])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def integers(self, name: str) -> Int64Array:
        """Return a column of whole numbers."""
        column: Int64Array = self.columns[name]
        return column

    def floats(self, name: str) -> Float64Array:
        """Return a column of numbers."""
        column: Float64Array = self.columns[name]
        return column

    def part(self, start: int, stop: int) -> "Rows":
        """Return rows ``start`` to ``stop`` (exclusive), sharing memory with these."""
        return Rows({name: column[start:stop] for name, column in self.columns.items()})

    def take(self, which: Int64Array | NDArray[np.bool_]) -> "Rows":
        """Return the rows at these places, or where a flag is set."""
        return Rows({name: column[which] for name, column in self.columns.items()})

    def with_columns(self, columns: Mapping[str, Column]) -> "Rows":
        """Return the rows with further or other columns."""
        return Rows({**self.columns, **columns})

    def only(self, names: Sequence[str]) -> "Rows":
        """Return the rows with these columns alone."""
        return Rows({name: self.columns[name] for name in names})


def concatenate(parts: Sequence[Rows]) -> Rows:
    """Return rows one part after the other; all have the same columns.

    Raises:
        ValueError: There are no parts.
    """
    if not parts:
        raise ValueError("no rows to put together")
    if len(parts) == 1:
        return parts[0]
    return Rows({name: np.concatenate([part[name] for part in parts]) for name in parts[0].columns})


def no_rows(kind: SeriesKind) -> Rows:
    """Return no rows, with the columns of a kind."""
    return Rows({name: np.zeros(0, dtype=dtype) for name, dtype in ROW_FORMS[kind].columns.items()})
