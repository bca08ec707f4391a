"""The commands below `data`: what they are called and take. What they do is imported when they are called."""

from pathlib import Path
from typing import Annotated

import typer

from application.market_import import ConflictPolicy, ReadingHints, TimeUnit
from application.market_resampling import MissingParts
from application.market_series import Market, SeriesKey, SeriesKind
from domain.time_units import parse_instant, parse_interval
from entrypoints.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from entrypoints.cli.option_parsers import column_pair, file_name, parsed

data_app = typer.Typer(
    help="Import, list, show, validate, export, resample and delete market data.",
    epilog=EXIT_CODES_HELP,
    rich_markup_mode=None,
)


_Series = Annotated[
    SeriesKey,
    typer.Argument(
        metavar="SERIES",
        parser=parsed(SeriesKey.parse),
        help="A series, such as um/klines/BTCUSDT/1h.",
        show_default=False,
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
_OnConflict = Annotated[
    ConflictPolicy,
    typer.Option(
        help="Where rows tell different things about one instant: refuse all, or keep or replace what is there."
    ),
]
_From = Annotated[
    int | None,
    typer.Option(
        "--from",
        metavar="TIME",
        parser=parsed(parse_instant),
        help="From here on, UTC: 2024-01-31.",
        show_default=False,
    ),
]
_To = Annotated[
    int | None,
    typer.Option("--to", metavar="TIME", parser=parsed(parse_instant), help="Before this, UTC.", show_default=False),
]


@data_app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """Import, list, show, validate, export, resample and delete market data."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@data_app.command("import", epilog=EXIT_CODES_HELP)
def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", parser=file_name, help="Files, folders, or patterns in quotes.", show_default=False
        ),
    ],
    *,
    kind: Annotated[
        SeriesKind | None, typer.Option(case_sensitive=False, help="What the rows are.", show_default=False)
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="Instrument, such as BTCUSDT.", show_default=False)] = None,
    interval: Annotated[
        int | None,
        typer.Option(
            metavar="INTERVAL", parser=parsed(parse_interval), help="Length of bars, such as 1h.", show_default=False
        ),
    ] = None,
    market: Annotated[
        Market | None,
        typer.Option(help="um: USDⓈ-M futures; spot. Default: what names tell, else um.", show_default=False),
    ] = None,
    time_unit: Annotated[TimeUnit | None, typer.Option(help="Unit of whole-number times.", show_default=False)] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS", help="Name of a column in the file: close=Last. Repeat it.", show_default=False
        ),
    ] = None,
    on_conflict: _OnConflict = ConflictPolicy.REFUSE,
    skip_unrecognized: Annotated[
        bool, typer.Option("--skip-unrecognized", help="Leave out files that are not recognized, and list them.")
    ] = False,
    as_json: _Json = False,
    quiet: _Quiet = False,
) -> None:
    """Import files into the catalogue.

    Binance archive zips and CSV, REST answers as JSON, Parquet, Feather, and CSV of other vendors are recognized by
    their content and names; options go over what is recognized. Importing a file again changes nothing.
    """
    from entrypoints.cli.data_import import run_import  # noqa: PLC0415

    columns = dict(parsed(column_pair)(text) for text in column or ())
    hints = ReadingHints(
        market=market,
        kind=kind,
        symbol=None if symbol is None else symbol.strip().upper(),
        interval_ns=interval,
        time_unit=time_unit,
        columns=columns,
    )
    run_import(paths, hints, on_conflict, skip_unrecognized=skip_unrecognized, as_json=as_json, quiet=quiet)


@data_app.command("list", epilog=EXIT_CODES_HELP)
def list_(*, as_json: _Json = False) -> None:
    """List every series of the catalogue."""
    from entrypoints.cli.data_views import list_series  # noqa: PLC0415

    list_series(as_json=as_json)


@data_app.command(epilog=EXIT_CODES_HELP)
def show(series: _Series, *, as_json: _Json = False) -> None:
    """Show one series: where it comes from, its first and last rows."""
    from entrypoints.cli.data_views import show_series  # noqa: PLC0415

    show_series(series, as_json=as_json)


@data_app.command(epilog=EXIT_CODES_HELP)
def export(
    series: _Series,
    output: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write: .csv or .parquet.", show_default=False)
    ],
    *,
    start: _From = None,
    end: _To = None,
    quiet: _Quiet = False,
) -> None:
    """Write a series into a file. Times are milliseconds, of aggTrades microseconds; importing it gives the same."""
    from entrypoints.cli.data_changes import run_export  # noqa: PLC0415

    run_export(series, output, start_ns=start, end_ns=end, quiet=quiet)


@data_app.command(epilog=EXIT_CODES_HELP)
def resample(
    series: _Series,
    interval: Annotated[
        int,
        typer.Argument(
            metavar="INTERVAL", parser=parsed(parse_interval), help="Longer interval: 4h.", show_default=False
        ),
    ],
    *,
    missing: Annotated[
        MissingParts, typer.Option(help="Bars of which parts are missing: drop them, or keep what there is.")
    ] = MissingParts.DROP,
    on_conflict: _OnConflict = ConflictPolicy.REFUSE,
    as_json: _Json = False,
    quiet: _Quiet = False,
) -> None:
    """Make a series of longer bars, exactly. A last bar that is not finished is left out."""
    from entrypoints.cli.data_changes import run_resample  # noqa: PLC0415

    run_resample(series, interval, missing, on_conflict, as_json=as_json, quiet=quiet)


@data_app.command(epilog=EXIT_CODES_HELP)
def delete(
    series: Annotated[
        list[SeriesKey],
        typer.Argument(
            metavar="SERIES...", parser=parsed(SeriesKey.parse), help="Series to delete.", show_default=False
        ),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    quiet: _Quiet = False,
) -> None:
    """Delete series from the catalogue, for good."""
    from entrypoints.cli.data_changes import run_delete  # noqa: PLC0415

    run_delete(series, is_sure=yes, quiet=quiet)
