"""Processes that work for another one end with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FITS_FOREVER = """
import sys
from pathlib import Path
from adapters.worker_processes.process_pool import ProcessPool
from tests.unit.adapters.worker_processes.test_process_life import work_forever

if __name__ == "__main__":
    list(ProcessPool(2).run(work_forever, [str(Path(sys.argv[1]) / name) for name in ("one", "other")]))
"""


def work_forever(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(600.0)  # noqa: TID251  # somebody has to be slow


def is_there(pid: int) -> bool:
    """Whether a process lives; one that has ended and that nobody has taken note of does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def wait_until(is_so: object, seconds: float = 60.0) -> bool:
    assert callable(is_so)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if is_so():
            return True
        time.sleep(0.05)  # noqa: TID251  # until it is so
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not tell how processes are")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(tmp_path: Path, sent: signal.Signals) -> None:
    script, files = tmp_path / "script.py", [tmp_path / "one", tmp_path / "other"]
    script.write_text(FITS_FOREVER)
    root = Path(__file__).parents[4]
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env={**os.environ, "PYTHONPATH": str(root)})
    assert wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    workers = [int(file.read_text()) for file in files]
    assert all(map(is_there, workers))

    parent.send_signal(sent)
    parent.wait()

    assert wait_until(lambda: not any(map(is_there, workers)), seconds=20.0)
