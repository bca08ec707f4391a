"""Regimes with the real libraries: in markets where they are known, on a real perpetual, and in other processes."""

from pathlib import Path
from statistics import mean
from typing import Final

import numpy as np
import pytest
from attrs import evolve

from adapters.model_cache.written_form import decode, plain_model
from adapters.worker_processes.process_pool import ProcessPool
from application.ports.regime_fitting import FitFailure, FitSettings
from application.regimes.learning_detector import LearningDetector
from application.regimes.model_chain import FitOutcome, fit_chain
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from application.regimes.scenario_teller import judge_bars
from domain.market import BarSeries
from domain.regime import MarketRegime
from domain.regimes.detector import DetectorSettings
from domain.regimes.features import feature_rows
from domain.regimes.regime_model import NeutralReason, RegimeModel
from entrypoints.regime_fits import ChainTask
from entrypoints.regime_judgements import JudgeResult, JudgeTask, judge_all, judge_one, judged_before
from tests.regime_study import (
    CRYPTO,
    FITTING,
    SETTINGS,
    STEADY,
    Setting,
    failures,
    occupied_states,
    persistence_bars,
    real_estimates,
    study_market,
)

MONTHLY: Final = RefitSchedule(refit_bars=720)
SHORT: Final = RefitSchedule(refit_bars=168, window_bars=400, bars_min=400)
FEW: Final = FitSettings(n_starts=2)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.title)
def test_regimes_are_told_almost_as_well_as_by_who_knows_the_market(setting: Setting) -> None:
    # `python -m tests.benchmarks.regimes` does it with twenty seeds of each. In one market alone the standard can be
    # missed by chance: a state that fell may have risen in the window that it is named by.
    found = [study_market(setting.market(seed)) for seed in range(4)]

    exact = mean(one.exact for one in found)
    assert mean(one.detector.accuracy for one in found) >= 0.95 * exact
    assert mean(one.detector.held_accuracy for one in found) >= 0.90 * exact


def test_a_real_perpetual_is_in_every_regime_for_a_while(shared_data: Path) -> None:
    bars, outcomes, estimates = real_estimates(shared_data, "BTCUSDT", MONTHLY, n_bars=6_000)
    regimes = [one.regime for one in estimates]

    assert failures(outcomes) == []
    assert set(regimes) == set(MarketRegime)
    for model in outcomes.values():
        assert isinstance(model, RegimeModel)
        assert occupied_states(model, feature_rows(bars)).min() > 0.01
    lasting = persistence_bars(regimes)
    assert all(bars > 5.0 for regime, bars in lasting.items() if regime is not MarketRegime.NEUTRAL)


def test_later_bars_of_a_real_perpetual_change_no_estimate_and_no_model(shared_data: Path) -> None:
    _, outcomes, estimates = real_estimates(shared_data, "BTCUSDT", MONTHLY, n_bars=3_000)

    _, known, part = real_estimates(shared_data, "BTCUSDT", MONTHLY, n_bars=2_200)

    assert part == estimates[:2_200]
    assert texts(known) == {at_ns: text for at_ns, text in texts(outcomes).items() if at_ns in known}
    assert len(known) < len(outcomes)


def texts(outcomes: object) -> dict[int, str]:
    """Return models as text, in which the same numbers are the same text."""
    assert isinstance(outcomes, dict)
    return {at_ns: plain_model(one) if isinstance(one, RegimeModel) else one.why for at_ns, one in outcomes.items()}


def two_instruments() -> dict[str, BarSeries]:
    first, other = STEADY.market(1, n_bars=700).bars, CRYPTO.market(2, n_bars=700).bars
    return {"TESTUSDT": first, "OTHERUSDT": evolve(other, symbol="OTHERUSDT")}


def make_tasks(folder: Path | None) -> list[JudgeTask]:
    chains = [ChainTask(bars, SHORT, FEW, folder, "v1") for bars in two_instruments().values()]
    return [JudgeTask(chain, DetectorSettings(), "v1") for chain in chains]


def here(bars: BarSeries) -> dict[int, FitOutcome]:
    return dict(fit_chain(bars, SHORT, FEW, FITTING))


def of(result: JudgeResult | None) -> tuple[object, ...]:
    assert result is not None
    return result.symbol, result.confidence, result.changes, dict(result.fits), result.n_failed, result.why


def test_other_processes_and_the_cache_give_the_same_models_and_say_the_same(tmp_path: Path) -> None:
    tasks, remarks = make_tasks(tmp_path), list[str]()

    results = judge_all(tasks, ProcessPool(2))
    again = [judged_before(task, remarks.append) for task in tasks]

    assert [of(one) for one in again] == [of(one) for one in results.values()]
    assert remarks == [remark for result in results.values() for remark in result.remarks] == []
    for symbol, bars in two_instruments().items():
        models = [decode(text, key) for key, text in results[symbol].fits.items()]
        assert {one.fitted_until_ns: one for one in models}.keys() == here(bars).keys()
        assert texts(dict(enumerate(models))) == texts(dict(enumerate(here(bars).values())))
        judged = judge_bars(bars, RegimePlan(fitting=FITTING, schedule=SHORT, fit=FEW))
        assert (results[symbol].confidence, results[symbol].changes) == (judged.confidence, judged.changes)


def test_a_damaged_file_of_the_cache_is_told_by_the_worker_and_fitted_again(tmp_path: Path) -> None:
    task = make_tasks(tmp_path)[0]
    expected = judge_one(task)
    damaged = next(path for path in tmp_path.rglob("*.json") if "judged" not in path.parts)
    damaged.write_text("{}")

    again = judge_one(task)

    assert of(again) == of(expected)
    assert [remark.partition(": ")[2] for remark in again.remarks] == [
        "fitted again: schema: expected 'autotrading.regime-fit', found None"
    ]


def test_where_a_fit_is_missing_what_was_said_before_is_not_taken(tmp_path: Path) -> None:
    task, remarks = make_tasks(tmp_path)[0], list[str]()
    judge_one(task)
    next(path for path in tmp_path.rglob("*.json") if "judged" not in path.parts).unlink()

    assert judged_before(task, remarks.append) is None
    assert remarks == []


def test_what_was_said_by_a_fit_that_is_damaged_is_not_taken_and_the_file_is_named(tmp_path: Path) -> None:
    task, remarks = make_tasks(tmp_path)[0], list[str]()
    expected = judge_one(task)
    damaged = next(path for path in tmp_path.rglob("*.json") if "judged" not in path.parts)
    damaged.write_bytes(damaged.read_bytes().replace(b"0.99", b"0.98", 1))

    assert judged_before(task, remarks.append) is None
    assert remarks == [f"{damaged}: fitted again: its checksum does not fit: it was changed or damaged"]
    assert of(judge_one(task)) == of(expected)
    assert of(judged_before(task, remarks.append)) == of(expected)


def test_bars_that_end_before_the_last_model_is_in_use_are_judged_as_well() -> None:
    (task, _) = make_tasks(None)
    late = evolve(task, chain=evolve(task.chain, schedule=evolve(SHORT, fit_latency_bars=100)))

    result = judge_one(late)

    live = judge_bars(late.chain.bars, RegimePlan(fitting=FITTING, schedule=late.chain.schedule, fit=FEW))
    assert (result.confidence, result.changes) == (live.confidence, live.changes)
    # The last refit is due within the last 100 of 700 bars.
    assert len(result.fits) == len(list(fit_chain(late.chain.bars, late.chain.schedule, FEW, FITTING))) + 1


def test_another_detector_other_code_and_other_bars_are_another_judgement(tmp_path: Path) -> None:
    task = make_tasks(tmp_path)[0]
    bars = task.chain.bars
    others = [
        evolve(task, detector=DetectorSettings(missing_bars_max=4)),
        evolve(task, provenance="v2"),
        evolve(task, chain=evolve(task.chain, bars=bars.rows(0, len(bars) - 1))),
        evolve(task, chain=evolve(task.chain, provenance="v2")),
        evolve(task, chain=evolve(task.chain, settings=FitSettings(n_starts=3))),
        evolve(task, chain=evolve(task.chain, schedule=evolve(SHORT, bars_min=300))),
    ]

    assert len({task.key, *(other.key for other in others)}) == 7
    assert evolve(task, chain=evolve(task.chain, cache=None)).key == task.key


def test_prices_that_never_move_fit_nothing_and_say_so() -> None:
    market = STEADY.market(1, n_bars=700).bars
    price = np.full(700, 7.0)
    still = evolve(market, open=price, high=price, low=price, close=price)

    outcomes = here(still)
    detector = LearningDetector(RegimePlan(fitting=FITTING, schedule=SHORT, fit=FEW))
    last = [detector.on_bar(bar) for bar in still.bars()][-1]

    assert all(isinstance(one, FitFailure) for one in outcomes.values())
    assert (last.regime, last.reason) == (MarketRegime.NEUTRAL, NeutralReason.NO_MODEL)
    assert last.detail == "no model: 0 of 400 bars have an observation, 250 are needed"
