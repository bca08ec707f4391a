"""Laws of dated rules: what holds when, whatever is known and in whatever order it became known."""

from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.rule_book import FIGURE_NAMES, RuleBook, RuleFigures, RuleVersion
from tests.support import BRACKET_ROWS, make_schedule

LAST: Final = 30
"""Versions are dated 0 to this; instants are asked for a little around it."""

FULL: Final = RuleFigures(
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.001"),
    quantity_min=Decimal("0.001"),
    quantity_max=Decimal(1000),
    notional_min=Decimal(5),
    price_band=Decimal("0.05"),
    maker_rate=Decimal("0.0002"),
    taker_rate=Decimal("0.0005"),
    liquidation_rate=Decimal("0.0125"),
    brackets=make_schedule(),
)

_decimals = st.decimals(min_value="0.001", max_value="0.9", places=3)
figures = st.builds(
    RuleFigures,
    tick_size=st.none() | _decimals,
    lot_size=st.none() | _decimals,
    notional_min=st.none() | _decimals,
    taker_rate=st.none() | _decimals,
    brackets=st.none() | st.sampled_from([make_schedule(), make_schedule(BRACKET_ROWS[:2])]),
    funding_interval_h=st.none() | st.sampled_from([1, 2, 4, 8]),
).filter(lambda each: bool(each.stated))
instants = st.integers(-5, LAST + 5)
# Each date once: two sources of one instant could contradict each other.
versions = st.lists(
    st.builds(RuleVersion, st.integers(0, LAST), figures, st.just("a list")),
    max_size=8,
    unique_by=lambda each: each.effective_at_ns,
)


def book(known: list[RuleVersion], first: int = 0) -> RuleBook:
    """Return a book in which every figure is known from an instant on."""
    start = RuleVersion(first, FULL, "the start")
    later = [each for each in known if each.effective_at_ns != first]
    return RuleBook("BTCUSDT", (start, *later))


@given(known=versions, data=st.data())
def test_the_order_in_which_versions_become_known_does_not_matter(
    known: list[RuleVersion], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(known))

    assert book(shuffled) == book(known)


@given(known=versions, at_ns=instants)
def test_rules_only_change_at_the_dates_of_versions(known: list[RuleVersion], at_ns: int) -> None:
    rules = book(known)
    begun = [0, *(each.effective_at_ns for each in known if each.effective_at_ns <= at_ns)]

    # Constant between dates, and at a date the new rules hold already.
    assert rules.at(at_ns) == rules.at(max(begun) if at_ns >= 0 else at_ns)


@given(known=versions, added=figures, date=st.integers(1, LAST), at_ns=instants)
def test_a_version_never_changes_what_held_before_it(
    known: list[RuleVersion], added: RuleFigures, date: int, at_ns: int
) -> None:
    rules = book([each for each in known if each.effective_at_ns != date])
    before = min(at_ns, date - 1)

    more = rules.with_versions([RuleVersion(date, added, "another list")])

    assert more.at(before) == rules.at(before)
    assert more.known_at(before) == rules.known_at(before)


@given(known=versions, added=figures, date=st.integers(0, LAST))
def test_a_version_holds_from_its_date_on_in_everything_it_states(
    known: list[RuleVersion], added: RuleFigures, date: int
) -> None:
    rules = RuleBook("BTCUSDT", tuple(each for each in known if each.effective_at_ns != date))

    held = rules.with_versions([RuleVersion(date, added, "another list")]).figures_at(date)

    assert held.only(added.stated) == added


@given(known=versions, start=instants, length=st.integers(0, LAST))
def test_the_changes_of_a_period_lead_from_its_first_rules_to_its_last(
    known: list[RuleVersion], start: int, length: int
) -> None:
    rules = book(known)
    end = start + length
    held = rules.at(start)
    changed_at = {change.at_ns: change.instrument for change in rules.changes_between(start, end)}

    assert list(changed_at) == sorted(changed_at)
    for at_ns in range(start, end + 1):
        held = changed_at.get(at_ns, held)
        assert held == rules.at(at_ns)


@given(known=versions, start=instants, length=st.integers(0, LAST))
def test_no_change_is_told_that_changes_nothing(known: list[RuleVersion], start: int, length: int) -> None:
    rules = book(known)
    told = [rules.at(start), *(change.instrument for change in rules.changes_between(start, start + length))]

    assert all(after != before for before, after in pairwise(told))


@given(known=versions, everywhere=figures, at_ns=instants)
def test_what_holds_everywhere_goes_over_every_date(
    known: list[RuleVersion], everywhere: RuleFigures, at_ns: int
) -> None:
    rules = book(known).with_everywhere(everywhere)

    assert rules.figures_at(at_ns).only(everywhere.stated) == everywhere
    rest = tuple(name for name in FIGURE_NAMES if name not in everywhere.stated)
    assert rules.figures_at(at_ns).only(rest) == book(known).figures_at(at_ns).only(rest)
    assert not set(everywhere.stated) & set(rules.stand_ins_at(at_ns))


@given(known=versions, at_ns=instants)
def test_a_figure_is_known_or_stands_in_and_never_both(known: list[RuleVersion], at_ns: int) -> None:
    rules = RuleBook("BTCUSDT", tuple(known))
    known_names = set(rules.known_at(at_ns).stated) - {"funding_interval_h"}
    assumed = set(rules.stand_ins_at(at_ns))

    assert not known_names & assumed
    assert known_names | assumed == set(rules.figures_at(at_ns).stated) - {"funding_interval_h"}
    later = {name for each in known if each.effective_at_ns > at_ns for name in each.figures.stated}
    assert assumed <= later


@given(known=versions, start=instants, length=st.integers(0, LAST), data=st.data())
def test_leaving_out_a_version_that_is_not_used_changes_nothing(
    known: list[RuleVersion], start: int, length: int, data: st.DataObject
) -> None:
    rules = book(known)
    used = rules.versions_used(start, start + length)

    fewer = evolve(rules, versions=used)

    at_ns = data.draw(st.integers(start, start + length))
    assert fewer.at(at_ns) == rules.at(at_ns)
