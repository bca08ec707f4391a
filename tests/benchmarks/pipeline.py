"""The whole pipeline as its user runs it: four strategies on ten real markets, hourly, weekly refits, all of risk.

``python -m tests.benchmarks.pipeline [CONFIGURATION]`` runs it twice by the command, with an empty data directory and
again with what the first run left in it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter
from typing import Final, Self

from attrs import define, field

from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from tests.conftest import ROOT, shared_folder

_EXAMPLE: Final = ROOT / "examples" / "ten-markets-1h.yaml"
_PROC: Final = Path("/proc")
_LOOK_EVERY_S: Final = 0.25


@define
class FamilyMemory:
    """Looks now and then how much memory a process and all that it has started have together.

    Pages that several of them share count once for each.

    Attributes:
        pid: Of the process.
        peak_mib: The most that was seen.
    """

    pid: int
    peak_mib: float = 0.0
    _is_over: Event = field(factory=Event)
    _thread: Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK_EVERY_S):
            self.peak_mib = max(self.peak_mib, sum(map(_resident_mib, _family(self.pid))))


def _family(pid: int) -> list[int]:
    try:
        children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text(encoding="ascii").split()
    except OSError:
        return []  # It has ended meanwhile.
    return [pid, *(each for child in children for each in _family(int(child)))]


def _resident_mib(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _cpu_s() -> float:
    """Return the processor time of all that this process has started and that has ended."""
    times = os.times()
    return times.children_user + times.children_system


def run_once(configuration: Path, home: Path) -> tuple[dict[str, object], float, float, float]:
    """Run a configuration by the command; return its document, seconds, processor seconds and MiB."""
    command = [sys.executable, "-m", "entrypoints.cli.main", "backtest", str(configuration), "--json", "--no-save"]
    environment = {
        **os.environ,
        "AUTOTRADING_SHARED_DATA": str(shared_folder()),
        DATA_DIRECTORY_VARIABLE: str(home),
        "PYTHONPATH": str(ROOT),
    }
    start, cpu = perf_counter(), _cpu_s()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    with process, FamilyMemory(process.pid) as memory:
        output, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{configuration} ended with code {process.returncode}")
    return json.loads(output), perf_counter() - start, _cpu_s() - cpu, memory.peak_mib


def measure_pipeline(configuration: Path = _EXAMPLE) -> None:
    """Print seconds, processor seconds and memory of a run that fits its models, and of one that finds them."""
    with TemporaryDirectory() as home:
        for title in ("nothing fitted yet", "all models there"):
            document, seconds, cpu, peak_mib = run_once(configuration, Path(home))
            period, certificate = document["period"], document["certificate"]
            assert isinstance(period, dict)
            assert isinstance(certificate, dict)
            if certificate["first_difference"] is not None:
                raise RuntimeError(f"{configuration}: {certificate}")
            n_bars = int(period["bars"])
            print(
                f"{title:<20} {n_bars:>9,} bars {seconds:7.1f} s {n_bars / seconds:>7,.0f} bars/s  {cpu:6.1f} s of "
                f"processors  at most {peak_mib:5.0f} MiB, all processes",
                flush=True,
            )


if __name__ == "__main__":
    measure_pipeline(*map(Path, sys.argv[1:]))
