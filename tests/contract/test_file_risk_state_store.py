"""The store that is one file keeps the promises of the port, through every way of dying while it writes."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

import pytest
from typing_extensions import override

from adapters.risk_state.state_file import FileRiskStateStore
from application.errors import DataError, StorageError
from tests.contract.risk_state_store import RiskStateStoreContract, fresh_state, halted_state

ROOT: Final = Path(__file__).resolve().parents[2]

# Saves one state after the other for as long as it lives, and says when the first is there.
WRITER: Final = """
import sys
from pathlib import Path
from adapters.risk_state.state_file import FileRiskStateStore
from tests.contract.risk_state_store import halted_state
store = FileRiskStateStore(Path(sys.argv[1]))
for count in range(100_000):
    store.save(halted_state(f"fall {count} " + "x" * 20_000))
    if count == 0:
        print("saved", flush=True)
"""


class TestFileRiskStateStore(RiskStateStoreContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "not" / "there yet" / "risk-state.json"

    @override
    def make_store(self) -> FileRiskStateStore:
        return FileRiskStateStore(self.path)

    @pytest.mark.parametrize("step", ["fsync", "replace"])
    def test_a_full_disk_leaves_the_old_state(self, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        store = self.make_store()
        store.save(halted_state())

        def no_space(*_: object) -> NoReturn:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, step, no_space)
            with pytest.raises(StorageError, match=r"risk-state\.json: cannot be written: No space left on device"):
                store.save(fresh_state())

        assert store.load() == halted_state()
        store.save(fresh_state())
        assert [each.name for each in self.path.parent.iterdir()] == [self.path.name]

    def test_a_half_written_file_beside_it_is_no_state(self) -> None:
        store = self.make_store()
        store.save(halted_state())
        self.path.with_name(f".{self.path.name}.part").write_bytes(b'{"schema": "autotr')

        assert store.load() == halted_state()

    def test_a_folder_in_its_place_is_said(self) -> None:
        self.path.mkdir(parents=True)

        with pytest.raises(DataError, match=r"risk-state\.json: cannot be read: Is a directory"):
            self.make_store().load()

    def test_the_file_is_there_for_good_before_save_returns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        steps: list[str] = []
        sync, replace = os.fsync, os.replace

        def synced(descriptor: int) -> None:
            steps.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
            sync(descriptor)

        def replaced(source: Path, target: Path) -> None:
            steps.append("replace")
            replace(source, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "replace", replaced)
        self.make_store().save(fresh_state())

        assert steps == ["sync file", "replace", "sync folder"]

    @pytest.mark.parametrize("delay_s", [0.0, 0.013, 0.037])
    def test_killed_while_saving_it_keeps_a_whole_state(self, delay_s: float) -> None:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(self.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "saved\n"
            try:
                writer.wait(delay_s)
            except subprocess.TimeoutExpired:
                writer.send_signal(signal.SIGKILL)

        state = self.make_store().load()

        assert writer.returncode == -signal.SIGKILL
        assert state is not None
        (hold,) = state.guard.latch.holds
        assert hold.cause.needs_person
