"""What the command `data download` does."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from adapters.binance_archive.layout import check_published
from application.download import DownloadedSeries, DownloadRequest
from application.errors import DataError, NetworkError
from application.market_import import ConflictPolicy, ReadingHints
from application.market_series import Market, SeriesKey, SeriesKind
from application.ports.market_import import MarketImport
from domain.time_units import parse_interval
from entrypoints.cli.download_period import period_end_ns, period_start_ns
from entrypoints.download_container import Sources, market_download
from entrypoints.download_outcome import Outcome
from entrypoints.errors import ConfigurationError
from entrypoints.terminal.download_progress import DownloadProgress
from entrypoints.terminal.progress import TerminalProgress


@frozen(kw_only=True)
class DownloadOrder:
    """What was typed.

    Attributes:
        symbols: Instruments, in any case.
        kinds: What to download of each.
        interval: Length of bars.
        market: Where they are traded.
        start: First month or day.
        end: Last month or day; empty for now.
        sources: Where from.
    """

    symbols: Sequence[str]
    kinds: Sequence[SeriesKind]
    interval: str
    market: Market
    start: str
    end: str
    sources: Sources


def run_download(order: DownloadOrder, *, imports: bool, as_json: bool, quiet: bool) -> None:
    """Download, import, say what became of each series; then fail if anything did."""
    download = market_download(os.environ, order.sources)
    requests = list(_requests(order, download.clock.now_ns()))
    with DownloadProgress(is_wanted=not quiet) as progress:
        harvest = asyncio.run(download(requests, progress))
    outcomes = _imported(harvest, quiet=quiet) if imports else [Outcome(each, None, each.failures) for each in harvest]
    _show(outcomes, as_json=as_json, quiet=quiet)
    _fail_if_anything_did(outcomes)


def _fail_if_anything_did(outcomes: Sequence[Outcome]) -> None:
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise DataError(f"{failures[0]}{more}")
    unreached = next((outcome.series.unreached for outcome in outcomes if outcome.series.unreached), "")
    if unreached:
        raise NetworkError(f"{unreached}; only the newest rows are missing (--archive-only leaves them out)")


def _requests(order: DownloadOrder, now_ns: int) -> Iterator[DownloadRequest]:
    start_ns = period_start_ns("--from", order.start)
    end_ns = period_end_ns("--to", order.end) if order.end else now_ns
    if start_ns >= now_ns:
        raise ConfigurationError(f"--from {order.start}: lies in the future")
    if start_ns >= end_ns:
        raise ConfigurationError(f"--to {order.end}: lies before --from {order.start}")
    for key in dict.fromkeys(_keys(order)):
        yield DownloadRequest(key=key, start_ns=start_ns, end_ns=end_ns)


def _keys(order: DownloadOrder) -> Iterator[SeriesKey]:
    for symbol in order.symbols:
        for kind in order.kinds:
            try:
                interval_ns = parse_interval(order.interval) if kind.has_bars else None
                key = SeriesKey(order.market, kind, symbol.strip().upper(), interval_ns)
                check_published(key)
            except ValueError as error:
                raise ConfigurationError(str(error)) from error
            yield key


def _imported(harvest: Sequence[DownloadedSeries], *, quiet: bool) -> list[Outcome]:
    from entrypoints.data_container import market_import  # noqa: PLC0415  # it imports pyarrow

    importing = market_import(os.environ)
    outcomes = []
    with TerminalProgress("import", is_wanted=not quiet) as progress:
        for place, series in enumerate(harvest):

            def advance(share: float, place: int = place) -> None:
                progress((place + share) / len(harvest))

            outcomes.append(_import_one(importing, series, advance))
    return outcomes


def _import_one(importing: MarketImport, series: DownloadedSeries, advance: Callable[[float], None]) -> Outcome:
    key, paths = series.request.key, [file.path for file in series.files]
    if not paths:
        return Outcome(series, None, series.failures)
    hints = ReadingHints(market=key.market, kind=key.kind, symbol=key.symbol, interval_ns=key.interval_ns)
    try:
        # What the archive says of a day replaces what the venue told of it earlier, and a corrected file the old one.
        (imported,) = importing(paths, hints, ConflictPolicy.REPLACE, advance)
    except DataError as error:
        return Outcome(series, None, (*series.failures, str(error)))
    return Outcome(series, imported, series.failures)


def _show(outcomes: Sequence[Outcome], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        from entrypoints.cli.data_documents import write_json  # noqa: PLC0415
        from entrypoints.cli.download_document import downloaded_document  # noqa: PLC0415

        write_json(downloaded_document(outcomes))
    elif not quiet:
        from entrypoints.terminal.download_summary import print_downloaded  # noqa: PLC0415

        print_downloaded(outcomes)
