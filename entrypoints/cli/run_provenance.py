"""Makes the record of a run from what came out of it and from what the command line knows about it."""

import sys

from application.market_history import MarketHistory
from application.results.result import RunResult
from application.results.run_record import Provenance, RunRecord
from application.results.sources import OriginOf, sources_of
from entrypoints.cli.version import product_version
from entrypoints.configuration.files import history_request
from entrypoints.configuration.sections import DataSection, RunConfiguration, SyntheticSection
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.written import configuration_text


def record_run(
    result: RunResult,
    history: MarketHistory,
    configuration: RunConfiguration,
    source: ConfigurationSource,
    *,
    created_at_ns: int,
) -> RunRecord:
    """Return the record of a run that has just ended.

    Args:
        result: What came out.
        history: What it was made on.
        configuration: What was asked for.
        source: Where the configuration comes from.
        created_at_ns: Now.
    """
    if configuration.data is None:
        origin_of = _generated_by(configuration.synthetic or SyntheticSection())
    else:
        origin_of = _read_from(configuration.data, source)
    provenance = Provenance(
        created_at_ns=created_at_ns,
        product_version=product_version(),
        python_version=sys.version.split()[0],
        configuration=configuration_text(configuration),
        sources=tuple(sources_of(history, origin_of)),
    )
    return RunRecord(result=result, prices=history.bars, provenance=provenance)


def _generated_by(section: SyntheticSection) -> OriginOf:
    return lambda _symbol, _kind: f"synthetic market, seed {section.seed}"


def _read_from(data: DataSection, source: ConfigurationSource) -> OriginOf:
    files = history_request(data, source).files

    def origin_of(symbol: str, kind: str) -> str:
        each = files[symbol]
        paths = {"bars": each.bars, "mark": each.mark, "detail": each.detail, "funding": each.funding}
        return str(paths[kind])

    return origin_of
