"""What regimes the bars of a run's instruments have, found out beforehand: each instrument in a process of its own.

What is said of a bar depends on that bar and those before alone, so that a backtest may ask before it begins, for all
instruments beside each other, and look up what was kept.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256

from attrs import define, field, frozen
from typing_extensions import override

from adapters.model_cache.cached_fitting import fit_key, fit_path
from adapters.model_cache.kept_files import KeptFiles
from adapters.model_cache.kept_judgements import Judgement, KeptJudgements
from adapters.model_cache.written_form import checked_text, encode
from application.ports.parallel_work import ParallelWork, WorkerLostError
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.regimes.judged_bars import ScenarioChange
from application.regimes.model_chain import FitOutcome, fit_chain
from application.regimes.regime_plan import RegimePlan
from application.regimes.scenario_teller import judge_bars
from domain.regimes.detector import DetectorSettings
from entrypoints.code_hash import hash_of_imports
from entrypoints.regime_fits import ChainTask, chain_fitting


@frozen
class JudgeTask:
    """All bars of one instrument to be judged; plain values and arrays, because it goes to another process.

    Attributes:
        chain: Its fits.
        detector: How regimes are told.
        provenance: What else the outcome depends on, by `judge_provenance`.
    """

    chain: ChainTask
    detector: DetectorSettings
    provenance: str

    @property
    def key(self) -> str:
        """The SHA-256 over everything that the outcome depends on, as hexadecimal text."""
        chain = self.chain
        settings = f"{chain.schedule}|{chain.settings}|{self.detector}"
        text = f"{chain.provenance}|{self.provenance}|{settings}|{chain.bars.content_hash()}"
        return sha256(text.encode()).hexdigest()


@frozen
class JudgeResult:
    """What came of it.

    Attributes:
        symbol: Instrument.
        confidence: As in `JudgedBars`.
        changes: The same.
        fits: Outcomes as text by their keys, in the order in which they were fitted. Whoever needs a model makes it
            anew of the text, which is checked: what comes out of a process is not believed as it stands.
        n_failed: How many of them are failures.
        why: Why the last one failed that did; empty where none did.
        remarks: What was wrong with files of the cache, in one line each.
    """

    symbol: str
    confidence: "array[float]"
    changes: tuple[tuple[int, ScenarioChange], ...]
    fits: Mapping[str, bytes]
    n_failed: int
    why: str
    remarks: tuple[str, ...]


def judge_provenance() -> str:
    """Return what decides an outcome beside fits, bars and settings: our source as far as it judges."""
    return hash_of_imports(__name__)


def judge_all(tasks: Sequence[JudgeTask], workers: ParallelWork) -> Mapping[str, JudgeResult]:
    """Return what is said of each instrument.

    Nothing depends on how many workers there are: each knows its own bars and parameters only.

    Raises:
        WorkerLostError: A process ended before its work; the line says of which instruments there are no models.
    """
    results: dict[str, JudgeResult] = {}
    try:
        for result in workers.run(judge_one, tasks):
            results[result.symbol] = result
    except WorkerLostError as error:
        lost = ", ".join(task.chain.bars.symbol for task in tasks if task.chain.bars.symbol not in results)
        raise WorkerLostError(
            f"regimes.workers: {error}, killed or out of memory; no models of {lost} (fewer workers need less memory)"
        ) from error
    return results


def judge_one(task: JudgeTask) -> JudgeResult:
    """Do all fits of one instrument and judge all its bars by them; this is what a worker process does."""
    from adapters.worker_processes.process_pool import note_step  # noqa: PLC0415

    chain, remarks = task.chain, list[str]()
    noting = _Noting(chain_fitting(chain, remarks), chain.provenance)
    for _ in fit_chain(chain.bars, chain.schedule, chain.settings, noting):
        note_step()
    by_end = _ByEnd(noting.by_end, noting)
    judged = judge_bars(
        chain.bars, RegimePlan(fitting=by_end, detector=task.detector, schedule=chain.schedule, fit=chain.settings)
    )
    failures = [outcome for outcome in noting.by_end.values() if isinstance(outcome, FitFailure)]
    judgement = Judgement(judged, tuple(noting.texts), len(failures), failures[-1].why if failures else "")
    if chain.cache is not None:
        KeptJudgements(chain.cache, remarks.append).keep(task.key, judgement)
    return _result(chain.bars.symbol, judgement, noting.texts, remarks)


def judged_before(task: JudgeTask, tell: Callable[[str], None]) -> JudgeResult | None:
    """Return what is kept of an instrument, fits and all; None where anything of it is not.

    Args:
        task: What would have to be done.
        tell: Is told in one line what is wrong with a file.
    """
    cache = task.chain.cache
    judgement = None if cache is None else KeptJudgements(cache, tell).kept(task.key, task.chain.bars)
    if cache is None or judgement is None:
        return None
    texts: dict[str, bytes] = {}
    for key in judgement.fits:
        text = KeptFiles("fitted again", tell).read(fit_path(cache, key), partial(checked_text, key=key))
        if text is None:
            return None
        texts[key] = text
    return _result(task.chain.bars.symbol, judgement, texts, ())


def _result(symbol: str, judgement: Judgement, texts: Mapping[str, bytes], remarks: Iterable[str]) -> JudgeResult:
    return JudgeResult(
        symbol=symbol,
        confidence=judgement.judged.confidence,
        changes=judgement.judged.changes,
        fits=texts,
        n_failed=judgement.n_failed,
        why=judgement.why,
        remarks=tuple(remarks),
    )


@define(eq=False)
class _Noting(RegimeFitting):
    """Notes what comes of each fit: by the close of its last bar, and as text by its key."""

    fitting: RegimeFitting
    provenance: str
    by_end: dict[int, FitOutcome] = field(factory=dict)
    texts: dict[str, bytes] = field(factory=dict)

    @override
    def fit(self, task: FitTask, /) -> FitOutcome:
        key = fit_key(task, self.provenance)
        outcome = self.by_end[task.fitted_until_ns] = self.fitting.fit(task)
        self.texts[key] = encode(outcome, key)
        return outcome


@frozen(eq=False)
class _ByEnd(RegimeFitting):
    """Gives what came of each fit by the close of its last bar: of one series no two end alike.

    A model whose time would come after the last bar is in no chain; a detector, which cannot know that, asks for it.
    """

    outcomes: Mapping[int, FitOutcome]
    fitting: RegimeFitting

    @override
    def fit(self, task: FitTask, /) -> FitOutcome:
        outcome = self.outcomes.get(task.fitted_until_ns)
        return self.fitting.fit(task) if outcome is None else outcome
