"""How a run judges its markets: all of it is found out beforehand, in other processes, and looked up in the run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from attrs import define, field
from typing_extensions import override

from adapters.worker_processes.process_pool import ProcessPool
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.regimes.judged_bars import JudgedBars
from application.regimes.model_chain import FitOutcome
from application.regimes.regime_plan import RegimePlan
from domain.market import BarSeries
from domain.regimes.regime_model import RegimeModel
from entrypoints.configuration.sections import RegimesSection
from entrypoints.regime_fits import ChainTask, fit_provenance, fit_task
from entrypoints.regime_judgements import JudgeResult, JudgeTask, judge_all, judge_provenance, judged_before

Fitted: TypeAlias = Callable[[int, int], None]
"""Is told how many models have been fitted, and how many there will be."""


@define(eq=False)
class FitsDoneBefore(RegimeFitting):
    """Gives outcomes of fits that were done before, by everything that they depend on.

    A fit that was not done before, because a decision core has seen other bars than those of the run, is done then; so
    is one whose text is damaged.

    Attributes:
        texts: Of outcomes, by their keys.
        provenance: What outcomes depend on beside their tasks.
        models: Outcomes that somebody has asked for, by their keys.
    """

    texts: dict[str, bytes]
    provenance: str
    models: dict[str, FitOutcome] = field(factory=dict, init=False, repr=False)

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        from adapters.model_cache.cached_fitting import fit_key  # noqa: PLC0415  # not on the path of start-up

        key = fit_key(task, self.provenance)
        if key not in self.models:
            self.models[key] = self._read(key) or self._fitted(task)
        return self.models[key]

    def _read(self, key: str) -> FitOutcome | None:
        from adapters.model_cache.sealed_text import WrittenFormError  # noqa: PLC0415
        from adapters.model_cache.written_form import decode  # noqa: PLC0415

        text = self.texts.get(key)
        try:
            return None if text is None else decode(text, key)
        except WrittenFormError:
            return None

    def _fitted(self, task: FitTask) -> FitOutcome:
        (outcome,) = ProcessPool(1).run(fit_task, [task])
        return outcome


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
    """Fit everything that a run will need, and return how it judges its markets, with what is said of these bars.

    Models are looked up by the bars that a decision core has seen, so that one that sees fewer gets no others.

    Args:
        section: How regimes are told and learned.
        bars: Of the instruments, by symbol.
        cache: Folder of fits and judgements that were made before.
        tell: Is told what is wrong with a file of it, and for which instruments fits failed, in one line each.
        fitted: Is told how many models are there, and how many there will be.

    Raises:
        WorkerLostError: A process that fitted ended before its work.
    """
    n_fits = {symbol: _n_fits(each, section) for symbol, each in bars.items()}
    provenance, of_judging = fit_provenance(), judge_provenance()
    # Whoever has nothing to fit is NEUTRAL throughout, and needs nobody to say so.
    tasks = [
        JudgeTask(ChainTask(each, section.schedule, section.fit, cache, provenance), section.detector, of_judging)
        for symbol, each in bars.items()
        if n_fits[symbol]
    ]
    results = _results(tasks, section, tell, fitted)
    texts: dict[str, bytes] = {}
    for symbol in bars:
        for remark in _remarks(symbol, bars[symbol], results.get(symbol), n_fits[symbol]):
            tell(remark)
        if symbol in results:
            texts.update(results[symbol].fits)
    return RegimePlan(
        fitting=FitsDoneBefore(texts, provenance),
        detector=section.detector,
        schedule=section.schedule,
        fit=section.fit,
        judged={
            symbol: JudgedBars(bars[symbol], result.confidence, result.changes) for symbol, result in results.items()
        },
    )


def _results(
    tasks: Sequence[JudgeTask], section: RegimesSection, tell: Callable[[str], None], fitted: Fitted
) -> dict[str, JudgeResult]:
    """Return what comes of every instrument; only for what is not kept processes are started."""
    found = {task.chain.bars.symbol: judged_before(task, tell) for task in tasks}
    results = {symbol: result for symbol, result in found.items() if result is not None}
    missing = [task for task in tasks if task.chain.bars.symbol not in results]
    n_kept = sum(len(result.fits) for result in results.values())
    n_all = n_kept + sum(_n_fits(task.chain.bars, section) for task in missing)
    pool = ProcessPool(section.workers, lambda n_done: fitted(n_kept + n_done, n_all))
    judged = judge_all(missing, pool)
    for remark in _in_short([remark for result in judged.values() for remark in result.remarks]):
        tell(remark)
    return {**results, **judged}


def _in_short(remarks: Iterable[str]) -> Iterator[str]:
    """Yield the first remark about a file of each kind, and how many more files it holds for."""
    by_kind: dict[str, list[str]] = {}
    for remark in remarks:
        by_kind.setdefault(remark.partition(": ")[2], []).append(remark)
    for same in by_kind.values():
        more = len(same) - 1
        yield same[0] if not more else f"{same[0]} (and {more} more file{'s' if more > 1 else ''})"


def _remarks(symbol: str, bars: BarSeries, result: JudgeResult | None, n_fits: int) -> Iterator[str]:
    """Yield what there is to say of an instrument for which no model is found, or not at every refit."""
    if result is None:
        yield f"{symbol}: regimes: NEUTRAL throughout: too few bars for a first fit: {len(bars)}"
    elif result.n_failed:
        standing = "NEUTRAL throughout" if result.n_failed == n_fits else "the model before stayed in use"
        yield f"{symbol}: regimes: {result.n_failed} of {n_fits} fits failed, {standing}: {result.why}"
