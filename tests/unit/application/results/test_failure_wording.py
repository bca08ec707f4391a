"""What is said of a strategy that failed is what became of it: closed, still held at the end, or nothing to close."""

from collections.abc import Mapping

import pytest
from attrs import define, evolve

from application.backtest import run_backtest
from application.results.failure_wording import failure_text
from application.trading.records import ExitReason
from domain.as_of import AsOfView
from domain.signal import Signal
from tests.unit.application.trading.stage import Prices, long, make_history, make_plan

CALM: list[Prices] = [(100.0,)] * 8
FALLS: list[Prices] = [*CALM[:4], (90.0,), *CALM[5:]]


@define(eq=False)
class FailsAt:
    """Says its lines, by the number of the bar, and raises at one."""

    n_bars: int
    lines: Mapping[int, Signal]
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.n_bars == self.n_bars:
            raise ValueError("no number")
        return self.lines.get(view.n_bars)


@pytest.mark.parametrize(
    ("n_bars", "lines", "rows", "ending"),
    [
        (4, {2: long()}, CALM, "its share was closed, the others went on"),
        # The order of the bar before is filled after its strategy has failed.
        (3, {2: long()}, CALM, "its share was closed, the others went on"),
        # The market falls through the stop at the very open at which the closing order arrives.
        (4, {2: long(stop=5.0)}, FALLS, "its share was closed, the others went on"),
        (4, {}, CALM, "it held nothing, the others went on"),
        (6, {2: long(stop=5.0)}, FALLS, "it held nothing, the others went on"),
        (8, {2: long()}, CALM, "the data ended before its share was closed, no bar came after that"),
        (8, {}, CALM, "it held nothing, no bar came after that"),
    ],
)
def test_what_became_of_it_is_said(n_bars: int, lines: Mapping[int, Signal], rows: list[Prices], ending: str) -> None:
    plan = make_plan(make_history(rows), [{}, {}])
    fails = evolve(plan.strategies[0], make=lambda _: FailsAt(n_bars, lines))
    result = run_backtest(evolve(plan, strategies=(fails, plan.strategies[1])))

    (failure,) = result.log.failures
    assert failure_text(failure, result).endswith(f"; {ending}")


def test_what_a_stop_closed_before_its_closing_order_did_was_closed() -> None:
    plan = make_plan(make_history(CALM), [{}, {}])
    fails = evolve(plan.strategies[0], make=lambda _: FailsAt(4, {2: long()}))
    result = run_backtest(evolve(plan, strategies=(fails, plan.strategies[1])))
    (trade,), (failure,) = result.log.trades, result.log.failures
    assert trade.exited_at_ns is not None
    result.log.trades[:] = [evolve(trade, exit_reason=ExitReason.STOP, exited_at_ns=trade.exited_at_ns + 1)]

    assert failure_text(failure, result).endswith("; its share was closed, the others went on")


def test_who_is_the_last_leaves_nobody() -> None:
    plan = make_plan(make_history(CALM), [{}])
    result = run_backtest(
        evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: FailsAt(4, {2: long()})),))
    )

    (failure,) = result.log.failures
    assert failure_text(failure, result).endswith("; its share was closed, no other strategy was left")
