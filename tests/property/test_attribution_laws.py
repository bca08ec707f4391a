"""Laws of dividing a fill: all of it is somebody's, and nobody is led where another could have gone instead."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from application.trading.attribution import attribute_net_fill
from application.trading.share import Share
from domain.numbers import ZERO
from tests.unit.application.trading.test_netting import share_of

units = st.integers(-6, 6)
crowds = st.lists(st.tuples(units, units), min_size=1, max_size=4)
fills = st.integers(-9, 9).filter(bool)
fees = st.integers(0, 7).map(lambda cents: Decimal(cents) / 100)


def make_shares(crowd: list[tuple[int, int]]) -> list[Share]:
    return [share_of(str(held), str(target), str(place)) for place, (held, target) in enumerate(crowd)]


@given(crowd=crowds, fill=fills, fee=fees)
def test_the_parts_are_the_fill_and_its_fee(crowd: list[tuple[int, int]], fill: int, fee: Decimal) -> None:
    parts = attribute_net_fill(make_shares(crowd), Decimal(fill), fee)

    assert sum(part.signed_quantity for part in parts) == fill
    assert sum(part.fee for part in parts) == fee
    assert all(part.fee == 0 for part in parts if part.is_internal)
    assert all(part.signed_quantity != 0 for part in parts)


@given(crowd=crowds, fill=fills)
def test_nobody_overshoots_unless_the_fill_is_more_than_all_want(crowd: list[tuple[int, int]], fill: int) -> None:
    shares, sign = make_shares(crowd), 1 if fill > 0 else -1
    wanted = sum(max(share.missing * sign, ZERO) for share in shares)

    for part in attribute_net_fill(shares, Decimal(fill), Decimal(0)):
        wants_it = part.signed_quantity * part.share.missing > 0
        assert len(shares) == 1 or abs(fill) > wanted or wants_it
        assert not wants_it or abs(fill) > wanted or abs(part.signed_quantity) <= abs(part.share.missing)


@given(crowd=crowds, fill=fills)
def test_nobody_is_led_across_zero_while_another_still_holds_the_other_way(
    crowd: list[tuple[int, int]], fill: int
) -> None:
    shares, sign = make_shares(crowd), 1 if fill > 0 else -1
    after = {share.name: share.held for share in shares}
    for part in attribute_net_fill(shares, Decimal(fill), Decimal(0)):
        after[part.share.name] += part.signed_quantity
    led = [share for share in shares if after[share.name] * sign > max(share.held * sign, share.target * sign, ZERO)]

    assert not led or all(held * sign >= 0 for held in after.values())


@given(crowd=crowds, fill=fills)
def test_a_fill_the_other_way_is_divided_the_other_way(crowd: list[tuple[int, int]], fill: int) -> None:
    mirrored = [(-held, -target) for held, target in crowd]
    parts = attribute_net_fill(make_shares(crowd), Decimal(fill), Decimal(0))
    others = attribute_net_fill(make_shares(mirrored), Decimal(-fill), Decimal(0))

    assert [(part.share.name, -part.signed_quantity) for part in parts] == [
        (part.share.name, part.signed_quantity) for part in others
    ]
