"""The venue's maintenance-margin brackets, ``GET /fapi/v1/leverageBracket``, as saved to a file."""

from collections.abc import Collection, Iterator, Mapping

from adapters.instrument_rules.exchange_info import refuse_venue_error
from adapters.instrument_rules.strict_json import Place, read_document
from domain.instrument import BracketRow, MarginBracket, MarginSchedule
from domain.rule_book import RuleFigures


def read_leverage_brackets(content: bytes, source: str, wanted: Collection[str]) -> Mapping[str, RuleFigures]:
    """Return the brackets of the wanted contracts that are listed: in a list, or a single one by itself.

    Args:
        content: Body of the answer.
        source: File, for messages.
        wanted: Symbols; whatever else is listed is not looked at.

    Raises:
        DataError: The answer is not as agreed, or its own deductions do not follow from its rates. One line.
    """
    document = read_document(content, source)
    refuse_venue_error(document)
    entries = [document] if document.has("symbol") else list(document.items())
    found: dict[str, RuleFigures] = {}
    for entry in entries:
        symbol = entry.key("symbol").text()
        if symbol in wanted:
            if symbol in found:
                entry.refuse(f"{symbol} is listed twice")
            found[symbol] = RuleFigures(brackets=_schedule(entry.named(symbol)))
    return found


def _schedule(entry: Place) -> MarginSchedule:
    if entry.has("notionalCoef") and entry.key("notionalCoef").decimal() != 1:
        entry.key("notionalCoef").expected("brackets that are not adjusted for one account")
    places = sorted(entry.key("brackets").items(), key=lambda each: each.key("notionalFloor").decimal())
    try:
        schedule = MarginSchedule.from_rows(_rows(places))
    except ValueError as error:
        entry.refuse(str(error))
    for place, bracket in zip(places, schedule.brackets, strict=True):
        _check_amount(place, bracket)
    return schedule


def _rows(places: Collection[Place]) -> Iterator[BracketRow]:
    for place in places:
        yield (
            place.key("notionalFloor").decimal(),
            place.key("notionalCap").positive(),
            place.key("maintMarginRatio").positive(),
            place.key("initialLeverage").whole(),
        )


def _check_amount(place: Place, bracket: MarginBracket) -> None:
    """Hold the venue's own deduction against the one that makes the margin continuous."""
    if place.has("cum") and place.key("cum").decimal() != bracket.maintenance_amount:
        place.key("cum").expected(f"{bracket.maintenance_amount:f}, which follows from the rates")
