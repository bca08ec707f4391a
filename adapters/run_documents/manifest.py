"""The manifest of a saved run: which files belong to it, how long they are, and their checksums."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from application.errors import DataError

MANIFEST_NAME: Final = "manifest.json"
_VERSION: Final = 3
_READABLE: Final = (2, 3)
_INDENT: Final = 2


class FileEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One file as it was written."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """All files of a run but the manifest itself and the labels, which may change."""

    format: Literal["autotrading run"]
    format_version: Literal[2, 3]
    run_id: str
    files: dict[str, FileEntry]


class _Versioned(Struct):
    """Enough of a manifest of any version to say which one it is."""

    format_version: int


def manifest_of(run_id: str, contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a run with these files."""
    files = {name: FileEntry(len(content), sha256(content).hexdigest()) for name, content in contents.items()}
    manifest = Manifest("autotrading run", _VERSION, run_id, files)
    return msgspec.json.format(msgspec.json.encode(manifest), indent=_INDENT) + b"\n"


def read_manifest(folder: Path, names_in: Callable[[int], frozenset[str]]) -> Manifest:
    """Return the manifest in a folder.

    Args:
        folder: Of the run; it is called as the run is.
        names_in: Gives the files that it must name, by its version of the format.

    Raises:
        DataError: There is none, or it is of another version, damaged, or another run's.
        OSError: It cannot be read.
    """
    path = folder / MANIFEST_NAME
    manifest = _decode(path, path.read_bytes())
    if manifest.run_id != folder.name:
        raise DataError(f"{path}: run_id: is of the run {manifest.run_id}")
    version = manifest.format_version
    if manifest.files.keys() != (names := names_in(version)):
        different = ", ".join(sorted(manifest.files.keys() ^ names))
        raise DataError(f"{path}: files: not those of format version {version}: {different}")
    return manifest


def _decode(path: Path, content: bytes) -> Manifest:
    try:
        version = msgspec.json.decode(content, type=_Versioned).format_version
        if version not in _READABLE:
            known = " and ".join(map(str, _READABLE))
            raise DataError(f"{path}: format_version: {version} is not known here, only {known}")
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: is damaged: {error}") from error


def read_checked(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Return the content of one file as it was written.

    Raises:
        DataError: It is not what was written.
        OSError: It cannot be read.
    """
    path, entry = folder / name, manifest.files[name]
    content = path.read_bytes()
    if len(content) != entry.bytes:
        raise DataError(f"{path}: is damaged: {len(content):,} bytes where {entry.bytes:,} were written")
    if sha256(content).hexdigest() != entry.sha256:
        raise DataError(f"{path}: is damaged: its checksum is not the one in {MANIFEST_NAME}")
    return content
