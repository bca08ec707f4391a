"""The decimal context of a run is the run's: who changes it fails there, and the money of the others stays exact."""

import decimal
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, FloatOperation, getcontext, localcontext, setcontext
from typing import Final

import pytest
from attrs import define, evolve

from application.backtest import BacktestPlan, run_backtest
from application.held_decimals import DecimalContextError, held_decimals
from application.ports.backtest_venue import BacktestVenue
from application.results.result import RunResult
from domain.as_of import AsOfView
from domain.signal import Signal
from tests.unit.application.trading.stage import Prices, d, long, make_history, make_plan

MOVING: Final[list[Prices]] = [(100.0 + row / 7.0,) for row in range(12)]


def set_precision() -> None:
    getcontext().prec = 13


def clear_a_trap() -> None:
    getcontext().traps[FloatOperation] = False


def round_down() -> None:
    getcontext().rounding = decimal.ROUND_DOWN


REFUSED: Final[dict[str, Callable[[], object]]] = {
    "precision": set_precision,
    "rounding": round_down,
    "a trap": clear_a_trap,
    "all traps": lambda: getcontext().clear_traps(),
    "deleted": lambda: delattr(getcontext(), "prec"),
}
UNSEEN: Final[dict[str, Callable[[], object]]] = {
    "another one": lambda: setcontext(Context(prec=13)),
    "the same, but no longer held": lambda: setcontext(getcontext().copy()),
    "around its refusal": lambda: Context.prec.__set__(getcontext(), 13),  # type: ignore[attr-defined]  # a slot of C
    "entered and never left": lambda: localcontext(Context(prec=13)).__enter__(),
}


@define(eq=False)
class Changes:
    """Enters at its second bar, and does something at the fifth."""

    change: Callable[[], object]
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.n_bars == 5:
            self.change()
        return long() if view.n_bars == 2 else None


def plan_with(change: Callable[[], object]) -> BacktestPlan:
    plan = make_plan(make_history(MOVING), [{}, {3: long()}])
    return evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: Changes(change)), plan.strategies[1]))


def nothing() -> None:
    """Change nothing."""


def replace_and_raise(error: BaseException) -> None:
    setcontext(Context(prec=3))
    raise error


def raising() -> None:
    raise ValueError("of its own")


def run(change: Callable[[], object]) -> RunResult:
    return run_backtest(plan_with(change))


@pytest.mark.parametrize("way", [*REFUSED, *UNSEEN])
def test_who_changes_it_fails_at_that_bar_and_the_others_earn_what_they_would_have(way: str) -> None:
    result, as_by_itself = run((REFUSED | UNSEEN)[way]), run(raising)

    (failure,) = result.log.failures
    (known,) = as_by_itself.log.failures
    assert (failure.error, failure.strategy, failure.at_ns) == ("DecimalContextError", "A", known.at_ns)
    assert "use decimal.localcontext()" in failure.message
    assert result.identity == as_by_itself.identity
    assert result.certificate.is_clean
    assert result.log.trades == as_by_itself.log.trades


@pytest.mark.parametrize("way", REFUSED)
def test_the_line_that_tries_is_named_and_nothing_has_changed(way: str) -> None:
    before = repr(getcontext().copy())
    (failure,) = run(REFUSED[way]).log.failures

    assert (failure.where or "").startswith("test_held_decimals.py:")
    assert repr(getcontext().copy()) == before


def test_arithmetic_of_its_own_is_free() -> None:
    said: list[Decimal] = []

    def third() -> None:
        with localcontext() as own:
            own.prec = 5
            said.append(Decimal(1) / 3)
        with localcontext(Context(prec=50, traps=[DivisionByZero])):
            said.append(Decimal(1) / 3)

    result = run(third)

    assert said[:2] == [d("0.33333"), d("0." + "3" * 50)]
    assert result.log.failures == []
    assert result.hashes.result == run(nothing).hashes.result


def test_a_run_is_the_same_in_whatever_context_it_is_started() -> None:
    known = run(nothing)
    with localcontext(Context(prec=9, rounding=decimal.ROUND_DOWN)) as theirs:
        started_elsewhere = run(nothing)
        mixed = run(lambda: Decimal(1) + Decimal(0.5))  # noqa: RUF032  # what is caught nowhere else

        assert getcontext() is theirs
    assert started_elsewhere.identity == known.identity
    assert started_elsewhere.hashes.result == known.hashes.result
    (failure,) = mixed.log.failures
    assert failure.error == "FloatOperation"


def test_what_is_raised_after_a_change_may_have_come_of_it_and_is_not_what_is_said() -> None:
    with pytest.raises(DecimalContextError, match="replaces the decimal context"), held_decimals():
        replace_and_raise(ValueError("the books disagree"))


def test_who_interrupts_is_obeyed_whatever_was_changed() -> None:
    before = getcontext()
    with pytest.raises(KeyboardInterrupt), held_decimals():
        replace_and_raise(KeyboardInterrupt())
    assert getcontext() is before


def test_what_no_answer_changes_ends_the_run() -> None:
    plan = plan_with(nothing)
    make = plan.make_venue

    def replacing() -> BacktestVenue:
        setcontext(Context(prec=20))
        return make()

    with pytest.raises(DecimalContextError):
        run_backtest(evolve(plan, make_venue=replacing))
