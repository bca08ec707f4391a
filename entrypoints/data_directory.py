"""Where the product keeps what it is given and what it makes: imported market data, downloads, runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

DATA_DIRECTORY_VARIABLE: Final = "AUTOTRADING_DATA_DIR"
_SHARED_VARIABLE: Final = "XDG_DATA_HOME"


def data_directory(environment: Mapping[str, str]) -> Path:
    """Return the data directory: ``$AUTOTRADING_DATA_DIR``, else where this system keeps data of programs.

    It may not exist yet; whoever writes into it makes it.
    """
    chosen = environment.get(DATA_DIRECTORY_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    shared = environment.get(_SHARED_VARIABLE, "").strip()
    home = Path(shared) if shared else Path.home() / ".local" / "share"
    return home / "autotrading"


def refreshed_rules_file(environment: Mapping[str, str]) -> Path:
    """Return the table of the trading rules that were refreshed from the venue; it may not exist yet."""
    return data_directory(environment) / "rules" / "rules.json"
