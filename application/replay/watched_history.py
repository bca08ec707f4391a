"""A history that remembers whether anybody has looked at it."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from attrs import define, evolve, frozen
from typing_extensions import override

from application.market_history import MarketHistory

Series = TypeVar("Series")


@define(eq=False)
class Looks:
    """Whether something was looked up.

    Attributes:
        happened: Set by every look.
    """

    happened: bool = False


@frozen(eq=False)
class _Watched(Mapping[str, Series]):
    table: Mapping[str, Series]
    looks: Looks

    @override
    def __getitem__(self, symbol: str) -> Series:
        self.looks.happened = True
        return self.table[symbol]

    @override
    def __iter__(self) -> Iterator[str]:
        self.looks.happened = True
        return iter(self.table)

    @override
    def __len__(self) -> int:
        self.looks.happened = True
        return len(self.table)


def watched(history: MarketHistory) -> tuple[MarketHistory, Looks]:
    """Return the same history, and what tells whether its bars, marks, funding or detail have been looked at."""
    looks = Looks()
    same = evolve(
        history,
        bars=_Watched(history.bars, looks),
        marks=_Watched(history.marks, looks),
        funding=_Watched(history.funding, looks),
        detail=_Watched(history.detail, looks),
    )
    # Making a history checks it.
    looks.happened = False
    return same, looks
