"""Funding, transfers, and the sums that must balance."""

import pytest
from attrs import evolve

from application.venue_messages import FundingPaid
from domain.errors import DomainError
from domain.market import FundingEvent
from domain.order import PositionSide
from domain.time_units import NS_PER_MINUTE
from tests.unit.adapters.simulated.scene import COIN, FRICTIONLESS, Scene, d, isolated, liquidations, make_scene


def settle(scene: Scene, rate: str, *, is_assumed: bool = False) -> list[FundingPaid]:
    """Settle funding at the present minute."""
    event = FundingEvent(COIN, scene.now_ns, d(rate), is_assumed)
    return [report for report in scene.venue.settle_funding(event) if isinstance(report, FundingPaid)]


def held(quantity: str, price: float = 100.0) -> Scene:
    """A scene that holds a signed quantity, after one bar."""
    scene = make_scene()
    if quantity.startswith("-"):
        scene.sell(quantity.removeprefix("-"))
    else:
        scene.buy(quantity)
    scene.bar(price)
    return scene


@pytest.mark.parametrize(
    ("quantity", "rate", "payment"), [("2", "0.0001", "-0.02"), ("-2", "0.0001", "0.02"), ("2", "-0.0001", "0.02")]
)
def test_longs_pay_shorts_when_the_rate_is_positive(quantity: str, rate: str, payment: str) -> None:
    # 2 × 100 × 0.0001 = 0.02
    scene = held(quantity)
    before = scene.venue.wallet_balance

    (paid,) = settle(scene, rate)

    assert (paid.payment, paid.signed_quantity, paid.mark_price) == (d(payment), d(quantity), d("100"))
    assert paid.at_ns == NS_PER_MINUTE
    assert scene.venue.wallet_balance - before == d(payment)
    assert scene.venue.house.funding == -d(payment)


def test_payments_are_rounded_to_the_cash_step_against_us() -> None:
    # 1 × 33.3 × 0.00000001 = 0.000000333
    assert settle(held("1", 33.3), "0.00000001")[0].payment == d("-0.00000034")
    assert settle(held("-1", 33.3), "0.00000001")[0].payment == d("0.00000033")


def test_the_mark_values_the_payment() -> None:
    scene = held("2")
    scene.mark(100.0, 100.0, 90.0, 95.0)

    assert settle(scene, "0.01")[0].payment == d("-1.9")


def test_who_holds_nothing_pays_nothing() -> None:
    scene = make_scene()
    scene.bar(100.0)

    assert settle(scene, "0.01") == []


def test_an_assumed_rate_is_told_to_be_one() -> None:
    assert settle(held("1"), "0.01", is_assumed=True)[0].is_assumed


def test_both_sides_of_a_hedge_meet_the_settlement() -> None:
    scene = make_scene(evolve(FRICTIONLESS, hedge_mode=True))
    scene.buy("2", position_side=PositionSide.LONG)
    scene.sell("1", position_side=PositionSide.SHORT)
    scene.bar(100.0)

    payments = {paid.position_side: paid.payment for paid in settle(scene, "0.001")}

    assert payments == {PositionSide.LONG: d("-0.2"), PositionSide.SHORT: d("0.1")}


def test_an_isolated_position_pays_from_its_own_wallet_and_can_be_liquidated_by_it() -> None:
    scene = make_scene(isolated(10))
    scene.buy("1")
    scene.bar(100.0)

    settle(scene, "0.05")

    # 10 − 5 = 5 left: liquidated at (100 − 5)/0.99 = 95.959…, so 95.9.
    assert scene.venue.isolated_wallet(COIN) == d("5")
    assert [each.mark_price for each in liquidations(scene.bar(100.0, 100.0, 95.0, 99.0))] == [d("95.9")]


def test_every_balance_of_a_round_trip_can_be_told_by_hand() -> None:
    scene = held("2")
    settle(scene, "0.001")
    scene.sell("2")
    scene.bar(110.0)

    # Fees 0.1 + 0.11, funding −0.2, profit 20.
    assert scene.venue.wallet_balance == d("10019.59")
    assert scene.venue.house.fee_income == d("0.21")
    assert scene.venue.house.makers[COIN].cash == d("-20")
    assert scene.venue.conservation_difference() == 0


def test_equity_is_the_wallet_and_what_closing_at_the_mark_would_bring() -> None:
    scene = held("2")
    scene.bar(103.0)

    assert scene.venue.equity == scene.venue.wallet_balance + d("6")


def test_only_what_is_available_can_be_withdrawn() -> None:
    # 10,000 − 0.1 fee − 200/20 of margin.
    scene = held("2")

    with pytest.raises(DomainError, match="cannot withdraw 9990 of 9989"):
        scene.venue.withdraw(d("9990"))
    scene.venue.withdraw(d("9989.9"))

    assert scene.venue.wallet_balance == d("10")
    assert scene.venue.conservation_difference() == 0


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_deposit_is_positive(amount: str) -> None:
    with pytest.raises(DomainError, match="a deposit is positive"):
        make_scene().venue.deposit(d(amount))
