"""How the REST interface is asked page by page for what happened in a stretch of time.

Parameters and limits: Binance's API documentation, "Kline/Candlestick Data", "Compressed/Aggregate Trades List" and
"Get Funding Rate History", 2026; those of spot, and that pages are ascending, are general knowledge of the interface.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import frozen

from adapters.binance_archive.rest_client import RestClient
from application.errors import DataError
from application.market_series import Market, SeriesKey, SeriesKind
from domain.time_units import format_interval

Row: TypeAlias = list[object] | dict[str, object]
"""One bar as the array, one trade or settlement as the object that the interface sends."""

_HOUR_MS: Final = 3_600_000
_OPEN_TIME: Final = 0
_CLOSE_TIME: Final = 6
_FIELDS_OF_A_BAR: Final = 12
_TRADES_PER_PAGE: Final = 1000
_SETTLEMENTS_PER_PAGE: Final = 1000
_BAR_PATHS: Final = {
    SeriesKind.BARS: "klines",
    SeriesKind.MARK: "markPriceKlines",
    SeriesKind.INDEX: "indexPriceKlines",
    SeriesKind.PREMIUM: "premiumIndexKlines",
}
_ROW_TEXT_MAX: Final = 120


@frozen(kw_only=True)
class RestRules:
    """What differs between markets.

    Attributes:
        host: Where the interface is.
        prefix: What its paths begin with.
        weight_max: Request weight per minute and address.
        bars_per_page: Most bars in one answer.
    """

    host: str
    prefix: str
    weight_max: int
    bars_per_page: int


REST_RULES: Final = {
    Market.UM: RestRules(host="https://fapi.binance.com", prefix="/fapi/v1", weight_max=2400, bars_per_page=1500),
    Market.SPOT: RestRules(host="https://api.binance.com", prefix="/api/v3", weight_max=6000, bars_per_page=1000),
}


def is_askable(kind: SeriesKind) -> bool:
    """Whether the interface tells of this kind; the metrics it has are others than those in the archive."""
    return kind in {*_BAR_PATHS, SeriesKind.TRADES, SeriesKind.FUNDING}


def row_ms(kind: SeriesKind, row: Row) -> int:
    """Return when a bar opens, a trade or a settlement takes place, milliseconds."""
    return _whole_number(row, _time_field(kind))


def close_ms(kind: SeriesKind, row: Row) -> int:
    """Return the last millisecond that a row tells of: of a bar, the one before the next bar opens."""
    return _whole_number(row, _CLOSE_TIME) if kind.has_bars else row_ms(kind, row)


def _time_field(kind: SeriesKind) -> int | str:
    if kind.has_bars:
        return _OPEN_TIME
    return "T" if kind is SeriesKind.TRADES else "fundingTime"


def _whole_number(row: Row, at: int | str) -> int:
    value = row[at] if isinstance(row, list) and isinstance(at, int) else None
    if isinstance(row, dict) and isinstance(at, str):
        value = row.get(at)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DataError(f"a row without a whole number in {at!r}: {_row_text(row)}")
    return value


def _row_text(row: object) -> str:
    text = repr(row)
    return text if len(text) <= _ROW_TEXT_MAX else f"{text[:_ROW_TEXT_MAX]}..."


async def server_ms(client: RestClient, rules: RestRules) -> int:
    """Return the venue's present time, milliseconds.

    Raises:
        DataError: The answer makes no sense. Others as `RestClient.ask`.
    """
    answer = await client.ask(f"{rules.prefix}/time", {})
    if not isinstance(answer, dict):
        raise DataError(f"{client.base_url}{rules.prefix}/time: an answer without a time: {_row_text(answer)}")
    return _whole_number(answer, "serverTime")


@frozen
class Pages:
    """Asks for one series.

    Attributes:
        client: Asks.
        rules: Of the series' market.
        key: Which series.
    """

    client: RestClient
    rules: RestRules
    key: SeriesKey

    def between(self, start_ms: int, end_ms: int) -> AsyncIterator[list[Row]]:
        """Yield rows from an instant on and before another, in time order, each once, page by page.

        Raises:
            DataError: The answers make no sense. Others as `RestClient.ask`.
        """
        return self._trades(start_ms, end_ms) if self.key.kind is SeriesKind.TRADES else self._timed(start_ms, end_ms)

    async def _timed(self, start_ms: int, end_ms: int) -> AsyncIterator[list[Row]]:
        """Ask from the last time on; for rows of which there is one at a time."""
        limit = self._rows_per_page()
        while start_ms < end_ms:
            span = {"startTime": start_ms, "endTime": end_ms - 1, "limit": limit}
            rows = await self._ask(span)
            fresh = self._fresh(rows, self._row_ms, start_ms)
            if fresh:
                yield [row for row in fresh if self._row_ms(row) < end_ms]
                start_ms = self._row_ms(fresh[-1]) + 1
            if len(rows) < limit:
                return
            self._check_progress(fresh, rows)

    async def _trades(self, start_ms: int, end_ms: int) -> AsyncIterator[list[Row]]:
        """Look for the first trade hour by hour, then ask from number to number: many happen at the same time."""
        rows: Sequence[Row] = ()
        while not rows and start_ms < end_ms:
            until_ms = min(start_ms + _HOUR_MS, end_ms)
            rows = await self._ask({"startTime": start_ms, "endTime": until_ms - 1, "limit": _TRADES_PER_PAGE})
            start_ms = until_ms
        fresh = self._fresh(rows, _trade_number, 0)
        while fresh:
            wanted = [row for row in fresh if self._row_ms(row) < end_ms]
            yield wanted
            if len(wanted) < len(fresh):
                return
            next_number = _trade_number(fresh[-1]) + 1
            rows = await self._ask({"fromId": next_number, "limit": _TRADES_PER_PAGE})
            fresh = self._fresh(rows, _trade_number, next_number)
            if len(rows) >= _TRADES_PER_PAGE:
                self._check_progress(fresh, rows)

    async def _ask(self, span: Mapping[str, str | int]) -> Sequence[Row]:
        answer = await self.client.ask(self._path, self._series() | dict(span))
        if not isinstance(answer, list):
            raise DataError(f"{self.client.base_url}{self._path}: expected rows, found {_row_text(answer)}")
        for number, row in enumerate(answer, start=1):
            self._check_row(number, row)
        return answer

    @property
    def _path(self) -> str:
        names = {**_BAR_PATHS, SeriesKind.TRADES: "aggTrades", SeriesKind.FUNDING: "fundingRate"}
        return f"{self.rules.prefix}/{names[self.key.kind]}"

    def _series(self) -> dict[str, str | int]:
        name = "pair" if self.key.kind is SeriesKind.INDEX else "symbol"
        series: dict[str, str | int] = {name: self.key.symbol}
        return series if self.key.interval_ns is None else series | {"interval": format_interval(self.key.interval_ns)}

    def _rows_per_page(self) -> int:
        return self.rules.bars_per_page if self.key.kind.has_bars else _SETTLEMENTS_PER_PAGE

    def _row_ms(self, row: Row) -> int:
        return row_ms(self.key.kind, row)

    def _check_row(self, number: int, row: object) -> None:
        is_bar = isinstance(row, list) and len(row) == _FIELDS_OF_A_BAR
        if not (is_bar if self.key.kind.has_bars else isinstance(row, dict)):
            raise DataError(f"{self.client.base_url}{self._path}: row {number} makes no sense: {_row_text(row)}")

    def _fresh(self, rows: Sequence[Row], order: Callable[[Row], int], start: int) -> list[Row]:
        """Return the rows that have not come yet; pages may overlap, but not run backwards.

        Raises:
            DataError: They do.
        """
        for before, after in pairwise(rows):
            if order(before) >= order(after):
                raise DataError(f"{self.client.base_url}{self._path}: rows out of order: {_row_text(after)}")
        return [row for row in rows if order(row) >= start]

    def _check_progress(self, fresh: Sequence[Row], rows: Sequence[Row]) -> None:
        if not fresh:
            raise DataError(f"{self.client.base_url}{self._path}: the same page again: {_row_text(rows[-1])}")


def _trade_number(row: Row) -> int:
    return _whole_number(row, "a")
