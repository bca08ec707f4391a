"""What stands in the document of a result."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given

from adapters.run_documents.document import (
    AssumedFundingPart,
    BreakdownPart,
    EquityPoint,
    FailurePart,
    FundingPart,
    IdentityPart,
    LiquidationPart,
    RefusalPart,
    RunDocument,
    TradePart,
)
from adapters.run_documents.from_result import to_document
from application.results.result import RunResult
from application.trading.records import ExitReason, RunLog
from domain.order import Side
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS, SYMBOL, make_bars
from tests.unit.adapters.run_documents.results import make_result, results, total
from tests.unit.application.results.run_logs import (
    make_decision,
    make_failure,
    make_identity,
    make_liquidation,
    make_log,
    make_payment,
    make_refusal,
    make_regime_change,
    make_trade,
    make_unheard,
)

SUMMED: Final = ("gross_pnl", "fees", "funding", "slippage", "net_pnl")


@given(result=results())
def test_the_books_in_the_document_balance_exactly(result: RunResult) -> None:
    books = to_document(result).identity

    explained = total([books.start_equity, books.trading_pnl, books.funding, books.transfers, books.liquidation])
    assert Fraction(books.end_equity) == explained - Fraction(books.fees) + Fraction(books.difference)
    assert books.difference == "0"


@given(result=results())
def test_every_trade_balances_exactly(result: RunResult) -> None:
    for trade in to_document(result).trades:
        assert Fraction(trade.net_pnl) == total([trade.gross_pnl, trade.funding]) - Fraction(trade.fees)


@given(result=results())
def test_breakdowns_are_the_exact_sums_of_the_trades(result: RunResult) -> None:
    document = to_document(result)

    for parts in (document.by_symbol, document.by_strategy):
        assert sum(part.trades for part in parts.values()) == len(document.trades)
        for of_part, of_trade in zip(("gross", "fees", "funding", "slippage", "net"), SUMMED, strict=True):
            in_parts = total(getattr(part, of_part) for part in parts.values())
            assert in_parts == total(getattr(trade, of_trade) for trade in document.trades)
    for symbol, part in document.by_symbol.items():
        assert Fraction(part.net) == total(trade.net_pnl for trade in document.trades if trade.symbol == symbol)
        assert Fraction(part.net) == total([part.gross, part.funding]) - Fraction(part.fees)


@given(result=results())
def test_what_strategies_and_markets_made_and_the_rest_is_the_net_result(result: RunResult) -> None:
    result.log.regime_changes.append(make_regime_change())
    prices = {symbol: make_bars([100.0, 110.0], symbol=symbol) for symbol in ("BTCUSDT", "ETHUSDT")}
    document = to_document(result, prices)

    regimes, books = document.regimes, document.identity
    assert regimes is not None
    assert regimes.made_in is not None
    assert regimes.made_elsewhere is not None
    net = total([books.end_equity]) - total([books.start_equity, books.transfers])
    assert total(part.net for part in document.strategies.values()) + Fraction(document.no_trade) == net
    assert total(part.net for part in regimes.opened_in.values()) + Fraction(document.no_trade) == net
    assert total(part.net for part in regimes.made_in.values()) + Fraction(regimes.made_elsewhere) == net
    assert len(regimes.changes) == len(result.log.regime_changes)


def test_a_document_without_prices_or_regimes_says_that_nothing_is_known() -> None:
    judged = to_document(make_result(RunLog(regime_changes=[make_regime_change()], trades=[make_trade("1")])))

    assert to_document(make_result()).regimes is None
    assert judged.regimes is not None
    # Nothing was executed, so that nothing needs a price: all of the net result is elsewhere.
    assert judged.regimes.made_elsewhere == "0"


def test_signals_are_counted_by_what_became_of_them() -> None:
    log = RunLog(decisions=[make_decision(), make_decision(target_quantity="0")], unheard=[make_unheard()])

    assert to_document(make_result(log)).signals == {"trend": {"not_filled": 1, "unheard": 1, "without_size": 1}}


@given(result=results())
def test_funding_is_summed_without_loss_and_every_assumed_payment_is_listed(result: RunResult) -> None:
    document = to_document(result)

    paid = total(str(payment.payment) for payment in result.log.funding)
    assert total(part.net for part in document.funding) == paid
    assert sum(part.payments for part in document.funding) == len(result.log.funding)
    assert sum(part.assumed_payments for part in document.funding) == len(document.assumed_funding)
    assert total(part.assumed_net for part in document.funding) == total(
        payment.payment for payment in document.assumed_funding
    )
    assert all(Fraction(part.net) == Fraction(part.received) - Fraction(part.paid) for part in document.funding)


@given(result=results())
def test_the_curve_has_one_point_per_day_and_ends_where_it_ends(result: RunResult) -> None:
    document, at_ns = to_document(result), result.log.equity_at_ns

    # A microsecond before midnight is the same day for a reader of the text; midnight itself ends the day before.
    assert len(document.equity_curve) == len({(instant - 1) // NS_PER_DAY for instant in at_ns})
    if at_ns:
        last = document.equity_curve[-1]
        assert abs(Decimal(last.equity) - Decimal(str(result.log.equity[-1]))) <= Decimal("5e-9")


def test_the_books_of_a_run_by_hand() -> None:
    identity = make_identity(
        start_equity="10000.00", end_equity="10024.5", trading_pnl="30", fees="5.50", liquidation="0E-8"
    )

    assert to_document(make_result(identity=identity)).identity == IdentityPart(
        start_equity="10000",
        end_equity="10024.5",
        trading_pnl="30",
        fees="5.5",
        funding="0",
        transfers="0",
        liquidation="0",
        difference="0",
    )


def test_books_that_do_not_balance_say_by_how_much() -> None:
    identity = make_identity(start_equity="1000", end_equity="1000.00000001")

    assert to_document(make_result(identity=identity)).identity.difference == "0.00000001"


def test_a_closed_trade() -> None:
    trade = make_trade(
        "-100.5",
        fees="1.25",
        funding="0.75",
        slippage="0.5",
        direction=-1,
        quantity="0.3",
        entry_price="10000.33333333333333333333333",
        exit_price="10335.33333333333333333333333",
        exit_reason=ExitReason.STOP,
        initial_risk="40.4",
    )

    assert to_document(make_result(RunLog(trades=[trade]))).trades == (
        TradePart(
            strategy="trend",
            symbol=SYMBOL,
            side="short",
            quantity="0.3",
            entered_at="2024-01-01T00:00:00Z",
            entry_price="10000.3333333",
            exited_at="2024-01-01T01:00:00Z",
            exit_price="10335.3333333",
            gross_pnl="-100.5",
            fees="1.25",
            funding="0.75",
            slippage="0.5",
            net_pnl="-101",  # −100.5 − 1.25 + 0.75
            exit_reason="stop",
            initial_risk="40.4",
            r_multiple=-2.5,  # −101 / 40.4
            rungs_taken=0,
        ),
    )


def test_an_open_trade_follows_the_closed_ones_and_has_no_exit() -> None:
    log = RunLog(trades=[make_trade("1")])
    still_open = make_trade("0", fees="0.5", exit_price=None, exited_at_ns=None)

    closed, open_trade = to_document(make_result(log, open_trades=[still_open])).trades

    assert closed.exited_at is not None
    assert (open_trade.exited_at, open_trade.exit_price, open_trade.exit_reason) == (None, None, None)
    assert open_trade.net_pnl == "-0.5"


def test_trades_are_broken_down_by_symbol_and_by_strategy() -> None:
    log = RunLog(
        trades=[
            make_trade("10", fees="1", funding="-0.5", slippage="0.25"),
            make_trade("-4", fees="1", strategy="carry"),
            make_trade("3", fees="0.5", symbol="ETHUSDT"),
        ]
    )

    document = to_document(make_result(log))

    assert list(document.by_symbol) == ["BTCUSDT", "ETHUSDT"]
    assert list(document.by_strategy) == ["carry", "trend"]
    assert document.by_symbol["BTCUSDT"] == BreakdownPart(
        trades=2, gross="6", fees="2", funding="-0.5", slippage="0.25", net="3.5"
    )
    assert document.by_strategy["trend"] == BreakdownPart(
        trades=2, gross="13", fees="1.5", funding="-0.5", slippage="0.25", net="11"
    )


def test_the_curve_keeps_the_last_point_of_each_utc_day() -> None:
    # 06:00 and 24:00 are day 1 (midnight ends it), 25:00 and 30:00 day 2; day 3 has none; 80:00 is day 4.
    hours, values = (6, 24, 25, 30, 80), (1000.0, 1001.5, 990.0, 0.1 + 0.2, 1003.0)
    log = make_log(equity=[(START_NS + hour * NS_PER_HOUR, value) for hour, value in zip(hours, values, strict=True)])

    assert to_document(make_result(log)).equity_curve == (
        EquityPoint(at="2024-01-02T00:00:00Z", equity="1001.5"),
        EquityPoint(at="2024-01-02T06:00:00Z", equity="0.3"),
        EquityPoint(at="2024-01-04T08:00:00Z", equity="1003"),
    )


def test_funding_by_symbol_and_each_assumed_payment() -> None:
    log = RunLog(
        funding=[
            make_payment("-3"),
            make_payment("1.5"),
            make_payment("-0.75", quantity="-2.50", mark_price="30000.0", rate="-1E-4", is_assumed=True),
        ]
    )

    document = to_document(make_result(log))

    assert document.funding == (
        FundingPart(
            symbol=SYMBOL,
            payments=3,
            received="1.5",
            paid="3.75",
            net="-2.25",
            assumed_payments=1,
            assumed_net="-0.75",
        ),
    )
    assert document.assumed_funding == (
        AssumedFundingPart(
            at="2024-01-01T00:00:00Z",
            symbol=SYMBOL,
            quantity="-2.5",
            mark_price="30000",
            rate="-0.0001",
            payment="-0.75",
        ),
    )


def test_refusals_and_liquidations_keep_their_reasons_and_numbers() -> None:
    report = make_liquidation(
        "2", side=Side.BUY, price="31000.5", fee="31", liquidation_fee="1240", insurance="7", mark_price="30990"
    )
    log = RunLog(refusals=[make_refusal("too large", reasons=("order_notional", "gross_leverage"))])
    log.liquidations.append(report)

    document = to_document(make_result(log))

    assert document.refusals == (
        RefusalPart(
            at="2024-01-01T00:00:00Z",
            symbol=SYMBOL,
            source="gate",
            reasons=("order_notional", "gross_leverage"),
            detail="too large",
        ),
    )
    assert document.liquidations == (
        LiquidationPart(
            at="2024-01-01T00:00:00Z",
            symbol=SYMBOL,
            side="buy",
            quantity="2",
            price="31000.5",
            mark_price="30990",
            fee="31",
            liquidation_fee="1240",
            insurance="7",
        ),
    )


def test_strategies_that_failed_are_listed() -> None:
    document = to_document(make_result(RunLog(failures=[make_failure()])))

    assert document.failures == (
        FailurePart(
            at="2024-01-01T00:00:00Z",
            strategy="trend",
            symbol=SYMBOL,
            kind="raised",
            error="ValueError",
            message="no number",
            where="own.py:12",
            left=2,
        ),
    )


def test_a_figure_that_could_not_be_worked_out_is_null() -> None:
    performance = to_document(make_result()).metrics.performance  # its Sortino is NaN, its Calmar infinite

    assert (performance.sharpe_ratio, performance.sortino_ratio, performance.calmar_ratio) == (2.5, None, None)


def test_the_drawdown_is_told_in_instants_and_days() -> None:
    drawdown = to_document(make_result()).metrics.drawdown

    assert (drawdown.depth, drawdown.peak_at, drawdown.recovered_at) == (0.125, "2024-01-01T00:00:00Z", None)
    assert drawdown.longest_days == 1.5


def test_the_mean_of_the_trades_is_rounded_to_the_cash_step() -> None:
    # One unit over three trades.
    log = RunLog(trades=[make_trade("1"), make_trade("0"), make_trade("0")])

    assert to_document(make_result(log)).metrics.trades.average_pnl == "0.33333333"


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_the_document_says_whether_the_market_was_made_up(is_synthetic: bool) -> None:
    document: RunDocument = to_document(make_result(is_synthetic=is_synthetic))

    assert document.synthetic is is_synthetic
