"""The command line as a terminal starts it: Ctrl-C interrupts it, even where the shell that runs the tests ignores it.

A shell without job control has what it runs in the background ignore interrupts, and children inherit that.
"""

import signal

from entrypoints.cli.main import run

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
