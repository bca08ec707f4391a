"""Spot in measurements, estimates and sizes: equity that backs no contract."""

from decimal import Decimal

import numpy as np
import pytest
from attrs import define, evolve
from typing_extensions import override

from application.trading.account_books import AccountBooks
from application.trading.account_view import AccountTerms, AccountView
from application.trading.book import InstrumentBook
from application.trading.entry_sizing import EntrySizer
from application.trading.market_risk import MarketRisk
from application.trading.projections import Projector
from application.trading.risk_measurement import measure_use
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.margin import MarginMode
from domain.position import Position
from domain.position_sizer import Constraint
from domain.risk.risk_model import RiskModel
from domain.risk.settings import RiskSettings
from domain.sizing import FixedQuantity
from tests.plans import WIDE_LIMITS
from tests.support import START_NS, make_instrument, make_terms
from tests.unit.application.trading.stage import COIN, Played, Scripted, d, long, play, short

SPOT = "COINUSDT-SPOT"
TWENTY = AccountTerms(leverage=20)


def both_legs(equity: str = "1000") -> Played:
    """Hold 6 coins bought at 100, and 5 contracts sold at 100."""
    return play(
        {COIN: [(100.0,)] * 6, SPOT: [(100.0,)] * 5 + [(110.0,)]},
        {SPOT: {1: long()}},
        {COIN: {1: short()}},
        sizings=[FixedQuantity(d("6")), FixedQuantity(d("5"))],
        equity=equity,
    )


def test_margin_and_distance_are_those_of_contracts_on_equity_without_coins() -> None:
    use = measure_use(both_legs("1200").engine)

    # 1,200 and 60 gained by the coins, of which 660 is theirs: 600 back 500 of contracts, whose margin is 0.4 %.
    assert use.equity == 1260
    assert (use.gross_notional, use.net_notional) == (d("1160"), d("660") - 500)
    assert use.margin_ratio == d("2") / 600
    distances = {each.symbol: each.liquidation_distance for each in use.instruments}
    assert distances[SPOT] is None
    # 600 − 5 (p − 100) = 0.004 × 5 p, so p = 1,100 / 5.02.
    assert float(distances[COIN] or 0) == pytest.approx(1100 / 5.02 / 100 - 1)


def test_capital_at_risk_lets_coins_lose_the_move_and_no_funding() -> None:
    use = measure_use(both_legs("1200").engine)

    # A fifth down: 132 of 660, and 0.1 % of the other 528 to get out. Up: the contracts lose 100, 0.3 % of 500 in
    # funding and 0.1 % of 600.
    assert use.capital_at_risk == pytest.approx((132 + 0.528) / 1260)


@define(eq=False)
class KnownRisk(MarketRisk):
    """Both markets move by 5 % a day, nearly alike."""

    @property
    @override
    def model(self) -> RiskModel | None:
        return RiskModel((COIN, SPOT), 2.5e-3 * np.array([[1.0, 0.99], [0.99, 1.0]]), 1.645, 2.063)


def make_book(symbol: str, held: str, share: Share | None = None) -> InstrumentBook:
    own = share or Share("trend", Scripted({}), FixedQuantity(d("1000000")), AsOfView(symbol, 10), Position(symbol))
    book = InstrumentBook(make_instrument(symbol, taker_rate="0", quantity_max="1000000"), [own])
    book.mark = 100.0
    if d(held):
        for position in (book.position, own.position):
            position.fill(d(held), d("100"))
        own.target = d(held)
    book.refresh_floats()
    return book


def make_view(books: dict[str, InstrumentBook], equity: str, terms: AccountTerms = TWENTY) -> AccountView:
    account = AccountBooks()
    account.deposit(d(equity))
    account.held.extend(book for book in books.values() if not book.position.is_flat)
    return AccountView(books, account, terms, WIDE_LIMITS.limits)


def with_chance(limit: float) -> RiskSettings:
    return evolve(WIDE_LIMITS, account=evolve(WIDE_LIMITS.account, liquidation_probability_max=limit))


def chance(books: dict[str, InstrumentBook], equity: str) -> float:
    settings = with_chance(1.0)
    found = Projector(settings, make_view(books, equity), KnownRisk(books, settings.estimates)).present(START_NS)
    assert found.liquidation_probability is not None
    return found.liquidation_probability


def test_the_chance_of_liquidation_is_that_of_an_account_that_never_had_the_money() -> None:
    with_coins = {COIN: make_book(COIN, "-100"), SPOT: make_book(SPOT, "500")}

    assert chance(with_coins, "52000") == pytest.approx(chance({COIN: make_book(COIN, "-100")}, "2000"))
    assert chance(with_coins, "52000") > chance({COIN: make_book(COIN, "-100")}, "52000")
    # Coins alone are never liquidated.
    assert chance({SPOT: make_book(SPOT, "500")}, "50001") == 0.0


def test_coins_are_bought_as_far_as_contracts_can_spare_the_cash_and_a_lot_more_is_too_much() -> None:
    books = {COIN: make_book(COIN, "-100"), SPOT: make_book(SPOT, "0")}
    settings, view = with_chance(0.01), make_view(books, "20000")
    market = KnownRisk(books, settings.estimates)
    (share,) = books[SPOT].shares

    size = EntrySizer(settings, view, market).size(
        books[SPOT], share, long(), now_ns=START_NS, drawdown_factor=Decimal(1)
    )

    assert size.binding is Constraint.LIQUIDATION_SAFETY
    assert size.quantity > 0
    for more, is_within in ((d("0"), True), (d("0.001"), False)):
        order = make_terms(size.quantity + more, symbol=SPOT)
        after, _ = Projector(settings, view, market).project(books[SPOT], order, view.worst_cases(START_NS), START_NS)
        assert after.liquidation_probability is not None
        assert (after.liquidation_probability <= 0.01) is is_within


@pytest.mark.parametrize("mode", list(MarginMode))
def test_cash_is_what_contracts_and_other_coins_leave(mode: MarginMode) -> None:
    books = {COIN: make_book(COIN, "-100"), SPOT: make_book(SPOT, "50")}
    view = make_view(books, "20000", AccountTerms(leverage=20, margin_mode=mode))
    books[COIN].mark = 110.0

    state = view.account_state(books[SPOT], view.worst_cases(START_NS), None, START_NS)

    # 20,000 less 5,000 for the coins, 1,000 that the contracts lose, and 11,000 / 20 of margin.
    assert state.cash == d("13450")
    books[COIN].mark = 90.0
    state = view.account_state(books[SPOT], view.worst_cases(START_NS), None, START_NS)
    # What contracts gain does not count: 15,000 less 9,000 / 20.
    assert state.cash == d("14550")


def test_to_a_contract_the_account_tells_what_coins_may_come_to_be_worth() -> None:
    books = {COIN: make_book(COIN, "-100"), SPOT: make_book(SPOT, "50")}
    view = make_view(books, "20000")

    state = view.account_state(books[COIN], view.worst_cases(START_NS), None, START_NS)

    assert (state.spot_notional, state.gross_notional, state.contract_notional) == (d("5000"), d("5000"), d("0"))
    assert state.maintenance_margin == 0
    assert state.cash is None
