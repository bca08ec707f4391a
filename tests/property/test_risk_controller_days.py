"""A controller asked only when due finds what one told of every hour finds, also over holes at midnight."""

from decimal import Decimal
from typing import Final

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from application.trading.account_books import AccountBooks
from application.trading.market_risk import MarketRisk
from application.trading.records import RunLog
from application.trading.risk_controller import RiskController
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.loss_limits import LossLimits
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.plans import WIDE_LIMITS

START_NS: Final = 18_998 * NS_PER_DAY
RISK: Final = evolve(WIDE_LIMITS, drawdown=LadderPolicy(), losses=LossLimits(losing_days_max=2))

steps: Final = st.lists(st.integers(-150, 120), min_size=30, max_size=96)
holes: Final = st.sets(st.sampled_from([23, 24, 25, 47, 48, 49, 72]))

intervals: Final = st.sampled_from([3_600, 4 * 3_600, 86_400])


@define
class ValuedBooks(AccountBooks):
    """An account whose equity is said."""

    said: Decimal = Decimal(10_000)

    @property
    @override
    def equity(self) -> Decimal:
        return self.said


def walk(changes: list[int], missing: set[int], *, interval_s: int, tells_all: bool) -> list[object]:
    """Return what forbids opening, and where the day began, after every hour."""
    account, estimates = ValuedBooks(), evolve(RISK.estimates, interval_s=interval_s)
    controller = RiskController(RISK, {}, account, RunLog(), MarketRisk({}, estimates))
    controller.guard = controller.guard.after_transfer(account.said, equity_before=Decimal(0))
    found: list[object] = []
    for hour, change in enumerate(changes):
        account.said += change
        if hour in missing:
            continue
        at_ns, equity = START_NS + hour * NS_PER_HOUR, float(account.said)
        if tells_all:
            controller.quiet = float("inf"), float("-inf"), 0
        lowest, highest, due_ns = controller.quiet
        if at_ns >= due_ns or not lowest <= equity <= highest:
            controller.observe(at_ns, equity)
        controller.seen = equity, at_ns
        found.append((hour, controller.blocks, controller.guard.losses.day.start_equity))
    return found


@given(changes=steps, missing=holes, interval_s=intervals)
def test_holes_at_midnight_change_nothing_of_what_is_found(
    changes: list[int], missing: set[int], interval_s: int
) -> None:
    seldom = walk(changes, missing, interval_s=interval_s, tells_all=False)

    assert seldom == walk(changes, missing, interval_s=interval_s, tells_all=True)


@pytest.mark.parametrize("interval_s", [3_600, 86_400])
def test_a_day_whose_first_bar_is_missing_begins_with_what_was_seen_last(interval_s: int) -> None:
    # 480 are lost at six, 360 come back at ten, and the bar of midnight is missing: the next day begins with 9,880.
    changes = [0] * 48
    changes[6], changes[10] = -480, 360

    assert walk(changes, {24}, interval_s=interval_s, tells_all=False)[-1] == (47, (), Decimal(9_880))
