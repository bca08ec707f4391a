"""The exit plan by example: where the stop goes, what a rung is, when time is up."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import pytest

from domain.exit_state import ExitState, StopKind
from domain.exits import PLAIN, Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.market import Bar
from domain.numbers import ZERO
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bar


def d(text: str) -> Decimal:
    return Decimal(text)


def r(multiple: str) -> RiskMultiple:
    return RiskMultiple(d(multiple))


def percent(of_price: str) -> PriceFraction:
    return PriceFraction(d(of_price) / 100)


def begin(plan: ExitPlan, *, direction: int = 1, stop: str | None = "5", target: str | None = None) -> ExitState:
    return ExitState.begin(
        plan,
        direction=direction,
        entered_at_ns=START_NS,
        entry_price=d("100"),
        signal_stop=None if stop is None else d(stop),
        signal_target=None if target is None else d(target),
    )


def bar(low: float, high: float, row: int = 0) -> Bar:
    return make_bar(high, open_price=low, low=low, high=high, opened_at_ns=START_NS + row * NS_PER_HOUR)


@pytest.mark.parametrize(
    ("stop", "signal", "distance"),
    [
        (FixedStop(), "5", "5"),
        (FixedStop(), None, None),
        (FixedStop(fraction=d("0.03")), None, "3"),  # 3 % of 100
        (FixedStop(fraction=d("0.03")), "5", "5"),  # the signal comes first
        (FixedStop(fraction_max=d("0.04")), "5", "4"),  # but not farther than 4 % of 100
        (FixedStop(fraction_max=d("0.1")), "5", "5"),
        (FixedStop(fraction_max=d("0.1")), None, None),
    ],
)
def test_the_first_stop_is_the_signals_or_a_fraction_of_the_price_and_never_beyond_the_largest(
    stop: FixedStop, signal: str | None, distance: str | None
) -> None:
    state = begin(ExitPlan(stop=stop), stop=signal)

    assert state.stop_distance == (None if distance is None else d(distance))
    assert state.stop_price == (None if distance is None else 100 - d(distance))


TRAILING: Final = ExitPlan(trailing=TrailingStop(distance=r("0.5"), activation=r("1")))


def test_a_trailing_stop_waits_until_the_price_has_moved_far_enough_and_then_follows_the_best() -> None:
    # R = 5. Activated at 105; distance 2.5.
    early = begin(TRAILING).after(bar(99.0, 104.0), TRAILING, ZERO)
    active = early.after(bar(104.0, 106.0, 1), TRAILING, ZERO)
    higher = active.after(bar(105.0, 110.0, 2), TRAILING, ZERO)
    back = higher.after(bar(108.0, 109.0, 3), TRAILING, ZERO)

    assert (early.stop_price, early.stop_kind) == (d("95"), StopKind.FIXED)
    assert (active.stop_price, active.stop_kind) == (d("103.5"), StopKind.TRAILING)  # 106 − 2.5
    assert higher.stop_price == back.stop_price == d("107.5")  # 110 − 2.5


def test_without_activation_it_trails_from_the_entry_on() -> None:
    plan = ExitPlan(trailing=TrailingStop(distance=percent("3")))

    assert begin(plan).stop_price == 97  # nearer than the signal's 95
    assert begin(plan, direction=-1).stop_price == 103
    assert begin(plan, stop=None).stop_price == 97


def test_breakeven_goes_to_the_entry_plus_both_fees() -> None:
    plan = ExitPlan(breakeven=Breakeven(at=r("1")))
    rate = d("0.001")

    moved = begin(plan).after(bar(100.0, 105.0), plan, rate)

    # 100 × (1 + 0.001) / (1 − 0.001): what is left of selling there after its fee is what buying cost with its fee.
    assert moved.stop_kind is StopKind.BREAKEVEN
    assert moved.stop_price is not None
    assert moved.stop_price * (1 - rate) == pytest.approx(100 * (1 + rate), abs=d("1e-20"))


def test_breakeven_waits_until_its_own_price_is_reached() -> None:
    # Wanted from 0.1 % on, but leaving has to earn 1 %: at 100.5 there is no such stop yet.
    plan = ExitPlan(breakeven=Breakeven(at=percent("0.1"), cost_fraction=d("0.01")))
    early = begin(plan).after(bar(100.0, 100.5), plan, ZERO)

    assert early.stop_price == 95
    assert early.after(bar(100.0, 101.0, 1), plan, ZERO).stop_price == 101


def test_of_breakeven_and_trailing_the_better_one_holds_and_is_named() -> None:
    # R = 5: breakeven from 105 on at 100; trailing 6 behind the best.
    plan = ExitPlan(
        breakeven=Breakeven(at=r("1"), cost_fraction=ZERO), trailing=TrailingStop(distance=r("1.2"), activation=r("1"))
    )
    first = begin(plan).after(bar(100.0, 105.0), plan, ZERO)
    second = first.after(bar(104.0, 108.0, 1), plan, ZERO)

    assert (first.stop_price, first.stop_kind) == (d("100"), StopKind.BREAKEVEN)  # trailing: 105 − 6 = 99
    assert (second.stop_price, second.stop_kind) == (d("102"), StopKind.TRAILING)  # 108 − 6


def test_the_bar_in_which_it_was_entered_counts_and_the_one_before_does_not() -> None:
    # Entered at START: the bar that closes there is over; the one that opens there is not.
    plan = ExitPlan(trailing=TrailingStop(distance=r("1")))
    before, during = bar(90.0, 150.0, row=-1), bar(100.0, 102.0)

    assert begin(plan).after(before, plan, ZERO).stop_price == 95
    assert begin(plan).after(during, plan, ZERO).stop_price == 97


def test_rungs_are_measured_from_the_entry_and_replace_the_target_of_the_signal() -> None:
    plan = ExitPlan(take_profit=(Rung(at=r("1"), share=d("0.3")), Rung(at=percent("8"), share=d("0.5"))))

    # R = 5: 105 and 108; for a short 95 and 92. The signal's 7 is not asked.
    assert list(begin(plan, target="7").targets(plan)) == [(0, d("105"), d("0.3")), (1, d("108"), d("0.5"))]
    assert [price for _, price, _ in begin(plan, direction=-1).targets(plan)] == [95, 92]
    assert list(begin(PLAIN, target="7").targets(PLAIN)) == [(0, d("107"), d("1"))]


def test_time_is_up_at_its_end_and_not_before() -> None:
    plan = ExitPlan(holding_max_ns=2 * NS_PER_HOUR, holding_min_ns=NS_PER_HOUR)
    state = begin(plan)

    assert [state.is_overdue(plan, START_NS + 2 * NS_PER_HOUR + ns) for ns in (-1, 0)] == [False, True]
    assert [state.is_bound(plan, START_NS + NS_PER_HOUR + ns) for ns in (-1, 0)] == [True, False]
    assert not begin(PLAIN).is_overdue(PLAIN, START_NS + 10**6 * NS_PER_HOUR)
    assert not begin(PLAIN).is_bound(PLAIN, START_NS)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedStop(fraction=d("0.2"), fraction_max=d("0.1")), "fraction: 0.2 is more than fraction_max (0.1)"),
        (lambda: FixedStop(fraction=d("1")), "fraction"),
        (lambda: RiskMultiple(ZERO), "multiple"),
        (lambda: PriceFraction(d("-0.1")), "fraction"),
        (lambda: Rung(at=r("1"), share=d("1.1")), "share"),
        (lambda: Breakeven(at=r("1"), cost_fraction=d("-1")), "cost_fraction"),
        (
            lambda: ExitPlan(take_profit=(Rung(at=r("1"), share=d("0.6")), Rung(at=r("2"), share=d("0.5")))),
            "take_profit: the shares sum to 1.1, more than 1",
        ),
        (
            lambda: ExitPlan(take_profit=(Rung(at=r("2"), share=d("0.1")), Rung(at=r("1"), share=d("0.1")))),
            "take_profit: 1 is not farther than the 2 before it",
        ),
        (lambda: ExitPlan(holding_max_ns=5, holding_min_ns=5), "holding_min_ns: 5 is not below holding_max_ns"),
        (lambda: ExitPlan(holding_max_ns=0), "holding_max_ns"),
    ],
)
def test_a_plan_that_contradicts_itself_does_not_exist(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^'?{message.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}"):
        make()


@pytest.mark.parametrize(
    ("plan", "is_plain", "follows_bars", "needs_stop"),
    [
        (PLAIN, True, False, False),
        (ExitPlan(stop=FixedStop(fraction=d("0.02"))), False, False, False),
        (ExitPlan(take_profit=(Rung(at=r("1"), share=d("0.5")),)), False, False, True),
        (ExitPlan(take_profit=(Rung(at=percent("1"), share=d("0.5")),)), False, False, False),
        (ExitPlan(trailing=TrailingStop(distance=percent("2"))), False, True, False),
        (ExitPlan(trailing=TrailingStop(distance=percent("2"), activation=r("1"))), False, True, True),
        (ExitPlan(breakeven=Breakeven(at=r("1"))), False, True, True),
        (ExitPlan(holding_max_ns=1), False, True, False),
        (ExitPlan(holding_min_ns=1), False, True, False),
    ],
)
def test_a_plan_says_what_it_needs(plan: ExitPlan, *, is_plain: bool, follows_bars: bool, needs_stop: bool) -> None:
    assert (plan.is_plain, plan.follows_bars, plan.needs_stop) == (is_plain, follows_bars, needs_stop)
