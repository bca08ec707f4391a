"""Interrupts a strategy that takes too long, by a timer of the operating system that ticks now and then.

Each tick looks whether the question that is open is the one that was open at the ticks before. So nothing is started
or stopped per question, and whoever asks pays for no more than saying so. Ticks are counted instead of reading a
clock: a process that was stopped for a while and goes on gets one tick, and blames nobody for the time.

What is interrupted is Python. A call into C that neither returns nor lets the interpreter in goes on; it is interrupted
once it comes back.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Final

from attrs import define, field, frozen, validators
from typing_extensions import override

from application.ports.decision_watch import DecisionWatch, OpenQuestion, Question

_TICKS_PER_LIMIT: Final = 4
# A timer of zero is none.
_DELAY_S_MIN: Final = 1e-6


@frozen(eq=False)
class TimerDecisionWatch(DecisionWatch):
    """Watches with the interval timer of the process, `SIGALRM`, which is given back afterwards as it was.

    Where there is none (Windows), or outside of the main thread, nobody is interrupted; that is said once per run.

    Attributes:
        limit_s: Longest time that a decision may take, seconds, positive; interrupted at most a quarter later.
        say: Is told, in one line, where nothing can be watched.
    """

    limit_s: float = field(validator=validators.gt(0.0))
    say: Callable[[str], None]

    @override
    @contextmanager
    def watching(self, question: OpenQuestion, /) -> Iterator[None]:
        obstacle = _obstacle()
        if obstacle is not None:
            self.say(f"no strategy is stopped that takes too long: {obstacle}")
            yield
            return
        tick_s = self.limit_s / _TICKS_PER_LIMIT
        handler = signal.signal(signal.SIGALRM, _Ticks(question, f"no answer within {self.limit_s:g} s").on_tick)
        delay_s, interval_s = signal.setitimer(signal.ITIMER_REAL, tick_s, tick_s)
        started_s = time.monotonic()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            # None stands for a handler that was not set from Python, which Python cannot set again.
            signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
            if delay_s > 0.0:
                left_s = max(delay_s - (time.monotonic() - started_s), _DELAY_S_MIN)
                signal.setitimer(signal.ITIMER_REAL, left_s, interval_s)


def _obstacle() -> str | None:
    """Return why nothing can be interrupted here, None where it can."""
    if not hasattr(signal, "setitimer"):
        return "this system has no interval timers"
    if current_thread() is not main_thread():
        return "the run is not in the main thread"
    return None


@define(eq=False)
class _Ticks:
    """Counts ticks at which the same question was open.

    Attributes:
        question: What is open.
        message: What is said to a strategy that took too long.
    """

    question: OpenQuestion
    message: str
    _seen: Question | None = field(default=None, init=False)
    _n_seen: int = field(default=0, init=False)

    def on_tick(self, _number: int, _frame: FrameType | None) -> None:
        """Interrupt what is open for too long; a strategy that keeps that to itself is interrupted at every tick.

        Raises:
            StrategyBlockedError: Into whatever is being done.
        """
        identity = self.question.identity
        if identity is None or identity != self._seen:
            self._seen, self._n_seen = identity, 0
        self._n_seen += 1
        # From the first tick that sees a question to the last there is one interval less than ticks.
        if identity is not None and self._n_seen > _TICKS_PER_LIMIT:
            self.question.interrupt(self.message)
