"""The download folder: files get their names only when they are whole and safe on the disk."""

import fcntl
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import IO, Final

from attrs import frozen

from adapters.durable_files import sync_folder
from application.errors import DataError

_LOCK: Final = ".lock"


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Make the folder if need be and keep other downloads out of it, also those of other processes.

    Raises:
        DataError: It cannot be made, or another download is at work in it.
    """
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w", encoding="utf-8")
    with lock:
        try:
            # The system lets go of it with the process, however that ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DataError(f"{folder}: another download is at work in this folder") from error
        yield


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from error


def part_of(path: Path) -> Path:
    """Return where a file grows before it has its name."""
    return path.with_name(f"{path.name}.part")


def _checksum_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.CHECKSUM")


@frozen
class PartFile:
    """The part of a file, open for writing on."""

    _path: Path
    _file: IO[bytes]

    def append(self, piece: bytes) -> None:
        """Write on.

        Raises:
            DataError: The disk does not take it.
        """
        with _written(self._path):
            self._file.write(piece)


@contextmanager
def open_part(path: Path, *, at_byte: int) -> Iterator[PartFile]:
    """Open the part of a file for writing on from a byte; what stood behind it is cut off.

    Raises:
        DataError: It cannot be written.
    """
    part = part_of(path)
    with _written(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("r+b" if at_byte else "wb")
    # Only what concerns the disk is guarded: a time-out of the network is an OSError, too.
    try:
        with _written(part):
            file.seek(at_byte)
            file.truncate()
        yield PartFile(part, file)
    finally:
        with _written(part):
            file.close()


def take_back(path: Path) -> None:
    """Let a file that has its name without being verified be a part again, unless a part of it is growing already."""
    if path.is_file() and not part_of(path).exists():
        with _written(path):
            path.rename(part_of(path))


def size_of_part(path: Path) -> int:
    """Return how many bytes of a file are there already."""
    part = part_of(path)
    return part.stat().st_size if part.is_file() else 0


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal.

    Raises:
        DataError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def check_archive(part: Path) -> None:
    """Check that a file is a zip with one member.

    Raises:
        DataError: It is not.
    """
    try:
        with zipfile.ZipFile(part) as archive:
            n_members = len(archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"is no sound zip file: {error}") from error
    if n_members != 1:
        raise DataError(f"holds {n_members} files instead of one")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there with all its content or as it was before.

    Raises:
        DataError: It cannot be written.
    """
    with open_part(path, at_byte=0) as file:
        file.append(content)
    give_name(path)


def write_checksum(path: Path, checksum: str) -> None:
    """Keep the checksum of a file beside it, in the form that ``sha256sum -c`` reads.

    Raises:
        DataError: It cannot be written.
    """
    write_whole(_checksum_of(path), f"{checksum}  {path.name}\n".encode())


def read_checksum(path: Path) -> str | None:
    """Return the line that is kept beside a file; None if the file or the line is not there."""
    beside = _checksum_of(path)
    try:
        return beside.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    except OSError:
        return None


def give_name(path: Path) -> None:
    """Give the whole part of a file its name, safe from a power cut.

    Raises:
        DataError: It cannot be written.
    """
    part = part_of(path)
    with _written(path):
        _flush(part, os.O_RDWR)
        part.replace(path)
        sync_folder(path.parent)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
