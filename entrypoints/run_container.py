"""Wires what keeps runs: which folder, which clock."""

from collections.abc import Mapping
from typing import Final

from adapters.clock.system_clock import SystemClock
from adapters.run_documents.run_store import FileRunStore
from application.errors import DataError
from application.ports.clock import Clock
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE, data_directory

_FOLDER: Final = "runs"


def open_run_store(environment: Mapping[str, str]) -> FileRunStore:
    """Return the store of runs in the data directory.

    Raises:
        DataError: Nobody knows where that is.
    """
    try:
        return FileRunStore(data_directory(environment) / _FOLDER)
    except RuntimeError as error:
        raise DataError(f"no data directory: {error}; set {DATA_DIRECTORY_VARIABLE}") from error


def wall_clock() -> Clock:
    """Return the clock that says when a run was made."""
    return SystemClock()
