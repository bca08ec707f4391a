"""The folders of a catalogue, the lock that lets one writer in at a time, and what dead writers left behind."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.market_data.catalog.manifest import MANIFEST
from application.errors import DataError
from application.market_series import SeriesInfo, SeriesKey

_LOCK: Final = ".lock"
_STAGING: Final = ".staging"


def series_folder(root: Path, key: SeriesKey) -> Path:
    """Return where a series is stored: ``<root>/um/klines/BTCUSDT/1h``."""
    return root / str(key)


def stored_keys(root: Path) -> list[SeriesKey]:
    """Return the keys of all series, sorted as text; folders that are none of ours are left alone.

    Raises:
        DataError: The folder is there, and cannot be read.
    """
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{root}: cannot be read: {error.strerror}") from error
    manifests = [*root.glob(f"*/*/*/{MANIFEST}"), *root.glob(f"*/*/*/*/{MANIFEST}")]
    return sorted(filter(None, (_key_of(path.parent.relative_to(root).as_posix()) for path in manifests)), key=str)


def _key_of(name: str) -> SeriesKey | None:
    try:
        key = SeriesKey.parse(name)
    except ValueError:
        return None
    return key if str(key) == name else None


@contextmanager
def writing(root: Path, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Be the only writer, and have an empty folder for temporary files; the folder is gone afterwards.

    The system gives the lock back when the process ends, however it ends.

    Args:
        root: Folder of the catalogue; made if it is missing.
        on_wait: Is called if another writer has to be waited for.

    Raises:
        DataError: The folder cannot be made or written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with (root / _LOCK).open("ab") as lock:
            _lock(lock.fileno(), on_wait)
            staging = root / _STAGING
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise DataError(f"{error.filename or root}: cannot be written: {error.strerror}") from error


def _lock(descriptor: int, on_wait: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait()
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def sweep(folder: Path, info: SeriesInfo | None) -> None:
    """Remove files of a series that its manifest does not name.

    They are what a killed writer had finished, or what an earlier write replaced: those stay until the next write,
    for readers that still held the old manifest.
    """
    named = set() if info is None else {MANIFEST, *(partition.file for partition in info.partitions)}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and path.name not in named:
            path.unlink()
