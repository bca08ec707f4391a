"""The commands of `autotrading`, and how every failure ends in one line.

Only what `--help` needs is imported here; each command imports its own inside.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.cli.completion import Shell, completion_script, prepare_answers
from entrypoints.cli.data_commands import data_app
from entrypoints.cli.data_download import download
from entrypoints.cli.data_validation import validate
from entrypoints.cli.exit_codes import EXIT_CODES_HELP, ExitCode, exit_code_of
from entrypoints.cli.option_parsers import file_name
from entrypoints.cli.report_commands import add_report_commands
from entrypoints.cli.risk_command import add_risk_command
from entrypoints.cli.rules_commands import rules_app
from entrypoints.cli.runs_commands import runs_app
from entrypoints.cli.strategy_commands import strategy_app

PROGRAM: Final = "autotrading"
_DEBUG: Final = "AUTOTRADING_DEBUG"
_SEED_MAX: Final = 2**63 - 1
# Over longer times some seeds lead prices beyond what the steps of the model can hold.
_N_DEMO_BARS_MAX: Final = 50_000

app = typer.Typer(
    name=PROGRAM,
    help="Automated trading of Binance USDⓈ-M perpetual futures.",
    epilog=EXIT_CODES_HELP,
    invoke_without_command=True,
    # Help in plain text and our own error line: loading the rich forms of both takes longer than the rest.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="Check a configuration, or print what may be written in one.", epilog=EXIT_CODES_HELP)
app.add_typer(config_app, name="config", invoke_without_command=True)
app.add_typer(data_app, name="data", invoke_without_command=True)
app.add_typer(runs_app, name="runs", invoke_without_command=True)
add_report_commands(app)
add_risk_command(app)
app.add_typer(rules_app, name="rules", invoke_without_command=True)
app.add_typer(strategy_app, name="strategy", invoke_without_command=True)
data_app.command("download", epilog=EXIT_CODES_HELP)(download)
data_app.command("validate", epilog=EXIT_CODES_HELP)(validate)

_Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration file, YAML.", show_default=False)]
_Json = Annotated[bool, typer.Option("--json", help="Print the result document and nothing else.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
_Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="List every assumption, assumed payment, refusal and trade.")
]
_NoSave = Annotated[bool, typer.Option("--no-save", help="Do not keep the run among the saved ones.")]


def _print_version(*, is_wanted: bool) -> None:
    if is_wanted:
        from entrypoints.cli.version import product_version  # noqa: PLC0415

        typer.echo(f"{PROGRAM} {product_version()}")
        raise typer.Exit


def _version_option(value: bool) -> None:  # noqa: FBT001  # typer calls it with the value alone
    _print_version(is_wanted=value)


@app.callback()
def root(
    context: typer.Context,
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version_option, is_eager=True)
    ] = False,
) -> None:
    """Automated trading of Binance USDⓈ-M perpetual futures."""
    _need_a_command(context)


@config_app.callback()
def config(context: typer.Context) -> None:
    """Check a configuration, or print what may be written in one."""
    _need_a_command(context)


def _need_a_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@app.command(epilog=EXIT_CODES_HELP)
def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, max=_SEED_MAX, help="The same seed makes the same market.")] = 7,
    bars: Annotated[int, typer.Option(min=1, max=_N_DEMO_BARS_MAX, help="Hourly bars per instrument.")] = 8_760,
    as_json: _Json = False,
    quiet: _Quiet = False,
    verbose: _Verbose = False,
    no_save: _NoSave = False,
) -> None:
    """Run the whole pipeline on a synthetic market, offline."""
    from entrypoints.cli.backtesting import Wanted, run_demo  # noqa: PLC0415

    wanted = Wanted(
        as_json=as_json, quiet=quiet, verbose=verbose, keeps=not no_save, keeps_report=not (as_json or quiet)
    )
    run_demo(wanted, seed=seed, bars=bars)


@app.command(epilog=EXIT_CODES_HELP)
def backtest(
    config_path: _Config,
    *,
    as_json: _Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=file_name, help="Also write the result document to this file.", show_default=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=file_name, help="Also write the report to this HTML file.", show_default=False
        ),
    ] = None,
    quiet: _Quiet = False,
    verbose: _Verbose = False,
    no_save: _NoSave = False,
) -> None:
    """Run a backtest and print its books, figures and assumptions."""
    from entrypoints.cli.backtesting import Wanted, run_configured  # noqa: PLC0415

    wanted = Wanted(as_json=as_json, output=output, report=report, quiet=quiet, verbose=verbose, keeps=not no_save)
    run_configured(config_path, wanted)


@config_app.command(epilog=EXIT_CODES_HELP)
def schema(
    *,
    output: Annotated[
        bool, typer.Option("--output", help="The schema of the result document instead of the configuration's.")
    ] = False,
) -> None:
    """Print the JSON Schema of the configuration, or of the result document."""
    from entrypoints.cli.config_schema import print_schema  # noqa: PLC0415

    print_schema(of_output=output)


@config_app.command(epilog=EXIT_CODES_HELP)
def check(config_path: _Config) -> None:
    """Check a configuration and print what was understood, every default filled in."""
    from entrypoints.cli.config_check import check_configuration  # noqa: PLC0415

    check_configuration(config_path)


@app.command(epilog=EXIT_CODES_HELP)
def version() -> None:
    """Print the version."""
    _print_version(is_wanted=True)


@app.command(epilog=EXIT_CODES_HELP)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="Your shell.", show_default=False)],
) -> None:
    """Print a script that makes a shell complete commands and options.

    For bash: autotrading completion bash > ~/.local/share/bash-completion/completions/autotrading
    """
    typer.echo(completion_script(PROGRAM, shell))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; failures become one line on stderr."""
    try:
        prepare_answers()
        code = typer.main.get_command(app).main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the one place where every failure ends
        return _fail(error)
    if code == ExitCode.INTERRUPTED:
        # Typer has turned the interruption into this code already.
        return _fail(KeyboardInterrupt())
    return code if isinstance(code, int) else ExitCode.DONE


def _fail(error: BaseException) -> int:
    code = exit_code_of(error)
    if code is ExitCode.INTERNAL_ERROR and os.environ.get(_DEBUG):
        traceback.print_exception(error)
    from entrypoints.terminal.control_characters import visible  # noqa: PLC0415

    # What own code says in its errors, and what files hold, is in there.
    sys.stderr.write(f"{PROGRAM}: {visible(' '.join(_said(error, code).splitlines()))}\n")
    return code


def _said(error: BaseException, code: ExitCode) -> str:
    if code is ExitCode.INTERRUPTED:
        return "interrupted"
    text = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    if code is ExitCode.INTERNAL_ERROR:
        text = f"internal error: {type(error).__name__}: {text}"
        return text if os.environ.get(_DEBUG) else f"{text} ({_DEBUG}=1 shows where)"
    return text
