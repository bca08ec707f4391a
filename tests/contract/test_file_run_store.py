"""The store of files keeps the promises of the port."""

from pathlib import Path

import pytest
from typing_extensions import override

from adapters.run_documents.run_store import FileRunStore
from tests.contract.run_store import RunStoreContract


class TestFileRunStore(RunStoreContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @override
    def make_store(self) -> FileRunStore:
        return FileRunStore(self.folder / "data" / "runs")
