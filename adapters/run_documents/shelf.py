"""The folder in which runs are kept: whole runs or nothing, whatever is killed in between.

A run is written into a folder whose name begins with a dot and gets its own name in one step. What a killed process
left behind is taken away by the next one that writes; a lock held by the writer tells it from what is being written.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Final

from attrs import frozen

from adapters.durable_files import sync_folder
from application.errors import DataError

_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SAVING: Final = ".saving-"
_DELETING: Final = ".deleting-"
_LOCK: Final = ".lock"


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into the line that names it."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{error.filename or path}: {error.strerror or error}") from error


@frozen
class Shelf:
    """The folder.

    Attributes:
        path: Where it is; it is made when something is put there first.
    """

    path: Path

    def place_of(self, run_id: str) -> Path:
        """Return the folder of a run, whether it is there or not.

        Raises:
            DataError: No run can be called so.
        """
        if not _RUN_ID.fullmatch(run_id):
            raise DataError(f"{self.path}: {run_id!r} is not the name of a run")
        return self.path / run_id

    def found(self, run_id: str) -> Path:
        """Return the folder of a run that is there.

        Raises:
            DataError: It is not.
        """
        place = self.place_of(run_id)
        if not place.is_dir():
            raise DataError(f"{place}: there is no such run")
        return place

    def run_ids(self) -> list[str]:
        """Return the names of all runs, in alphabetical order."""
        if not self.path.is_dir():
            return []
        return sorted(each.name for each in self.path.iterdir() if _RUN_ID.fullmatch(each.name) and each.is_dir())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from changing anything meanwhile."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def put(self, run_id: str, contents: Mapping[str, bytes]) -> bool:
        """Put a run there as a whole; return False where there is one of this name by now."""
        place = self.place_of(run_id)
        with self.held():
            self._clear_away()
            staging = Path(mkdtemp(prefix=_SAVING, dir=self.path))
            descriptor = os.open(staging, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            for name, content in contents.items():
                _write(staging / name, content)
            # A temporary folder is for its owner alone; a run is not secret.
            staging.chmod(0o755)
            os.fsync(descriptor)
            return self._publish(staging, place)
        finally:
            rmtree(staging, ignore_errors=True)
            os.close(descriptor)

    def _publish(self, staging: Path, place: Path) -> bool:
        with self.held():
            if place.exists():
                return False
            staging.rename(place)
            sync_folder(self.path)
            return True

    def take_away(self, run_id: str) -> None:
        """Take a run off the shelf in one step, then remove its files."""
        with self.held():
            self._clear_away()
            place = self.found(run_id)
            doomed = Path(mkdtemp(prefix=_DELETING, dir=self.path))
            place.rename(doomed / run_id)
            sync_folder(self.path)
            rmtree(doomed)

    def _clear_away(self) -> None:
        """Remove what killed processes left behind."""
        for each in self.path.iterdir():
            if each.name.startswith((_SAVING, _DELETING)) and _is_abandoned(each):
                rmtree(each, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Whether nobody holds the lock of a folder; those that write keep it until they end, however they end."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False  # Its own writer has just removed it, which needs no lock.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
