"""The command `data validate`: what it takes. What it does is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from application.market_import import ReadingHints, TimeUnit
from application.market_series import Market, SeriesKind
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.time_units import parse_instant, parse_interval
from entrypoints.cli.option_parsers import column_pair, parsed


def _print_schema(value: bool) -> None:  # noqa: FBT001  # typer calls it with the value alone
    if value:
        from entrypoints.cli.validation_run import print_schema  # noqa: PLC0415

        print_schema()
        raise typer.Exit


def validate(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE_OR_SERIES...",
            help="Files, folders, patterns in quotes, or series such as um/klines/BTCUSDT/1h.",
            show_default=False,
        ),
    ],
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="FILE_OR_SERIES",
            help="Compare bars with these: another source, the mark price, or the spot market.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        int | None,
        typer.Option(
            metavar="TIME",
            parser=parsed(parse_instant),
            help="When the data were taken, UTC: bars closing later were unfinished. Default: when they were imported.",
            show_default=False,
        ),
    ] = None,
    repair: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Write what can be believed to OUT (.csv, .parquet) and what was done to OUT.repairs.",
            show_default=False,
        ),
    ] = None,
    conflicts: Annotated[
        ConflictPolicy,
        typer.Option(help="Rows of one time with different values: repair drops all, or keeps and marks the first."),
    ] = ConflictPolicy.DROP,
    kind: Annotated[
        SeriesKind | None, typer.Option(case_sensitive=False, help="What the rows of files are.", show_default=False)
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(help="Instrument of files, such as BTCUSDT.", show_default=False)
    ] = None,
    interval: Annotated[
        int | None,
        typer.Option(
            metavar="INTERVAL",
            parser=parsed(parse_interval),
            help="Length that bars of files are to have, such as 1h.",
            show_default=False,
        ),
    ] = None,
    market: Annotated[Market | None, typer.Option(help="Market of files.", show_default=False)] = None,
    time_unit: Annotated[TimeUnit | None, typer.Option(help="Unit of whole-number times.", show_default=False)] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS", help="Name of a column in files: close=Last. Repeat it.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every place and gap that is known.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what must not be used.")] = False,
    _schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Print the JSON Schema of the document and exit.", callback=_print_schema, is_eager=True
        ),
    ] = False,
) -> None:
    """Say how far data can be believed: what is wrong where, a score from 0 to 1, and a verdict.

    Bars are checked for gaps, order, repeats, wrong units and intervals, impossible values, and for what no market
    shows; funding for holes, repeats and absurd rates. Repair only drops, sorts or marks rows. Ends with 0 if every
    verdict, with --repair that of OUT, is at least usable, with 3 otherwise. The catalogue remembers the verdict.
    """
    from entrypoints.cli.validation_run import Wanted, run_validate  # noqa: PLC0415

    hints = ReadingHints(
        market=market,
        kind=kind,
        symbol=None if symbol is None else symbol.strip().upper(),
        interval_ns=interval,
        time_unit=time_unit,
        columns=dict(parsed(column_pair)(text) for text in column or ()),
    )
    wanted = Wanted(against=against, as_of_ns=as_of, repair=repair, conflicts=conflicts, hints=hints)
    run_validate(sources, wanted, as_json=as_json, verbose=verbose, quiet=quiet)
