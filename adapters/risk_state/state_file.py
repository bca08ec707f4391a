"""The store of risk state that is one file, replaced in one step."""

import os
from pathlib import Path

from attrs import frozen
from typing_extensions import override

from adapters.durable_files import sync_folder
from adapters.risk_state.written_form import WrittenFormError, decode, encode
from application.errors import DataError, StorageError
from application.trading.risk_state import RiskState, RiskStateStore


@frozen
class FileRiskStateStore(RiskStateStore):
    """Keeps the state in one file of the account.

    Attributes:
        path: The file; folders above it are made when it is written first.
    """

    path: Path

    @override
    def load(self) -> RiskState | None:
        """Return what the file says, None if there is no such file."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read: {error.strerror}") from error
        try:
            return decode(content)
        except WrittenFormError as error:
            raise DataError(f"{self.path}: {error}") from error

    @override
    def save(self, state: RiskState, /) -> None:
        """Write beside the file, then put that in its place."""
        content, unfinished = encode(state), self.path.with_name(f".{self.path.name}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _write_through(unfinished, content)
            unfinished.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror}") from error


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
