"""The manifest of a series: what it holds and where that comes from, as a JSON file that is replaced in one step."""

from pathlib import Path
from typing import Final

import msgspec
from attrs import frozen

from adapters.durable_files import replace_file
from application.errors import DataError
from application.market_series import PartitionRecord, QualitySummary, SeriesInfo, SeriesKey, SourceRecord

MANIFEST: Final = "manifest.json"
SCHEMA_VERSION: Final = 1


@frozen(kw_only=True)
class _Document:
    """What stands in the file; see ADR 0007."""

    schema_version: int
    series: str
    sources: tuple[SourceRecord, ...]
    partitions: tuple[PartitionRecord, ...]
    quality: QualitySummary | None = None
    derived_from: str | None = None


@frozen
class _Version:
    schema_version: int


def read_manifest(folder: Path, key: SeriesKey) -> SeriesInfo | None:
    """Return what a manifest says, or None where there is none.

    Raises:
        DataError: It cannot be read, is of another version, or speaks of another series.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    document = _decoded(path, content)
    if document.series != str(key):
        raise DataError(f"{path}: speaks of {document.series}, not of {key}")
    if not document.partitions:
        raise DataError(f"{path}: names no partitions")
    return SeriesInfo(
        key=key,
        sources=document.sources,
        partitions=document.partitions,
        quality=document.quality,
        derived_from=document.derived_from,
    )


def _decoded(path: Path, content: bytes) -> _Document:
    try:
        version = msgspec.json.decode(content, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            raise DataError(f"{path}: schema version {version}; this product reads version {SCHEMA_VERSION}")
        return msgspec.json.decode(content, type=_Document)
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: is no manifest of a series: {error}") from error


def write_manifest(folder: Path, info: SeriesInfo) -> None:
    """Replace the manifest of a series in one step; it is on the disk when this returns."""
    document = _Document(
        schema_version=SCHEMA_VERSION,
        series=str(info.key),
        sources=info.sources,
        partitions=info.partitions,
        quality=info.quality,
        derived_from=info.derived_from,
    )
    content = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    replace_file(folder / MANIFEST, content, ".manifest.")
