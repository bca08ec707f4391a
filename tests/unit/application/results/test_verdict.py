"""The verdict on a run in plain language."""

import pytest
from attrs import evolve

from application.results.run_record import Provenance, RunRecord
from application.results.verdict import Outcome, verdict_on
from application.results.wording import quote_currency
from application.trading.records import RunLog
from domain.market import BarSeries
from domain.performance import Performance
from tests.support import make_bars, make_fill
from tests.unit.adapters.run_documents.results import PERFORMANCE, make_result
from tests.unit.application.results.run_logs import make_failure, make_identity, make_trade

_PROVENANCE = Provenance(created_at_ns=0, product_version="0.1.0", python_version="3.11.2", configuration="")


def returned(total: float) -> Performance:
    return evolve(PERFORMANCE, total_return=total)


def make_traded(net: str, *, last_price: float | None = 100.0, difference: bool = False) -> RunRecord:
    """Make a run that began with 1,000 and made this, while its instrument went from 100 to a last price."""
    end = 1_000 + float(net)
    identity = make_identity(start_equity="1000", end_equity=f"{end:.2f}", trading_pnl=net if not difference else "0")
    log = RunLog(fills=[make_fill("1")], trades=[make_trade(net)])
    prices: dict[str, BarSeries] = {} if last_price is None else {"BTCUSDT": make_bars([100.0, last_price])}
    result = make_result(log, identity=identity, performance=returned(float(net) / 1_000))
    return RunRecord(result=result, prices=prices, provenance=_PROVENANCE)


@pytest.mark.parametrize(
    ("net", "last_price", "headline"),
    [
        ("250", 110.0, "Made money, and more than holding would have."),
        ("250", 200.0, "Made money, but less than holding would have."),
        ("-50", 110.0, "Lost money, while holding would have gained."),
        ("-50", 60.0, "Lost money, though less than holding would have."),
        ("-50", 99.0, "Lost money, and more than holding would have."),
        ("250", None, "Made money."),
        ("-50", None, "Lost money."),
        ("0", 110.0, "Came out even."),
    ],
)
def test_a_run_is_put_beside_holding_and_cash(net: str, last_price: float | None, headline: str) -> None:
    assert verdict_on(make_traded(net, last_price=last_price)).headline == headline


def test_money_and_percent_are_said_with_the_time_that_they_took() -> None:
    sentences = verdict_on(make_traded("250", last_price=110.0)).sentences

    held = "Holding the 2 instruments in equal parts unleveraged would have returned +10.0%"
    assert sentences == (
        "Gained 250.00 USDT on 1,000.00 USDT in 30 days: +25.0%, +50.0% a year compounded.",
        f"{held}; this was better than cash without interest.",
        "Its deepest fall from a high was 12.5% and was not made up by the end; it rests on 1 closed trade.",
    )


def test_nothing_won_and_nothing_lost_has_no_sign_and_no_rate() -> None:
    assert verdict_on(make_traded("0")).sentences[0] == "Neither gained nor lost anything on 1,000.00 USDT in 30 days."


@pytest.mark.parametrize(
    ("symbols", "quote"),
    [(("BTCUSDT", "BTCUSDT-SPOT"), "USDT"), (("BTCUSDT", "ETHUSDC"), ""), ((), "")],
)
def test_coins_and_contract_have_one_currency(symbols: tuple[str, ...], quote: str) -> None:
    assert quote_currency(symbols) == quote


def test_a_run_without_an_execution_is_idle() -> None:
    record = RunRecord(result=make_result(performance=returned(0.0)), prices={}, provenance=_PROVENANCE)

    assert verdict_on(record).outcome is Outcome.IDLE
    assert verdict_on(record).headline == "Nothing was traded."


def test_a_run_whose_books_do_not_balance_is_not_praised() -> None:
    assert verdict_on(make_traded("250", difference=True)).headline == "Do not rely on this run."


def test_neither_is_one_of_which_every_strategy_failed() -> None:
    record = make_traded("250", last_price=110.0)
    for n_left, outcome in ((1, Outcome.GAINED), (0, Outcome.UNTRUSTED)):
        failed = evolve(record.result, log=evolve(record.result.log, failures=[make_failure(n_left=n_left)]))
        assert verdict_on(evolve(record, result=failed)).outcome is outcome


def test_neither_is_one_that_saw_the_future() -> None:
    seeing = evolve(make_traded("250").result, certificate=make_result(first_difference="then").certificate)
    record = RunRecord(result=seeing, prices={}, provenance=_PROVENANCE)

    assert verdict_on(record).outcome is Outcome.UNTRUSTED


def test_deposits_are_no_gain() -> None:
    identity = make_identity(start_equity="1000", end_equity="1500", transfers="600", trading_pnl="-100")
    log = RunLog(fills=[make_fill("1")])
    result = make_result(log, identity=identity, performance=returned(-0.1))

    assert verdict_on(RunRecord(result=result, prices={}, provenance=_PROVENANCE)).outcome is Outcome.LOST
