"""The document of a whole run on the simulated venue: its parts agree with each other."""

from fractions import Fraction

import pytest

from adapters.run_documents.document import RunDocument
from adapters.run_documents.from_result import to_document
from adapters.run_documents.json_form import decode, encode
from adapters.simulated.rules import VenueRules
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from tests.plans import trend_plan
from tests.unit.adapters.run_documents.results import total


@pytest.fixture(scope="module", params=[1, 2, 3])
def document(request: pytest.FixtureRequest) -> RunDocument:
    history = generate(SyntheticMarket(n_bars=1_500), seed=request.param)
    return to_document(run_backtest(trend_plan(history, rules=VenueRules())))


def test_the_run_traded_and_paid_funding(document: RunDocument) -> None:
    assert document.synthetic
    # One unit of XRPUSDT is worth less than the smallest order: its entries are refused, and listed.
    assert list(document.by_symbol) == ["BTCUSDT", "ETHUSDT"]
    assert {refusal.symbol for refusal in document.refusals} == {"XRPUSDT"}
    assert document.metrics.trades.closed > 10
    assert sum(part.payments for part in document.funding) > 0


def test_the_trades_explain_every_fee_payment_and_slip_of_the_run(document: RunDocument) -> None:
    sums = document.by_strategy["trend"]

    assert Fraction(sums.fees) == Fraction(document.identity.fees)
    assert Fraction(sums.funding) == Fraction(document.identity.funding) == total(p.net for p in document.funding)
    assert Fraction(sums.slippage) == Fraction(document.metrics.trades.slippage)
    assert document.identity.difference == "0"


def test_what_the_trades_have_not_realized_is_held_at_the_last_mark(document: RunDocument) -> None:
    unrealized = Fraction(document.identity.trading_pnl) - Fraction(document.by_strategy["trend"].gross)
    still_open = [trade for trade in document.trades if trade.exited_at is None]

    assert len(still_open) == document.metrics.trades.open
    assert (unrealized == 0) or still_open


def test_the_curve_ends_at_the_end_equity_and_covers_every_day(document: RunDocument) -> None:
    last = document.equity_curve[-1]

    assert last.at == document.period.end
    assert abs(Fraction(last.equity) - Fraction(document.identity.end_equity)) < Fraction("0.000001")
    assert len(document.equity_curve) == 63  # 1,500 hours from midnight on: 62.5 days


def test_it_is_written_and_read_without_loss(document: RunDocument) -> None:
    assert decode(encode(document)) == document
