"""Strategies that fail: what is wrong with an answer, whose fault it was, and the record of it."""

import re
import sys
from collections.abc import Iterator
from math import isfinite
from pathlib import PurePath
from traceback import walk_tb
from typing import Final

from attrs import define

from application.ports.decision_watch import OpenQuestion, StrategyBlockedError
from application.trading.records import FailureKind, RunLog, StrategyFailure
from domain.as_of import AsOfView
from domain.signal import Signal, SignalAction

_MESSAGE_LENGTH_MAX: Final = 300
# Where an object lies in memory differs from run to run.
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{6,}")
_KINDS: Final = (("action", SignalAction), ("reason", str))


class InvalidAnswerError(Exception):
    """A strategy answered what is neither nothing nor a signal that can be acted upon. The message says what."""


def say_nothing(_view: AsOfView) -> Signal | None:
    """Stand for a strategy that is asked no more."""
    return None


def check_answer(answer: object) -> None:
    """See that what a strategy answered is a signal of finite numbers; a signal checks their ranges itself.

    Raises:
        InvalidAnswerError: It is not.
    """
    if not isinstance(answer, Signal):
        raise InvalidAnswerError(f"answered with {type(answer).__name__}, which is neither a Signal nor None")
    for name, kind in _KINDS:
        if not isinstance(getattr(answer, name), kind):
            raise InvalidAnswerError(f"the signal's {name} is no {kind.__name__}")
    try:
        for name, value in _numbers(answer):
            if not isfinite(value):
                raise InvalidAnswerError(f"the signal's {name} is {value}")
    except (TypeError, ValueError) as error:
        raise InvalidAnswerError(f"the signal's numbers or features are none: {error}") from error


def _numbers(signal: Signal) -> Iterator[tuple[str, float]]:
    yield "strength", signal.strength
    yield "confidence", signal.confidence
    if signal.stop_distance is not None:
        yield "stop_distance", signal.stop_distance
    if signal.target_distance is not None:
        yield "target_distance", signal.target_distance
    for name, value in signal.features:
        yield f"feature {name}", value


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
        self.question.view = None
        self.n_left -= 1
        failure = StrategyFailure(
            at_ns=at_ns,
            strategy=name,
            symbol=symbol,
            kind=_kind_of(error),
            error=type(error).__name__,
            message=_message_of(error),
            where=_where(strategy, error),
            n_left=self.n_left,
        )
        self.log.failures.append(failure)
        return failure


def _kind_of(error: BaseException) -> FailureKind:
    if isinstance(error, StrategyBlockedError):
        return FailureKind.BLOCKED
    return FailureKind.INVALID if isinstance(error, InvalidAnswerError) else FailureKind.RAISED


def _message_of(error: BaseException) -> str:
    """Return what an error says, in one printable line of bounded length that is the same in every run."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  # an error of a strategy may be broken itself
        return "what it says cannot be read"
    line = _ADDRESS.sub("0x...", " ".join(said.split()))
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= _MESSAGE_LENGTH_MAX else f"{line[: _MESSAGE_LENGTH_MAX - 3]}..."


def _where(strategy: object, error: BaseException) -> str | None:
    """Return the innermost line of the strategy's own file on the way to an error, None where there is none."""
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
