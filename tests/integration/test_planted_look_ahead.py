"""Strategies and regimes that cheat as people do by mistake, in whole runs as a user starts them: none gets through."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from attrs import define, evolve, field, frozen
from numpy.lib.stride_tricks import sliding_window_view
from typing_extensions import override

from application.backtest import BacktestPlan, StrategyPlan, run_backtest
from application.market_history import MarketHistory
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.ports.strategy import Strategy
from application.regimes.regime_plan import RegimePlan
from domain.as_of import AsOfView
from domain.market import BarSeries, Float64Array
from domain.regime import MarketRegime
from domain.regimes.features import FeatureScale, feature_rows
from domain.regimes.gaussian_hmm import GaussianHmm, filtered_probabilities
from domain.regimes.regime_model import RegimeModel
from domain.signal import Signal, SignalAction
from entrypoints import container, run_regimes
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RegimesSection, StrategySection
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from tests.regime_study import FITTING
from tests.unit.entrypoints.documents import make_document, write_document

SYMBOL: Final = "BTCUSDT"
REACH: Final = 3
Column = Callable[[MarketHistory], Float64Array]
"""One number for each bar, worked out beforehand: above zero is long, below is short, zero changes nothing."""


@define(eq=False)
class ByColumn:
    """Trades on a column that was worked out over the history it was made with, as tools for whole columns do."""

    history: MarketHistory
    column: Column
    lookback_bars: int = 1
    _values: Float64Array = field(init=False)
    _said: int = 0

    def __attrs_post_init__(self) -> None:
        self._values = self.column(self.history)

    def on_bar(self, view: AsOfView) -> Signal | None:
        row = int(np.searchsorted(self.history.bars[SYMBOL].opened_at_ns, view.bar.opened_at_ns))
        score = float(self._values[row])
        direction = (score > 0.0) - (score < 0.0)
        if direction in {0, self._said}:
            return None
        self._said = direction
        action = SignalAction.ENTER_LONG if direction > 0 else SignalAction.ENTER_SHORT
        return Signal(action=action, reason="column", features=(("score", score),))


def close_of(history: MarketHistory) -> Float64Array:
    return history.bars[SYMBOL].close


def next_move(history: MarketHistory) -> Float64Array:
    """What shift(-1) gives."""
    return np.append(np.diff(close_of(history)), 0.0)


def last_move(history: MarketHistory) -> Float64Array:
    return np.append(0.0, np.diff(close_of(history)))


def mean_around(close: Float64Array, before: int, after: int) -> Float64Array:
    sums, rows = np.append(0.0, np.cumsum(close)), np.arange(close.size)
    first, last = np.maximum(rows - before, 0), np.minimum(rows + after + 1, close.size)
    return np.asarray((sums[last] - sums[first]) / (last - first))


def beside_centered_mean(history: MarketHistory) -> Float64Array:
    return close_of(history) - mean_around(close_of(history), 5, 5)


def beside_trailing_mean(history: MarketHistory) -> Float64Array:
    return close_of(history) - mean_around(close_of(history), 10, 0)


def score_in_whole_sample(history: MarketHistory) -> Float64Array:
    close = close_of(history)
    return np.asarray((close.mean() - close) / max(float(close.std()), 1e-9))


def score_in_past(history: MarketHistory) -> Float64Array:
    close = close_of(history)
    return np.array([close[: row + 1].mean() - close[row] for row in range(close.size)])


def two_states(history: MarketHistory) -> tuple[GaussianHmm, Float64Array]:
    """Return states that are fixed beforehand, so that nothing but the smoothing can look ahead, and what they see."""
    moves = np.diff(np.log(close_of(history)), prepend=np.log(close_of(history)[0]))
    means, covariances = np.array([[0.002], [-0.002]]), np.full((2, 1, 1), 0.01**2)
    return GaussianHmm([0.5, 0.5], [[0.95, 0.05], [0.05, 0.95]], means, covariances), moves[:, None]


def smoothed_state(history: MarketHistory) -> Float64Array:
    """What hmmlearn's predict_proba gives: the probability given all observations, later ones included."""
    from hmmlearn.hmm import GaussianHMM  # noqa: PLC0415  # a second

    states, moves = two_states(history)
    model = GaussianHMM(2, "full")
    model.startprob_, model.transmat_ = states.start.copy(), states.transition.copy()
    model.means_, model.covars_ = states.means.copy(), states.covariances.copy()
    return np.asarray(model.predict_proba(moves)[:, 0] - 0.5)


def filtered_state(history: MarketHistory) -> Float64Array:
    states, moves = two_states(history)
    return filtered_probabilities(states, moves.tolist())[:, 0] - 0.5


def pivots(history: MarketHistory) -> Float64Array:
    """Return +1 at lows and -1 at highs that stand out from three bars on either side, in the bar itself."""
    bars, found = history.bars[SYMBOL], np.zeros(len(history.bars[SYMBOL]))
    if len(bars) > 2 * REACH:
        inner = slice(REACH, len(bars) - REACH)
        found[inner] += bars.low[inner] == sliding_window_view(bars.low, 2 * REACH + 1).min(axis=1)
        found[inner] -= bars.high[inner] == sliding_window_view(bars.high, 2 * REACH + 1).max(axis=1)
    return found


def confirmed_pivots(history: MarketHistory) -> Float64Array:
    found = pivots(history)
    return np.append(np.zeros(REACH), found[:-REACH])[: found.size]


def settled(history: MarketHistory, shift: int) -> Float64Array:
    events = history.funding[SYMBOL]
    at_ns, rates = [event.settled_at_ns for event in events], [0.0, *(float(event.rate) for event in events)]
    known = np.searchsorted(np.array(at_ns, dtype=np.int64), history.bars[SYMBOL].closed_at_ns, side="right")
    return np.array(rates)[np.minimum(known + shift, len(events))] - 0.0001


def next_funding(history: MarketHistory) -> Float64Array:
    return settled(history, 1)


def last_funding(history: MarketHistory) -> Float64Array:
    return settled(history, 0)


def next_mark(history: MarketHistory) -> Float64Array:
    return np.append(np.diff(history.marks[SYMBOL].close), 0.0)


def last_mark(history: MarketHistory) -> Float64Array:
    return np.append(0.0, np.diff(history.marks[SYMBOL].close))


PLANTED: Final = (
    next_move,
    beside_centered_mean,
    score_in_whole_sample,
    smoothed_state,
    pivots,
    next_funding,
    next_mark,
)
HONEST: Final = (
    last_move,
    beside_trailing_mean,
    score_in_past,
    filtered_state,
    confirmed_pivots,
    last_funding,
    last_mark,
)


def run_by_column(column: Column, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run `autotrading backtest` with a strategy that is made of the history, and return the exit code."""
    plain = container._strategy_plan

    def planned(section: StrategySection) -> StrategyPlan:
        def make(history: MarketHistory) -> Strategy:
            return ByColumn(history, column)

        return evolve(plain(section), make=make)

    monkeypatch.setattr(container, "_strategy_plan", planned)
    return commands.main(["backtest", str(write_document(folder, make_document())), "--quiet", "--no-save"])


@pytest.mark.parametrize("column", PLANTED, ids=lambda one: one.__name__)
def test_a_column_that_later_bars_have_a_part_in_fails_the_run_and_says_where(
    column: Column, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_by_column(column, tmp_path, monkeypatch) == ExitCode.REFUSED

    said = capsys.readouterr().err
    assert said.startswith("autotrading: decisions depended on later data: 2024-01-")
    assert said.count("\n") == 1
    assert f"{SYMBOL}: trend" in said
    assert "feature score" in said or " decided enter_" in said


@pytest.mark.parametrize("column", HONEST, ids=lambda one: one.__name__)
def test_the_same_column_of_the_past_alone_passes(
    column: Column, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is worked out beforehand is no cheat by itself."""
    assert run_by_column(column, tmp_path, monkeypatch) == ExitCode.DONE
    assert capsys.readouterr().err == ""


def test_what_a_strategy_has_from_elsewhere_is_beyond_what_can_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of the certificate, as it is documented: a copy of all data that was kept behind its back."""
    kept: list[MarketHistory] = []

    def from_elsewhere(history: MarketHistory) -> Float64Array:
        kept.append(history)
        return next_move(kept[0])

    assert run_by_column(from_elsewhere, tmp_path, monkeypatch) == ExitCode.DONE


# Regimes

REGIMES: Final[dict[str, PlainValue]] = {
    "synthetic": {"seed": 5, "bars": 700, "symbols": [SYMBOL]},
    "regimes": {
        "schedule": {"refit_bars": 100, "window_bars": 300, "bars_min": 300},
        "fit": {"n_starts": 1, "iterations_max": 20},
    },
}


@frozen
class FitsOfLaterBars(RegimeFitting):
    """Answers a task with a model of bars that end later, under the instant that was asked for.

    Attributes:
        bars: All there are.
        leak: What of the later model it takes.
    """

    bars: BarSeries
    leak: Callable[[RegimeModel, RegimeModel], RegimeModel]

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        rows, n_rows = feature_rows(self.bars), task.rows.shape[0]
        end = int(np.searchsorted(self.bars.closed_at_ns, task.fitted_until_ns)) + 51
        own = FITTING.fit(evolve(task, former=None))
        later = FITTING.fit(evolve(task, rows=rows[end - n_rows : end], former=None))
        assert isinstance(own, RegimeModel)
        assert isinstance(later, RegimeModel)
        return self.leak(own, later)


def whole_sample_scale(own: RegimeModel, _: RegimeModel) -> RegimeModel:
    shifted = tuple(
        mean + 1e-6 * deviation for mean, deviation in zip(own.scale.means, own.scale.deviations, strict=True)
    )
    return evolve(own, scale=FeatureScale(shifted, own.scale.deviations))


LEAKS: Final[dict[str, tuple[Callable[[RegimeModel, RegimeModel], RegimeModel], str]]] = {
    "model of later bars": (lambda _, later: later, "is scaled by other bars than those before it"),
    "scale of other bars": (whole_sample_scale, "is scaled by other bars than those before it"),
    "states of later bars": (
        lambda own, later: evolve(own, hmm=later.hmm),
        "has states that were found in other bars than those before it",
    ),
    "window that ends later": (
        lambda own, _: evolve(own, n_bars=own.n_bars + 50),
        "knows 350 bars, was to know 300",
    ),
}


@pytest.mark.parametrize(("leak", "said"), LEAKS.values(), ids=LEAKS)
def test_a_model_of_regimes_that_knows_later_bars_fails_the_run_and_says_how_it_shows(
    leak: Callable[[RegimeModel, RegimeModel], RegimeModel],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def planned(section: RegimesSection, bars: dict[str, BarSeries], *_: object) -> RegimePlan:
        fitting = FitsOfLaterBars(bars[SYMBOL], leak)
        return RegimePlan(fitting=fitting, detector=section.detector, schedule=section.schedule, fit=section.fit)

    monkeypatch.setattr(run_regimes, "plan_regimes", planned)
    path = write_document(tmp_path, make_document(**REGIMES))

    assert commands.main(["backtest", str(path), "--quiet", "--no-save"]) == ExitCode.REFUSED
    line = capsys.readouterr().err
    assert line.startswith("autotrading: decisions depended on later data: 2024-01-")
    assert "regime: the model of 2024-01-" in line
    assert line.endswith(f"{said}\n")


@frozen
class NamesStatesByWhatFollows(RegimeFitting):
    """Calls everything BULL where the history it was made with goes on to end higher."""

    history: MarketHistory

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        found = FITTING.fit(evolve(task, former=None))
        bars = self.history.bars[SYMBOL]
        now = int(np.searchsorted(bars.closed_at_ns, task.fitted_until_ns))
        ends_higher = bool(bars.close[-1] > bars.close[min(now, len(bars) - 1)])
        label = MarketRegime.BULL if ends_higher else MarketRegime.BEAR
        return evolve(found, labels=(label,) * 3) if isinstance(found, RegimeModel) else found


def test_regimes_that_are_named_by_what_follows_are_caught_by_the_regime_alone(tmp_path: Path) -> None:
    """No order depends on them here: the difference is named for what it is."""
    plain = plan_backtest(
        structure(make_document(synthetic=REGIMES["synthetic"])), ConfigurationSource("c", tmp_path, {})
    )
    section = structure(make_document(**REGIMES)).regimes
    assert section is not None

    def judged(history: MarketHistory) -> RegimePlan:
        fitting = NamesStatesByWhatFollows(history)
        return RegimePlan(fitting=fitting, detector=section.detector, schedule=section.schedule, fit=section.fit)

    difference = certificate_difference(evolve(plain, regimes=judged))
    assert f"{SYMBOL}: regime: regime <MarketRegime." in difference


def certificate_difference(plan: BacktestPlan) -> str:
    difference = run_backtest(plan).certificate.first_difference
    assert difference is not None
    return difference
