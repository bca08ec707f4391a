"""The loss limits by example. 2024-01-01 was a Monday; each account begins then with 100."""

from decimal import Decimal
from math import inf

import pytest
from attrs import evolve

from domain.errors import DomainError
from domain.numbers import ZERO
from domain.risk.loss_limits import LossBreach, LossLimits, LossPeriod, LossRecord, LossRule
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS

HOUR = NS_PER_HOUR
DAY = NS_PER_DAY
LIMITS = LossLimits(
    daily_fraction=Decimal("0.05"),
    daily_amount=None,
    weekly_fraction=Decimal("0.08"),
    weekly_amount=None,
    losing_days_max=2,
    losing_trades_max=3,
)
NOTHING_LIMITED = LossLimits(
    daily_fraction=None,
    daily_amount=None,
    weekly_fraction=None,
    weekly_amount=None,
    losing_days_max=None,
    losing_trades_max=None,
)


def seen(
    *points: tuple[int, str], limits: LossLimits = LIMITS, start: str = "100"
) -> tuple[LossRecord, list[LossBreach]]:
    """Return the record after equity at so many hours from the start, and all breaches on the way."""
    record = LossRecord.start(Decimal(start), START_NS)
    told: list[LossBreach] = []
    for hours, equity in points:
        record, breaches = record.observe(Decimal(equity), START_NS + hours * HOUR, limits=limits)
        told += breaches
    return record, told


def test_the_loss_of_a_day_is_broken_at_its_limit_and_told_once() -> None:
    record, told = seen((1, "95.01"), (2, "95"), (3, "94"), (4, "100"))

    assert told == [
        LossBreach(
            rule=LossRule.DAILY_LOSS,
            breached_at_ns=START_NS + 2 * HOUR,
            lost=Decimal(5),
            lost_fraction=Decimal("0.05"),
        )
    ]
    assert record.broken(LIMITS) == {LossRule.DAILY_LOSS}


def test_a_new_day_begins_with_a_clean_slate_and_its_own_equity() -> None:
    # 96 at midnight: the day may lose 4.80, down to 91.20. The week may lose 8 of 100.
    record, told = seen((2, "95"), (24, "96"), (25, "92.01"))
    assert record.broken(LIMITS) == frozenset()
    assert [breach.rule for breach in told] == [LossRule.DAILY_LOSS]

    broken, _ = record.observe(Decimal("91.2"), START_NS + 26 * HOUR, limits=LIMITS)
    assert broken.broken(LIMITS) == {LossRule.DAILY_LOSS, LossRule.WEEKLY_LOSS}


def test_a_week_begins_on_monday() -> None:
    # Down a little each day: no day loses 5 %, the week loses 8 % on Thursday, and holds to Sunday's end.
    sunday, _ = seen((24, "98"), (48, "96"), (72, "94"), (80, "92"), (7 * 24 - 1, "99"))
    monday, _ = seen((80, "92"), (7 * 24, "99"))

    assert LossRule.WEEKLY_LOSS in sunday.broken(LIMITS)
    assert monday.broken(LIMITS) == frozenset()
    assert monday.week.started_at_ns == START_NS + 7 * DAY


def test_losses_can_be_limited_in_money() -> None:
    limits = evolve(NOTHING_LIMITED, daily_amount=Decimal(3), weekly_amount=Decimal(4))

    record, told = seen((1, "97.01"), (2, "97"), (24, "97"), (25, "96"), limits=limits)

    assert [(breach.rule, breach.lost) for breach in told] == [
        (LossRule.DAILY_LOSS, Decimal(3)),
        (LossRule.WEEKLY_LOSS, Decimal(4)),
    ]
    assert record.broken(limits) == {LossRule.WEEKLY_LOSS}


def test_what_is_not_limited_is_never_broken() -> None:
    record, told = seen((1, "1"), (24, "0.5"), (48, "0.2"), limits=NOTHING_LIMITED)

    assert (told, record.broken(NOTHING_LIMITED)) == ([], frozenset())
    assert record.lowest_quiet_equity(NOTHING_LIMITED) == -inf


def test_a_withdrawal_is_no_loss_and_a_deposit_hides_none() -> None:
    # 97 of 100: 3 % lost, and still so when 47 or 970 are there.
    record, _ = seen((1, "97"))

    withdrawn = record.after_transfer(Decimal(-50), equity_before=Decimal(97))
    deposited = record.after_transfer(Decimal(873), equity_before=Decimal(97))

    # 5 % of what 100 became: 47 × 95/97 = 46.03…, and 970 × 95/97 = 950.
    for moved, quiet, broken in ((withdrawn, "46.04", "46.03"), (deposited, "950.01", "949.99")):
        later, told = moved.observe(Decimal(quiet), START_NS + 2 * HOUR, limits=LIMITS)
        assert not told
        later, told = later.observe(Decimal(broken), START_NS + 3 * HOUR, limits=LIMITS)
        assert [breach.rule for breach in told] == [LossRule.DAILY_LOSS]


def test_without_equity_of_midnight_the_old_day_ends_with_what_was_seen_last() -> None:
    # 99 at 23:00 ends the first day; what came about until 01:00 counts to the second.
    record, _ = seen((23, "99"), (25, "97"))

    assert record.losing_days == 1
    assert record.day.start_equity == Decimal(99)
    assert record.day.pnl(Decimal(97)) == -2


def test_a_day_that_ends_unseen_after_a_transfer_has_not_earned_the_transfer() -> None:
    # 99 and 50 deposited at 23:00, 148 at 01:00: the first day lost 1 and the second so far 1.
    record, _ = seen((23, "99"))

    later, _ = record.after_transfer(Decimal(50), equity_before=Decimal(99)).observe(
        Decimal(148), START_NS + 25 * HOUR, limits=LIMITS
    )

    assert later.losing_days == 1
    assert later.day.pnl(Decimal(148)) == -1


def test_days_that_nobody_saw_neither_lengthen_nor_end_a_row() -> None:
    # Monday loses; Tuesday to Thursday are not seen; Friday, from Monday's last equity on, loses too.
    record, _ = seen((23, "99"), (4 * 24 + 5, "98"), (5 * 24, "98"))

    assert record.losing_days == 2


def test_more_losing_days_than_allowed_are_too_many() -> None:
    two, told_of_two = seen((24, "99"), (48, "98"))
    three, told = seen((24, "99"), (48, "98"), (72, "97"))

    assert (two.losing_days, told_of_two, two.broken(LIMITS)) == (2, [], frozenset())
    assert three.losing_days == 3
    assert three.broken(LIMITS) == {LossRule.LOSING_DAYS}
    assert told == [LossBreach(rule=LossRule.LOSING_DAYS, breached_at_ns=START_NS + 3 * DAY, lost=Decimal(1), streak=3)]


@pytest.mark.parametrize("close", ["98", "98.01"])
def test_a_day_that_does_not_lose_ends_the_row(close: str) -> None:
    record, _ = seen((24, "99"), (48, "98"), (72, close))

    assert record.losing_days == 0


def test_a_person_can_forgive_the_rows() -> None:
    record, _ = seen((24, "99"), (48, "98"), (72, "97"))
    record, _ = record.close_trade(Decimal(-1), START_NS + 3 * DAY, limits=LIMITS)

    forgiven = record.forgive_streaks()

    assert (forgiven.losing_days, forgiven.losing_trades) == (0, 0)
    assert forgiven.broken(LIMITS) == frozenset()


def test_an_account_that_starts_empty_measures_by_its_first_deposit() -> None:
    empty = LossRecord.start(ZERO, START_NS)
    assert empty.lowest_quiet_equity(LIMITS) == inf

    for filled in (
        empty.after_transfer(Decimal(100), equity_before=ZERO),
        empty.observe(Decimal(100), START_NS, limits=LIMITS)[0],
    ):
        record, told = filled.observe(Decimal("95.01"), START_NS + HOUR, limits=LIMITS)
        assert not told
        _, told = record.observe(Decimal("94.99"), START_NS + HOUR, limits=LIMITS)
        assert [breach.rule for breach in told] == [LossRule.DAILY_LOSS]


def test_a_day_that_begins_in_debt_is_broken_at_once() -> None:
    record, told = seen((1, "-4"), start="-5")

    assert [(breach.rule, breach.lost_fraction) for breach in told] == [
        (LossRule.DAILY_LOSS, None),
        (LossRule.WEEKLY_LOSS, None),
    ]
    assert LossRecord.start(Decimal(-5), START_NS).lowest_quiet_equity(LIMITS) == inf
    assert record.broken(LIMITS) == {LossRule.DAILY_LOSS, LossRule.WEEKLY_LOSS}


def test_what_cannot_be_is_refused() -> None:
    record, _ = seen((1, "97"))

    with pytest.raises(DomainError, match="not a finite amount: NaN"):
        record.observe(Decimal("NaN"), START_NS + 2 * HOUR, limits=LIMITS)
    with pytest.raises(DomainError, match="not a finite amount"):
        record.close_trade(Decimal("Infinity"), START_NS, limits=LIMITS)
    with pytest.raises(DomainError, match="after that of 2024-01-01T01:00:00Z"):
        record.observe(Decimal(97), START_NS, limits=LIMITS)
    with pytest.raises(DomainError, match="a withdrawal of 98"):
        record.after_transfer(Decimal(-98), equity_before=Decimal(97))
    with pytest.raises(DomainError, match="not a finite amount"):
        LossPeriod.begin(START_NS, Decimal("-Infinity"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("daily_fraction", Decimal(0)),
        ("daily_fraction", Decimal(1)),
        ("daily_amount", Decimal(-1)),
        ("daily_amount", Decimal("Infinity")),
        ("weekly_fraction", Decimal("1.5")),
        ("weekly_amount", Decimal(0)),
        ("losing_days_max", 0),
        ("losing_trades_max", -1),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        evolve(LIMITS, **{name: value})  # type: ignore[arg-type]  # the wrong values are the point
