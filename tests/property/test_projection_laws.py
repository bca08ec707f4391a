"""What is estimated before an order holds for all that can follow: any orders fill, in any sequence, or none."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import numpy as np
import pytest
from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from application.trading.account_books import AccountBooks
from application.trading.account_view import AccountTerms, AccountView
from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.market_risk import MarketRisk
from application.trading.projections import Projector, _least_move, _liquidating_move, _log_distance
from application.trading.share import Share
from application.trading.share_exposure import Wanted, strategy_notional
from domain.as_of import AsOfView
from domain.instrument import MarginSchedule
from domain.numbers import ZERO
from domain.order import ClientOrderId, Order, OrderTerms, Side
from domain.position import Position
from domain.risk.capital_at_risk import Leg, StressMove, loss_per_unit
from domain.risk.risk_model import RiskModel
from domain.risk.settings import RiskSettings
from domain.sizing import FixedQuantity
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from tests.plans import WIDE_LIMITS
from tests.support import BRACKET_ROWS, START_NS, make_instrument, make_schedule, make_terms

SYMBOLS: Final = ("AUSDT", "BUSDT", "CUSDT")
MARK: Final = 100.0
EQUITY: Final = Decimal(100_000)
MODEL: Final = RiskModel(
    SYMBOLS, 4e-4 * np.array([[1.0, 0.8, -0.5], [0.8, 1.0, -0.4], [-0.5, -0.4, 1.0]]), 1.645, 2.063
)
STRESS: Final = StressMove()
STEEP_ROWS: Final = tuple(
    (floor, cap, rate + Decimal("0.02") * place, leverage)
    for place, (floor, cap, rate, leverage) in enumerate(BRACKET_ROWS)
)
MEASURED: Final = evolve(
    WIDE_LIMITS,
    account=evolve(
        WIDE_LIMITS.account,
        var_daily_max=1.0,
        cvar_daily_max=1.0,
        liquidation_probability_max=1.0,
        capital_at_risk_max=1.0,
    ),
    stress=STRESS,
)


@define(eq=False)
class KnownRisk(MarketRisk):
    """A market whose daily risk is written down."""

    @property
    @override
    def model(self) -> RiskModel | None:
        return MODEL


@define
class Waiting:
    """An order that may fill."""

    terms: OrderTerms
    left: Decimal


def make_book(symbol: str, held: int, target: int) -> InstrumentBook:
    view, strategy = AsOfView(symbol, 10), TrendFollowing(TrendFollowingParameters())
    share = Share("trend", strategy, FixedQuantity(Decimal(1)), view, Position(symbol))
    book = InstrumentBook(make_instrument(symbol), [share])
    book.mark = MARK
    if held:
        for position in (book.position, share.position):
            position.fill(Decimal(held), Decimal(100))
    share.target = Decimal(target)
    book.refresh_floats()
    return book


quantities: Final = st.sampled_from([-40, -15, 0, 15, 40])
sizes: Final = st.sampled_from([1, 15, 40])


def make_projector(books: dict[str, InstrumentBook], risk: RiskSettings = MEASURED) -> Projector:
    account = AccountBooks()
    account.deposit(EQUITY)
    for book in books.values():
        if not book.position.is_flat:
            account.held.append(book)
    view = AccountView(books, account, AccountTerms(), risk.limits)
    return Projector(risk, view, KnownRisk(books, risk.estimates))


def send(book: InstrumentBook, number: int, terms: OrderTerms) -> None:
    order_id = ClientOrderId(f"{number}")
    book.working[order_id] = WorkingOrder(Order(order_id, terms, START_NS), Purpose.OPEN, None)
    book.note_orders_changed()


def fill(held: dict[str, Decimal], terms: OrderTerms, part: Decimal) -> None:
    quantity, position = terms.quantity * part, held[terms.symbol]
    if terms.reduce_only:
        closes = terms.side.sign * position < 0
        quantity = min(quantity, abs(position)) if closes else ZERO
    held[terms.symbol] += terms.side.sign * quantity


def loss_if(held: dict[str, Decimal], direction: int) -> float:
    """Return what a move costs without any stop: the least that capital at risk has to show."""
    legs = (Leg(signed_quantity=float(quantity), mark_price=MARK) for quantity in held.values())
    return sum(
        abs(leg.signed_quantity) * loss_per_unit(leg, STRESS) for leg in legs if leg.signed_quantity * direction < 0
    )


steps: Final = st.tuples(st.integers(0, 4), st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(1)]))
sequences: Final = st.lists(steps, min_size=2, max_size=6)


@settings(max_examples=400)
@given(
    positions=st.tuples(quantities, quantities, quantities),
    targets=st.tuples(quantities, quantities, quantities),
    working=st.lists(
        st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(Side), sizes, st.booleans()), min_size=1, max_size=4
    ),
    wanted=st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(Side), sizes),
    sequence=sequences,
)
def test_no_sequence_of_fills_passes_the_estimates_with_the_order(
    positions: Sequence[int],
    targets: Sequence[int],
    working: Sequence[tuple[str, Side, int, bool]],
    wanted: tuple[str, Side, int],
    sequence: Sequence[tuple[int, Decimal]],
) -> None:
    books = {symbol: make_book(symbol, *each) for symbol, *each in zip(SYMBOLS, positions, targets, strict=True)}
    waiting = [
        make_terms(Decimal(size), side, symbol=symbol, reduce_only=only) for symbol, side, size, only in working[:6]
    ]
    for number, terms in enumerate(waiting):
        send(books[terms.symbol], number, terms)
    symbol, side, size = wanted
    order, projector = make_terms(Decimal(size), side, symbol=symbol), make_projector(books)

    found, _ = projector.project(books[symbol], order, projector.view.worst_cases(START_NS), START_NS)

    held = {name: book.position.signed_quantity for name, book in books.items()}
    left = [Waiting(terms, Decimal(1)) for terms in (*waiting, order)]
    for place, part in sequence:
        if place < len(left):
            each = left[place]
            fill(held, each.terms, each.left * part)
            each.left -= each.left * part
        values = {name: float(quantity) * MARK for name, quantity in held.items()}
        assert MODEL.var_factor * MODEL.deviation(values) / float(EQUITY) <= (found.var_daily or 0.0) + 1e-9
        assert MODEL.cvar_factor * MODEL.deviation(values) / float(EQUITY) <= (found.cvar_daily or 0.0) + 1e-9
        for direction in (1, -1):
            assert loss_if(held, direction) / float(EQUITY) <= (found.capital_at_risk or 0.0) + 1e-9
    strategies = strategy_notional(books.values(), ["trend"], Wanted(books[symbol], order))
    assert sum(abs(quantity) for quantity in held.values()) * Decimal(100) <= strategies["trend"]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hedge_on_its_way_out_hedges_no_longer(sign: int) -> None:
    # Long 50 A, short 50 B, 2 % a day each and 0.8 alike: √(100² + 100² − 2 × 0.8 × 100²) = 63.2 together, 100 alone.
    held = (50 * sign, -50 * sign, 0)
    books = {symbol: make_book(symbol, each, each) for symbol, each in zip(SYMBOLS, held, strict=True)}
    projector = make_projector(books)
    assert projector.present(START_NS).var_daily == pytest.approx(1.645 * 63.245553 / 1e5)

    side = Side.BUY if sign > 0 else Side.SELL
    send(books["BUSDT"], 1, make_terms(Decimal(50), side, symbol="BUSDT", reduce_only=True))
    assert projector.present(START_NS).var_daily == pytest.approx(1.645 * 100.0 / 1e5)


def test_an_order_that_was_overtaken_by_a_change_of_mind_still_counts() -> None:
    # 30 were sent, and then nothing was wanted any more: they may fill, without a stop: 30 × (20 + 0.3 + 0.08).
    book = make_book("AUSDT", 0, 0)
    send(book, 1, make_terms(Decimal(30), Side.BUY, symbol="AUSDT"))
    projector = make_projector({"AUSDT": book})

    assert projector.present(START_NS).capital_at_risk == pytest.approx(30 * 20.38 / 1e5)
    assert strategy_notional([book], ["trend"]) == {"trend": 3_000}


def test_a_flip_shows_both_its_sides() -> None:
    # 20 held long, 30 wanted short: a fall hits the one, a rise the other.
    book = make_book("AUSDT", 20, -30)
    (down, up) = make_projector({"AUSDT": book}).view.stressed(START_NS, 0.2).legs()

    assert (down.signed_quantity, up.signed_quantity) == (20.0, -30.0)


def test_a_short_is_stressed_in_the_bracket_that_the_rise_brings_it_to() -> None:
    # 45 short at 100 are 4,500, in the first bracket; after a rise of 20 % they are 5,400, in the second.
    book = make_book("AUSDT", -45, -45)
    rows = [(ZERO, Decimal(5_000), Decimal("0.01"), 50), (Decimal(5_000), Decimal(10**9), Decimal("0.02"), 20)]
    book.instrument = evolve(book.instrument, margins=(MarginSchedule.from_rows(rows),))
    view = make_projector({"AUSDT": book}).view

    assert [leg.maintenance_rate for leg in view.stressed(START_NS, 0.2).legs()] == [0.02]
    assert [leg.maintenance_rate for leg in view.stressed(START_NS, 0.1).legs()] == [0.01]


@given(
    size=st.floats(1.0, 1e9),
    free=st.floats(-1e6, 1e9),
    is_long=st.booleans(),
    schedule=st.sampled_from([make_schedule(), make_schedule(BRACKET_ROWS[:1]), make_schedule(STEEP_ROWS)]),
)
def test_what_no_bracket_can_be_nearer_than_is_never_further(
    size: float, free: float, is_long: bool, schedule: MarginSchedule
) -> None:
    value = size if is_long else -size

    least = _log_distance(_least_move(schedule, value, free), is_long=is_long)

    assert least <= _log_distance(_liquidating_move(schedule, value, free), is_long=is_long) * (1.0 + 1e-12)
