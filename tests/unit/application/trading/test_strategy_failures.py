"""Strategies that fail, in worked examples: what is recorded, what becomes of what they hold, and who goes on."""

from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from attrs import define, evolve, field
from typing_extensions import override

from application.backtest import BacktestPlan, PairPlan, build_engine, run_backtest
from application.ports.decision_watch import OpenQuestion
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from application.trading.answers import check_answer
from application.trading.events import BarsClosed
from application.trading.records import ExitReason, FailureKind
from domain.as_of import AsOfView
from domain.errors import DomainError
from domain.exits import ExitPlan
from domain.market import Bar
from domain.pairs import PairView
from domain.signal import Signal
from domain.time_units import NS_PER_HOUR
from tests.failing_strategies import INVALID, WAYS, Answer, FailsAt
from tests.unit.application.trading.pair_stage import IN, SPOT, ScriptedPair, held, pair_plan, the_pair
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Played,
    Prices,
    Script,
    Scripted,
    at,
    d,
    long,
    make_history,
    make_plan,
    perform,
    short,
)

CALM: list[Prices] = [(100.0,)] * 8


def raising(error: BaseException) -> Answer:
    def answer() -> None:
        raise error

    return answer


def failing(plan: BacktestPlan, row: int, answer: Answer, lines: Script, place: int = 0) -> BacktestPlan:
    """Have a strategy of a plan say these lines and fail at a bar."""
    strategies = list(plan.strategies)
    make = lambda _: FailsAt(Scripted({COIN: lines}), COIN, row, answer)  # noqa: E731  # named by its place
    strategies[place] = evolve(strategies[place], make=make)
    return evolve(plan, strategies=tuple(strategies))


def play_failing(row: int, answer: Answer, lines: Script, *others: Script) -> Played:
    return perform(failing(make_plan(make_history(CALM), [{}, *others]), row, answer, lines))


def test_it_is_named_with_error_and_line_and_what_it_holds_is_closed() -> None:
    played = play_failing(3, raising(ValueError("no\nnumber")), {1: long()}, {5: long()})

    (failure,) = played.engine.log.failures
    assert (failure.at_ns, failure.strategy, failure.symbol) == (at(4), "A", COIN)
    assert (failure.kind, failure.error, failure.message) == (FailureKind.RAISED, "ValueError", "no number")
    assert (failure.where or "").startswith("failing_strategies.py:")
    assert failure.cause == f"ValueError: no number ({failure.where})"
    assert failure.n_left == 1
    assert (played.the_trade.exit_reason, played.the_trade.exited_at_ns) == (ExitReason.FAILURE, at(4))
    assert played.held("A", "B") == (d("0"), d("1"))


@pytest.mark.parametrize("way", WAYS)
def test_in_whatever_way_it_fails_it_leaves_and_the_other_holds_on(way: str) -> None:
    played = play_failing(3, WAYS[way], {1: long(), 5: long()}, {2: long()})

    assert played.held("A", "B") == (d("0"), d("1"))
    assert len(played.engine.log.failures) == 1


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("a text", "returns str ('buy'), which is neither a Signal nor None"),
        ("no feature", "gives the feature score nan, which is no finite float"),
        ("an endless stop", "gives the stop_distance inf, which is no finite float"),
        ("no reason", "gives the reason None, which is no text"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(way: str, message: str) -> None:
    played = play_failing(1, INVALID[way], {})

    (failure,) = played.engine.log.failures
    assert (failure.kind, failure.error, failure.message) == (FailureKind.INVALID, "InvalidAnswerError", message)
    assert failure.where is None


def test_a_signal_with_finite_numbers_is_a_valid_answer() -> None:
    check_answer(evolve(long(2.0, 4.0), features=(("score", -1.5), ("bars", 3))))


def test_its_working_stop_is_taken_back_once_it_is_out() -> None:
    played = play_failing(3, raising(ValueError()), {1: long(stop=5.0)})

    assert [order.purpose for order in played.orders] == ["open", "stop", "close"]
    assert played.open_at_venue() == []
    assert played.the_end == (ExitReason.FAILURE, d("100"))


def test_a_stop_that_is_reached_before_it_is_out_closes_it_once() -> None:
    # The market falls through the stop at 95 at the very open at which the closing order arrives.
    rows = [*CALM[:4], (90.0,), *CALM[5:]]
    plan = make_plan(make_history(rows), [{}])
    played = perform(failing(plan, 3, raising(ValueError()), {1: long(stop=5.0)}))

    assert played.held("A") == (d("0"),)
    assert played.open_at_venue() == []
    assert len(played.trades) == 1


def test_an_entry_that_waits_behind_a_shortest_holding_is_not_made_any_more() -> None:
    plan = make_plan(make_history(CALM), [{}])
    plan = failing(plan, 3, raising(ValueError()), {1: long(), 2: short()})
    exits = ExitPlan(holding_min_ns=3 * NS_PER_HOUR)
    played = perform(evolve(plan, strategies=(evolve(plan.strategies[0], exits=exits),)))

    # Failing does not wait.
    assert (played.the_trade.exit_reason, played.the_trade.exited_at_ns) == (ExitReason.FAILURE, at(4))
    assert played.held("A") == (d("0"),)


def test_messages_are_one_printable_line_of_bounded_length_without_addresses() -> None:
    said = f"{object()!r}\n\x1b[31m" + "x" * 500
    (failure,) = play_failing(1, raising(ValueError(said)), {}).engine.log.failures

    assert failure.message.startswith("<object object at 0x...> ?[31mxxx")
    assert len(failure.message) == 300
    assert failure.message.endswith("x...")


def test_an_error_that_cannot_even_be_told_is_a_failure_all_the_same() -> None:
    class BrokenError(Exception):
        @override
        def __str__(self) -> str:
            raise ValueError("broken itself")

    (failure,) = play_failing(1, raising(BrokenError()), {}).engine.log.failures

    assert (failure.error, failure.message) == ("BrokenError", "what it says cannot be read")


def test_who_interrupts_the_run_is_obeyed() -> None:
    with pytest.raises(KeyboardInterrupt):
        play_failing(1, raising(KeyboardInterrupt()), {})


@pytest.mark.parametrize("error", [SystemExit(0), CancelledError(), GeneratorExit()])
def test_what_would_end_a_process_or_a_task_ends_the_strategy_alone(error: BaseException) -> None:
    (failure,) = play_failing(1, raising(error), {}).engine.log.failures

    assert (failure.kind, failure.error) == (FailureKind.RAISED, type(error).__name__)


@define(eq=False)
class Fits(RegimeFitting):
    """Fits nothing, and counts how often it was asked; or raises.

    Attributes:
        error: What it raises, None for nothing.
        n_asked: How often it was asked.
    """

    error: Exception | None = None
    n_asked: int = field(default=0, init=False)

    @override
    def fit(self, task: FitTask, /) -> FitFailure:
        self.n_asked += 1
        if self.error is not None:
            raise self.error
        return FitFailure(task.fitted_until_ns, "nothing is fitted here")


def judged(plan: BacktestPlan, fitting: Fits) -> BacktestPlan:
    schedule = RefitSchedule(bars_min=100, refit_bars=10)
    return evolve(plan, regimes=lambda _: RegimePlan(fitting=fitting, schedule=schedule))


def test_markets_are_judged_on_when_the_first_strategy_of_an_instrument_has_failed() -> None:
    plan = make_plan(make_history([(100.0 + row % 3,) for row in range(200)]), [{}, {}])
    sound, spoiled = Fits(), Fits()

    perform(judged(plan, sound))
    perform(judged(failing(plan, 3, raising(ValueError()), {}), spoiled))

    assert spoiled.n_asked == sound.n_asked > 5


def test_what_the_engine_itself_raises_ends_the_run() -> None:
    plan = make_plan(make_history([(100.0 + row % 3,) for row in range(200)]), [{}])

    with pytest.raises(DomainError, match="of the engine"):
        perform(judged(plan, Fits(DomainError("of the engine"))))


# What is being asked, for whoever watches


@pytest.mark.parametrize("answer", [lambda: None, lambda: "buy", raising(ValueError())])
def test_a_question_is_open_while_a_strategy_is_asked_and_closed_whatever_comes_of_it(answer: Answer) -> None:
    question, seen = OpenQuestion(), []

    def look() -> object:
        seen.append(question.identity)
        return answer()

    for plan in (failing(make_plan(make_history(CALM), [{}]), 3, look, {}), failing_pair(3, look, {})):
        engine = build_engine(plan, plan.history, question=question)
        for row, bars in enumerate(zip(*(each.bars_between(0, 8) for each in plan.history.bars.values()), strict=True)):
            engine.handle(BarsClosed(at(row + 1), bars))
            assert question.identity is None

    assert [identity and identity[1] for identity in seen] == [at(4), at(4)]


def test_an_interruption_that_a_strategy_keeps_to_itself_is_recorded_all_the_same() -> None:
    """As a watch would, here without the time that it takes."""
    question = OpenQuestion()

    def keep() -> None:
        with suppress(BaseException):
            question.interrupt("no answer within 10 s")

    for plan in (failing(make_plan(make_history(CALM), [{}]), 3, keep, {}), failing_pair(3, keep, {})):
        engine = build_engine(plan, plan.history, question=question)
        for row, bars in enumerate(zip(*(each.bars_between(0, 8) for each in plan.history.bars.values()), strict=True)):
            engine.handle(BarsClosed(at(row + 1), bars))

        (failure,) = engine.log.failures
        assert (failure.at_ns, failure.kind) == (at(4), FailureKind.BLOCKED)
        assert question.blocked is None
        assert all(pair.has_failed for pair in engine.pairs)


def test_what_a_strategy_writes_to_its_view_changes_nothing_for_others() -> None:
    @define(eq=False)
    class Writes:
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            view.bar = Bar(COIN, 0, 1, 0.0, 0.0, 0.0, 0.0, 0.0)
            view.n_bars += 5
            view.held_quantity = d("1000")
            return None

    rows: list[Prices] = [(100.0 + row,) for row in range(8)]
    known = perform(make_plan(make_history(rows), [{}, {2: long(stop=5.0), 6: OUT}]))
    plan = make_plan(make_history(rows), [{}, {2: long(stop=5.0), 6: OUT}])
    played = perform(evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: Writes()), plan.strategies[1])))

    assert played.trades == known.trades
    assert played.engine.log.orders == known.engine.log.orders
    assert played.engine.log.refusals == known.engine.log.refusals


# Pairs


@define(eq=False)
class FailingPair:
    """A paired strategy that fails at one bar."""

    lines: Script
    row: int
    answer: Callable[[], Signal | None]
    lookback_bars: int = 1

    def on_pair(self, view: PairView) -> Signal | None:
        if view.contract.n_bars - 1 == self.row:
            return self.answer()
        return ScriptedPair(self.lines).on_pair(view)


def failing_pair(row: int, answer: Answer, lines: Script) -> BacktestPlan:
    plan = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {}, others=[{COIN: {3: long()}}])
    pair = evolve(plan.strategies[0], make=PairPlan(make=lambda _: FailingPair(lines, row, answer)))
    return evolve(plan, strategies=(pair, *plan.strategies[1:]))


@pytest.mark.parametrize("way", WAYS)
def test_a_pair_that_fails_leaves_both_legs_and_is_asked_no_more(way: str) -> None:
    played = perform(failing_pair(4, WAYS[way], {1: IN, 2: IN, 3: IN, 5: IN, 6: IN}))

    (failure,) = played.engine.log.failures
    assert (failure.strategy, failure.symbol, failure.at_ns, failure.n_left) == ("pair", COIN, at(5), 2)
    assert held(played) == (Decimal(0), Decimal(0))
    assert the_pair(played).has_failed
    ended = {(trade.symbol, trade.exit_reason) for trade in played.trades if trade.strategy == "pair"}
    assert ended == {(COIN, ExitReason.FAILURE), (SPOT, ExitReason.FAILURE)}
    assert played.share("A").held == 1


def test_a_pair_that_fails_fails_again_when_decisions_are_made_again() -> None:
    for way in ("a value error", "too long", "a text"):
        result = run_backtest(failing_pair(4, WAYS[way], {1: IN}))

        assert result.certificate.is_clean
        assert len(result.log.failures) == 1


# Decisions made again


def test_a_strategy_that_fails_only_when_decisions_are_made_again_is_named() -> None:
    made: list[AsOfView] = []

    @define(eq=False)
    class FailsTheSecondTime:
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            if view.n_bars == 4:
                made.append(view)
                if len(made) > 1:
                    raise ValueError("only now")
            return {2: long(), 6: OUT}.get(view.n_bars)

    plan = make_plan(make_history(CALM), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: FailsTheSecondTime()),))
    difference = run_backtest(plan).certificate.first_difference or ""

    assert "COINUSDT: A failed with ValueError: only now (test_strategy_failures.py:" in difference
    assert difference.endswith(" without later data, not with it")


def test_a_strategy_that_fails_only_in_the_run_is_named() -> None:
    made: list[AsOfView] = []

    @define(eq=False)
    class FailsTheFirstTime:
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            if view.n_bars == 4:
                made.append(view)
                if len(made) == 1:
                    raise ValueError("only then")
            return None

    plan = make_plan(make_history(CALM), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: FailsTheFirstTime()),))
    difference = run_backtest(plan).certificate.first_difference or ""

    assert "COINUSDT: A failed with ValueError: only then (test_strategy_failures.py:" in difference
    assert difference.endswith(" with later data, not without")
