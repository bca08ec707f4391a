"""The command `risk`: what it is called and takes. What it does is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.exit_codes import EXIT_CODES_HELP


def add_risk_command(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command(epilog=EXIT_CODES_HELP)(risk)


def risk(
    config_path: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="Configuration file, YAML.", show_default=False)
    ],
    *,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Also what a saved run used at its end: its id, the beginning of it, a tag, or latest.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")] = False,
) -> None:
    """Print the limits that a configuration sets, how the gate enforces them, and what is in use and left of them.

    The gate is tried with bad orders on the way: if it lets one pass, the command ends with code 4.
    """
    from entrypoints.cli.risk_display import show_risk  # noqa: PLC0415

    show_risk(config_path, run, as_json=as_json)
