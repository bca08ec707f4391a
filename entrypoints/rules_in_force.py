"""The rule books of a run: shipped and refreshed versions, what the configuration changes, and what it adds."""

from collections.abc import Iterable, Mapping
from typing import Final

from adapters.instrument_rules.catalog import Recorded, known_book
from adapters.synthetic.market import DEFAULT_START_NS
from domain.instrument import BracketRow, Instrument, MarginSchedule
from domain.rule_book import InstrumentChanged, RuleBook, RuleFigures
from domain.time_units import parse_interval, to_ns
from entrypoints.configuration.sections import BracketSection, InstrumentSection, RunConfiguration, VenueSection
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.errors import ConfigurationError

_KEYS: Final = {"maker_rate": "maker_fee", "taker_rate": "taker_fee", "liquidation_rate": "liquidation_fee"}
"""Configuration keys of the figures that are named differently there."""


def rule_books_in_force(
    configuration: RunConfiguration, source: ConfigurationSource, recorded: Recorded
) -> Mapping[str, RuleBook]:
    """Return the rule book of every instrument of a run, what is configured holding at all dates.

    Raises:
        ConfigurationError: An instrument is unknown and not fully described, its rules contradict each other, or
            the leverage setting was never allowed.
    """
    found = {}
    for symbol in configuration.symbols:
        section = configuration.instruments.get(symbol)
        try:
            book = known_book(symbol, recorded).with_everywhere(_configured(section))
            _check_complete(book, is_described=section is not None)
        except ValueError as error:
            raise ConfigurationError(f"{source.name}: instruments.{symbol}: {error}") from error
        found[symbol] = book.with_everywhere(_venue_fees(configuration.venue))
        if not found[symbol].is_spot:
            _refuse_leverage(found[symbol], _leverages_ever(found[symbol]), configuration.account.leverage, source)
    return found


def instruments_at(books: Mapping[str, RuleBook], at_ns: int) -> Mapping[str, Instrument]:
    """Return the trading rules of each instrument at an instant."""
    return {symbol: book.at(at_ns) for symbol, book in books.items()}


def changes_between(books: Mapping[str, RuleBook], start_ns: int, end_ns: int) -> tuple[InstrumentChanged, ...]:
    """Return all changes in (start_ns, end_ns], by time and then by symbol."""
    changes = (change for book in books.values() for change in book.changes_between(start_ns, end_ns))
    return tuple(sorted(changes, key=lambda change: (change.at_ns, change.symbol)))


def check_leverage(
    books: Mapping[str, RuleBook], leverage: int, source: ConfigurationSource, *, start_ns: int, end_ns: int
) -> None:
    """Refuse a leverage setting that an instrument does not allow all through a period.

    Raises:
        ConfigurationError: The message names the instrument and what it allows at most.
    """
    for book in _contracts(books):
        instants = (start_ns, *book.dates_between(start_ns, end_ns))
        allowed = min(_leverage_max(book.at(at_ns)) for at_ns in instants)
        _refuse_leverage(book, allowed, leverage, source)


def leverage_allowed(books: Mapping[str, RuleBook], start_ns: int, end_ns: int) -> Mapping[str, int]:
    """Return the most leverage that each contract allows at any time of a period; spot has none to allow."""
    return {
        book.symbol: max(_leverage_max(book.at(at_ns)) for at_ns in (start_ns, *book.dates_between(start_ns, end_ns)))
        for book in _contracts(books)
    }


def _contracts(books: Mapping[str, RuleBook]) -> Iterable[RuleBook]:
    return (book for book in books.values() if not book.is_spot)


def configured_period(configuration: RunConfiguration, book: RuleBook) -> tuple[int, int]:
    """Return the configured period; where it is open, the time over which anything is known of the rules."""
    data, synthetic = configuration.data, configuration.synthetic
    if synthetic is not None:
        return DEFAULT_START_NS, DEFAULT_START_NS + synthetic.bars * parse_interval(synthetic.interval)
    start = None if data is None else data.start
    end = None if data is None else data.end
    dates = [version.effective_at_ns for version in book.versions] or [0]
    start_ns = dates[0] if start is None else to_ns(start)
    return start_ns, max(start_ns, dates[-1] if end is None else to_ns(end))


def _leverages_ever(book: RuleBook) -> int:
    instants = (0, *(version.effective_at_ns for version in book.versions))
    return max(_leverage_max(book.at(at_ns)) for at_ns in instants)


def _leverage_max(rules: Instrument) -> int:
    return max(bracket.leverage_max for schedule in rules.margins for bracket in schedule.brackets)


def _refuse_leverage(book: RuleBook, allowed: int, leverage: int, source: ConfigurationSource) -> None:
    if leverage > allowed:
        raise ConfigurationError(
            f"{source.name}: account.leverage: {leverage} is more than {book.symbol} allows, at most {allowed}"
        )


def _check_complete(book: RuleBook, *, is_described: bool) -> None:
    if not book.missing:
        return
    if not book.versions and not is_described:
        raise ValueError(f"the rules of {book.symbol} are not shipped: describe it under this key")
    key = _KEYS.get(book.missing[0], book.missing[0])
    what = "not shipped" if not book.versions else "only known in part"
    raise ValueError(f"{key} is missing, and the rules of {book.symbol} are {what}")


def _configured(section: InstrumentSection | None) -> RuleFigures:
    if section is None:
        return RuleFigures()
    return RuleFigures(
        tick_size=section.tick_size,
        lot_size=section.lot_size,
        quantity_min=section.quantity_min,
        quantity_max=section.quantity_max,
        notional_min=section.notional_min,
        price_band=section.price_band,
        maker_rate=section.maker_fee,
        taker_rate=section.taker_fee,
        liquidation_rate=section.liquidation_fee,
        brackets=None if section.brackets is None else _brackets(section.brackets),
    )


def _brackets(sections: Iterable[BracketSection]) -> MarginSchedule:
    rows: list[BracketRow] = [
        (row.notional_floor, row.notional_cap, row.maintenance_rate, row.leverage_max) for row in sections
    ]
    return MarginSchedule.from_rows(rows)


def _venue_fees(venue: VenueSection) -> RuleFigures:
    return RuleFigures(maker_rate=venue.maker_fee, taker_rate=venue.taker_fee)
