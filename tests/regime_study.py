"""How well regimes are told in markets whose regimes are known, and what is told of a real one.

What is fixed beforehand: three settings of drift and volatility, each bar's in fractions; twenty seeds of each; 2,000
bars to fit on and 2,000 after them that are judged. They are harder than a picture of trends suggests: in a single bar
no drift is more than 0.3 of its deviation.
"""

from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from statistics import mean
from typing import Final

import numpy as np
from attrs import field, frozen
from typing_extensions import override

from adapters.arch.garch_fitting import ArchGarchFitting
from adapters.hmmlearn.state_fitting import HmmlearnStateFitting
from adapters.market_data.bar_files import read_bars
from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from application.regimes.fit_regimes import FitRegimes
from application.regimes.learning_detector import LearningDetector
from application.regimes.model_chain import FitOutcome
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from domain.market import BarSeries, Float64Array, Int64Array
from domain.regime import MarketRegime
from domain.regimes.detector import RegimeDetector
from domain.regimes.features import feature_rows
from domain.regimes.gaussian_hmm import GaussianHmm, filtered_probabilities
from domain.regimes.regime_model import RegimeEstimate, RegimeModel
from domain.time_units import NS_PER_HOUR
from tests.regimes import KnownMarket, make_market

DIRECTIONS: Final = (MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS)
SEEDS: Final = 20
FITTED_BARS: Final = 2_000
JUDGED_BARS: Final = 2_000
FITTING: Final = FitRegimes(HmmlearnStateFitting(), ArchGarchFitting())


@frozen(kw_only=True)
class Setting:
    """One kind of market; states are bull, bear and sideways.

    Attributes:
        title: As tables show it.
        drifts: Mean log return of a bar in each state.
        deviations: Its deviation in each state.
        duration_bars: How long a state lasts on average.
    """

    title: str
    drifts: tuple[float, float, float]
    deviations: tuple[float, float, float]
    duration_bars: float

    def market(self, seed: int, n_bars: int = FITTED_BARS + JUDGED_BARS) -> KnownMarket:
        """Return one market of the kind."""
        return make_market(
            drifts=self.drifts, deviations=self.deviations, duration_bars=self.duration_bars, n_bars=n_bars, seed=seed
        )


STEADY: Final = Setting(
    title="volatility alike", drifts=(0.003, -0.003, 0.0), deviations=(0.01, 0.01, 0.007), duration_bars=150.0
)
CRYPTO: Final = Setting(
    title="falls are wilder", drifts=(0.0015, -0.002, 0.0), deviations=(0.01, 0.015, 0.006), duration_bars=200.0
)
WILD: Final = Setting(
    title="all differ, short", drifts=(0.0025, -0.0025, 0.0), deviations=(0.008, 0.016, 0.005), duration_bars=120.0
)
SETTINGS: Final = (STEADY, CRYPTO, WILD)


@frozen
class Judgement:
    """How often somebody was right, how late, and how often wrongly excited.

    Attributes:
        accuracy: Share of bars in which the likeliest direction was the true one.
        held_accuracy: The same of the regime that stood after switching.
        delay_bars: Mean bars from a true change until the regime that stands is the new one, of changes that were
            noticed before the next one; NaN if none was.
        missed: Share of true changes that were not noticed before the next one.
        false_switches: Changes to a direction that was not the true one, for each thousand bars.
    """

    accuracy: float
    held_accuracy: float
    delay_bars: float
    missed: float
    false_switches: float


@frozen
class MarketOutcome:
    """What was told of one market.

    Attributes:
        exact: Accuracy of the exact Bayes filter of the returns, which knows the true parameters.
        informed: Accuracy of the same features under parameters taken from the true states: what can be known of them.
        detector: Of the fitted model's detector.
    """

    exact: float
    informed: float
    detector: Judgement


def study_market(market: KnownMarket, fit_settings: FitSettings | None = None) -> MarketOutcome:
    """Fit on the first half of a market and judge the second; AssertionError if nothing can be fitted."""
    states = market.states[FITTED_BARS:]
    estimates = detected(market.bars, fit_settings or FitSettings())
    return MarketOutcome(
        exact=float(np.mean(_exact_states(market)[FITTED_BARS:] == states)),
        informed=float(np.mean(_informed_states(market)[FITTED_BARS:] == states)),
        detector=judge(estimates, states),
    )


def detected(bars: BarSeries, fit_settings: FitSettings) -> list[RegimeEstimate]:
    """Return the estimates of the bars after the fit."""
    task = FitTask(
        rows=feature_rows(bars)[:FITTED_BARS],
        fitted_from_ns=int(bars.opened_at_ns[0]),
        fitted_until_ns=int(bars.closed_at_ns[FITTED_BARS - 1]),
        settings=fit_settings,
        former=None,
    )
    model = FITTING.fit(task)
    assert isinstance(model, RegimeModel), model
    detector, rows = RegimeDetector(), bars.bars()
    for bar in islice(rows, FITTED_BARS):
        detector.on_bar(bar)
    detector.use(model)
    return [detector.on_bar(bar) for bar in rows]


def _exact_states(market: KnownMarket) -> Int64Array:
    """Return the likeliest state by the returns before and the true parameters; the first bar has no return."""
    returns = np.log(market.bars.close[1:] / market.bars.close[:-1])
    rows = filtered_probabilities(market.truth, [None, *((value,) for value in returns.tolist())])
    return np.asarray(rows.argmax(axis=1))


def _informed_states(market: KnownMarket) -> Int64Array:
    rows = feature_rows(market.bars)
    known = np.asarray(np.isfinite(rows).all(axis=1))
    parts = [rows[known & (market.states == state)] for state in range(len(DIRECTIONS))]
    model = GaussianHmm(
        market.truth.start,
        market.truth.transition,
        np.array([part.mean(axis=0) for part in parts]),
        np.array([np.cov(part, rowvar=False) for part in parts]),
    )
    observations = [row if is_known else None for row, is_known in zip(rows.tolist(), known.tolist(), strict=True)]
    return np.asarray(filtered_probabilities(model, observations).argmax(axis=1))


def judge(estimates: Sequence[RegimeEstimate], states: Int64Array) -> Judgement:
    """Hold what was told against what was."""
    truth = [DIRECTIONS[state] for state in states.tolist()]
    likeliest = [one.probabilities.likeliest if one.probabilities else one.regime for one in estimates]
    held = [one.regime for one in estimates]
    delays = _delays(truth, held)
    noticed = [delay for delay in delays if delay is not None]
    false = sum(
        now is not before and now is not true for (before, now), true in zip(pairwise(held), truth[1:], strict=True)
    )
    return Judgement(
        accuracy=mean(one is true for one, true in zip(likeliest, truth, strict=True)),
        held_accuracy=mean(one is true for one, true in zip(held, truth, strict=True)),
        delay_bars=mean(noticed) if noticed else np.nan,
        missed=1.0 - len(noticed) / len(delays) if delays else np.nan,
        false_switches=1_000.0 * false / len(truth),
    )


def _delays(truth: Sequence[MarketRegime], held: Sequence[MarketRegime]) -> list[int | None]:
    """Return for each true change after how many bars it was held, None if not before the next one."""
    changes = [row for row in range(1, len(truth)) if truth[row] is not truth[row - 1]]
    return [
        next((row - start for row in range(start, end) if held[row] is truth[start]), None)
        for start, end in pairwise([*changes, len(truth)])
    ]


@frozen
class RecordedFits(RegimeFitting):
    """Fits as runs do, and keeps what came of it.

    Attributes:
        outcomes: By the close of the last bar that each knows.
    """

    outcomes: dict[int, FitOutcome] = field(factory=dict)

    @override
    def fit(self, task: FitTask, /) -> FitOutcome:
        outcome = self.outcomes[task.fitted_until_ns] = FITTING.fit(task)
        return outcome


def real_estimates(
    folder: Path, symbol: str, schedule: RefitSchedule, *, n_bars: int | None = None
) -> tuple[BarSeries, Mapping[int, FitOutcome], list[RegimeEstimate]]:
    """Return the bars of a real perpetual, all its models and all estimates.

    Args:
        folder: Shared folder with ``data/um/1h``.
        symbol: Instrument.
        schedule: When models are fitted.
        n_bars: Only so many of the first; None for all.
    """
    path = folder / "data" / "um" / "1h" / f"{symbol}-1h.parquet"
    bars = read_bars(path, symbol=symbol, interval_ns=NS_PER_HOUR)
    bars = bars.rows(0, n_bars or len(bars))
    fitting = RecordedFits()
    detector = LearningDetector(RegimePlan(fitting=fitting, schedule=schedule))
    estimates = [detector.on_bar(bar) for bar in bars.bars()]
    return bars, fitting.outcomes, estimates


def occupied_states(model: RegimeModel, rows: Float64Array) -> Float64Array:
    """Return the share of bars in which each hidden state is the likeliest, shape (n_states,)."""
    known = rows[np.isfinite(rows).all(axis=1)]
    likeliest = filtered_probabilities(model.hmm, model.scale.scaled_rows(known).tolist()).argmax(axis=1)
    return np.asarray(np.bincount(likeliest, minlength=model.hmm.n_states) / known.shape[0])


def persistence_bars(regimes: Sequence[MarketRegime]) -> dict[MarketRegime, float]:
    """Return how many bars each regime lasts on average, once it is there."""
    starts = [now for before, now in zip([None, *regimes], regimes, strict=False) if now is not before]
    return {one: regimes.count(one) / starts.count(one) for one in MarketRegime if one in starts}


def failures(outcomes: Mapping[int, FitOutcome]) -> list[FitFailure]:
    """Return the fits that failed."""
    return [outcome for outcome in outcomes.values() if isinstance(outcome, FitFailure)]
