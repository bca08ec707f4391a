"""Watching how long strategies take to decide, by the clock on the wall."""

from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from attrs import define

from domain.as_of import AsOfView

Question: TypeAlias = tuple[int, int]
"""What tells one question from the next: which view is shown, and how many bars it has seen."""


class StrategyBlockedError(BaseException):
    """A strategy took too long to decide; raised into the middle of what it does.

    No `Exception`, so that a strategy that catches everything does not keep it.

    Attributes:
        where: Where it was interrupted, as ``file:line``, if it is known beforehand.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.where = where


@define(eq=False)
class OpenQuestion:
    """What is being asked at this moment. Whoever asks says so with every bar, so that this is no more than a place.

    Attributes:
        view: What the strategy is shown; None while none is asked.
    """

    view: AsOfView | None = None

    @property
    def identity(self) -> Question | None:
        """What tells this question from every other; None while none is open."""
        view = self.view
        return None if view is None else (id(view), view.n_bars)


class DecisionWatch(Protocol):
    """Interrupts strategies that take too long."""

    def watching(self, question: OpenQuestion, /) -> AbstractContextManager[None]:
        """Raise `StrategyBlockedError` into what is done whenever one question stays open for too long.

        Within the context this may happen at any instant at which a question is open, and at no other.
        """
        ...
