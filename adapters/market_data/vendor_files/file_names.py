"""What the name of a file and of its folders tell about whose data it holds."""

import re
from pathlib import Path
from typing import Final, TypeVar

from attrs import frozen

from application.market_series import Market, SeriesKind
from domain.time_units import parse_interval

_Fact = TypeVar("_Fact")

_TOKENS: Final = re.compile(r"[-_. ()]+")
_QUOTES: Final = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "DAI")
_COIN_QUOTES: Final = ("BTC", "ETH", "BNB", "USD", "EUR", "TRY")
_INTERVAL: Final = re.compile(r"[1-9][0-9]?[smhdw]")
_MONTHS: Final = re.compile(r"[1-9][0-9]?M(o)?")
_DELIVERY: Final = re.compile(r"([A-Z0-9]+USDT?)_([0-9]{6})(?![0-9])")
# BASE_QUOTE-5m, BASE_QUOTE_SETTLE-1h-futures
_PAIR: Final = re.compile(
    r"(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z]+)(?:_(?P<settle>[A-Z]+))?-(?P<interval>[1-9][0-9]?[smhdwM])"
    r"(?:-(?P<what>futures|mark|index|premiumIndex|funding_rate|spot))?"
)
_ENDINGS: Final = (".gz", ".zip", ".csv", ".json", ".parquet", ".feather", ".txt", ".tsv", ".arrow")
_FOLDERS_SEEN: Final = 6

_KIND_WORDS: Final = {
    "klines": SeriesKind.BARS,
    "futures": SeriesKind.BARS,
    "mark": SeriesKind.MARK,
    "markpriceklines": SeriesKind.MARK,
    "index": SeriesKind.INDEX,
    "indexpriceklines": SeriesKind.INDEX,
    "premium": SeriesKind.PREMIUM,
    "premiumindex": SeriesKind.PREMIUM,
    "premiumindexklines": SeriesKind.PREMIUM,
    "aggtrades": SeriesKind.TRADES,
    "funding": SeriesKind.FUNDING,
    "fundingrate": SeriesKind.FUNDING,
    "metrics": SeriesKind.METRICS,
}
# Of folders only whole names count, or those with an interval behind: others may contain any word.
_KIND_FOLDER: Final = re.compile(r"(\w+?)(-[1-9][0-9]?[smhdw])?")


@frozen
class NameFacts:
    """What names tell; None where they tell nothing, or contradict themselves.

    Attributes:
        market: Where the instrument is traded.
        kind: What the rows are.
        symbol: Instrument.
        interval_ns: Length of each bar.
        months: An interval in months, as it is written there, which no series of ours has.
        is_pair: Whether the name is of the form ``XRP_USDT_USDT-1h-futures``.
    """

    market: Market | None = None
    kind: SeriesKind | None = None
    symbol: str | None = None
    interval_ns: int | None = None
    months: str | None = None
    is_pair: bool = False


def facts_of(path: Path) -> NameFacts:
    """Return what the name of a file and of its folders tell."""
    stem = _stem(path.name)
    pair = _PAIR.fullmatch(stem)
    folders = path.absolute().parent.parts[-_FOLDERS_SEEN:]
    if pair is not None:
        return _facts_of_pair(pair, folders)
    tokens = [token for token in _TOKENS.split(stem) if token]
    return NameFacts(
        market=_market(tokens, folders),
        kind=_only({kind for token in tokens if (kind := _KIND_WORDS.get(token.lower()))}) or _folder_kind(folders),
        symbol=_symbol(stem, tokens),
        interval_ns=_interval(tokens),
        months=next((token for token in tokens if _MONTHS.fullmatch(token)), None),
    )


def _stem(name: str) -> str:
    while (ending := next((each for each in _ENDINGS if name.lower().endswith(each)), None)) is not None:
        name = name[: -len(ending)]
    return name


def _facts_of_pair(pair: re.Match[str], folders: tuple[str, ...]) -> NameFacts:
    what, interval = pair["what"], pair["interval"]
    kind = _KIND_WORDS.get((what or "klines").lower().replace("_", ""), SeriesKind.BARS)
    is_spot = pair["settle"] is None and what in {None, "spot"}
    is_months = interval.endswith("M")
    return NameFacts(
        market=_market([], folders) or (Market.SPOT if is_spot else Market.UM),
        kind=kind,
        symbol=pair["base"] + pair["quote"],
        interval_ns=parse_interval(interval) if kind.has_bars and not is_months else None,
        months=interval if is_months else None,
        is_pair=True,
    )


def _market(tokens: list[str], folders: tuple[str, ...]) -> Market | None:
    words = {tokens[0].lower() if tokens else "", *folders}
    return _only({market for market in Market if market.value in words})


def _folder_kind(folders: tuple[str, ...]) -> SeriesKind | None:
    matches = (_KIND_FOLDER.fullmatch(folder) for folder in reversed(folders))
    kinds = (_KIND_WORDS.get(found[1].lower()) for found in matches if found is not None and found[1] != "futures")
    return next((kind for kind in kinds if kind is not None), None)


def _symbol(stem: str, tokens: list[str]) -> str | None:
    delivery = _DELIVERY.search(stem)
    if delivery is not None:
        return f"{delivery[1]}_{delivery[2]}"
    symbols = {token.upper() for token in tokens if _is_symbol(token)}
    return _only(symbols)


def _is_symbol(token: str) -> bool:
    if not token.isascii() or not token.isalnum() or not any(letter.isalpha() for letter in token):
        return False
    # In small letters only what ends with a dollar coin is unmistakable.
    quotes = (*_QUOTES, *_COIN_QUOTES) if token == token.upper() else _QUOTES
    upper = token.upper()
    return any(upper.endswith(quote) and len(upper) > len(quote) + 1 for quote in quotes)


def _interval(tokens: list[str]) -> int | None:
    return _only({parse_interval(token) for token in tokens if _INTERVAL.fullmatch(token)})


def _only(facts: set[_Fact]) -> _Fact | None:
    return next(iter(facts)) if len(facts) == 1 else None
