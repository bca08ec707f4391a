"""Does one thing to a shelf again and again, killed a step later each time; each time on a shelf of its own.

Run as a process: ``interrupted_shelf FOLDER OPERATION``. The shelf of step ``n`` is ``FOLDER/n``; the last one is that
of the process that came through.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from adapters.durable_files import replace_file
from adapters.run_documents.shelf import Shelf

RUN_ID: Final = "bt-1"
CONTENTS: Final = {"one": b"1" * 100_000, "two": b"2" * 100_000}
AFTER: Final = b"after"
STEPS: Final = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir")

OPERATIONS: Final[dict[str, Callable[[Shelf], object]]] = {
    "put": lambda shelf: shelf.put(RUN_ID, CONTENTS),
    "replace": lambda shelf: replace_file(shelf.place_of(RUN_ID) / "one", AFTER),
    "take_away": lambda shelf: shelf.take_away(RUN_ID),
}


def killed_before(step: int) -> None:
    """Have this process killed when it is about to take a step that changes the disk."""
    left = [step]

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def act_unless_killed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the system takes
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments, **named)

        return act_unless_killed

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def comes_through(folder: Path, operation: str, step: int) -> bool:
    """Do it in a process of its own; return whether it was not killed."""
    shelf = Shelf(folder / str(step))
    if operation != "put":
        shelf.put(RUN_ID, CONTENTS)
    process_id = os.fork()
    if process_id == 0:
        killed_before(step)
        OPERATIONS[operation](shelf)
        os._exit(0)
    return os.waitpid(process_id, 0)[1] == 0


def main(folder: Path, operation: str) -> None:
    """Go on until the operation needs no more steps."""
    step = 1
    while not comes_through(folder, operation, step):
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
