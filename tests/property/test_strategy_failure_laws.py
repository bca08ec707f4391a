"""Laws of strategies that fail: for everybody else it is as if they had left by themselves and said nothing more."""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from application.backtest import BacktestPlan, MakeStrategy, StrategyPlan, run_backtest
from application.replay.repeated_blocks import repeat_blocks
from application.trading.records import Decision, ExitReason, FailureKind, RoundTrip
from tests.failing_strategies import BLOCKING, INVALID, WAYS, FailsAt
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    OUT,
    Played,
    Script,
    Scripted,
    long,
    make_history,
    make_plan,
    perform,
    short,
    watched_engine,
)

N_BARS: Final = 12
_prices: Final = st.lists(st.integers(80, 120).map(lambda price: (float(price),)), min_size=N_BARS, max_size=N_BARS)
_signals: Final = st.sampled_from([long(), long(3.0), long(2.0, 4.0), short(), short(3.0), short(2.0, 4.0), OUT])
_scripts: Final = st.dictionaries(st.integers(0, N_BARS - 1), _signals, max_size=6)
_lines: Final = st.fixed_dictionaries({COIN: _scripts, OTHER: _scripts})


@frozen
class Case:
    """A run of three strategies in two instruments, of which the first fails in one.

    Attributes:
        plan: Nobody fails in it.
        lines: What the first says.
        place: Of the first among the three.
        row: The bar at which it fails.
        way: How.
    """

    plan: BacktestPlan
    lines: Mapping[str, Script]
    place: int
    row: int
    way: str

    @property
    def failing(self) -> BacktestPlan:
        return self._with(lambda _: FailsAt(Scripted(self.lines), COIN, self.row, WAYS[self.way]))

    @property
    def leaving(self) -> BacktestPlan:
        said = {row: signal for row, signal in self.lines[COIN].items() if row < self.row} | {self.row: OUT}
        return self._with(lambda _: Scripted({**self.lines, COIN: said}))

    def _with(self, make: MakeStrategy) -> BacktestPlan:
        strategies: list[StrategyPlan] = list(self.plan.strategies)
        strategies[self.place] = evolve(strategies[self.place], name="first", make=make)
        return evolve(self.plan, strategies=tuple(strategies))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    history = make_history({COIN: draw(_prices), OTHER: draw(_prices)})
    lines = [draw(_lines) for _ in range(3)]
    place = draw(st.integers(0, 2))
    row = draw(st.integers(0, N_BARS - 1))
    return Case(make_plan(history, lines), lines[place], place, row, draw(st.sampled_from(list(WAYS))))


def of_others(decisions: Sequence[Decision]) -> list[Decision]:
    return [each for each in decisions if (each.strategy, each.symbol) != ("first", COIN)]


def without_reasons(trades: Sequence[RoundTrip]) -> list[RoundTrip]:
    return [
        evolve(each, exit_reason=None) if (each.strategy, each.symbol) == ("first", COIN) else each for each in trades
    ]


def reasons_of_the_first(played: Played) -> list[ExitReason | None]:
    trades = [each for each in played.trades if (each.strategy, each.symbol) == ("first", COIN)]
    return [each.exit_reason for each in trades]


@given(case=cases())
def test_for_everybody_else_it_is_as_if_it_had_left_by_itself(case: Case) -> None:
    failed, left = perform(case.failing), perform(case.leaving)

    assert of_others(failed.engine.log.decisions) == of_others(left.engine.log.decisions)
    assert failed.orders == left.orders
    assert failed.fills == left.fills
    assert without_reasons(failed.trades) == without_reasons(left.trades)
    assert failed.engine.open_trades() == left.engine.open_trades()
    assert failed.engine.log.equity == left.engine.log.equity


@given(case=cases())
def test_it_is_named_once_asked_no_more_and_holds_nothing_in_the_end(case: Case) -> None:
    failed = perform(case.failing)

    (failure,) = failed.engine.log.failures
    assert (failure.strategy, failure.symbol, failure.n_left) == ("first", COIN, 5)
    is_invalid, is_blocked = case.way in INVALID, case.way in BLOCKING
    kind = FailureKind.INVALID if is_invalid else FailureKind.BLOCKED if is_blocked else FailureKind.RAISED
    assert failure.kind is kind
    strategy = failed.share("first").strategy
    assert isinstance(strategy, FailsAt)
    assert strategy.asked == list(range(case.row + 1))
    later = [each for each in failed.engine.log.decisions if each.at_ns >= failure.at_ns]
    assert [each for each in later if (each.strategy, each.symbol) == ("first", COIN)] == []
    # What it wants at the last bar is traded at the next, which does not come any more.
    if case.row < N_BARS - 2:
        assert failed.share("first").held == 0
    assert set(reasons_of_the_first(failed)) <= {
        ExitReason.SIGNAL,
        ExitReason.STOP,
        ExitReason.TARGET,
        ExitReason.FAILURE,
        # A stop that the market had passed before it reached the venue.
        ExitReason.UNPROTECTED,
    }


@given(case=cases())
def test_decisions_that_are_made_again_fail_again_and_the_books_balance(case: Case) -> None:
    result = run_backtest(case.failing)

    assert result.certificate.is_clean
    assert result.identity.difference == 0
    assert len(result.log.failures) == 1


@given(case=cases())
def test_who_took_too_long_fails_again_at_its_bar_without_being_asked(case: Case) -> None:
    blocked = perform(evolve(case, way="too long").failing)
    fresh = watched_engine(evolve(case.failing, strategies=blocked.plan.strategies))
    repeat_blocks(fresh, blocked.engine.log.failures)

    for event in blocked.engine.inputs:
        fresh.handle(event)

    assert fresh.log.failures == blocked.engine.log.failures
    assert fresh.log.decisions == blocked.engine.log.decisions
    assert fresh.log.orders == blocked.engine.log.orders
    strategy = next(share for share in fresh.books[COIN].shares if share.name == "first").strategy
    assert isinstance(strategy, FailsAt)
    assert strategy.asked == list(range(case.row))
