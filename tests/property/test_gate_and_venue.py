"""What the gate approves the venue's filters take, and what it refuses by the venue's rules they do not take."""

from decimal import Decimal
from typing import Final

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.venue_messages import PlaceOrder, RejectionCode
from domain.instrument import Instrument
from domain.numbers import exact
from domain.order import ClientOrderId, OrderTerms, OrderType, Side
from domain.risk.verdict import Approved, RefusalReason
from tests.risk_cases import UNLIMITED, make_account, make_intent, make_snapshot, make_state, reasons
from tests.unit.adapters.simulated.scene import COIN, FRICTIONLESS, d, make_instrument, make_scene, rejections

BY_VENUE_RULES: Final = {RefusalReason.VENUE_QUANTITY, RefusalReason.VENUE_PRICE, RefusalReason.BELOW_MINIMUM}

steps: Final = st.sampled_from([d("0.001"), d("0.01"), d("0.5"), d("3")])
rules: Final = st.builds(
    make_instrument,
    tick_size=st.sampled_from([d("0.1"), d("0.05"), d("1")]),
    lot_size=steps,
    quantity_min=steps,
    quantity_max=st.sampled_from([d("9"), d("10"), d("1000")]),
    notional_min=st.sampled_from([d("5"), d("100"), d("299.9")]),
    price_band=st.sampled_from([d("0.02"), d("0.05"), d("0.3")]),
)
# On the grid, between its lines, and at the edges of all of the rules above.
quantities: Final = st.sampled_from([d("0.0005"), d("1000.5")]) | st.integers(1, 24).map(lambda n: n * d("0.5"))
market_prices: Final = st.sampled_from([95.0, 100.0, 100.3])
distances: Final = st.integers(-16, 16).map(lambda n: n * d("0.5")) | st.sampled_from(
    [d("2.006"), d("-2.05"), d("0.03")]
)


LEVERAGE: Final = 20


def make_terms(side: Side, kind: OrderType, quantity: Decimal, price: Decimal) -> OrderTerms:
    is_trailing = kind is OrderType.TRAILING_STOP_MARKET
    return OrderTerms(
        symbol=COIN,
        side=side,
        type=kind,
        quantity=quantity,
        price=price if kind is OrderType.LIMIT else None,
        trigger_price=price if kind is OrderType.STOP_MARKET else None,
        callback_rate=d("0.01") if is_trailing else None,
        activation_price=price if is_trailing else None,
    )


terms: Final = st.builds(
    make_terms,
    st.sampled_from(Side),
    st.sampled_from([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET]),
    quantities,
    distances.map(lambda distance: d("100") + distance),
)


def rejected_as(instrument: Instrument, market_price: float, wanted: OrderTerms) -> set[RejectionCode]:
    """Send an order to a venue whose market stands still, and return how it rejects it."""
    scene = make_scene(evolve(FRICTIONLESS, leverage=LEVERAGE), instrument, deposit="100000000")
    scene.bar(market_price)
    scene.venue.execute(PlaceOrder(ClientOrderId("o-1"), Approved(wanted), scene.now_ns))
    return {report.code for report in rejections(scene.bar(market_price))}


def refused_as(instrument: Instrument, market_price: float, wanted: OrderTerms) -> set[RefusalReason]:
    """Ask a gate without limits of its own about the same order at the same moment."""
    price = exact(market_price)
    state = make_state(instrument=instrument, mark_price=price, last_price=price)
    account = make_account(equity=d("100000000"), leverage=LEVERAGE)
    return reasons(UNLIMITED, make_intent(wanted), make_snapshot(instrument=state, account=account))


@settings(max_examples=100)
@given(instrument=rules, market_price=market_prices, wanted=terms)
def test_the_venue_filters_exactly_what_the_gate_refuses_by_its_rules(
    instrument: Instrument, market_price: float, wanted: OrderTerms
) -> None:
    is_filtered = RejectionCode.FILTER in rejected_as(instrument, market_price, wanted)

    assert is_filtered == bool(refused_as(instrument, market_price, wanted) & BY_VENUE_RULES)


@settings(max_examples=100)
@given(instrument=rules, market_price=market_prices, wanted=terms)
def test_what_the_gate_approves_the_venue_takes(
    instrument: Instrument, market_price: float, wanted: OrderTerms
) -> None:
    # Whether a trigger is passed already when the order arrives is not the gate's to know.
    rejected = rejected_as(instrument, market_price, wanted) - {RejectionCode.WOULD_TRIGGER}

    assert not rejected or refused_as(instrument, market_price, wanted)


@given(side=st.sampled_from(Side), lots=st.integers(1, 1_100))
def test_the_bracket_of_the_leverage_set_is_the_venues(side: Side, lots: int) -> None:
    # At 20 times up to 50,000: 500 × 100, to the last lot.
    wanted = make_terms(side, OrderType.LIMIT, lots * d("0.5"), d("100"))
    instrument = make_instrument()

    is_rejected = RejectionCode.LEVERAGE_EXCEEDED in rejected_as(instrument, 100.0, wanted)

    assert is_rejected == (RefusalReason.LEVERAGE_BRACKET in refused_as(instrument, 100.0, wanted)) == (lots > 1_000)
