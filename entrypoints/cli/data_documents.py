"""What the `data` commands print as JSON. Instants are ISO 8601 in UTC."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from application.market_import import ImportedFile, ImportedSeries
from application.market_resampling import Resampling
from application.market_series import QualitySummary, SeriesInfo, SourceRecord
from domain.time_units import iso_utc

Document = dict[str, Any]


def write_json(document: object) -> None:
    """Print a document to standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def series_document(info: SeriesInfo) -> Document:
    """Return what a list says about a series."""
    return {
        "series": str(info.key),
        "start": iso_utc(info.start_ns),
        "end": iso_utc(info.end_ns),
        "rows": info.n_rows,
        "bytes": info.n_bytes,
        "content_hash": info.content_hash,
        "derived_from": info.derived_from,
        "quality": None if info.quality is None else _quality(info.quality, info),
    }


def _quality(quality: QualitySummary, info: SeriesInfo) -> Document:
    return {
        "score": quality.score,
        "verdict": quality.verdict,
        "errors": quality.n_errors,
        "warnings": quality.n_warnings,
        "worst": quality.worst,
        "judged_at": iso_utc(quality.judged_at_ns),
        "is_outdated": quality.content_hash != info.content_hash,
    }


def source_document(source: SourceRecord) -> Document:
    """Return what a manifest says about a source."""
    return {
        "name": source.name,
        "sha256": source.sha256,
        "reading": source.reading,
        "rows": source.n_rows,
        "start": iso_utc(source.start_ns),
        "end": iso_utc(source.end_ns),
        "imported_at": iso_utc(source.imported_at_ns),
        "new": source.n_new,
        "equal": source.n_equal,
        "completed": source.n_completed,
        "conflicts": source.n_conflicts,
        "on_conflict": source.on_conflict,
        "notes": list(source.notes),
    }


def whole_document(info: SeriesInfo) -> Document:
    """Return everything that a manifest says about a series."""
    partitions = [
        {
            "period": each.period,
            "file": each.file,
            "rows": each.n_rows,
            "start": iso_utc(each.start_ns),
            "end": iso_utc(each.end_ns),
            "bytes": each.n_bytes,
            "sha256": each.sha256,
        }
        for each in info.partitions
    ]
    return {
        **series_document(info),
        "sources": [source_document(source) for source in info.sources],
        "partitions": partitions,
    }


def imported_document(imported: Sequence[ImportedSeries], skipped: Sequence[str]) -> Document:
    """Return what an import did."""
    return {
        "series": [
            {**series_document(each.info), "new": each.n_new, "files": [_file(file) for file in each.files]}
            for each in imported
        ],
        "skipped": list(skipped),
    }


def _file(file: ImportedFile) -> Document:
    return {"path": str(file.path), "was_known": file.was_known, **source_document(file.record)}


def resampled_document(resampling: Resampling) -> Document:
    """Return what a resampling did."""
    return {
        **series_document(resampling.info),
        "bars": resampling.n_bars,
        "bars_with_missing_parts": resampling.n_partial,
        "unfinished": resampling.n_unfinished,
        "was_known": resampling.was_known,
    }
