"""Makes the decisions of a long run again in a process of its own, while the run goes on."""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final

from attrs import evolve, frozen
from typing_extensions import override

from application.backtest import BacktestPlan, certification
from application.held_decimals import hold_decimals
from application.market_history import MarketHistory
from application.ports.decision_watch import OpenQuestion
from application.regimes.regime_plan import RegimePlan
from application.replay.certificate import Certificate, Certifier
from application.replay.evidence import Evidence
from domain.instrument import Instrument
from entrypoints.configuration.identity import own_code_of
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.container import plan_again
from entrypoints.errors import ConfigurationError

BARS_MIN: Final = 40_000
"""From so many bars on, over all instruments: starting a process takes as long as some thousand bars."""


@frozen
class Task:
    """All that the other process needs; it runs own code anew from its files, which must not have changed.

    Attributes:
        document: The configuration as it was written; what stands in it gets its meaning here as it did there.
        name: Of the configuration, as the user wrote it.
        folder: Where its relative paths start.
        environment: Variables that a path may begin with.
        history: The market of the run.
        regimes: How it is judged, all fits included; None where nobody judges.
        instruments: Its trading rules at the start, by symbol.
        own_code: Name and SHA-256 of each own strategy.
        prepare: Makes a process one like that of the run, before any own code is loaded.
    """

    document: PlainValue
    name: str
    folder: Path
    environment: Mapping[str, str]
    history: MarketHistory
    regimes: RegimePlan | None
    instruments: Mapping[str, Instrument]
    own_code: tuple[tuple[str, str], ...]
    prepare: Callable[[], None]


def _nothing_to_prepare() -> None:
    pass


def certified_beside(
    plan: BacktestPlan,
    configuration: RunConfiguration,
    source: ConfigurationSource,
    prepare: Callable[[], None] = _nothing_to_prepare,
) -> BacktestPlan:
    """Return a plan whose run is certified by another process, where the run is long and there is a core to spare.

    What comes out is the same in both ways.

    Args:
        plan: Of the run.
        configuration: By which it was made.
        source: Where that comes from.
        prepare: A function of a module, by which this process was made what it is.
    """
    n_bars = sum(len(series) for series in plan.history.bars.values())
    if n_bars < BARS_MIN or not has_spare_core():
        return plan
    task = Task(
        document=unstructure(configuration) if source.document is None else source.document,
        name=source.name,
        folder=source.folder,
        environment=dict(source.environment),
        history=plan.history,
        regimes=None if plan.regimes is None else plan.regimes(plan.history).without_judgements(),
        instruments=plan.instruments,
        own_code=tuple(own_code_of(configuration)),
        prepare=prepare,
    )
    return evolve(plan, beside=lambda: _begun(task))


def has_spare_core() -> bool:
    """Whether another process could compute beside this one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def _begun(task: Task) -> AbstractContextManager[Certifier]:
    from adapters.worker_processes.companion_process import companion_process  # noqa: PLC0415  # for long runs alone

    return companion_process(certifier_of, task)


def certifier_of(task: Task) -> Certifier:
    """Return what makes the decisions again; this is what the other process does.

    Raises:
        ConfigurationError: Own code is not what it was when the run began.
    """
    task.prepare()
    hold_decimals()
    source = ConfigurationSource(task.name, task.folder, task.environment)
    # It was accepted there: only files of own code can have changed since.
    configuration = structure(task.document, task.folder)
    if tuple(own_code_of(configuration)) != task.own_code:
        raise ConfigurationError(f"{task.name}: the code of a strategy was changed while the run went on")
    return _Watched(plan_again(configuration, source, task.history, task.instruments, task.regimes))


class _Watched(Certifier):
    """Makes decisions again, interrupting strategies that take too long, until it has been asked for its result."""

    def __init__(self, plan: BacktestPlan) -> None:
        question = OpenQuestion()
        self._watching = ExitStack()
        if plan.watch is not None:
            self._watching.enter_context(plan.watch.watching(question))
        self._certification = certification(plan, question)

    @override
    def take(self, evidence: Evidence, /) -> None:
        self._certification.take(evidence)

    @override
    def result(self) -> Certificate:
        with self._watching:
            return self._certification.result()
