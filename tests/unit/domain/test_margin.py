"""Margin and liquidation worked out by hand, on brackets of 1 %, 2.5 % and 5 % from 0, 50,000 and 150,000."""

from decimal import Decimal

import pytest

from domain.margin import (
    Exposure,
    MarginAccount,
    bankruptcy_price,
    initial_margin,
    liquidation_price,
    liquidation_price_in_bracket,
)
from tests.support import make_schedule

# Amounts: 0; 50,000 × (2.5 % − 1 %) = 750; 750 + 150,000 × (5 % − 2.5 %) = 4,500.
SCHEDULE = make_schedule(
    (
        (Decimal(0), Decimal(50_000), Decimal("0.01"), 50),
        (Decimal(50_000), Decimal(150_000), Decimal("0.025"), 20),
        (Decimal(150_000), Decimal(1_000_000), Decimal("0.05"), 10),
    )
)


def solve(wallet: str, signed_quantity: str, entry: str) -> Decimal | None:
    quantity = Decimal(signed_quantity)
    return liquidation_price(
        wallet_balance=Decimal(wallet), signed_quantity=quantity, cost=quantity * Decimal(entry), schedule=SCHEDULE
    )


def make_exposure(signed_quantity: str, entry: str, mark: str) -> Exposure:
    quantity = Decimal(signed_quantity)
    return Exposure(quantity, quantity * Decimal(entry), Decimal(mark), SCHEDULE)


def test_maintenance_margin_takes_the_amount_off_the_rate() -> None:
    # 100,000 × 2.5 % − 750 = 1,750: 1 % of the first 50,000 and 2.5 % of the second.
    assert make_exposure("4", "20000", "25000").maintenance_margin == 1_750


def test_initial_margin_is_the_notional_over_the_leverage() -> None:
    # 2 × 30,000 / 20.
    assert initial_margin(Decimal(2), Decimal(30_000), Decimal(20)) == 3_000


def test_a_long_in_one_bracket() -> None:
    # 1 at 40,000 with 3,640: 3,640 + p − 40,000 = 0.01 p, so p = 36,360 / 0.99 = 36,727.27…, notional below 50,000.
    assert solve("3640", "1", "40000") == Decimal(36_360) / Decimal("0.99")


def test_a_long_that_falls_into_a_lower_bracket_is_judged_by_that_one() -> None:
    # 2 at 26,000 (52,000, second bracket) with 12,990: in the second bracket 12,990 + 2p − 52,000 = 0.05p − 750 gives
    # p = 38,260 / 1.95 = 19,620.5: notional 39,241 is not in it. In the first 12,990 + 2p − 52,000 = 0.02p gives
    # p = 39,010 / 1.98 = 19,702.02…, notional 39,404: inside.
    assert solve("12990", "2", "26000") == Decimal(39_010) / Decimal("1.98")


def test_a_short_that_rises_into_a_higher_bracket_is_judged_by_that_one() -> None:
    # −2 at 24,000 (48,000, first bracket) with 6,000: in the first bracket 54,000 − 2p = 0.02p gives p = 26,732.67,
    # notional 53,465 is not in it. In the second 54,000 − 2p = 0.05p − 750 gives p = 54,750 / 2.05 = 26,707.317…
    assert solve("6000", "-2", "24000") == Decimal(54_750) / Decimal("2.05")


def test_beyond_the_last_cap_the_last_bracket_goes_on() -> None:
    # −10 at 90,000 with 200,000: 1,100,000 − 10p = 0.5p − 4,500, p = 1,104,500 / 10.5 = 105,190.476…: above 1,000,000.
    assert solve("200000", "-10", "90000") == Decimal(1_104_500) / Decimal("10.5")


def test_a_long_paid_for_in_full_has_no_liquidation_price() -> None:
    assert solve("40000", "1", "40000") is None
    assert solve("39999.99", "1", "40000") is not None


def test_bankruptcy_is_where_nothing_is_left() -> None:
    # 2 long at 30,000 with 6,000: 3,000 a unit to lose. Short the same upwards.
    assert bankruptcy_price(wallet_balance=Decimal(6_000), signed_quantity=Decimal(2), cost=Decimal(60_000)) == 27_000
    assert bankruptcy_price(wallet_balance=Decimal(6_000), signed_quantity=Decimal(-2), cost=Decimal(-60_000)) == 33_000


def test_a_cross_account_adds_up_its_exposures() -> None:
    # Long 2 at 30,000, mark 29,000: −2,000; maintenance 58,000 × 2.5 % − 750 = 700.
    # Short 10 at 2,000, mark 1,900: +1,000; maintenance 19,000 × 1 % = 190.
    account = MarginAccount(
        Decimal(4_000), (make_exposure("2", "30000", "29000"), make_exposure("-10", "2000", "1900"))
    )

    assert account.equity == 3_000
    assert account.maintenance_margin == 890
    assert account.margin_ratio == Decimal(890) / Decimal(3_000)
    assert not account.is_liquidated
    # The first: 4,000 + 1,000 + 2p − 60,000 = 190 + 0.05p − 750, p = 54,440 / 1.95 = 27,917.9…, notional 55,836.
    assert account.liquidation_price(0) == Decimal(54_440) / Decimal("1.95")
    # The second: 4,000 − 2,000 + 20,000 − 10p = 700 + 0.1p, p = 21,300 / 10.1 = 2,108.9…, notional 21,089.
    assert account.liquidation_price(1) == Decimal(21_300) / Decimal("10.1")


@pytest.mark.parametrize(("mark", "is_liquidated"), [("36999.99", True), ("37000", True), ("37000.01", False)])
def test_equity_equal_to_the_maintenance_margin_is_liquidated(mark: str, is_liquidated: bool) -> None:
    # 1 long at 40,000: 3,370 + 37,000 − 40,000 = 370 = 1 % of 37,000.
    assert MarginAccount(Decimal(3_370), (make_exposure("1", "40000", mark),)).is_liquidated is is_liquidated


def test_an_account_that_holds_nothing_cannot_be_liquidated() -> None:
    account = MarginAccount(Decimal(-5), ())

    assert not account.is_liquidated
    assert account.margin_ratio is None


def test_both_sides_of_a_hedge_share_one_liquidation_price() -> None:
    # Long 2 at 100 and short 1 at 110, 1 % each, wallet 20: 20 + 2p − 200 + 110 − p = 0.03p, p = 70 / 0.97 = 72.16…
    legs = [
        (Decimal(2), Decimal(200), Decimal("0.01"), Decimal(0)),
        (Decimal(-1), Decimal(-110), Decimal("0.01"), Decimal(0)),
    ]

    assert liquidation_price_in_bracket(wallet_balance=Decimal(20), legs=legs) == Decimal(70) / Decimal("0.97")


def test_without_a_position_the_price_has_no_effect() -> None:
    assert liquidation_price_in_bracket(wallet_balance=Decimal(100), legs=[]) is None
