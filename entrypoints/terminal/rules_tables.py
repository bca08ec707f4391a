"""Dated trading rules for people."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from rich.console import RenderableType

from application.refresh_rules import News
from domain.instrument import MarginSchedule
from domain.rule_book import FIGURE_NAMES, FUNDING_NAMES, Figure, RuleBook, RuleFigures
from domain.time_units import NS_PER_HOUR
from entrypoints.terminal.console import report_console
from entrypoints.terminal.figures import NOTHING, moment, quantity
from entrypoints.terminal.tables import heading, line, listing

_STEPS = ("tick_size", "lot_size", "notional_min", "taker_rate")


def print_list(books: Iterable[RuleBook], now_ns: int) -> None:
    """Print one line per instrument: what holds now, and of when its last version is."""
    rows = ((book.symbol, *_now(book, now_ns), moment(book.versions[-1].effective_at_ns)[:10]) for book in books)
    _print([listing(["instrument"], ["tick", "lot", "smallest", "taker fee", "leverage", "last change"], rows)])


def _now(book: RuleBook, now_ns: int) -> Iterator[str]:
    figures = book.figures_at(now_ns)
    for name in _STEPS:
        yield figure_in_words(getattr(figures, name))
    yield NOTHING if figures.brackets is None else str(figures.brackets.brackets[0].leverage_max)


def print_rules(book: RuleBook, at_ns: int) -> None:
    """Print the rules of one instrument at an instant, its brackets, and its dated versions."""
    _print(_rules(book, at_ns))


def _rules(book: RuleBook, at_ns: int) -> Iterator[RenderableType]:
    figures, assumed = book.figures_at(at_ns), book.stand_ins_at(at_ns)
    yield heading(f"{book.symbol} at {moment(at_ns)} UTC")
    yield listing(["rule"], ["value"], _rows(book, figures, at_ns), "known since")
    if assumed:
        yield line("Not known yet at that time: the first known figure stands in.", "yellow")
    if figures.brackets is not None:
        yield heading("Margin brackets")
        yield listing([], ["from", "to", "maintenance", "deducted", "leverage"], _brackets(figures.brackets))
    yield heading("Versions")
    versions = ((moment(each.effective_at_ns), _stated(each.figures), each.origin) for each in book.versions)
    yield listing(["from (UTC)", "states"], [], versions, "origin")


def _rows(book: RuleBook, figures: RuleFigures, at_ns: int) -> Iterator[tuple[str, str, str]]:
    for name in FIGURE_NAMES:
        if name not in FUNDING_NAMES and name != "brackets":
            yield name, figure_in_words(getattr(figures, name)), _since(book, name, at_ns)
    terms = book.funding_terms_at(at_ns)
    yield "funding_interval_h", str(terms.interval_ns // NS_PER_HOUR), _since(book, "funding_interval_h", at_ns)
    yield "funding_cap", figure_in_words(terms.rate_cap), _since(book, "funding_cap", at_ns)


def _since(book: RuleBook, name: str, at_ns: int) -> str:
    """Return since when a figure is known, or that it is not."""
    dates = [each.effective_at_ns for each in book.versions if name in each.figures.stated]
    begun = [date for date in dates if date <= at_ns]
    if begun:
        return moment(begun[-1])[:10]
    return f"assumed, from {moment(dates[0])[:10]}" if dates and name not in FUNDING_NAMES else "not known"


def _brackets(schedule: MarginSchedule) -> Iterator[tuple[str, ...]]:
    for each in schedule.brackets:
        amounts = (each.notional_floor, each.notional_cap, each.maintenance_rate, each.maintenance_amount)
        yield (*map(quantity, amounts), str(each.leverage_max))


def _stated(figures: RuleFigures) -> str:
    return ", ".join(
        name if name == "brackets" else f"{name} {figure_in_words(getattr(figures, name))}" for name in figures.stated
    )


def print_news(news: News, at_ns: int, path: Path, not_listed: Collection[str]) -> None:
    """Print what a refresh has changed, figure by figure."""
    _print(_news(news, at_ns, path, not_listed))


def _news(news: News, at_ns: int, path: Path, not_listed: Collection[str]) -> Iterator[RenderableType]:
    if news.changes:
        rows = (
            (change.symbol, change.name, figure_in_words(change.before), figure_in_words(change.after))
            for change in news.changes
        )
        yield listing(["instrument", "rule"], ["before", f"from {moment(at_ns)}"], rows)
        yield line(f"Recorded in {path}.")
    else:
        yield line("Nothing has changed; nothing was written.")
    if not_listed:
        yield line(f"Known, but not listed: {', '.join(sorted(not_listed))}.", "yellow")


def figure_in_words(figure: Figure | None) -> str:
    """Return a figure as people read it: decimals plain, brackets by their number and largest leverage."""
    if isinstance(figure, MarginSchedule):
        return f"{len(figure.brackets)} brackets, leverage {figure.brackets[0].leverage_max}"
    if isinstance(figure, Decimal):
        return quantity(figure)
    return NOTHING if figure is None else str(figure)


def _print(parts: Iterable[RenderableType]) -> None:
    console = report_console()
    for part in parts:
        console.print(part)
