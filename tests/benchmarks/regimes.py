"""How well and how fast regimes are told: ``python -m tests.benchmarks.regimes``."""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from statistics import mean, median
from time import perf_counter
from typing import Final, TypeVar

import numpy as np
from attrs import evolve

from application.ports.regime_fitting import FitSettings, FitTask
from application.regimes.refit_schedule import RefitSchedule
from domain.market import Bar, Float64Array
from domain.regime import MarketRegime
from domain.regimes.detector import RegimeDetector
from domain.regimes.features import RunningFeatures, feature_rows
from domain.regimes.gaussian_hmm import HmmFilter
from domain.regimes.regime_model import RegimeModel
from tests.conftest import shared_folder
from tests.regime_study import (
    CRYPTO,
    DIRECTIONS,
    FITTED_BARS,
    FITTING,
    SEEDS,
    SETTINGS,
    MarketOutcome,
    Setting,
    failures,
    occupied_states,
    persistence_bars,
    real_estimates,
    study_market,
)

_REPEATS: Final = 5
_BARS: Final = 4_000
_STRETCH: Final = 100
Item = TypeVar("Item")


def print_accuracy() -> None:
    """Print how often the detector is right in markets with known regimes, beside who knows the parameters."""
    print(
        f"{'market':<18} {'exact':>6} {'informed':>8} {'filter':>6} {'/exact':>6} {'/inf.':>6} {'held':>6} "
        f"{'delay':>6} {'missed':>6} {'false/1000':>10}  worst of {SEEDS} seeds /exact"
    )
    for setting in SETTINGS:
        _print_setting(setting, [study_market(setting.market(seed)) for seed in range(SEEDS)])


def _print_setting(setting: Setting, found: list[MarketOutcome]) -> None:
    exact, informed = mean(one.exact for one in found), mean(one.informed for one in found)
    accuracy = mean(one.detector.accuracy for one in found)
    judged = [one.detector for one in found]
    print(
        f"{setting.title:<18} {exact:6.3f} {informed:8.3f} {accuracy:6.3f} {accuracy / exact:6.3f} "
        f"{accuracy / informed:6.3f} {mean(one.held_accuracy for one in judged):6.3f} "
        f"{np.nanmean([one.delay_bars for one in judged]):6.1f} {np.nanmean([one.missed for one in judged]):6.3f} "
        f"{mean(one.false_switches for one in judged):10.2f}  "
        f"{min(one.detector.accuracy / one.exact for one in found):.3f}",
        flush=True,
    )


def print_real(symbol: str) -> None:
    """Print what is told of a real perpetual with weekly refits."""
    bars, outcomes, estimates = real_estimates(shared_folder(), symbol, RefitSchedule())
    regimes = [one.regime for one in estimates]
    lasting = persistence_bars(regimes)
    shares = {one: regimes.count(one) / len(regimes) for one in MarketRegime}
    models = [outcome for outcome in outcomes.values() if isinstance(outcome, RegimeModel)]
    rarest = min(float(occupied_states(model, feature_rows(bars)).min()) for model in (models[0], models[-1]))
    renamed = sum(before.labels != after.labels for before, after in pairwise(models))
    print(
        f"{symbol}: {len(bars):,} bars, {len(outcomes)} fits, {len(failures(outcomes))} failed, "
        f"{renamed} renamed states"
    )
    print(
        "  " + ", ".join(f"{one.value} {shares[one]:.1%} for {lasting.get(one, 0.0):.0f} bars" for one in MarketRegime)
    )
    print(
        f"  rarest hidden state of the first and last model: {rarest:.1%} of all bars\n"
        f"  {_returns_after(bars.close, regimes)}"
    )


def _returns_after(close: Float64Array, regimes: list[MarketRegime]) -> str:
    returns = np.diff(np.log(close))
    deviation = float(returns.std())
    after = {one: returns[[now is one for now in regimes[:-1]]] for one in DIRECTIONS}
    return "next bar's return in deviations: " + ", ".join(
        f"{one.value} {part.mean() / deviation:+.3f} (error {1 / max(part.size, 1) ** 0.5:.3f})"
        for one, part in after.items()
    )


def measure_regimes() -> None:
    """Print what a bar costs, and a fit from drawn starts and from the model before."""
    market = CRYPTO.market(1, n_bars=_BARS)
    bars, rows = list(market.bars.bars()), feature_rows(market.bars)
    task = FitTask(
        rows=rows[:FITTED_BARS],
        fitted_from_ns=0,
        fitted_until_ns=bars[FITTED_BARS - 1].closed_at_ns,
        settings=FitSettings(),
        former=None,
    )
    model = FITTING.fit(task)
    assert isinstance(model, RegimeModel), model
    observations = model.scale.scaled_rows(rows[30:]).tolist()
    bare = _per_call(sum, observations)
    _print("a sum of three, for comparison", bare, bare)
    _print("regime filter, a step", _per_call(HmmFilter(model.hmm).update, observations), bare)
    _print("regime features, a bar", _per_call(RunningFeatures().update, bars), bare)
    _print("regime detector, a bar", _per_call(_detector(bars, model).on_bar, bars[_BARS // 4 :]), bare)
    cold = median(_seconds(lambda: FITTING.fit(task)) for _ in range(_REPEATS))
    later = evolve(task, rows=rows[168 : FITTED_BARS + 168], former=model)
    warm = median(_seconds(lambda: FITTING.fit(later)) for _ in range(_REPEATS))
    print(f"fit of 2,000 bars, from drawn starts    {cold * 1e3:8.1f} ms")
    print(
        f"fit of 2,000 bars, from the model before{warm * 1e3:8.1f} ms  {warm / cold:5.2f} x drawn starts", flush=True
    )


def _print(title: str, seconds: float, yardstick: float) -> None:
    print(f"{title:<34} {seconds * 1e6:8.2f} us  {seconds / yardstick:6.1f} x the sum", flush=True)


def _detector(bars: list[Bar], model: RegimeModel) -> RegimeDetector:
    """Return a detector that has seen the first quarter of the bars and is given a model after them."""
    detector = RegimeDetector()
    for bar in bars[: _BARS // 4]:
        detector.on_bar(bar)
    detector.use(evolve(model, fitted_until_ns=bars[_BARS // 4 - 1].closed_at_ns))
    return detector


def _per_call(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Return the median seconds of a call, over stretches so short that other processes seldom come in between."""
    stretches = [items[start : start + _STRETCH] for start in range(0, len(items) - _STRETCH + 1, _STRETCH)]
    return median(_seconds(partial(deque, map(work, part), 0)) for part in stretches) / _STRETCH


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    """Print everything; ``--fast`` leaves the real market out."""
    measure_regimes()
    print_accuracy()
    if "--fast" not in sys.argv[1:]:
        print_real("BTCUSDT")


if __name__ == "__main__":
    main()
