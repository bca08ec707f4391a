"""The venue's published list of contracts, ``GET /fapi/v1/exchangeInfo``, read as dated rules."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from attrs import frozen

from adapters.instrument_rules.strict_json import Place, read_document
from domain.rule_book import RuleFigures
from domain.time_units import NS_PER_MS

PATH: Final = "/fapi/v1/exchangeInfo"

# Contracts without a date of delivery; the second is spelled so by the venue.
_PERPETUAL: Final = frozenset({"PERPETUAL", "TRADIFI_PERPETUAL"})
_SERVED_MS_MIN: Final = 1_500_000_000_000
_SERVED_MS_MAX: Final = 10_000_000_000_000


@frozen
class ExchangeInfo:
    """What one answer of the venue says.

    Attributes:
        served_at_ns: The server's own time; it is known to trail by more than a day now and then.
        figures: Rules by symbol.
    """

    served_at_ns: int
    figures: Mapping[str, RuleFigures]


def read_exchange_info(content: bytes, source: str, wanted: Collection[str]) -> ExchangeInfo:
    """Return the rules of the wanted contracts that are listed.

    Where limit and market orders have limits of their own, the tighter one is taken; of the price band the narrower
    side: an instrument has one of each.

    Args:
        content: Body of the answer.
        source: File or address, for messages.
        wanted: Symbols; whatever else is listed is not looked at.

    Raises:
        DataError: The answer is not as agreed. One line naming source, contract, filter and value.
    """
    document = read_document(content, source)
    refuse_venue_error(document)
    served_at = document.key("serverTime")
    if not _SERVED_MS_MIN <= served_at.whole() <= _SERVED_MS_MAX:
        served_at.expected("milliseconds since 1970 UTC")
    found: dict[str, RuleFigures] = {}
    for entry in document.key("symbols").items():
        symbol = entry.key("symbol").text()
        if symbol in wanted:
            if symbol in found:
                entry.refuse(f"{symbol} is listed twice")
            found[symbol] = _figures(entry.named(symbol))
    return ExchangeInfo(served_at.whole() * NS_PER_MS, found)


def refuse_venue_error(document: Place) -> None:
    """Refuse the venue's own way to say that something was wrong with a request.

    Raises:
        DataError: The document is one.
    """
    if document.has("code") and document.has("msg"):
        document.refuse(f"the venue answered error {document.key('code').value}: {document.key('msg').value}")


def _figures(entry: Place) -> RuleFigures:
    kind = entry.key("contractType")
    if kind.text() not in _PERPETUAL:
        kind.expected("a perpetual contract")
    filters = _filters(entry)
    limit, market = _filter(entry, filters, "LOT_SIZE"), _filter(entry, filters, "MARKET_LOT_SIZE")
    lot_sizes = (limit.key("stepSize").positive(), market.key("stepSize").positive())
    return RuleFigures(
        tick_size=_filter(entry, filters, "PRICE_FILTER").key("tickSize").positive(),
        lot_size=max(lot_sizes),
        quantity_min=max(limit.key("minQty").positive(), market.key("minQty").positive()),
        quantity_max=min(limit.key("maxQty").positive(), market.key("maxQty").positive()),
        notional_min=_filter(entry, filters, "MIN_NOTIONAL").key("notional").positive(),
        price_band=_price_band(_filter(entry, filters, "PERCENT_PRICE")),
        liquidation_rate=_fraction(entry.key("liquidationFee")),
    )


def _filters(entry: Place) -> Mapping[str, Place]:
    found: dict[str, Place] = {}
    for each in entry.key("filters").items():
        kind = each.key("filterType").text()
        if kind in found:
            each.refuse(f"filter {kind} is there twice")
        found[kind] = each.named(f"{entry.path}.{kind}")
    return found


def _filter(entry: Place, filters: Mapping[str, Place], kind: str) -> Place:
    if kind not in filters:
        entry.key("filters").refuse(f"{kind} is missing")
    return filters[kind]


def _price_band(place: Place) -> Decimal:
    up, down = place.key("multiplierUp"), place.key("multiplierDown")
    if up.decimal() <= 1:
        up.expected("a number above 1")
    if not 0 < down.decimal() < 1:
        down.expected("a number between 0 and 1")
    return min(up.decimal() - 1, 1 - down.decimal())


def _fraction(place: Place) -> Decimal:
    rate = place.decimal()
    if not 0 <= rate < 1:
        place.expected("a fraction from 0 to below 1")
    return rate
