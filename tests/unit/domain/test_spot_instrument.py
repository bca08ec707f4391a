"""A spot pair among instruments: told by its name, without margin, and never taken for its perpetual."""

from decimal import Decimal

import pytest
from attrs import evolve

from domain.instrument import NO_MARGIN, InstrumentKind, MarginSchedule, kind_of, venue_symbol
from domain.rule_book import RuleBook, RuleFigures
from tests.support import START_NS, make_instrument, make_schedule

SPOT = "BTCUSDT-SPOT"


def test_the_name_tells_the_kind_and_the_market_has_its_own() -> None:
    assert kind_of("BTCUSDT") is InstrumentKind.PERPETUAL
    assert kind_of(SPOT) is InstrumentKind.SPOT
    assert venue_symbol(SPOT) == venue_symbol("BTCUSDT") == "BTCUSDT"


def test_a_kind_that_contradicts_the_name_is_refused() -> None:
    with pytest.raises(ValueError, match="BTCUSDT: only the symbols of spot end with -SPOT, but the kind is spot"):
        evolve(make_instrument(), kind=InstrumentKind.SPOT)


def test_spot_needs_no_margin_at_any_size_or_leverage() -> None:
    pair = make_instrument(SPOT)

    assert pair.margin_at(START_NS) is NO_MARGIN
    assert NO_MARGIN.maintenance_margin(Decimal(10) ** 12) == 0
    assert NO_MARGIN.notional_max(125) > Decimal(10) ** 20


def test_spot_with_brackets_and_contracts_without_maintenance_are_refused() -> None:
    with pytest.raises(ValueError, match="BTCUSDT-SPOT: spot has no margin brackets"):
        make_instrument(SPOT, margins=(make_schedule(),))
    free = MarginSchedule.from_rows([(Decimal(0), Decimal(1000), Decimal(0), 10)])
    with pytest.raises(ValueError, match="BTCUSDT: the maintenance rate of a margin bracket is positive"):
        make_instrument(margins=(free,))


def test_the_kind_is_part_of_what_is_hashed() -> None:
    pair, contract = make_instrument(SPOT), make_instrument("BTCUSDT")

    assert pair.content_hash() != contract.content_hash()
    assert pair.content_hash() == make_instrument(SPOT).content_hash()
    assert pair.content_hash() != make_instrument(SPOT, taker_rate="0.001").content_hash()


def test_the_rules_of_spot_are_complete_without_margin_and_refuse_it() -> None:
    figures = RuleFigures(
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal(100),
        notional_min=Decimal(5),
        price_band=Decimal("0.2"),
        maker_rate=Decimal("0.001"),
        taker_rate=Decimal("0.001"),
    )

    assert RuleBook(SPOT, (), figures).missing == ()
    assert RuleBook(SPOT, (), figures).at(0).margins == ()
    assert RuleBook("BTCUSDT", (), figures).missing == ("liquidation_rate", "brackets")
    with pytest.raises(ValueError, match="brackets: BTCUSDT-SPOT is spot"):
        RuleBook(SPOT, (), evolve(figures, brackets=make_schedule()))
