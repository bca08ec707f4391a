"""What the command `risk` does."""

import json
import os
import sys
from pathlib import Path

from application.errors import DataError
from application.results.run_reference import find_run
from application.trading.risk_use import RiskUse
from entrypoints.checked_configuration import load_checked
from entrypoints.checked_gate import checked_gate
from entrypoints.cli.risk_document import risk_document
from entrypoints.risk_view import view_risk


def show_risk(path: Path, run: str | None, *, as_json: bool) -> None:
    """Print the limits of a configuration and how they are enforced, and what a saved run used of them.

    Raises:
        ConfigurationError: The configuration cannot be understood.
        DataError: The run cannot be read, or what it used was not kept.
        UnsafeGateError: The gate lets a bad order pass; everything has been printed by then.
    """
    checked = load_checked(path, os.environ)
    view = view_risk(checked, os.environ, None if run is None else _kept_use(run))
    if as_json:
        sys.stdout.write(json.dumps(risk_document(view), indent=2, ensure_ascii=False) + "\n")
    else:
        from entrypoints.terminal.risk_tables import print_risk  # noqa: PLC0415

        print_risk(view)
    checked_gate(checked.configuration.risk, str(path))


def _kept_use(reference: str) -> tuple[str, RiskUse]:
    # Only who asks for a run loads what reads one.
    from entrypoints.run_container import open_run_store  # noqa: PLC0415

    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    use = store.load(run_id).result.risk_use
    if use is None:
        raise DataError(f"{store.folder_of(run_id)}: what the run used of its limits was not kept; make it again")
    return run_id, use
