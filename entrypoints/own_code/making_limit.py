"""Ends the making of an own strategy that takes too long, by the same timer as decisions."""

from collections.abc import Callable
from typing import Final, TypeVar

from adapters.decision_watch.timer_watch import TimerDecisionWatch
from application.ports.decision_watch import OpenQuestion

_Made = TypeVar("_Made")

_IS_ASKED: Final = object()


def make_within(limit_s: float | None, make: Callable[[], _Made]) -> _Made:
    """Make something of own code.

    Args:
        limit_s: Longest time that it may take, seconds; None for no limit. There is none outside of the main thread
            either, where nothing can be interrupted.
        make: Makes it.

    Raises:
        StrategyBlockedError: It takes longer, even if it keeps the interruption to itself.
    """
    if limit_s is None:
        return make()
    question = OpenQuestion(_IS_ASKED)
    with TimerDecisionWatch(limit_s, _say_nothing).watching(question):
        try:
            made = make()
        finally:
            question.view = None
    question.raise_what_was_kept()
    return made


def _say_nothing(_remark: str) -> None:
    """Leave it to the run, which says once that nobody is watched."""
