"""Two instruments of one coin: which belong together, what both can be traded in, and how far apart they are."""

from decimal import Decimal
from math import isclose

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.as_of import AsOfView
from domain.pairs import HedgeRules, PairView, common_lot, floor_to, pairs_among
from tests.support import make_bar, make_instrument

SPOT = "BTCUSDT-SPOT"
CONTRACT = make_instrument("BTCUSDT")
COINS = make_instrument(SPOT, liquidation_rate="0")


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.integers(0, 6), st.integers(0, 6))
def test_a_common_lot_is_whole_lots_of_both_and_the_smallest_that_is(
    first: int, second: int, first_places: int, second_places: int
) -> None:
    lots = Decimal(first).scaleb(-first_places), Decimal(second).scaleb(-second_places)
    lot = common_lot(evolve(CONTRACT, lot_size=lots[0]), evolve(COINS, lot_size=lots[1]))

    counts = [lot / each for each in lots]
    assert all(count == count.to_integral_value() for count in counts)
    # Nothing divides both counts: half, a third, ... of it would not be whole lots of both.
    assert not any(all(count % divisor == 0 for count in counts) for divisor in range(2, 60))


def test_a_contract_in_thousandths_and_coins_in_hundred_thousandths_are_held_in_thousandths() -> None:
    lot = common_lot(CONTRACT, evolve(COINS, lot_size=Decimal("0.00001")))

    assert lot == Decimal("0.001")
    assert floor_to(Decimal("7.12345"), lot) == Decimal("7.123")
    assert floor_to(Decimal(-1), lot) == 0


def test_a_contract_and_the_coins_of_its_own_name_are_a_pair() -> None:
    assert pairs_among(["ETHUSDT", SPOT, "BTCUSDT", "XRPUSDT-SPOT"]) == (("BTCUSDT", SPOT),)


def test_the_basis_is_how_far_the_contract_closed_above_the_coins() -> None:
    view = PairView(AsOfView("BTCUSDT"), AsOfView(SPOT))
    view.contract.push(make_bar(100.5))
    view.coins.push(make_bar(100.0, symbol=SPOT))

    # 100.5 / 100 - 1 = 0.5 % = 50 basis points.
    assert isclose(view.basis_bps, 50.0)
    assert view.is_flat


def test_rules_that_allow_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="unhedged_bars_max"):
        HedgeRules(unhedged_bars_max=0)
    with pytest.raises(ValueError, match="unhedged_max"):
        HedgeRules(unhedged_max=Decimal(0))
