"""Prints the peak memory, in MiB, of a process that runs the reference path over as many bars as it is told."""

import resource
import sys

from tests.benchmarks.reference_market import reference_market
from tests.benchmarks.reference_path import backtest

if __name__ == "__main__":
    backtest(reference_market(int(sys.argv[1])))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
