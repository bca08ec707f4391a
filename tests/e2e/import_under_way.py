"""Runs one import and kills its own process without warning at one of its steps.

Arguments: the data directory, the step (counted from 1, 0 for none), and the files. Steps are everything that
changes the disk: a file opened for writing, renamed, removed, or brought to the disk.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from application.market_import import ConflictPolicy, ReadingHints
from application.market_series import Market
from entrypoints.data_container import market_import


class Countdown:
    """Kills the process when it was called so many times."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.count = 0

    def before(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same work, with a step before it."""

        def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # it stands in for anything
            self.count += 1
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **named)

        return counted


def main() -> None:
    """Import, or die on the way; print how many steps there were."""
    folder, steps, *files = sys.argv[1:]
    countdown = Countdown(int(steps))
    os.fsync = countdown.before(os.fsync)
    for name in ("replace", "unlink", "mkdir"):
        setattr(Path, name, countdown.before(getattr(Path, name)))
    importing = market_import({"AUTOTRADING_DATA_DIR": folder})
    importing([Path(file) for file in files], ReadingHints(market=Market.UM), ConflictPolicy.REPLACE, lambda _: None)
    print(countdown.count)


if __name__ == "__main__":
    main()
