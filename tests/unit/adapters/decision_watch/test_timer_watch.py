"""A strategy that takes too long is interrupted, whatever it does about it, and the process is left as it was."""

import signal
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Final

import pytest
from attrs import define, evolve
from typing_extensions import override

from adapters.decision_watch.timer_watch import TimerDecisionWatch
from application.backtest import run_backtest
from application.ports.decision_watch import OpenQuestion, StrategyBlockedError
from application.results.result import RunResult
from application.trading.records import ExitReason, FailureKind
from domain.as_of import AsOfView
from domain.signal import Signal
from tests.unit.application.trading.stage import COIN, at, long, make_history, make_plan

LIMIT_S: Final = 0.08
AT_LEAST_S: Final = 0.06
"""Timers may come a little early."""


def watch(said: list[str] | None = None) -> TimerDecisionWatch:
    heard: list[str] = [] if said is None else said
    return TimerDecisionWatch(LIMIT_S, heard.append)


def forever() -> Iterator[None]:
    while True:
        yield


def open_question() -> OpenQuestion:
    return OpenQuestion(AsOfView(COIN))


def wait(seconds: float) -> None:
    """Be busy for so long, as Python is."""
    until = time.monotonic() + seconds
    for _ in forever():
        if time.monotonic() >= until:
            return


def test_what_is_open_for_too_long_is_interrupted_and_not_before() -> None:
    started = time.monotonic()

    with (
        pytest.raises(StrategyBlockedError, match=r"no answer within 0\.08 s"),
        watch().watching(open_question()),
    ):
        wait(30.0)

    assert AT_LEAST_S <= time.monotonic() - started < 30.0


def test_sleeping_is_interrupted_too() -> None:
    with pytest.raises(StrategyBlockedError), watch().watching(open_question()):
        time.sleep(30.0)  # noqa: TID251  # what a strategy must not do


def test_many_questions_that_are_quick_each_are_no_long_one() -> None:
    question = open_question()
    with watch().watching(question):
        until = time.monotonic() + 3 * LIMIT_S
        while time.monotonic() < until:
            question.at_ns += 1


def test_nobody_is_interrupted_while_nothing_is_asked() -> None:
    with watch().watching(OpenQuestion()):
        wait(3 * LIMIT_S)


def test_a_strategy_that_keeps_the_interruption_to_itself_is_interrupted_again() -> None:
    interrupted, question = 0, open_question()
    with watch().watching(question):
        while interrupted < 3:
            try:
                wait(30.0)
            except StrategyBlockedError:
                interrupted += 1
        question.view = None

    with pytest.raises(StrategyBlockedError):
        question.raise_what_was_kept()


def test_a_strategy_that_writes_to_its_view_is_asked_the_same_question_all_the_same() -> None:
    view = AsOfView(COIN)

    def write() -> None:
        until = time.monotonic() + 50 * LIMIT_S
        while time.monotonic() < until:
            view.n_bars += 1

    with pytest.raises(StrategyBlockedError), watch().watching(OpenQuestion(view)):
        write()


def test_handler_and_timer_of_before_go_on_afterwards() -> None:
    def theirs(*_: object) -> None:
        """Do nothing, but be told apart."""

    before = signal.signal(signal.SIGALRM, theirs)
    try:
        signal.setitimer(signal.ITIMER_REAL, 500.0, 600.0)
        with watch().watching(OpenQuestion()):
            assert signal.getsignal(signal.SIGALRM) is not theirs
            wait(0.02)
        assert signal.getsignal(signal.SIGALRM) is theirs
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0.0 < left < 500.0
        assert interval == pytest.approx(600.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_outside_of_the_main_thread_nobody_is_watched_and_that_is_said_once() -> None:
    said: list[str] = []
    came_to_its_end: list[bool] = []

    def work() -> None:
        with watch(said).watching(open_question()):
            wait(2 * LIMIT_S)
        came_to_its_end.append(True)

    thread = Thread(target=work)
    thread.start()
    thread.join()

    assert said == ["no strategy is stopped that takes too long: the run is not in the main thread"]
    assert came_to_its_end == [True]


def test_where_there_are_no_timers_nobody_is_watched_and_that_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    said: list[str] = []

    with watch(said).watching(open_question()):
        pass

    assert said == ["no strategy is stopped that takes too long: this system has no interval timers"]


@define(eq=False)
class Hangs:
    """Enters at the second bar, and comes to no decision at the fourth."""

    asked: list[int]
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        self.asked.append(view.n_bars)
        if view.n_bars == 4:
            try:
                wait(30.0)
            except Exception:  # noqa: BLE001  # as careless strategies do
                return None
        return long() if view.n_bars == 2 else None


@define(eq=False)
class KeepsItToItself(Hangs):
    """Answers an interruption by what the test says, and hangs no longer."""

    answer: Callable[[], Signal | None] = long

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        try:
            return super().on_bar(view)
        except BaseException:  # noqa: BLE001  # that is its flaw
            return self.answer()


def raise_another() -> Signal:
    raise ValueError("something else")


@pytest.mark.parametrize("answer", [long, raise_another, lambda: "buy"])
def test_whatever_it_makes_of_its_interruption_it_took_too_long(answer: Callable[[], Signal | None]) -> None:
    asked: list[int] = []
    plan = make_plan(make_history([(100.0,)] * 8), [{}, {2: long(), 6: long()}])
    keeps = evolve(plan.strategies[0], make=lambda _: KeepsItToItself(asked, answer=answer))
    result = run_backtest(evolve(plan, strategies=(keeps, plan.strategies[1]), watch=watch()))

    (failure,) = result.log.failures
    assert (failure.at_ns, failure.strategy, failure.kind) == (at(4), "A", FailureKind.BLOCKED)
    assert (failure.where or "").startswith("test_timer_watch.py:")
    assert asked.count(4) == 1
    assert result.certificate.is_clean


def hanging_run(asked: list[int]) -> RunResult:
    plan = make_plan(make_history([(100.0,)] * 8), [{}, {2: long(), 6: long()}])
    hangs = evolve(plan.strategies[0], make=lambda _: Hangs(asked))
    return run_backtest(evolve(plan, strategies=(hangs, plan.strategies[1]), watch=watch()))


def test_a_run_goes_on_without_a_strategy_that_hangs_and_does_not_wait_for_it_again() -> None:
    asked: list[int] = []
    result = hanging_run(asked)

    (failure,) = result.log.failures
    assert (failure.at_ns, failure.strategy, failure.kind) == (at(4), "A", FailureKind.BLOCKED)
    assert (failure.error, failure.message, failure.n_left) == ("StrategyBlockedError", "no answer within 0.08 s", 1)
    assert (failure.where or "").startswith("test_timer_watch.py:")
    (trade,) = result.log.trades
    assert (trade.strategy, trade.exit_reason) == ("A", ExitReason.FAILURE)
    # Once in the run; decisions that are made again leave the fourth bar alone.
    assert asked.count(4) == 1
    assert result.certificate.is_clean


def test_where_it_was_interrupted_is_no_part_of_what_the_run_comes_to() -> None:
    assert hanging_run([]).hashes.result == hanging_run([]).hashes.result
