"""Fitting regimes: by which libraries, and what is kept of it."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from attrs import frozen

from application.ports.regime_fitting import FitSettings, FitTask, RegimeFitting
from application.regimes.model_chain import FitOutcome
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


def fit_provenance() -> str:
    """Return what decides an outcome beside its data and settings: Python, libraries, and our source as far as it fits.

    A change anywhere else leaves the fits that were done before as good as they were.
    """
    libraries = ", ".join(f"{name} {version(name)}" for name in _DECIDE_THE_RESULT)
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, {libraries}, {hash_of_imports(__name__)}"


def fit_task(task: FitTask) -> FitOutcome:
    """Do one fit by itself; this is what a worker process does for a run that has seen other bars than foreseen."""
    return _plain_fitting().fit(task)


def chain_fitting(task: ChainTask, remarks: list[str]) -> RegimeFitting:
    """Return who does the fits of an instrument: whoever does them, behind those that were done before.

    Args:
        task: Whose fits.
        remarks: Is added to, in one line each, what is wrong with files of the cache.
    """
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
