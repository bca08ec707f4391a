"""What `data download --json` prints. Instants are ISO 8601 in UTC."""

from collections.abc import Sequence
from typing import Any

from application.download import DownloadedFile
from domain.time_units import iso_utc
from entrypoints.cli.data_documents import imported_document
from entrypoints.download_outcome import Outcome


def downloaded_document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what became of each series."""
    return {"series": [_series(outcome) for outcome in outcomes]}


def _series(outcome: Outcome) -> dict[str, Any]:
    series = outcome.series
    return {
        "series": str(series.request.key),
        "start": iso_utc(series.request.start_ns),
        "end": iso_utc(series.request.end_ns),
        "covered_until": iso_utc(series.covered_until_ns) if series.files else None,
        "bytes": series.n_bytes,
        "files": [_file(file) for file in series.files],
        "not_published": [period.name for period in series.not_published],
        "failures": list(outcome.failures),
        "imported": None if outcome.imported is None else imported_document([outcome.imported], [])["series"][0],
    }


def _file(file: DownloadedFile) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "origin": file.origin.value,
        "bytes": file.n_bytes,
        "start": iso_utc(file.start_ns),
        "end": iso_utc(file.end_ns),
    }
