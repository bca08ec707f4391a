"""The commands under `strategy`: strategies of one's own, written, tried and listed.

Only what `--help` needs is imported here; each command imports its own inside.
"""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from entrypoints.cli.option_parsers import parsed

strategy_app = typer.Typer(help="Write, try and list strategies.", epilog=EXIT_CODES_HELP)

_Json = Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")]


def _key_and_value(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise ValueError(f"expected KEY=VALUE, such as bars=20: {text!r}")
    return key.strip(), value


@strategy_app.callback()
def strategy(context: typer.Context) -> None:
    """Write, try and list strategies."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@strategy_app.command(epilog=EXIT_CODES_HELP)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="In snake_case: my_breakout.", show_default=False)],
    *,
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")] = Path(),
) -> None:
    """Write a strategy that works, NAME.py, with its test, test_NAME.py, and a configuration that runs it, NAME.yaml.

    Nothing is overwritten.
    """
    from entrypoints.cli.strategy_new import write_strategy  # noqa: PLC0415

    write_strategy(name, folder)


@strategy_app.command(epilog=EXIT_CODES_HELP)
def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar="STRATEGY", help="FILE.py, FILE.py:CLASS, MODULE:CLASS, or a name of the list.", show_default=False
        ),
    ],
    *,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            parser=parsed(_key_and_value),
            help="A parameter other than its default; may be repeated.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="That the making of it, and a walk through one market may take."),
    ] = 10.0,
    as_json: _Json = False,
) -> None:
    """Run the test kit on a strategy, which runs its code.

    Flat markets, gaps, missing bars, refused orders, restarts, look-ahead, warm-up, chance. Ends with code 4 if a check
    fails.
    """
    from entrypoints.cli.strategy_check import check_named_strategy  # noqa: PLC0415

    check_named_strategy(name, parameters or [], walk_s=time_limit, as_json=as_json)  # type: ignore[arg-type]  # parsed


@strategy_app.command("list", epilog=EXIT_CODES_HELP)
def list_(*, as_json: _Json = False) -> None:
    """List the strategies that a configuration can name: those that come with the product, and installed ones."""
    from entrypoints.cli.strategy_list import list_strategies  # noqa: PLC0415

    list_strategies(as_json=as_json)
