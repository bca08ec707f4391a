"""Strategies that fail: whose fault it was, and the record of it."""

import re
import sys
from decimal import FloatOperation
from pathlib import PurePath
from traceback import walk_tb
from typing import Final

from attrs import define

from application.ports.decision_watch import OpenQuestion, StrategyBlockedError
from application.trading.answers import InvalidAnswerError
from application.trading.records import FailureKind, RunLog, StrategyFailure
from domain.as_of import AsOfView
from domain.signal import Signal

_MESSAGE_LENGTH_MAX: Final = 300
# Where an object lies in memory differs from run to run.
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{6,}")


def say_nothing(_view: AsOfView) -> Signal | None:
    """Stand for a strategy that is asked no more."""
    return None


@define(eq=False)
class StrategyFailures:
    """Takes note of strategies that fail.

    Attributes:
        log: Where it is recorded.
        question: What is being asked of a strategy.
        n_left: Strategies that have not failed.
    """

    log: RunLog
    question: OpenQuestion
    n_left: int

    def note(self, strategy: object, name: str, symbol: str, error: BaseException, *, at_ns: int) -> StrategyFailure:
        """Record that a strategy failed, and return the record.

        Args:
            strategy: The strategy itself.
            name: What it is called.
            symbol: In which instrument; of a pair the contract.
            error: What came of asking it.
            at_ns: Close of the bar that it was asked about.
        """
        question = self.question
        # Whatever it has made of its interruption.
        error = error if question.blocked is None else question.blocked
        question.view = question.blocked = None
        self.n_left -= 1
        failure = StrategyFailure(
            at_ns=at_ns,
            strategy=name,
            symbol=symbol,
            kind=_kind_of(error),
            error=type(error).__name__,
            message=message_of(error),
            where=where_of(strategy, error),
            n_left=self.n_left,
        )
        self.log.failures.append(failure)
        return failure


def _kind_of(error: BaseException) -> FailureKind:
    if isinstance(error, StrategyBlockedError):
        return FailureKind.BLOCKED
    return FailureKind.INVALID if isinstance(error, InvalidAnswerError) else FailureKind.RAISED


def message_of(error: BaseException) -> str:
    """Return what an error says, in one printable line of bounded length that is the same in every run."""
    if isinstance(error, FloatOperation):
        return "a Decimal was mixed with a float"
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  # an error of a strategy may be broken itself
        return "what it says cannot be read"
    line = _ADDRESS.sub("0x...", " ".join(said.split()))
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= _MESSAGE_LENGTH_MAX else f"{line[: _MESSAGE_LENGTH_MAX - 3]}..."


def where_of(strategy: object, error: BaseException) -> str | None:
    """Return the innermost line of a strategy's own file on the way to an error, as ``file:line``; None without one."""
    if isinstance(error, StrategyBlockedError) and error.where is not None:
        return error.where
    own, found = _own_files(type(strategy)), None
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename in own:
            found = f"{PurePath(frame.f_code.co_filename).name}:{line}"
    return found


def _own_files(kind: type) -> set[str | None]:
    """Return the file that a class was made in, and those of the methods by which strategies are asked."""
    methods = (getattr(kind, name, None) for name in ("on_bar", "on_pair"))
    codes = (getattr(method, "__code__", None) for method in methods)
    return {getattr(sys.modules.get(kind.__module__), "__file__", None)} | {
        getattr(code, "co_filename", None) for code in codes
    }
