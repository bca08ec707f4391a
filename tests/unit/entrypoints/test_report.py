"""The report for people: complete, and in shape at every usual width."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from rich.console import Console

from application.backtest import run_backtest
from application.replay.certificate import Certificate
from application.results.contributions import contributions
from application.results.result import Assumption, RunResult
from application.trading.records import Refusal
from application.venue_messages import FundingPaid
from domain.order import PositionSide
from domain.risk.trading_state import Hold, HoldCause, TradingState
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from entrypoints.terminal.report import report
from tests.risk_records import make_risk_use
from tests.support import START_NS
from tests.unit.entrypoints.documents import make_document, with_value


@pytest.fixture(scope="module")
def result() -> RunResult:
    document = with_value(make_document(), "synthetic.bars", 600)
    return run_backtest(plan_backtest(structure(document), ConfigurationSource("c.yaml", Path(), {})))


def printed(result: RunResult, *, width: int = 80, verbose: bool = False) -> str:
    """Return the report as plain text."""
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    for part in report(result, verbose=verbose):
        console.print(part)
    return out.getvalue()


def make_payment(hour: int) -> FundingPaid:
    """Return an assumed payment of one unit."""
    at_ns = hour * 3_600_000_000_000
    one = Decimal(1)
    return FundingPaid("BTCUSDT", PositionSide.BOTH, at_ns, one, one, Decimal("0.0001"), -one, is_assumed=True)


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_broken(result: RunResult, width: int) -> None:
    text = printed(result, width=width)

    assert max(len(row.rstrip()) for row in text.splitlines()) <= width
    for figure in (f"{result.identity.end_equity:,f}".rstrip("0"), f"{result.trade_figures.turnover:,.2f}"):
        assert figure in text
    # Cut text would end in an ellipsis.
    assert "…" not in text


def test_a_synthetic_market_is_announced_first(result: RunResult) -> None:
    assert printed(result).lstrip().startswith("SYNTHETIC MARKET")
    assert "SYNTHETIC MARKET" not in printed(evolve(result, is_synthetic=False))


def test_every_assumption_and_hash_is_there(result: RunResult) -> None:
    text = printed(result, width=200, verbose=True)

    assert all(each.name in text for each in result.assumptions if each.name != "data")
    assert all(each.value in text for each in result.assumptions)
    assert all(digest in text for digest in (result.hashes.data, result.hashes.result, result.hashes.config))


def test_books_that_do_not_balance_are_called_out(result: RunResult) -> None:
    wrong = evolve(result, identity=evolve(result.identity, fees=result.identity.fees + 1))

    assert "THE BOOKS DO NOT BALANCE" in printed(wrong)
    assert "The books balance to the last unit." in printed(result)


def test_a_failed_certificate_is_called_out(result: RunResult) -> None:
    wrong = evolve(result, certificate=Certificate(20, 3, 10, "2024-01-01: differs"))

    assert "DECISIONS DEPEND ON LATER DATA: 2024-01-01: differs" in printed(wrong)


def test_refusals_are_counted_by_source_and_reason(result: RunResult) -> None:
    refused = Refusal(0, "BTCUSDT", "gate", ("order_notional",), "BUY 1 open")
    other = evolve(refused, symbol="ETHUSDT", reasons=("order_notional", "var_daily"))
    text = printed(evolve(result, log=evolve(result.log, refusals=[refused] * 3)))
    both = " ".join(printed(evolve(result, log=evolve(result.log, refusals=[refused, refused, other]))).split())

    assert "Orders refused: 3" in text
    assert "gate order_notional 3 BTCUSDT 3" in " ".join(text.split())
    assert "refused for two reasons" not in text
    assert "gate order_notional 3 BTCUSDT 2, ETHUSDT 1 gate var_daily 1 ETHUSDT 1" in both
    assert "An order that was refused for two reasons counts in both." in both


def test_what_to_know_before_believing_it_is_said_but_nothing_twice(result: RunResult) -> None:
    text = " ".join(printed(result).split())

    assert "Before believing it" in text
    assert "Covers 25 days, less than a year" in text
    assert "The market was generated" not in text


def test_strategies_of_trades_are_named_where_there_are_several(result: RunResult) -> None:
    trade = (*result.log.trades, *result.open_trades)[-1]
    several = evolve(result, open_trades=(trade, evolve(trade, strategy="carry")))

    assert "entered by" in printed(several)
    assert "carry" in printed(several).partition("ended by")[2]
    assert "entered by" not in printed(result)


def test_what_is_assumed_of_all_instruments_alike_is_said_once(result: RunResult) -> None:
    values = {"BTCUSDT": "0.1", "ETHUSDT": "0.1", "XRPUSDT": "0.2"}
    marks = [Assumption(f"{symbol}.mark", "last price", "Values.") for symbol in values]
    fees = [Assumption(f"{symbol}.fees", value, "Paid.") for symbol, value in values.items()]
    alike = evolve(result, symbols=tuple(values), assumptions=(*marks, *fees, Assumption("leverage", "20", "Set.")))
    short, whole = (" ".join(printed(alike, verbose=verbose).split()) for verbose in (False, True))

    told = "leverage 20 Set. *.mark last price Values. fees BTCUSDT, ETHUSDT: 0.1 Paid. XRPUSDT.fees 0.2 Paid."
    assert told in short
    assert all(each.name in whole for each in alike.assumptions)
    assert "*" not in whole


def test_assumed_payments_are_counted_and_all_of_them_listed_on_demand(result: RunResult) -> None:
    payments = [make_payment(hour) for hour in (0, 8, 16)]
    assumed = evolve(result, log=evolve(result.log, funding=payments))

    assert "Assumed funding payments: 3" in printed(assumed)
    assert "1970-01-01 08:00" not in printed(assumed)
    assert "Together -3.00" in printed(assumed)
    assert "of it assumed -3" in " ".join(printed(assumed).split())
    assert "of it assumed" not in printed(result)
    assert all(f"1970-01-01 {hour}:00" in printed(assumed, verbose=True) for hour in ("00", "08", "16"))


def test_one_assumed_payment_is_listed_once(result: RunResult) -> None:
    assumed = evolve(result, log=evolve(result.log, funding=[make_payment(0)]))

    assert printed(assumed).count("1970-01-01 00:00") == 1


def test_contributions_sum_to_the_trades(result: RunResult) -> None:
    trades = [*result.log.trades, *result.open_trades]
    assert trades

    sums = contributions(trades, lambda trade: trade.symbol)

    assert sum(each.net_pnl for each in sums.values()) == sum(trade.net_pnl for trade in trades)
    assert sum(each.n_trades for each in sums.values()) == len(trades)


def test_opening_that_was_stopped_for_good_is_said_with_who_ends_it(result: RunResult) -> None:
    hold = Hold(
        cause=HoldCause.DRAWDOWN_LIMIT,
        state=TradingState.HALTED,
        reason="drawdown 12.10%, level limit",
        since_ns=START_NS,
    )
    stopped = evolve(result, risk_use=make_risk_use(holds=(hold,), state=TradingState.HALTED))

    words = (
        "opening has been stopped since 2024-01-01 00:00 UTC by drawdown_limit "
        "(drawdown 12.10%, level limit); only a person ends it"
    )
    assert words in printed(stopped, width=200)
    assert "only a person" not in printed(result, width=200)
