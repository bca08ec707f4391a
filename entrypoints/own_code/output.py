"""Where what own code prints goes: to standard error, because standard output has results and nothing else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Let whatever is printed meanwhile go to standard error; once around all that runs own code, not per bar.

    What writes to the file descriptor itself, as code in C does, is not led astray.
    """
    with redirect_stdout(sys.stderr):
        yield
