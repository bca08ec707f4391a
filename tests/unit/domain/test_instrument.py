"""What an instrument allows, and which of its own definitions are refused."""

from decimal import Decimal

import pytest

from domain.instrument import FeeSchedule, MarginBracket, MarginSchedule
from tests.support import BRACKET_ROWS, START_NS, make_instrument, make_schedule


def make_bracket(floor: int, cap: int, rate: str) -> MarginBracket:
    return MarginBracket(Decimal(floor), Decimal(cap), Decimal(rate), Decimal(0), 20)


def test_the_amounts_make_the_margin_continuous() -> None:
    # 50,000 × 0.1 % = 50; 50 + 600,000 × 0.5 % = 3,050; 3,050 + 3,000,000 × 1.5 % = 48,050.
    assert [bracket.maintenance_amount for bracket in make_schedule().brackets] == [0, 50, 3_050, 48_050]


def test_a_bracket_begins_at_its_floor_and_ends_before_its_cap() -> None:
    schedule = make_schedule()
    rates = [
        schedule.bracket_at(Decimal(notional)).maintenance_rate
        for notional in ("0", "49999.99", "50000", "600000", "499999999.99", "999999999999")
    ]

    assert rates == [Decimal(rate) for rate in ("0.004", "0.004", "0.005", "0.01", "0.025", "0.025")]


@pytest.mark.parametrize(
    ("leverage", "notional"),
    [(126, 0), (125, 50_000), (101, 50_000), (100, 600_000), (50, 3_000_000), (1, 500_000_000)],
)
def test_more_leverage_allows_less_notional(leverage: int, notional: int) -> None:
    assert make_schedule().notional_max(leverage) == notional


@pytest.mark.parametrize(
    ("brackets", "problem"),
    [
        ((), "must begin at notional 0"),
        ((make_bracket(5, 10, "0.01"),), "must begin at notional 0"),
        ((make_bracket(0, 10, "0.01"), make_bracket(11, 20, "0.02")), "leave a gap: 10 to 11"),
        ((make_bracket(0, 10, "0.01"), make_bracket(9, 20, "0.02")), "leave a gap: 10 to 9"),
        ((make_bracket(0, 10, "0.02"), make_bracket(10, 20, "0.02")), "rate does not rise at notional 10"),
        ((make_bracket(0, 10, "0.02"), make_bracket(10, 20, "0.01")), "rate does not rise at notional 10"),
    ],
)
def test_brackets_that_do_not_fit_together_are_refused(brackets: tuple[MarginBracket, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        MarginSchedule(0, brackets)


@pytest.mark.parametrize(("floor", "cap"), [(10, 10), (10, 5)])
def test_a_bracket_that_ends_before_it_begins_is_refused(floor: int, cap: int) -> None:
    # Left in a table it would never be used, and the one after it would begin below the one before.
    with pytest.raises(ValueError, match=str(cap)):
        make_bracket(floor, cap, "0.01")


def test_the_margin_schedule_in_force_is_the_latest_one_that_has_begun() -> None:
    first, second = (
        make_schedule(effective_at_ns=START_NS),
        make_schedule(BRACKET_ROWS[:2], effective_at_ns=START_NS + 9),
    )
    instrument = make_instrument(margins=(first, second))

    assert instrument.margin_at(START_NS - 1) is first
    assert instrument.margin_at(START_NS + 8) is first
    assert instrument.margin_at(START_NS + 9) is second


@pytest.mark.parametrize("dates", [(), (2, 1), (1, 1)])
def test_margin_schedules_out_of_order_are_refused(dates: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"BTCUSDT: .*margin schedule"):
        make_instrument(margins=tuple(make_schedule(effective_at_ns=date) for date in dates))


def test_a_quantity_rounds_down_to_whole_lots() -> None:
    instrument = make_instrument(lot_size="0.001")

    assert instrument.floor_quantity(Decimal("1.2349")) == Decimal("1.234")
    assert instrument.floor_quantity(Decimal("0.0009")) == 0


def test_a_price_rounds_to_the_tick_that_is_worse_for_us() -> None:
    instrument = make_instrument(tick_size="0.1")

    assert instrument.round_price_against(Decimal("100.01"), is_buy=True) == Decimal("100.1")
    assert instrument.round_price_against(Decimal("100.09"), is_buy=False) == Decimal("100.0")
    assert instrument.round_price_against(Decimal("100.1"), is_buy=True) == Decimal("100.1")


@pytest.mark.parametrize(
    ("quantity", "problem"),
    [
        ("0.001", None),
        ("1000", None),
        ("0.0009", "quantity 0.0009 is below the minimum 0.001"),
        ("-1", "quantity -1 is below the minimum 0.001"),
        ("1000.001", "quantity 1000.001 is above the maximum 1000"),
        ("1.0005", "quantity 1.0005 is not a multiple of the lot 0.001"),
    ],
)
def test_a_quantity_the_venue_would_not_take_is_told(quantity: str, problem: str | None) -> None:
    assert make_instrument().quantity_problem(Decimal(quantity)) == problem


@pytest.mark.parametrize(
    ("price", "problem"),
    [
        ("0", "price 0 is not positive"),
        ("-5", "price -5 is not positive"),
        ("100.05", "price 100.05 is not a multiple of the tick 0.1"),
        ("100.1", None),
    ],
)
def test_a_price_the_venue_would_not_take_is_told(price: str, problem: str | None) -> None:
    assert make_instrument().price_problem(Decimal(price)) == problem


@pytest.mark.parametrize(("maker", "taker", "liquidation"), [("-1", "0", "0"), ("0", "-0.0001", "0"), ("0", "0", "1")])
def test_fees_that_cannot_be_are_refused(maker: str, taker: str, liquidation: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        FeeSchedule(Decimal(maker), Decimal(taker), Decimal(liquidation))


def test_a_maker_rebate_is_a_negative_fee() -> None:
    assert FeeSchedule(Decimal("-0.00005"), Decimal("0.0004")).maker_rate < 0
