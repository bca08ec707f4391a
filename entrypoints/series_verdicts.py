"""Verdicts on series of the catalogue: worked out, and remembered with the series."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from attrs import evolve, frozen
from typing_extensions import override

from adapters.clock.system_clock import SystemClock
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.series_sources import of_catalog
from application.data_validation import JUDGED_KINDS, SeriesReport, Terms, validate_source
from application.errors import DataError
from application.market_import import ConflictPolicy, ImportedSeries, ReadingHints
from application.market_series import QualitySummary, SeriesKey
from application.ports.market_import import MarketImport

# What importing takes of the time; the rest is validation's.
_IMPORT_SHARE: Final = 0.8


def verdict_on(catalog: ParquetMarketCatalog, key: SeriesKey, terms: Terms) -> SeriesReport:
    """Judge a series and have the catalogue remember it.

    Raises:
        DataError: There is no such series, it cannot be read, or its kind is not one that is judged.
    """
    content_hash = catalog.info(key).content_hash
    report = validate_source(of_catalog(catalog, key), terms)
    _remember(catalog, key, report.summary(content_hash=content_hash, judged_at_ns=SystemClock().now_ns()))
    return report


@frozen
class JudgedImport(MarketImport):
    """Imports files, then judges every series that this has changed or that nobody has judged yet.

    Attributes:
        importing: Imports.
        catalog: Where to.
    """

    importing: MarketImport
    catalog: ParquetMarketCatalog

    @override
    def __call__(
        self,
        paths: Sequence[Path],
        hints: ReadingHints,
        on_conflict: ConflictPolicy,
        progress: Callable[[float], None],
        /,
    ) -> tuple[ImportedSeries, ...]:
        imported = self.importing(paths, hints, on_conflict, lambda done: progress(done * _IMPORT_SHARE))
        return tuple(self._judged(each) for each in imported)

    def _judged(self, imported: ImportedSeries) -> ImportedSeries:
        info = imported.info
        is_known = info.quality is not None and info.quality.content_hash == info.content_hash
        if is_known or info.key.kind not in JUDGED_KINDS:
            return imported
        verdict_on(self.catalog, info.key, Terms())
        return evolve(imported, info=self.catalog.info(info.key))


def _remember(catalog: ParquetMarketCatalog, key: SeriesKey, summary: QualitySummary) -> None:
    """Store a verdict. A catalogue that takes nothing does not make it less true, so that is only said."""
    try:
        catalog.record_quality(key, summary)
    except DataError as error:
        sys.stderr.write(f"autotrading: warning: the catalogue does not remember the verdict: {error}\n")
