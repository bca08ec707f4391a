"""What a source says that the rule books did not know."""

from decimal import Decimal

import pytest
from hypothesis import given

from application.errors import DataError
from application.refresh_rules import FigureChange, find_news, merged, refuse_rewriting
from domain.rule_book import RuleBook, RuleFigures, RuleVersion
from domain.time_units import NS_PER_DAY
from tests.property.test_rule_book_laws import FULL, LAST, book, figures, versions

BOOKS = {"BTCUSDT": RuleBook("BTCUSDT", (RuleVersion(0, FULL, "the start"),))}


def test_only_what_is_new_becomes_a_version() -> None:
    published = {"BTCUSDT": RuleFigures(tick_size=Decimal("0.10"), lot_size=Decimal("0.01"))}

    news = find_news(BOOKS, published, at_ns=7, origin="a list")

    assert news.versions == {"BTCUSDT": RuleVersion(7, RuleFigures(lot_size=Decimal("0.01")), "a list")}
    assert news.changes == (FigureChange("BTCUSDT", "lot_size", Decimal("0.001"), Decimal("0.01")),)


def test_what_was_only_assumed_is_news() -> None:
    books = {"BTCUSDT": RuleBook("BTCUSDT", (RuleVersion(10, FULL, "later"),))}

    news = find_news(books, {"BTCUSDT": FULL}, at_ns=7, origin="a list")

    assert news.versions["BTCUSDT"].figures == FULL
    assert all(change.before is None for change in news.changes)


def test_an_unknown_instrument_is_news_altogether() -> None:
    assert find_news({}, {"NEWUSDT": FULL}, at_ns=7, origin="a list").versions["NEWUSDT"].figures == FULL


def test_without_news_there_is_nothing_to_record() -> None:
    news = find_news(BOOKS, {"BTCUSDT": FULL}, at_ns=7, origin="a list")

    assert (news.versions, news.changes) == ({}, ())


@given(known=versions, published=figures)
def test_taking_news_in_leaves_none(known: list[RuleVersion], published: RuleFigures) -> None:
    # After every date that is known, as a refresh is.
    books = {"BTCUSDT": book(known)}
    news = find_news(books, {"BTCUSDT": published}, at_ns=LAST + 1, origin="a list")
    taken = {"BTCUSDT": books["BTCUSDT"].with_versions(news.versions.values())}

    assert taken["BTCUSDT"].figures_at(LAST + 1).only(published.stated) == published
    assert not find_news(taken, {"BTCUSDT": published}, at_ns=LAST + 2, origin="a list").versions


def test_sources_are_put_together() -> None:
    filters, brackets = RuleFigures(tick_size=Decimal(1)), FULL.only(["brackets"])

    both = merged({"BTCUSDT": filters, "ETHUSDT": filters}, {"BTCUSDT": brackets})

    assert both == {"BTCUSDT": brackets.over(filters), "ETHUSDT": filters}


def test_what_is_recorded_is_never_rewritten_by_something_older() -> None:
    news = find_news(BOOKS, {"BTCUSDT": RuleFigures(tick_size=Decimal(7))}, at_ns=NS_PER_DAY, origin="a list")
    later = {"BTCUSDT": (RuleVersion(NS_PER_DAY, FULL, "recorded"),)}

    refuse_rewriting({"ETHUSDT": later["BTCUSDT"]}, news)
    with pytest.raises(DataError) as caught:
        refuse_rewriting(later, news)

    assert str(caught.value) == (
        "a list: BTCUSDT: is of 1970-01-02T00:00:00Z, and rules of 1970-01-02T00:00:00Z are recorded already"
    )
