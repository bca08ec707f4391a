"""Processes that work for another one end with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORKS_FOREVER = """
import signal
import sys
from pathlib import Path
from adapters.worker_processes.process_pool import ProcessPool
from tests.unit.adapters.worker_processes.test_process_life import work_forever

if __name__ == "__main__":
    # Whoever runs the tests in the background may have it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        list(ProcessPool(2).run(work_forever, [str(Path(sys.argv[1]) / name) for name in ("one", "other")]))
    except KeyboardInterrupt:
        sys.exit("interrupted")
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


def begun(folder: Path) -> tuple["subprocess.Popen[str]", list[int]]:
    """Start a process with two workers, in a session of its own, and return it with their ids once they work."""
    script, files = folder / "script.py", [folder / "one", folder / "other"]
    script.write_text(WORKS_FOREVER)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    workers = [int(file.read_text()) for file in files]
    assert all(map(is_there, workers))
    return parent, workers


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not tell how processes are")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(tmp_path: Path, sent: signal.Signals) -> None:
    parent, workers = begun(tmp_path)

    parent.send_signal(sent)
    parent.communicate()

    assert wait_until(lambda: not any(map(is_there, workers)), seconds=20.0)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not tell how processes are")
def test_an_interruption_of_the_terminal_is_answered_by_the_process_that_was_called_alone(tmp_path: Path) -> None:
    parent, workers = begun(tmp_path)

    os.killpg(parent.pid, signal.SIGINT)
    _, said = parent.communicate(timeout=60)

    assert said == "interrupted\n"
    assert wait_until(lambda: not any(map(is_there, workers)), seconds=20.0)
