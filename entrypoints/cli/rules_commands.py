"""The commands under `rules`: what the venue's trading rules were, are, and have become.

Only what `--help` needs is imported here; each command imports its own inside.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from entrypoints.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from entrypoints.cli.option_parsers import file_name

LIVE_URL: Final = "https://fapi.binance.com"

rules_app = typer.Typer(help="Show the dated trading rules, or refresh them from the venue.", epilog=EXIT_CODES_HELP)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a UTC time such as 2024-01-01 or 2024-01-01T08:00Z, got {text!r}") from None
    if instant.tzinfo is None and instant.time() != datetime.min.time():
        raise typer.BadParameter(f"expected a UTC time with its Z, got {text!r}")
    return instant.astimezone(UTC) if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise typer.BadParameter(f"expected an address with http:// or https://, got {text!r}")
    return text


_Json = Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")]


def _file(about: str) -> Any:  # noqa: ANN401  # what typer makes of an option
    return typer.Option(metavar="FILE", parser=file_name, help=about, show_default=False)


def _time(about: str) -> Any:  # noqa: ANN401  # as above
    return typer.Option(metavar="TIME", parser=_instant, help=about, show_default=False)


@rules_app.callback()
def rules(context: typer.Context) -> None:
    """Show the dated trading rules, or refresh them from the venue."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@rules_app.command("list", epilog=EXIT_CODES_HELP)
def list_(*, as_json: _Json = False) -> None:
    """List the instruments whose rules are known, with what holds now."""
    from entrypoints.cli.rules_display import list_rules  # noqa: PLC0415

    list_rules(as_json=as_json)


@rules_app.command(epilog=EXIT_CODES_HELP)
def show(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="Instrument, for example BTCUSDT.")],
    *,
    at: Annotated[datetime | None, _time("Rules of this time, UTC, instead of now.")] = None,
    as_json: _Json = False,
) -> None:
    """Show the rules of one instrument at a time, and every dated version with its origin."""
    from entrypoints.cli.rules_display import show_rules  # noqa: PLC0415

    show_rules(symbol, at, as_json=as_json)


@rules_app.command(epilog=EXIT_CODES_HELP)
def refresh(
    *,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", parser=_address, help=f"Address of the venue, by default {LIVE_URL}.", show_default=False
        ),
    ] = None,
    from_file: Annotated[Path | None, _file("A saved exchangeInfo instead of the venue's.")] = None,
    brackets_from_file: Annotated[Path | None, _file("A saved leverageBracket answer.")] = None,
    at: Annotated[datetime | None, _time("Since when it holds; by default now, or the server time of a file.")] = None,
    symbol: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL", help="Also this instrument; may be repeated.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Read the venue's present rules and record what has changed, with today's date, in the data directory."""
    from entrypoints.cli.rules_refresh import Sources, refresh_rules  # noqa: PLC0415

    if url is not None and from_file is not None:
        raise typer.BadParameter("--url and --from-file exclude each other")
    wants_url = from_file is None and (url is not None or brackets_from_file is None)
    address = (url or LIVE_URL) if wants_url else None
    refresh_rules(Sources(address, from_file, brackets_from_file), at, tuple(symbol or ()), as_json=as_json)
