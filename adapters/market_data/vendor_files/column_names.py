"""The names under which files have our columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from adapters.market_data.vendor_files.table_source import Wanted
from application.market_series import SeriesKind

_OTHER: Final = re.compile(r"[^a-z0-9]+")


@frozen
class ColumnSpec:
    """One column of ours and where files have it.

    Attributes:
        ours: Name in our rows.
        known_as: Name for users, which files of our own exports have.
        wanted: What it is.
        aliases: Names in files, the best first. A single letter counts as it is written, of others only the letters.
        is_needed: Whether the file is not of this kind without it.
    """

    ours: str
    known_as: str
    wanted: Wanted
    aliases: tuple[str, ...] = field(repr=False)
    is_needed: bool = True


def _spec(ours: str, known_as: str, wanted: Wanted, *aliases: str, needed: bool = True) -> ColumnSpec:
    return ColumnSpec(ours, known_as, wanted, (known_as, *aliases), needed)


_OPEN_TIME: Final = _spec(
    *("opened_at_ns", "open_time", Wanted.TIME),
    *("opentime", "kline_open_time", "start_time", "starttime", "unix", "unix_timestamp", "timestamp", "timestamp_ms"),
    *("ts", "time", "t", "datetime", "date_time", "date", "index_level_0"),
)
_PRICES: Final = (
    _spec("open", "open", Wanted.FLOAT, "o", "open_price"),
    _spec("high", "high", Wanted.FLOAT, "h", "high_price"),
    _spec("low", "low", Wanted.FLOAT, "l", "low_price"),
    _spec("close", "close", Wanted.FLOAT, "c", "close_price"),
)
_VOLUME: Final = _spec("volume", "volume", Wanted.FLOAT, "v", "vol", "base_volume", "volume_base")
_TAKEN: Final = (
    _spec(
        *("quote_volume", "quote_volume", Wanted.FLOAT),
        *("quote_asset_volume", "asset_volume", "quotevolume", "volume_quote", "turnover", "q"),
        needed=False,
    ),
    _spec(
        *("trades", "trades", Wanted.FLOAT),
        *("count", "number_of_trades", "num_trades", "trade_count", "tradecount", "n_trades", "n"),
        needed=False,
    ),
    _spec(
        *("taker_buy_volume", "taker_buy_volume", Wanted.FLOAT),
        *("taker_buy_base_asset_volume", "buy_base_asset_volume", "taker_buy_base_volume", "taker_base_volume", "V"),
        needed=False,
    ),
    _spec(
        *("taker_buy_quote_volume", "taker_buy_quote_volume", Wanted.FLOAT),
        *("taker_buy_quote_asset_volume", "buy_quote_asset_volume", "taker_quote_volume", "Q"),
        needed=False,
    ),
)
_PRICE_BARS: Final = (_OPEN_TIME, *_PRICES)

COLUMN_SPECS: Final[Mapping[SeriesKind, tuple[ColumnSpec, ...]]] = {
    SeriesKind.FUNDING: (
        _spec("settled_at_ns", "funding_time", Wanted.TIME, "calc_time", "fundingtime", "timestamp", "time", "date"),
        _spec("rate", "funding_rate", Wanted.FLOAT, "last_funding_rate", "fundingrate"),
    ),
    SeriesKind.TRADES: (
        _spec(*("traded_at_ns", "transact_time", Wanted.TIME), *("T", "timestamp", "time")),
        _spec("trade_id", "agg_trade_id", Wanted.INT, "a", "aggtradeid", "aggregate_tradeid"),
        _spec("price", "price", Wanted.FLOAT, "p"),
        _spec("quantity", "quantity", Wanted.FLOAT, "q", "qty"),
        _spec("first_id", "first_trade_id", Wanted.INT, "f", "first_tradeid"),
        _spec("last_id", "last_trade_id", Wanted.INT, "l", "last_tradeid"),
        _spec("buyer_is_maker", "is_buyer_maker", Wanted.FLAG, "m", "was_the_buyer_the_maker"),
    ),
    SeriesKind.METRICS: (
        _spec("sampled_at_ns", "create_time", Wanted.TIME, "timestamp"),
        _spec("open_interest", "sum_open_interest", Wanted.FLOAT, "sumopeninterest"),
        _spec("open_interest_value", "sum_open_interest_value", Wanted.FLOAT, "sumopeninterestvalue"),
        _spec("top_account_ratio", "count_toptrader_long_short_ratio", Wanted.FLOAT, needed=False),
        _spec("top_position_ratio", "sum_toptrader_long_short_ratio", Wanted.FLOAT, needed=False),
        _spec("account_ratio", "count_long_short_ratio", Wanted.FLOAT, needed=False),
        _spec("taker_volume_ratio", "sum_taker_long_short_vol_ratio", Wanted.FLOAT, needed=False),
    ),
    SeriesKind.BARS: (*_PRICE_BARS, _VOLUME, *_TAKEN),
    SeriesKind.MARK: _PRICE_BARS,
    SeriesKind.INDEX: _PRICE_BARS,
    SeriesKind.PREMIUM: _PRICE_BARS,
}

SYMBOL_COLUMN: Final = ("symbol", "pair", "ticker", "s")
CLOSE_TIME_COLUMN: Final = ("close_time", "closetime", "kline_close_time", "T")

KNOWN_AS: Final = frozenset(spec.known_as for specs in COLUMN_SPECS.values() for spec in specs) | {"time"}
"""Names that users may give to columns; ``time`` is the time of whatever kind it is."""


def normalized(name: str) -> str:
    """Return a name with its letters and digits alone; a single letter stays as it is, because case tells it apart."""
    stripped = name.strip()
    return stripped if len(stripped) == 1 else _OTHER.sub("_", stripped.lower()).strip("_")


def find(names: Sequence[str], aliases: Sequence[str]) -> str | None:
    """Return the name in a file that is the best of some aliases."""
    by_normalized = {normalized(name): name for name in reversed(names)}
    return next((by_normalized[alias] for alias in aliases if alias in by_normalized), None)


def match(kind: SeriesKind, names: Sequence[str], chosen: Mapping[str, str]) -> dict[ColumnSpec, str]:
    """Return the name in a file of each column of a kind that it has.

    Args:
        kind: Which kind.
        names: Names in the file.
        chosen: Names in the file that the user gave, by ours.
    """
    return dict(_matches(kind, names, chosen))


def _matches(kind: SeriesKind, names: Sequence[str], chosen: Mapping[str, str]) -> Iterator[tuple[ColumnSpec, str]]:
    for spec in COLUMN_SPECS[kind]:
        given = chosen.get(spec.known_as) or (chosen.get("time") if spec.wanted is Wanted.TIME else None)
        name = given if given in names else None if given else find(names, spec.aliases)
        if name is not None:
            yield spec, name


def lacking(kind: SeriesKind, found: Mapping[ColumnSpec, str]) -> list[str]:
    """Return the names of columns without which a file is not of a kind."""
    return [spec.known_as for spec in COLUMN_SPECS[kind] if spec.is_needed and spec not in found]


def sided_volumes(names: Sequence[str], symbol: str) -> dict[str, str]:
    """Return which columns named for an asset (``Volume BTC``, ``Volume USDT``) are base and quote volume, by ours."""
    found = {}
    for name in names:
        before, _, asset = normalized(name).partition("_")
        if before == "volume" and asset and "_" not in asset:
            if symbol.startswith(asset.upper()):
                found["volume"] = name
            elif symbol.endswith(asset.upper()):
                found["quote_volume"] = name
    return found
