"""The entry of the `autotrading` command.

Nothing is imported here that takes time: an interruption while the rest is being imported ends in one line, too.
"""

import sys
from collections.abc import Sequence
from typing import Final

from entrypoints.cli.process import prepare_process

_INTERRUPTED: Final = 130


def run() -> None:
    """Run the command line of this process and end it with the exit code."""
    try:
        prepare_process()
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("autotrading: interrupted\n")
        code = _INTERRUPTED
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; failures become one line on stderr."""
    from entrypoints.cli import commands  # noqa: PLC0415

    return commands.main(arguments)


if __name__ == "__main__":
    run()
