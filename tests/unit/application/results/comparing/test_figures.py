"""Figures of several runs: each run's own, and the best of each marked."""

from decimal import Decimal
from math import nan

import pytest
from attrs import evolve

from application.results.comparing.figures import ComparedFigure, compared_figures
from application.results.result import RunResult
from tests.unit.adapters.run_documents.results import PERFORMANCE, make_result
from tests.unit.application.results.run_logs import make_identity, make_log, make_trade


def made(total_return: float, *, fees: str = "0", trades: int = 0) -> RunResult:
    log = make_log()
    log.trades += [make_trade("10")] * trades
    identity = make_identity(end_equity=str(1000 - Decimal(fees)), fees=fees)
    return make_result(log, identity=identity, performance=evolve(PERFORMANCE, total_return=total_return))


def figure_of(*results: RunResult, name: str) -> ComparedFigure:
    return next(figure for figure in compared_figures(results) if figure.name == name)


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("Total return", (0.1, 0.3, 0.2), {1}),
        ("Fees", (Decimal(5), Decimal(7), Decimal(5)), {0, 2}),
        ("Net result", (Decimal(-5), Decimal(-7), Decimal(-5)), {0, 2}),
        ("Closed trades", (1, 2, 3), set()),
        ("Sharpe ratio", (2.5, 2.5, 2.5), set()),
    ],
)
def test_more_is_better_of_returns_less_of_costs_and_neither_of_counts(
    name: str, values: tuple[float, ...], best: set[int]
) -> None:
    runs = (made(0.1, fees="5", trades=1), made(0.3, fees="7", trades=2), made(0.2, fees="5", trades=3))

    found = figure_of(*runs, name=name)

    assert found.values == values
    assert found.best == best


def test_what_cannot_be_worked_out_is_never_the_best() -> None:
    found = figure_of(made(nan), made(-0.5), made(-0.6), name="Total return")

    assert found.values == (None, -0.5, -0.6)
    assert found.best == {1}


def test_every_figure_has_one_value_for_each_run() -> None:
    figures = compared_figures([made(0.1), made(0.2)])

    assert len(figures) == 20
    assert {len(figure.values) for figure in figures} == {2}
    assert len({figure.name for figure in figures}) == len(figures)
