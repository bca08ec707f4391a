"""Takes what a source says today into the rule books: only what is new, dated, with its origin."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from application.errors import DataError
from domain.rule_book import Figure, RuleBook, RuleFigures, RuleVersion
from domain.time_units import iso_utc


@frozen
class FigureChange:
    """One figure that is not what it was known to be.

    Attributes:
        symbol: Instrument.
        name: Of the figure.
        before: As known until then; None if it was not known at all.
        after: As it is now.
    """

    symbol: str
    name: str
    before: Figure | None
    after: Figure


@frozen
class News:
    """What a source says that the books did not know.

    Attributes:
        versions: New versions by symbol; instruments without news are not in it.
        changes: The same figure by figure, in order of symbol.
    """

    versions: Mapping[str, RuleVersion]
    changes: tuple[FigureChange, ...]


def find_news(books: Mapping[str, RuleBook], published: Mapping[str, RuleFigures], *, at_ns: int, origin: str) -> News:
    """Return what differs from the books at an instant.

    Args:
        books: What is known, by symbol; a symbol without a book is new altogether.
        published: What the source says, by symbol.
        at_ns: Since when it is known to hold.
        origin: Where it was read, in words.
    """
    changes = tuple(
        change for symbol in sorted(published) for change in _changes(symbol, books.get(symbol), published, at_ns)
    )
    versions = {
        symbol: RuleVersion(at_ns, published[symbol].only(names), origin)
        for symbol, names in _names_by_symbol(changes).items()
    }
    return News(versions, changes)


def _changes(
    symbol: str, book: RuleBook | None, published: Mapping[str, RuleFigures], at_ns: int
) -> Iterable[FigureChange]:
    known = RuleFigures() if book is None else book.known_at(at_ns)
    figures = published[symbol]
    for name in figures.stated:
        before, after = getattr(known, name), getattr(figures, name)
        if before != after:
            yield FigureChange(symbol, name, before, after)


def _names_by_symbol(changes: Iterable[FigureChange]) -> Mapping[str, list[str]]:
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(change.symbol, []).append(change.name)
    return names


def merged(first: Mapping[str, RuleFigures], second: Mapping[str, RuleFigures]) -> Mapping[str, RuleFigures]:
    """Return what two sources say together; they state different figures."""
    empty = RuleFigures()
    return {symbol: second.get(symbol, empty).over(first.get(symbol, empty)) for symbol in {*first, *second}}


def refuse_rewriting(recorded: Mapping[str, Iterable[RuleVersion]], news: News) -> None:
    """Refuse news from before what was recorded last: what held since then would change without a word.

    Raises:
        DataError: It is so; the message names the instrument and both dates.
    """
    for symbol, version in news.versions.items():
        last_ns = max((each.effective_at_ns for each in recorded.get(symbol, ())), default=None)
        if last_ns is not None and version.effective_at_ns <= last_ns:
            raise DataError(
                f"{version.origin}: {symbol}: is of {iso_utc(version.effective_at_ns)}, and rules of "
                f"{iso_utc(last_ns)} are recorded already"
            )
