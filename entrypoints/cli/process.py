"""What makes a process one of the command line. Nothing is imported here that takes time."""

import sys
from typing import Final


class _WithoutFrames:
    """Tells whoever looks for pandas that there is none.

    Arrow looks for it with its first array, which takes longer than many a command; nothing in this process has frames.
    Models are fitted in processes of their own, which do not come through here; before own code is loaded, which may
    want it, this is taken away.
    """

    is_for_speed_alone: Final = True

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Take part in the search for a module, as `importlib` asks for it."""
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is not imported in this process", name=name)


def prepare_process() -> None:
    """Make this process one of the command line: once, before anything else is imported."""
    import decimal  # noqa: PLC0415

    # Mixing float and Decimal by accident raises instead of rounding money, in later threads too.
    decimal.DefaultContext.traps[decimal.FloatOperation] = True
    decimal.getcontext().traps[decimal.FloatOperation] = True
    sys.meta_path.insert(0, _WithoutFrames())
