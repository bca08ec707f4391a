"""The accounting identity, from executions alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.accounting import account_for
from application.trading.records import RunLog
from domain.numbers import ZERO
from domain.order import Fill, Side
from tests.support import SYMBOL, make_fill
from tests.unit.application.results.run_logs import make_identity, make_liquidation, make_payment

prices = st.decimals("0.1", "100000", places=1)
quantities = st.decimals("0.001", "10", places=3)
fees = st.decimals("-1", "10", places=8)


@st.composite
def fills(draw: st.DrawFn) -> Fill:
    return make_fill(
        str(draw(quantities)),
        side=draw(st.sampled_from(Side)),
        price=str(draw(prices)),
        fee=str(draw(fees)),
        symbol=draw(st.sampled_from(["BTCUSDT", "ETHUSDT"])),
    )


def test_two_fills_and_a_payment_balance() -> None:
    # Buy 2 at 100, sell 1 at 110, the other one marked at 105; fees 0.10 and 0.055; funding paid 0.02.
    # Trading: −200 + 110 + 1 × 105 = 15. End: 1000 + 15 − 0.155 − 0.02 = 1014.825.
    log = RunLog(
        fills=[
            make_fill("2", "t-1", price="100", fee="0.10"),
            make_fill("1", "t-2", side=Side.SELL, price="110", fee="0.055"),
        ],
        funding=[make_payment("-0.02")],
    )

    identity = account_for(log, {SYMBOL: Decimal(105)}, start_equity=Decimal(1000), end_equity=Decimal("1014.825"))

    assert identity == make_identity(
        start_equity="1000", end_equity="1014.825", trading_pnl="15", fees="0.155", funding="-0.02"
    )
    assert identity.difference == 0


def test_a_liquidation_is_an_execution_with_a_fee_of_its_own() -> None:
    # Buy 1 at 100 for a fee of 0.05; the venue sells it at 60 for a fee of 0.03, charges 1.20 for it, and its
    # insurance fund takes over 2. Trading: −100 + 60 = −40; fees 0.08; liquidation 2 − 1.20 = 0.80.
    # End: 38 − 40 − 0.08 + 0.80 = −1.28 plus the deposit of 5 made during the run: 3.72.
    log = RunLog(
        fills=[make_fill("1", price="100", fee="0.05")],
        liquidations=[make_liquidation("1", price="60", fee="0.03", liquidation_fee="1.20", insurance="2")],
    )

    identity = account_for(log, {}, start_equity=Decimal(38), end_equity=Decimal("3.72"), transfers=Decimal(5))

    assert (identity.trading_pnl, identity.fees) == (Decimal(-40), Decimal("0.08"))
    assert (identity.liquidation, identity.transfers) == (Decimal("0.80"), Decimal(5))
    assert identity.difference == 0


def test_a_unit_that_no_execution_explains_is_a_difference() -> None:
    log = RunLog(fills=[make_fill("1", price="100"), make_fill("1", "t-2", side=Side.SELL, price="101")])

    identity = account_for(log, {}, start_equity=Decimal(1000), end_equity=Decimal("1001.00000001"))

    assert identity.difference == Decimal("0.00000001")


def test_an_open_position_needs_its_mark() -> None:
    log = RunLog(fills=[make_fill("1", price="100")])

    with pytest.raises(KeyError, match=SYMBOL):
        account_for(log, {}, start_equity=ZERO, end_equity=ZERO)


def test_a_closed_position_needs_no_mark() -> None:
    log = RunLog(fills=[make_fill("1", price="100"), make_fill("1", "t-2", side=Side.SELL, price="103")])

    assert account_for(log, {}, start_equity=ZERO, end_equity=Decimal(3)).trading_pnl == 3


@given(executed=st.lists(fills(), max_size=12), bitcoin=prices, ether=prices)
def test_trading_pnl_is_what_each_fill_gains_up_to_the_last_mark(
    executed: list[Fill], bitcoin: Decimal, ether: Decimal
) -> None:
    marks = {"BTCUSDT": bitcoin, "ETHUSDT": ether}

    identity = account_for(RunLog(fills=executed), marks, start_equity=ZERO, end_equity=ZERO)

    # Another way to the same sum: every fill held from its price to the mark.
    assert identity.trading_pnl == sum((f.signed_quantity * (marks[f.symbol] - f.price) for f in executed), ZERO)
    assert identity.fees == sum((f.fee for f in executed), ZERO)


@given(executed=st.lists(fills(), max_size=8), amounts=st.lists(fees, max_size=5), bitcoin=prices, ether=prices)
def test_the_difference_is_what_the_end_equity_is_off(
    executed: list[Fill], amounts: list[Decimal], bitcoin: Decimal, ether: Decimal
) -> None:
    log = RunLog(fills=executed, funding=[make_payment(str(amount)) for amount in amounts])
    marks = {"BTCUSDT": bitcoin, "ETHUSDT": ether}
    equity = Decimal(1000)
    for fill in executed:
        equity += fill.signed_quantity * (marks[fill.symbol] - fill.price) - fill.fee
    equity += sum(amounts, ZERO)

    balanced = account_for(log, marks, start_equity=Decimal(1000), end_equity=equity)
    off = account_for(log, marks, start_equity=Decimal(1000), end_equity=equity + 7)

    assert (balanced.difference, off.difference) == (Decimal(0), Decimal(7))
