"""The commands `report` and `compare`: what they are called and take. What they do is imported when they are called."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.exit_codes import EXIT_CODES_HELP
from entrypoints.cli.option_parsers import file_name

_RUN_HELP = "A run: its id, the beginning of it, a tag, or latest."
_Run = Annotated[str, typer.Argument(metavar="RUN", help=_RUN_HELP, show_default=False)]
_Runs = Annotated[list[str], typer.Argument(metavar="RUN RUN...", help=_RUN_HELP, show_default=False)]
_Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", parser=file_name, help="Where to write the page.", show_default="beside the run"),
]
_ComparisonOutput = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        parser=file_name,
        help="Where to write the page; with --json there is none otherwise.",
        show_default="in comparisons, beside runs",
    ),
]
_Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]


def add_report_commands(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command(epilog=EXIT_CODES_HELP)(report)
    app.command(epilog=EXIT_CODES_HELP)(compare)


def report(run: _Run, *, output: _Output = None, opens: _Open = False) -> None:
    """Write the report of a saved run as one HTML file, and print where."""
    from entrypoints.cli.run_reports import report_run  # noqa: PLC0415

    report_run(run, output, opens=opens)


def compare(
    runs: _Runs,
    *,
    output: _ComparisonOutput = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")] = False,
    opens: _Open = False,
) -> None:
    """Show saved runs beside each other, in the terminal and as one HTML file."""
    from entrypoints.cli.run_reports import compare_runs  # noqa: PLC0415

    compare_runs(runs, output, as_json=as_json, opens=opens)
