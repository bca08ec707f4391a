"""Dated rules, worked out by hand."""

from decimal import Decimal

import pytest

from domain.rule_book import FundingTerms, InstrumentChanged, RuleBook, RuleFigures, RuleVersion
from domain.time_units import NS_PER_HOUR
from tests.property.test_rule_book_laws import FULL

# Known in full from instant 10 on; a finer tick at 5 and a coarser one at 20 were only seen in prices.
BOOK = RuleBook(
    "BTCUSDT",
    (
        RuleVersion(10, FULL, "a list"),
        RuleVersion(20, RuleFigures(tick_size=Decimal(1)), "prices"),
        RuleVersion(5, RuleFigures(tick_size=Decimal("0.01")), "prices"),
    ),
)


@pytest.mark.parametrize(
    ("at_ns", "tick_size"), [(0, "0.01"), (5, "0.01"), (9, "0.01"), (10, "0.1"), (19, "0.1"), (20, "1"), (99, "1")]
)
def test_the_latest_version_up_to_an_instant_holds(at_ns: int, tick_size: str) -> None:
    assert BOOK.at(at_ns).tick_size == Decimal(tick_size)


def test_before_its_first_date_the_first_figure_stands_in_and_the_book_says_so() -> None:
    assert BOOK.at(7).lot_size == FULL.lot_size
    # The tick was known at 5; everything else only at 10.
    assert "tick_size" not in BOOK.stand_ins_at(7)
    assert BOOK.stand_ins_at(7) == tuple(name for name in FULL.stated if name != "tick_size")
    assert BOOK.stand_ins_at(4) == FULL.stated
    assert BOOK.stand_ins_at(10) == ()


def test_changes_are_told_with_all_the_rules_from_then_on() -> None:
    assert BOOK.changes_between(5, 20) == (InstrumentChanged(10, BOOK.at(10)), InstrumentChanged(20, BOOK.at(20)))
    # The start is no change, the end is one.
    assert BOOK.changes_between(10, 19) == ()
    assert [change.at_ns for change in BOOK.changes_between(19, 20)] == [20]
    assert BOOK.changes_between(5, 20)[0].symbol == "BTCUSDT"


def test_a_version_that_repeats_what_holds_is_no_change() -> None:
    again = BOOK.with_versions([RuleVersion(15, RuleFigures(tick_size=Decimal("0.10")), "another list")])

    assert again.changes_between(10, 19) == ()


def test_the_versions_used_are_those_that_some_figure_is_from() -> None:
    used = [version.effective_at_ns for version in BOOK.versions_used(6, 8)]

    # The tick from 5; all the rest from 10, which stands in.
    assert used == [5, 10]
    assert [version.effective_at_ns for version in BOOK.versions_used(20, 30)] == [10, 20]


def test_funding_is_every_eight_hours_until_somebody_says_otherwise() -> None:
    denser = RuleFigures(funding_interval_h=2, funding_cap=Decimal("0.02"))
    rules = BOOK.with_versions([RuleVersion(15, denser, "settlements")])

    assert rules.funding_terms_at(14) == FundingTerms(8 * NS_PER_HOUR, None)
    assert rules.funding_terms_at(15) == FundingTerms(2 * NS_PER_HOUR, Decimal("0.02"))
    # Orders do not care how often funding is settled.
    assert rules.changes_between(10, 19) == ()


def test_a_book_says_what_it_lacks() -> None:
    part = RuleBook("BTCUSDT", BOOK.versions[:1])

    assert BOOK.missing == ()
    assert part.missing == tuple(name for name in FULL.stated if name != "tick_size")
    with pytest.raises(ValueError, match=r"^BTCUSDT: lot_size is not known$"):
        part.at(0)


def test_two_sources_of_one_instant_may_agree_but_not_contradict_each_other() -> None:
    same = RuleVersion(20, RuleFigures(tick_size=Decimal("1.0")), "another list")
    other = RuleVersion(20, RuleFigures(tick_size=Decimal(2)), "another list")

    assert BOOK.with_versions([same]).at(20) == BOOK.at(20)
    with pytest.raises(ValueError, match=r"^BTCUSDT: tick_size of 1970-.* by 'another list' and by 'prices'$"):
        BOOK.with_versions([other])


def test_a_version_states_something_and_says_where_it_is_from() -> None:
    with pytest.raises(ValueError, match="state nothing"):
        RuleVersion(0, RuleFigures(), "a list")
    with pytest.raises(ValueError, match="origin"):
        RuleVersion(0, FULL, "")


@pytest.mark.parametrize("hours", [0, 9])
def test_funding_is_settled_every_one_to_eight_hours(hours: int) -> None:
    with pytest.raises(ValueError, match="funding_interval_h"):
        RuleFigures(funding_interval_h=hours)
