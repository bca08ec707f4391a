"""Every sum on the page, worked out again from the page's own trades table in exact arithmetic."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import isnan
from typing import TypeAlias

import pytest
from attrs import evolve
from hypothesis import given, settings

from adapters.html_report.page import report_page
from application.results.result import RunResult
from application.results.run_record import RunRecord
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import make_log, make_trade

Trade: TypeAlias = Mapping[str, str]


def page_of(record: RunRecord) -> PageReader:
    return PageReader(report_page(record))


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return real_record()


@pytest.fixture(scope="module")
def page(record: RunRecord) -> PageReader:
    return page_of(record)


def trades_of(page: PageReader) -> list[Trade]:
    columns = page.data["trades"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def total(trades: Iterable[Trade], column: str) -> Fraction:
    return sum((Fraction(trade[column]) for trade in trades), Fraction(0))


def net(trade: Trade) -> Fraction:
    return Fraction(trade["gross_pnl"]) - Fraction(trade["fees"]) + Fraction(trade["funding"])


def grouped(trades: Iterable[Trade], key: Callable[[Trade], str]) -> Mapping[str, list[Trade]]:
    found = defaultdict(list)
    for trade in trades:
        found[key(trade)].append(trade)
    return found


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def assert_every_sum_agrees(page: PageReader) -> None:
    trades = trades_of(page)
    closed = [trade for trade in trades if trade["exited_at"]]
    assert all(Fraction(trade["net_pnl"]) == net(trade) for trade in trades)
    assert_contributions_agree(page, trades)
    assert_closed_trades_agree(page, closed)
    assert_calendar_agrees(page, closed)
    assert_books_agree(page, trades)


def assert_contributions_agree(page: PageReader, trades: list[Trade]) -> None:
    groups = {f"{kind}.{name}": part for kind in ("symbol", "strategy") for name, part in by(trades, kind).items()}
    for kind in ("symbol", "strategy"):
        if len(by(trades, kind)) > 1:
            groups[f"every.{kind}"] = trades
    for name, part in groups.items():
        assert Fraction(page.exact[f"{name}.trades"]) == len(part)
        assert Fraction(page.exact[f"{name}.gross"]) == total(part, "gross_pnl")
        assert Fraction(page.exact[f"{name}.slippage"]) == total(part, "slippage")
        assert Fraction(page.exact[f"{name}.fees"]) == total(part, "fees")
        assert Fraction(page.exact[f"{name}.funding"]) == total(part, "funding")
        assert Fraction(page.exact[f"{name}.net"]) == sum(map(net, part))
    named = {name.rsplit(".", 1)[0] for name in page.exact if name.startswith(("symbol.", "strategy.", "every."))}
    assert named == set(groups)


def by(trades: Iterable[Trade], column: str) -> Mapping[str, list[Trade]]:
    return grouped(trades, lambda trade: trade[column])


def assert_closed_trades_agree(page: PageReader, closed: list[Trade]) -> None:
    nets = [net(trade) for trade in closed]
    wins, losses = sum(each for each in nets if each > 0), -sum(each for each in nets if each < 0)
    assert page.exact["win_rate"] == f"{sum(1 for each in nets if each > 0)}/{len(nets)}"
    won, lost = page.exact["profit_factor"].split("/")
    assert (Fraction(won), Fraction(lost)) == (wins, losses)
    if closed:
        assert Fraction(page.exact["wins"]) == wins
        assert Fraction(page.exact["losses"]) == -losses
        assert Fraction(page.exact["closed_net"]) == wins - losses
        assert Fraction(page.exact["best"]) == max(nets)
        assert Fraction(page.exact["worst"]) == min(nets)


def assert_calendar_agrees(page: PageReader, closed: list[Trade]) -> None:
    months = grouped(closed, lambda trade: f"month.{instant(trade['exited_at']):%Y-%m}")
    years = grouped(closed, lambda trade: f"year.{instant(trade['exited_at']):%Y}")
    hours = grouped(closed, _hour_name)
    cells = {name: sum(map(net, part)) for table in (months, years, hours) for name, part in table.items()}
    shown = {name: Fraction(page.exact[name]) for name in page.exact if name.startswith(("month.", "year.", "hour."))}
    assert shown == cells


def _hour_name(trade: Trade) -> str:
    entered = instant(trade["entered_at"])
    return f"hour.{entered.weekday()}-{entered.hour:02}"


def assert_books_agree(page: PageReader, trades: list[Trade]) -> None:
    books = {name.partition(".")[2]: Fraction(text) for name, text in page.exact.items() if name.startswith("identity")}
    change = books["end_equity"] - books["start_equity"] - books["transfers"]
    assert books["difference"] == 0
    assert change == books["trading_pnl"] - books["fees"] + books["funding"] + books["liquidation"]
    assert change == Fraction(page.exact["net"]) == Fraction(page.exact["part.net"])
    parts = ("prices", "slippage", "fees", "funding", "liquidation")
    assert change == sum(Fraction(page.exact[f"part.{name}"]) for name in parts)
    assert Fraction(page.exact["part.fees"]) == -books["fees"]
    assert Fraction(page.exact["part.funding"]) == books["funding"]
    assert Fraction(page.exact["costs"]) == books["fees"] - Fraction(page.exact["part.slippage"])
    realized = sum(map(net, trades))
    held = books["trading_pnl"] - total(trades, "gross_pnl")
    assert Fraction(page.exact["bridge.trades"]) == realized
    assert Fraction(page.exact["bridge.unrealized"]) == held
    rest = Fraction(page.exact.get("bridge.elsewhere", "0"))
    assert change == realized + held + books["liquidation"] + rest == Fraction(page.exact["bridge.net"])


def test_every_sum_on_the_page_of_a_real_run_follows_from_its_trades_table(page: PageReader) -> None:
    assert len(trades_of(page)) > 50
    assert_every_sum_agrees(page)


def test_the_trades_of_a_real_run_leave_nothing_of_fees_and_funding_unexplained(page: PageReader) -> None:
    # Fees that strategies share are divided to 28 digits; what that leaves is far below the smallest unit booked.
    assert abs(Fraction(page.exact.get("bridge.elsewhere", "0"))) < Fraction(1, 10**20)


def _of_an_account(equity: float) -> float:
    """The nearest equity that an account can have: what is stored exactly may be any float, even NaN."""
    if isnan(equity) or abs(equity) < 1e-8:
        return 0.0
    return min(max(equity, -1e12), 1e12)


@settings(max_examples=15)
@given(result=results())
def test_every_sum_on_any_page_follows_from_its_trades_table(result: RunResult) -> None:
    result.log.equity = array("d", map(_of_an_account, result.log.equity))

    assert_every_sum_agrees(page_of(make_record(result)))


def test_the_table_holds_every_trade_with_every_digit(record: RunRecord, page: PageReader) -> None:
    made = (*record.result.log.trades, *record.result.open_trades)

    for row, trade in enumerate(made):
        listed = trades_of(page)[row]
        for column, value in (
            ("quantity", trade.quantity),
            ("entry_price", trade.entry_price),
            ("gross_pnl", trade.gross_pnl),
            ("fees", trade.fees),
            ("funding", trade.funding),
            ("slippage", trade.slippage),
        ):
            assert Decimal(listed[column]) == value


def test_what_is_shown_of_a_sum_is_the_sum_rounded_to_the_hundredth(page: PageReader) -> None:
    money = {name for name in page.exact if name.endswith((".net", ".fees", ".funding", ".gross")) or name == "net"}

    assert len(money) > 20
    for name in money:
        shown = page.shown[name].replace("−", "-").replace(",", "").replace("+", "")
        assert abs(Fraction(shown) - Fraction(page.exact[name])) <= Fraction(1, 200), name


def test_a_trade_left_out_of_the_table_would_be_noticed(record: RunRecord) -> None:
    log = record.result.log
    short = evolve(record.result, log=evolve(log, trades=log.trades[:-1]), excursions=())
    page, whole = page_of(make_record(short)), page_of(make_record(record.result))
    page.exact = whole.exact

    with pytest.raises(AssertionError):
        assert_every_sum_agrees(page)


def test_two_trades_make_the_figures_that_a_reader_would_work_out() -> None:
    # Net: 100 - 1 + 0.5 = 99.5 and -40 - 1 = -41; together 58.5; one of two won; 99.5 / 41 = 2.43.
    log = make_log()
    log.trades += [make_trade("100", fees="1", funding="0.5"), make_trade("-40", fees="1", symbol="ETHUSDT")]
    page = page_of(make_record(make_result(log)))

    assert page.exact["closed_net"] == "58.5"
    assert page.shown["closed_net"] == "+58.50"
    assert page.shown["win_rate"] == "50.0%"
    assert page.shown["profit_factor"] == "2.43"
    assert page.exact["symbol.ETHUSDT.net"] == "-41"
    assert page.shown["symbol.ETHUSDT.net"] == "−41.00"
