"""The figures of several runs beside each other, with the best of each marked."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Final, TypeAlias

from attrs import frozen

from application.results.result import RunResult
from application.results.trade_statistics import trade_statistics
from domain.time_units import NS_PER_DAY

Number: TypeAlias = Decimal | float | int


class Form(Enum):
    """What a figure is, so that it can be written."""

    MONEY = "money"
    COST = "cost"
    FRACTION = "fraction"
    RATIO = "ratio"
    DAYS = "days"
    COUNT = "count"


class Better(Enum):
    """Which of two values of a figure is better; neither where it only describes."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@frozen
class ComparedFigure:
    """One figure of several runs.

    Attributes:
        name: For people.
        form: What it is.
        values: One for each run, in their order; None where a run has too little to work it out.
        best: Places of the best runs; empty where the figure only describes or all are alike.
    """

    name: str
    form: Form
    values: tuple[Number | None, ...]
    best: frozenset[int]


_FIGURES: Final[tuple[tuple[str, Form, Better, Callable[[RunResult], Number | None]], ...]] = (
    ("Net result", Form.MONEY, Better.HIGHER, lambda run: run.identity.net_result),
    ("Total return", Form.FRACTION, Better.HIGHER, lambda run: run.performance.total_return),
    ("Annual return", Form.FRACTION, Better.HIGHER, lambda run: run.performance.annual_return),
    ("Annual volatility", Form.FRACTION, Better.LOWER, lambda run: run.performance.annual_volatility),
    ("Sharpe ratio", Form.RATIO, Better.HIGHER, lambda run: run.performance.sharpe_ratio),
    ("Sortino ratio", Form.RATIO, Better.HIGHER, lambda run: run.performance.sortino_ratio),
    ("Calmar ratio", Form.RATIO, Better.HIGHER, lambda run: run.performance.calmar_ratio),
    ("Deepest fall", Form.FRACTION, Better.LOWER, lambda run: run.performance.max_drawdown.depth),
    ("Longest below a high", Form.DAYS, Better.LOWER, lambda run: run.performance.max_drawdown.longest_ns / NS_PER_DAY),
    ("Closed trades", Form.COUNT, Better.NEITHER, lambda run: run.trade_figures.n_trades),
    ("Win rate", Form.FRACTION, Better.HIGHER, lambda run: trade_statistics(run.log.trades).win_rate),
    ("Profit factor", Form.RATIO, Better.HIGHER, lambda run: trade_statistics(run.log.trades).profit_factor),
    ("Average trade", Form.MONEY, Better.HIGHER, lambda run: trade_statistics(run.log.trades).average),
    ("Worst trade", Form.MONEY, Better.HIGHER, lambda run: trade_statistics(run.log.trades).worst),
    ("Fees", Form.COST, Better.LOWER, lambda run: run.identity.fees),
    ("Slippage", Form.COST, Better.LOWER, lambda run: run.trade_figures.slippage),
    ("Funding", Form.MONEY, Better.HIGHER, lambda run: run.identity.funding),
    ("Liquidations", Form.COUNT, Better.LOWER, lambda run: len(run.log.liquidations)),
    ("Time in the market", Form.FRACTION, Better.NEITHER, lambda run: run.exposure.time_in_market),
    ("Largest leverage", Form.RATIO, Better.LOWER, lambda run: run.exposure.largest),
)


def compared_figures(results: Sequence[RunResult]) -> tuple[ComparedFigure, ...]:
    """Return the figures of several runs, best values marked."""
    return tuple(_compared(name, form, better, map(read, results)) for name, form, better, read in _FIGURES)


def _compared(name: str, form: Form, better: Better, read: Iterable[Number | None]) -> ComparedFigure:
    values = tuple(value if value is not None and isfinite(value) else None for value in read)
    return ComparedFigure(name, form, values, _best(values, better))


def _best(values: Sequence[Number | None], better: Better) -> frozenset[int]:
    known = [value for value in values if value is not None]
    if better is Better.NEITHER or len(set(known)) < 2:  # noqa: PLR2004  # the best of one is no news
        return frozenset()
    best = max(known) if better is Better.HIGHER else min(known)
    return frozenset(place for place, value in enumerate(values) if value == best)
