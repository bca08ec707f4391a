"""How a run judges its markets: every model is fitted beforehand, in other processes, and looked up in the run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from attrs import define, field, frozen
from typing_extensions import override

from adapters.worker_processes.process_pool import ProcessPool
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.regimes.learning_detector import RegimePlan
from application.regimes.model_chain import FitOutcome, fit_chain
from domain.market import BarSeries
from domain.regimes.regime_model import RegimeModel
from entrypoints.configuration.sections import RegimesSection
from entrypoints.regime_fits import ChainTask, fit_all, fit_provenance, fit_task

Fitted: TypeAlias = Callable[[int, int], None]
"""Is told how many models have been fitted, and how many there will be."""


@define(eq=False)
class FitsDoneBefore(RegimeFitting):
    """Gives outcomes of fits that were done before, by everything that they depend on.

    A fit that was not done before, because a decision core has seen other bars than those of the run, is done then.

    Attributes:
        outcomes: Of fits, by their keys.
    """

    outcomes: dict[str, FitOutcome] = field(factory=dict)

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        key = _key(task)
        if key not in self.outcomes:
            (self.outcomes[key],) = ProcessPool(1).run(fit_task, [task])
        return self.outcomes[key]


@frozen
class _Recorded(RegimeFitting):
    """Goes through the fits of an instrument once more, and writes down under which key each was done."""

    found: Mapping[int, FitOutcome]
    by_key: dict[str, FitOutcome]

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        outcome = self.by_key[_key(task)] = self.found[task.fitted_until_ns]
        return outcome


def _key(task: FitTask) -> str:
    from adapters.model_cache.cached_fitting import fit_key  # noqa: PLC0415  # not on the path of start-up

    return fit_key(task, "")


def ignore_fits(_done: int, _all: int) -> None:
    """Be told how far fitting is, and do nothing."""


def _n_fits(bars: BarSeries, section: RegimesSection) -> int:
    return sum(1 for _ in section.schedule.refits(bars.opened_at_ns, bars.interval_ns))


def plan_regimes(
    section: RegimesSection,
    bars: Mapping[str, BarSeries],
    cache: Path,
    tell: Callable[[str], None],
    fitted: Fitted = ignore_fits,
) -> RegimePlan:
    """Fit everything that a run will need and return how it judges its markets.

    Models are looked up by the bars that a decision core has seen, so that one that sees fewer gets no others.

    Args:
        section: How regimes are told and learned.
        bars: Of the instruments, by symbol.
        cache: Folder of fits that were done before.
        tell: Is told what is wrong with a file of it, and for which instruments fits failed, in one line each.
        fitted: Is told how many models are there, and how many there will be.

    Raises:
        WorkerLostError: A process that fitted ended before its work.
    """
    n_fits = {symbol: _n_fits(each, section) for symbol, each in bars.items()}
    n_all, provenance = sum(n_fits.values()), fit_provenance()
    # Whoever has nothing to fit needs no process for it.
    tasks = [
        ChainTask(each, section.schedule, section.fit, cache, provenance)
        for symbol, each in bars.items()
        if n_fits[symbol]
    ]
    found, remarks = fit_all(tasks, ProcessPool(section.workers, lambda n_done: fitted(n_done, n_all)))
    for remark in remarks:
        tell(remark)
    done = FitsDoneBefore()
    for symbol, each in bars.items():
        outcomes = list(found.get(symbol, {}).values())
        for remark in _remarks(each, outcomes):
            tell(remark)
        by_end = {outcome.fitted_until_ns: outcome for outcome in outcomes}
        for _ in fit_chain(each, section.schedule, section.fit, _Recorded(by_end, done.outcomes)):
            pass
    return RegimePlan(fitting=done, detector=section.detector, schedule=section.schedule, fit=section.fit)


def _remarks(bars: BarSeries, outcomes: Sequence[FitOutcome]) -> Iterator[str]:
    """Yield what there is to say of an instrument for which no model is found, or not at every refit."""
    failures = [outcome for outcome in outcomes if isinstance(outcome, FitFailure)]
    if not outcomes:
        yield f"{bars.symbol}: regimes: NEUTRAL throughout: {len(bars)} bars are too few for a first fit"
    elif failures:
        standing = "NEUTRAL throughout" if len(failures) == len(outcomes) else "the model before stayed in use"
        yield f"{bars.symbol}: regimes: {len(failures)} of {len(outcomes)} fits failed, {standing}: {failures[-1].why}"
