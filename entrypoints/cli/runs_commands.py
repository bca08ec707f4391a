"""The commands below `runs`: what they are called and take. What they do is imported when they are called."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from entrypoints.cli.option_parsers import file_name

runs_app = typer.Typer(help="List, show, tag and delete saved runs.", epilog=EXIT_CODES_HELP, rich_markup_mode=None)


def _tag(text: str) -> str:
    from application.results.run_reference import checked_tag  # noqa: PLC0415

    try:
        return checked_tag(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


_RUN_HELP = "A run: its id, the beginning of it, a tag, or latest."
_Run = Annotated[str, typer.Argument(metavar="RUN", help=_RUN_HELP, show_default=False)]
_Runs = Annotated[list[str], typer.Argument(metavar="RUN...", help=_RUN_HELP, show_default=False)]
_Tags = Annotated[list[str], typer.Argument(metavar="TAG...", parser=_tag, help="What to call it.", show_default=False)]
_Json = Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


@runs_app.callback(invoke_without_command=True)
def runs(context: typer.Context) -> None:
    """List, show, tag and delete saved runs."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@runs_app.command("list", epilog=EXIT_CODES_HELP)
def list_(
    *,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only runs with this tag.", show_default=False)] = None,
    as_json: _Json = False,
) -> None:
    """List the saved runs, the one that was made last first."""
    from entrypoints.cli.saved_runs import list_runs  # noqa: PLC0415

    list_runs(tag, as_json=as_json)


@runs_app.command(epilog=EXIT_CODES_HELP)
def show(
    run: _Run,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result document and nothing else.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List every assumption, assumed payment, refusal and trade.")
    ] = False,
) -> None:
    """Print a saved run as it was printed when it was made."""
    from entrypoints.cli.saved_runs import show_run  # noqa: PLC0415

    show_run(run, as_json=as_json, verbose=verbose)


@runs_app.command(epilog=EXIT_CODES_HELP)
def signals(
    run: _Run,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=file_name, help="Write to this file instead of standard output.", show_default=False
        ),
    ] = None,
) -> None:
    """Print every signal of a saved run with its reason and what became of it, as CSV."""
    from entrypoints.cli.saved_runs import print_signals  # noqa: PLC0415

    print_signals(run, output)


@runs_app.command(epilog=EXIT_CODES_HELP)
def tag(run: _Run, tags: _Tags, *, quiet: _Quiet = False) -> None:
    """Give a run tags, by which it can be called from then on."""
    from entrypoints.cli.saved_runs import tag_run  # noqa: PLC0415

    tag_run(run, tags, quiet=quiet)


@runs_app.command(epilog=EXIT_CODES_HELP)
def untag(run: _Run, tags: _Tags, *, quiet: _Quiet = False) -> None:
    """Take tags of a run away."""
    from entrypoints.cli.saved_runs import untag_run  # noqa: PLC0415

    untag_run(run, tags, quiet=quiet)


@runs_app.command(epilog=EXIT_CODES_HELP)
def delete(
    runs: _Runs,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    quiet: _Quiet = False,
) -> None:
    """Delete saved runs, for good."""
    from entrypoints.cli.saved_runs import delete_runs  # noqa: PLC0415

    delete_runs(runs, is_sure=yes, quiet=quiet)
