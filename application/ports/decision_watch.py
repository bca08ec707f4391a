"""Watching how long strategies take to decide, by the clock on the wall."""

from contextlib import AbstractContextManager
from typing import Final, NoReturn, Protocol, TypeAlias

from attrs import define

Question: TypeAlias = tuple[int, int]
"""What tells one question from the next: which view is shown, and which instant is decided upon."""

DECISION_LIMIT_S: Final = 10.0
"""Time that one decision may take, seconds, and the making of a strategy, unless something else is said."""


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
        at_ns: The instant that is decided upon. It is kept here and not in the view, which a strategy could write to.
        blocked: With what the strategy that is being asked was interrupted, in case it keeps that to itself; None as a
            rule, and again once it is recorded.
    """

    view: object | None = None
    at_ns: int = 0
    blocked: StrategyBlockedError | None = None

    @property
    def identity(self) -> Question | None:
        """What tells this question from every other; None while none is open."""
        view = self.view
        return None if view is None else (id(view), self.at_ns)

    def interrupt(self, message: str) -> NoReturn:
        """Raise into what is being asked, and leave behind that it was.

        Raises:
            StrategyBlockedError: Always.
        """
        self.blocked = StrategyBlockedError(message)
        raise self.blocked

    def raise_what_was_kept(self) -> None:
        """Raise the interruption that was kept back from who asks, if there was one.

        Raises:
            StrategyBlockedError: There was.
        """
        if self.blocked is not None:
            raise self.blocked


class DecisionWatch(Protocol):
    """Interrupts strategies that take too long."""

    def watching(self, question: OpenQuestion, /) -> AbstractContextManager[None]:
        """Raise `StrategyBlockedError` into what is done whenever one question stays open for too long.

        Within the context this may happen at any instant at which a question is open, and at no other.
        """
        ...
