"""The command `data download`: what it takes. What it does is imported when it is called."""

from typing import Annotated, Final

import typer

from application.market_series import Market, SeriesKind

_URL_HELP: Final = "Root of the archive, below which futures/ and spot/ lie."


def download(
    symbols: Annotated[
        list[str], typer.Argument(metavar="SYMBOL...", help="Instruments, such as BTCUSDT.", show_default=False)
    ],
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="PERIOD", help="First month or day: 2024-01 or 2024-01-31, UTC.")
    ],
    end: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="PERIOD",
            help="Last month or day, included; without it everything up to now.",
            show_default=False,
        ),
    ] = "",
    kinds: Annotated[
        list[SeriesKind] | None,
        typer.Option(
            "--kind", case_sensitive=False, help="What to download; repeat it.  [default: klines]", show_default=False
        ),
    ] = None,
    interval: Annotated[str, typer.Option(help="Length of bars.")] = "1m",
    market: Annotated[Market, typer.Option(help="um: USDⓈ-M futures; spot.")] = Market.UM,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Transfers that may run at once.")] = 4,
    attempts: Annotated[int, typer.Option(min=1, max=100, help="Attempts without progress before giving up.")] = 6,
    no_import: Annotated[
        bool, typer.Option("--no-import", help="Leave the files in the download folder, out of the catalogue.")
    ] = False,
    archive_only: Annotated[
        bool, typer.Option("--archive-only", help="Do not ask the venue for what the archive does not have yet.")
    ] = False,
    archive_url: Annotated[
        str, typer.Option(metavar="URL", help=f"{_URL_HELP}  [default: Binance's]", show_default=False)
    ] = "",
    rest_url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Address of the venue's REST interface.  [default: Binance's]", show_default=False
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Download market data from Binance's public archive, and its newest part from the venue; then import it.

    Whole past months come as monthly files, other days as daily ones, each verified by its published checksum. What is
    in the download folder already is not transferred again; what was interrupted is resumed. Days that are not
    published are counted and are no error.
    """
    from entrypoints.cli.download_run import DownloadOrder, run_download  # noqa: PLC0415
    from entrypoints.download_container import Sources  # noqa: PLC0415

    order = DownloadOrder(
        symbols=symbols,
        kinds=kinds or [SeriesKind.BARS],
        interval=interval,
        market=market,
        start=start,
        end=end,
        sources=Sources(
            archive_url=archive_url,
            rest_url=rest_url,
            archive_only=archive_only,
            n_parallel=parallel,
            attempts_max=attempts,
        ),
    )
    run_download(order, imports=not no_import, as_json=as_json, quiet=quiet)
