"""Prints the peak memory, in MiB, of a process that runs the reference path over as many bars as it is told."""

import sys
from pathlib import Path

from tests.benchmarks.reference_market import reference_market
from tests.benchmarks.reference_path import backtest

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Return the peak resident memory of this process alone.

    Read from the kernel's own count: what `getrusage` gives a young process may be its parent's.
    """
    lines = _STATUS.read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) / 1024


if __name__ == "__main__":
    backtest(reference_market(int(sys.argv[1])))
    print(peak_mib())
