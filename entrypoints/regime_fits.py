"""Fitting the regimes of several instruments beside each other: each in a process of its own, cached in files."""

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from attrs import frozen

from application.ports.parallel_work import ParallelWork, WorkerLostError
from application.ports.regime_fitting import FitSettings, FitTask, RegimeFitting
from application.regimes.model_chain import FitOutcome, fit_chain
from application.regimes.refit_schedule import RefitSchedule
from domain.market import BarSeries
from entrypoints.code_hash import hash_of_imports

_DECIDE_THE_RESULT: Final = ("numpy", "scipy", "scikit-learn", "hmmlearn", "arch", "pandas")


@frozen
class ChainTask:
    """All fits of one instrument; plain values and arrays, because it goes to another process.

    Attributes:
        bars: Of the instrument.
        schedule: When models are fitted anew.
        settings: What is fitted and how hard it is tried.
        cache: Folder of fits that were done before; None keeps nothing.
        provenance: What else an outcome depends on, by `fit_provenance`.
    """

    bars: BarSeries
    schedule: RefitSchedule
    settings: FitSettings
    cache: Path | None
    provenance: str


@frozen
class ChainResult:
    """What came of it.

    Attributes:
        symbol: Instrument.
        outcomes: Of each refit as text, by the close of the bar after which it is put in use.
        remarks: What was wrong with files of the cache, in one line each.
    """

    symbol: str
    outcomes: tuple[tuple[int, bytes], ...]
    remarks: tuple[str, ...]


def fit_provenance() -> str:
    """Return what decides an outcome beside its data and settings: Python, libraries, and our source as far as it fits.

    A change anywhere else leaves the fits that were done before as good as they were.
    """
    libraries = ", ".join(f"{name} {version(name)}" for name in _DECIDE_THE_RESULT)
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, {libraries}, {hash_of_imports(__name__)}"


def fit_all(
    tasks: Sequence[ChainTask], workers: ParallelWork
) -> tuple[Mapping[str, Mapping[int, FitOutcome]], list[str]]:
    """Return the outcomes of each instrument, and what was wrong with files of the cache.

    Nothing depends on how many workers there are: a chain knows its own bars and parameters only.

    Raises:
        WorkerLostError: A process ended before its work; the line says of which instruments there are no models.
    """
    from adapters.model_cache.written_form import decode  # noqa: PLC0415  # not on the path of start-up

    outcomes: dict[str, Mapping[int, FitOutcome]] = {}
    remarks: list[str] = []
    try:
        for result in workers.run(fit_one, tasks):
            outcomes[result.symbol] = {at_ns: decode(text, result.symbol) for at_ns, text in result.outcomes}
            remarks.extend(result.remarks)
    except WorkerLostError as error:
        lost = ", ".join(task.bars.symbol for task in tasks if task.bars.symbol not in outcomes)
        raise WorkerLostError(
            f"regimes.workers: {error}, killed or out of memory; no models of {lost} (fewer workers need less memory)"
        ) from error
    return outcomes, remarks


def fit_one(task: ChainTask) -> ChainResult:
    """Do all fits of one instrument; this is what a worker process does."""
    from adapters.model_cache.written_form import encode  # noqa: PLC0415
    from adapters.worker_processes.process_pool import note_step  # noqa: PLC0415

    remarks: list[str] = []
    texts: list[tuple[int, bytes]] = []
    for at_ns, outcome in fit_chain(task.bars, task.schedule, task.settings, _fitting(task, remarks)):
        # As text, which a model is made of anew and checked: what comes out of a process is not believed as it stands.
        texts.append((at_ns, encode(outcome, task.bars.symbol)))
        note_step()
    return ChainResult(task.bars.symbol, tuple(texts), tuple(remarks))


def fit_task(task: FitTask) -> FitOutcome:
    """Do one fit by itself; this is what a worker process does for a run that has seen other bars than foreseen."""
    return _plain_fitting().fit(task)


def _fitting(task: ChainTask, remarks: list[str]) -> RegimeFitting:
    from adapters.model_cache.cached_fitting import CachedFitting  # noqa: PLC0415

    fitting = _plain_fitting()
    if task.cache is None:
        return fitting
    return CachedFitting(fitting, task.cache, task.provenance, remarks.append)


def _plain_fitting() -> RegimeFitting:
    from adapters.arch.garch_fitting import ArchGarchFitting  # noqa: PLC0415
    from adapters.hmmlearn.state_fitting import HmmlearnStateFitting  # noqa: PLC0415
    from application.regimes.fit_regimes import FitRegimes  # noqa: PLC0415

    return FitRegimes(HmmlearnStateFitting(), ArchGarchFitting())
