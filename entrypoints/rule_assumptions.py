"""What a run takes for granted about the trading rules, put into words: a few lines per instrument."""

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import astuple

from application.results.result import Assumption
from domain.rule_book import FUNDING_NAMES, RuleBook, RuleVersion
from domain.time_units import NS_PER_HOUR, iso_utc
from entrypoints.configuration.structuring import plain_decimal

_WORDS: Final[Mapping[str, str]] = {
    "tick_size": "tick",
    "lot_size": "lot",
    "quantity_min": "quantity limits",
    "quantity_max": "quantity limits",
    "notional_min": "smallest notional",
    "price_band": "price band",
    "maker_rate": "fees",
    "taker_rate": "fees",
    "liquidation_rate": "liquidation fee",
    "brackets": "brackets",
}

_CHARGED: Final = "Maker, taker and liquidation, of notional."


def rule_assumptions(book: RuleBook, start_ns: int, end_ns: int) -> Iterator[Assumption]:
    """Yield what a run over [start_ns, end_ns] takes for granted about one instrument's rules."""
    symbol = book.symbol
    charged = "Maker and taker, of notional, in quote currency." if book.is_spot else _CHARGED
    yield Assumption(f"{symbol}.fees", _fees(book, start_ns, end_ns), charged)
    yield Assumption(f"{symbol}.rules", _steps(book, start_ns, end_ns), _versions_in_words(book, start_ns, end_ns))
    assumed = _assumed(book, start_ns)
    meaning = "Not known for the start of the period: the figures of these dates stand in."
    yield Assumption(f"{symbol}.rules_assumed", assumed or "nothing", meaning if assumed else "All rules are dated.")
    if not book.is_spot:
        meaning = "Every so often, and at most this much; taken to be 8 h where nobody says."
        yield Assumption(f"{symbol}.funding_terms", _funding(book, start_ns, end_ns), meaning)


def _over_time(values: Iterator[tuple[int, str]]) -> str:
    """Return ``a; b from 2022-02-15``: each value that differs from the one before it, with its date."""
    said, last = [], None
    for at_ns, value in values:
        if value != last:
            said.append(value if last is None else f"{value} from {iso_utc(at_ns)[:10]}")
        last = value
    return "; ".join(said)


def _instants(book: RuleBook, start_ns: int, end_ns: int) -> tuple[int, ...]:
    return (start_ns, *book.dates_between(start_ns, end_ns))


def _fees(book: RuleBook, start_ns: int, end_ns: int) -> str:
    fees = ((at_ns, book.at(at_ns).fees) for at_ns in _instants(book, start_ns, end_ns))
    return _over_time(
        (at_ns, " / ".join(map(plain_decimal, astuple(each)[: 2 if book.is_spot else 3]))) for at_ns, each in fees
    )


def _steps(book: RuleBook, start_ns: int, end_ns: int) -> str:
    rules = ((at_ns, book.at(at_ns)) for at_ns in _instants(book, start_ns, end_ns))
    return _over_time(
        (at_ns, f"tick {plain_decimal(each.tick_size)}, lot {plain_decimal(each.lot_size)}") for at_ns, each in rules
    )


def _versions_in_words(book: RuleBook, start_ns: int, end_ns: int) -> str:
    """Say which dated versions are used, each date once, and whether something is configured over them."""
    used = [each for each in book.versions_used(start_ns, end_ns) if not set(each.figures.stated) <= set(FUNDING_NAMES)]
    configured = "some as configured" if book.everywhere.stated else ""
    dates = f"of {', '.join(dict.fromkeys(map(_day, used)))}" if used else ""
    said = "; ".join(each for each in (dates, configured if used else "as configured") if each)
    return f"Trading rules {said}; each holds until the next one known."


def _day(version: RuleVersion) -> str:
    return iso_utc(version.effective_at_ns)[:10]


def _assumed(book: RuleBook, start_ns: int) -> str:
    """Return what stands in at the start, by the date that it is from: ``fees of 2026-01-01``."""
    words: dict[str, list[str]] = {}
    for name in book.stand_ins_at(start_ns):
        first = next(each for each in book.versions if name in each.figures.stated)
        words.setdefault(_day(first), []).append(_WORDS[name])
    return "; ".join(f"{', '.join(dict.fromkeys(words[day]))} of {day}" for day in sorted(words))


def _funding(book: RuleBook, start_ns: int, end_ns: int) -> str:
    terms = ((at_ns, book.funding_terms_at(at_ns)) for at_ns in _instants(book, start_ns, end_ns))
    return _over_time(
        (
            at_ns,
            f"{each.interval_ns // NS_PER_HOUR} h"
            + ("" if each.rate_cap is None else f", at most {plain_decimal(each.rate_cap)}"),
        )
        for at_ns, each in terms
    )
