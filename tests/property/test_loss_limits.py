"""Laws of the loss limits: transfers are no losses, what is broken stays broken, and skipping is exact."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.numbers import ZERO
from domain.risk.loss_limits import LossLimits, LossRecord, LossRule, day_start, week_start
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, to_datetime
from tests.support import START_NS
from tests.written_states import written_and_read

CENT = Decimal("0.01")
LIMITS = LossLimits(
    daily_fraction=Decimal("0.05"),
    daily_amount=None,
    weekly_fraction=Decimal("0.08"),
    weekly_amount=None,
    losing_days_max=2,
    losing_trades_max=3,
)

equities = st.integers(-2_000, 20_000).map(lambda count: count * CENT)
positive_equities = st.integers(1, 20_000).map(lambda count: count * CENT)
starts = positive_equities | st.just(Decimal(100))
near_limits = st.sampled_from([100, 99, 96, 95, 94, 92, 91]).map(Decimal)
fractions = st.none() | st.integers(1, 99).map(lambda count: count * CENT)
amounts = st.none() | positive_equities
counts = st.none() | st.integers(1, 4)
any_limits = st.builds(
    LossLimits,
    daily_fraction=fractions,
    daily_amount=amounts,
    weekly_fraction=fractions,
    weekly_amount=amounts,
    losing_days_max=counts,
    losing_trades_max=counts,
)
# Six-hourly, so that midnights are among them; up to two and a half weeks.
curves = st.lists(equities | near_limits, max_size=70)
STEP_NS = 6 * NS_PER_HOUR


def instant(row: int) -> int:
    return START_NS + row * STEP_NS


def observed(start: Decimal, curve: list[Decimal], limits: LossLimits) -> list[tuple[LossRecord, set[LossRule]]]:
    record = LossRecord.start(start, instant(0))
    seen = []
    for row, equity in enumerate(curve, start=1):
        record, breaches = record.observe(equity, instant(row), limits=limits)
        seen.append((record, {breach.rule for breach in breaches}))
    return seen


def is_too_much(lost: Decimal, start: Decimal, fraction: Decimal | None, amount: Decimal | None) -> bool:
    return (fraction is not None and lost >= fraction * start) or (amount is not None and lost >= amount)


@given(start=starts, curve=curves, limits=any_limits)
def test_a_day_is_broken_from_its_first_loss_beyond_the_limit_to_its_end(
    start: Decimal, curve: list[Decimal], limits: LossLimits
) -> None:
    opened, is_broken = start, False
    for row, (equity, (record, _)) in enumerate(zip(curve, observed(start, curve, limits), strict=True), start=1):
        if instant(row) % NS_PER_DAY == 0:
            opened, is_broken = equity, False
        is_limited = limits.daily_fraction is not None or limits.daily_amount is not None
        is_debt = opened < 0 and is_limited
        is_broken |= is_debt or (
            opened > 0 and is_too_much(opened - equity, opened, limits.daily_fraction, limits.daily_amount)
        )
        if opened == 0:
            return  # told apart below
        assert (record.day.breached_at_ns is not None) == is_broken
        assert (LossRule.DAILY_LOSS in record.broken(limits)) == is_broken


@given(start=starts, curve=curves, limits=any_limits)
def test_a_breach_is_told_exactly_when_it_begins(start: Decimal, curve: list[Decimal], limits: LossLimits) -> None:
    before: frozenset[LossRule] = frozenset()
    for row, (record, told) in enumerate(observed(start, curve, limits), start=1):
        now = record.broken(limits)
        periods = {LossRule.DAILY_LOSS, LossRule.WEEKLY_LOSS}
        if instant(row) % NS_PER_DAY:
            assert told & periods == (now - before) & periods
        assert told <= now
        before = now


@given(start=starts, curve=curves)
def test_a_row_of_losing_days_counts_days_that_ended_lower_than_they_began(
    start: Decimal, curve: list[Decimal]
) -> None:
    closes = [start, *(equity for row, equity in enumerate(curve, start=1) if instant(row) % NS_PER_DAY == 0)]
    expected = 0
    for before, after in pairwise(closes):
        expected = expected + 1 if after < before else 0

    record = observed(start, curve, LIMITS)[-1][0] if curve else LossRecord.start(start, START_NS)

    assert record.losing_days == expected
    assert (LossRule.LOSING_DAYS in record.broken(LIMITS)) == (expected > 2)


@given(
    equity=positive_equities,
    loss=st.integers(-500, 99),
    amount=st.integers(-19_999, 100_000).map(lambda count: count * CENT),
)
def test_a_transfer_moves_neither_the_sum_nor_the_fraction_lost(equity: Decimal, loss: int, amount: Decimal) -> None:
    now = equity * (100 - loss) * CENT
    assume(now + amount > 0)
    record, _ = LossRecord.start(equity, START_NS).observe(now, START_NS + 1, limits=LIMITS)

    moved = record.after_transfer(amount, equity_before=now)

    for before, after in ((record.day, moved.day), (record.week, moved.week)):
        fraction, fraction_after = before.loss_fraction(now), after.loss_fraction(now + amount)
        assert fraction is not None
        assert fraction_after is not None
        assert after.pnl(now + amount) == before.pnl(now)
        assert abs(fraction_after - fraction) < Decimal("1E-22")
        assert after.breached_at_ns == before.breached_at_ns


@given(start=starts, curve=curves, limits=any_limits)
@example(start=Decimal(100), curve=[Decimal(95)], limits=LIMITS)  # exactly at the limit
def test_observing_midnights_and_what_is_not_quiet_is_the_same_as_observing_all(
    start: Decimal, curve: list[Decimal], limits: LossLimits
) -> None:
    record = LossRecord.start(start, instant(0))
    for row, (equity, (expected, told)) in enumerate(zip(curve, observed(start, curve, limits), strict=True), start=1):
        if float(equity) >= record.lowest_quiet_equity(limits) and instant(row) < record.day_ends_at_ns:
            assert not told
        else:
            record, breaches = record.observe(equity, instant(row), limits=limits)
            assert {breach.rule for breach in breaches} == told
        assert evolve(record, last_equity=ZERO, last_at_ns=0) == evolve(expected, last_equity=ZERO, last_at_ns=0)


@given(start=starts, curve=curves, limits=any_limits, cut=st.integers(0, 70))
def test_a_restart_in_between_changes_nothing(
    start: Decimal, curve: list[Decimal], limits: LossLimits, cut: int
) -> None:
    record = LossRecord.start(start, instant(0))
    for row, equity in enumerate(curve, start=1):
        if row == cut:
            record = written_and_read(record)
        record, _ = record.observe(equity, instant(row), limits=limits)

    assert record == (observed(start, curve, limits)[-1][0] if curve else record)
    assert written_and_read(record) == record
    assert written_and_read(limits) == limits


@given(results=st.lists(equities, max_size=30))
def test_a_row_of_losing_trades_is_the_losses_at_the_end(results: list[Decimal]) -> None:
    record, told = LossRecord.start(Decimal(100), START_NS), []
    for result in results:
        record, breaches = record.close_trade(result, START_NS, limits=LIMITS)
        told.append([breach.streak for breach in breaches])

    row = next((length for length, result in enumerate(reversed(results)) if result >= 0), len(results))
    assert record.losing_trades == row
    assert (LossRule.LOSING_TRADES in record.broken(LIMITS)) == (row > 3)
    assert not results or told[-1] == ([row] if row > 3 else [])


@given(at_ns=st.integers(0, 4_000_000_000 * 10**9))
def test_days_and_weeks_are_those_of_the_calendar(at_ns: int) -> None:
    instant_of = to_datetime(at_ns)
    midnight = instant_of.replace(hour=0, minute=0, second=0, microsecond=0)

    assert to_datetime(day_start(at_ns)) == midnight
    assert to_datetime(week_start(at_ns)) == midnight - timedelta(days=midnight.weekday())
    assert day_start(at_ns) <= at_ns < day_start(at_ns) + NS_PER_DAY
