"""The entry of the `autotrading` command.

Nothing is imported here that takes time: an interruption while the rest is being imported ends in one line, too.
"""

import sys
from collections.abc import Sequence
from typing import Final

_INTERRUPTED: Final = 130


class _WithoutFrames:
    """Tells whoever looks for pandas that there is none.

    Arrow looks for it with its first array, which takes longer than many a command; nothing in this process has frames.
    Models are fitted in processes of their own, which do not come through here.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Take part in the search for a module, as `importlib` asks for it."""
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is not imported in this process", name=name)


def run() -> None:
    """Run the command line of this process and end it with the exit code."""
    try:
        prepare_process()
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("autotrading: interrupted\n")
        code = _INTERRUPTED
    sys.exit(code)


def prepare_process() -> None:
    """Make this process one of the command line: once, before anything else is imported."""
    import decimal  # noqa: PLC0415

    # Mixing float and Decimal by accident raises instead of rounding money, in later threads too.
    decimal.DefaultContext.traps[decimal.FloatOperation] = True
    decimal.getcontext().traps[decimal.FloatOperation] = True
    sys.meta_path.insert(0, _WithoutFrames())


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; failures become one line on stderr."""
    from entrypoints.cli import commands  # noqa: PLC0415

    return commands.main(arguments)


if __name__ == "__main__":
    run()
