"""Records of runs for the page: one of a real run, and small ones by hand."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from application.backtest import run_backtest
from application.results.result import RunResult
from application.results.run_record import Provenance, RunRecord, SourceSeries
from domain.market import BarSeries
from entrypoints.cli.demo_run import demo_configuration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.container import plan_backtest
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from tests.support import START_NS


def make_record(
    result: RunResult,
    prices: Mapping[str, BarSeries] | None = None,
    *,
    configuration: str = "name: test\n",
    sources: Sequence[SourceSeries] = (),
    tags: tuple[str, ...] = (),
) -> RunRecord:
    """Make the record of a result; without prices unless they are given."""
    return RunRecord(
        result=result,
        prices=prices or {},
        provenance=Provenance(
            created_at_ns=START_NS,
            product_version="0.1.0",
            python_version="3.11.2",
            configuration=configuration,
            sources=tuple(sources),
        ),
        tags=tags,
    )


@cache
def real_record(n_bars: int = 1_500, seed: int = 7) -> RunRecord:
    """Return the record of a run of the demo on a short synthetic market: three instruments, four strategies."""
    with TemporaryDirectory() as folder:
        source = ConfigurationSource("demo", Path.cwd(), {DATA_DIRECTORY_VARIABLE: folder})
        plan = plan_backtest(demo_configuration(seed=seed, bars=n_bars), source)
        return make_record(run_backtest(plan), plan.history.bars)
