"""The page as a whole: everything in it, nothing from elsewhere, and text that stays text."""

import re
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve

from adapters.html_report.assets import charting_script
from adapters.html_report.drawings import N_POINTS_MAX, drawings
from adapters.html_report.page import report_page
from application.results.result import Assumption
from application.results.run_record import RunRecord, SourceSeries
from application.trading.records import RunLog
from domain.risk.trading_state import TradingState
from tests.risk_records import make_state_record
from tests.support import START_NS, SYMBOL, make_bars, make_fill
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import (
    make_decision,
    make_full_log,
    make_identity,
    make_liquidation,
    make_log,
    make_payment,
    make_refusal,
    make_trade,
)

ATTACK: Final = '<script>alert("1")</script><img src=x onerror=alert(2)>'
CHAPTERS: Final = {
    "summary",
    "equity",
    "market",
    "trades",
    "signals",
    "breakdown",
    "regimes",
    "calendar",
    "distributions",
    "risk",
    "risks",
    "refusals",
    "assumptions",
    "books",
    "provenance",
}


@pytest.fixture(scope="module")
def page() -> bytes:
    return report_page(real_record())


def own_part_of(page: bytes) -> str:
    """Return a page without the script of the charting library."""
    return page.decode().replace(charting_script().text, "")


def sections_of(reader: PageReader) -> set[str | None]:
    return {attributes.get("id") for tag, attributes in reader.elements if tag == "section"}


def hostile_record() -> RunRecord:
    log = make_full_log()
    log.trades.append(make_trade("5", strategy=ATTACK))
    log.refusals.append(make_refusal(ATTACK, reasons=(ATTACK,)))
    log.decisions.append(evolve(make_decision(), size_reason=ATTACK))
    log.state_changes.append(make_state_record(TradingState.HALTED, causes=(ATTACK,), reasons=(ATTACK,)))
    result = make_result(
        log,
        name=ATTACK,
        assumptions=[Assumption(ATTACK, ATTACK, ATTACK), Assumption("data", ATTACK, "")],
        first_difference=ATTACK,
    )
    source = SourceSeries(
        symbol=ATTACK, kind=ATTACK, origin=ATTACK, n_rows=1, start_ns=START_NS, end_ns=START_NS, sha256=ATTACK
    )
    prices = {SYMBOL: make_bars([1.0, 2.0]), ATTACK: make_bars([1.0, 2.0], symbol=ATTACK)}
    return make_record(result, prices, configuration=ATTACK, sources=[source], tags=(ATTACK,))


def test_whatever_a_run_is_called_stays_text() -> None:
    page = report_page(hostile_record())
    reader = PageReader(page)

    assert b"<script>alert" not in page
    assert b"<img" not in page
    assert reader.text.count(ATTACK) >= 10
    assert not [attributes for _, attributes in reader.elements if any(name.startswith("on") for name in attributes)]
    assert ATTACK in reader.data["trades"]["strategy"]


def test_the_page_holds_every_section_and_each_once(page: bytes) -> None:
    reader = PageReader(page)
    sections = [attributes.get("id") for tag, attributes in reader.elements if tag == "section"]
    links = {attributes["href"] for tag, attributes in reader.elements if tag == "a"}

    assert set(sections) == CHAPTERS
    assert len(sections) == len(CHAPTERS)
    assert {link.removeprefix("#") for link in links if link} == CHAPTERS - {"summary"}


def test_no_two_elements_have_the_same_id(page: bytes) -> None:
    identifiers = [attributes["id"] for _, attributes in PageReader(page).elements if "id" in attributes]

    assert len(identifiers) == len(set(identifiers))


def test_the_charting_library_is_in_the_page_once(page: bytes) -> None:
    assert page.count(b"* plotly.js v") == 1


def test_nothing_in_the_page_points_elsewhere(page: bytes) -> None:
    own = own_part_of(page)

    assert not re.search(r"https?://|//cdn|@import|url\(", own)
    assert not [tag for tag, _ in PageReader(page).elements if tag in {"link", "img", "iframe", "object"}]


def test_the_page_forbids_itself_every_request(page: bytes) -> None:
    (policy,) = (
        attributes["content"]
        for tag, attributes in PageReader(page).elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )

    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_the_same_record_makes_the_same_page(page: bytes) -> None:
    assert report_page(real_record()) == page


def test_a_run_that_left_nothing_behind_has_a_page_that_says_so() -> None:
    reader = PageReader(report_page(make_record(make_result(RunLog()))))

    assert sections_of(reader) == CHAPTERS
    for said in (
        "Nothing was traded.",
        "The equity was never measured: no bar was decided upon.",
        "No prices were kept with this run.",
        "There were no trades.",
        "No order was refused.",
        "Nothing was held when the run ended.",
        "The run states no assumptions.",
        "No trade was closed.",
    ):
        assert said in reader.text


def test_a_run_without_a_trade_explains_no_figures_of_trades() -> None:
    reader = PageReader(report_page(make_record(make_result(make_log(equity=[(START_NS, 1000.0)])))))

    for said in ("Slippage is contained", "Mean R is", "had begun with a stop", "was not measured", "is judged after"):
        assert said not in reader.text, said
    assert "no day had a forecast" in reader.text


def test_what_is_held_has_a_sum_that_says_where_trades_count_it_otherwise() -> None:
    log = make_log()
    log.fills += [make_fill("1", "t-1", price="100"), make_fill("2", "t-2", price="10", symbol="ETHUSDT")]
    prices = {SYMBOL: make_bars([90.0]), "ETHUSDT": make_bars([25.0], symbol="ETHUSDT")}
    # At the last closes 1 × (90 − 100) + 2 × (25 − 10) = 20.
    same = make_result(log, identity=make_identity(end_equity="1020", trading_pnl="20"))
    other = make_result(log, identity=make_identity(end_equity="1017", trading_pnl="17"))
    agreed, differing = (PageReader(report_page(make_record(each, prices))) for each in (same, other))

    assert agreed.exact["open.unrealized"] == "20"
    assert agreed.exact["open.notional"] == "140"
    assert "Counted by trades" not in agreed.text
    assert "Counted by trades, +17.00 is unrealized" in differing.text


def test_refusals_say_who_refused() -> None:
    log = make_log()
    log.refusals.append(evolve(make_refusal("too few returns", reasons=("estimate_missing",)), source="size"))
    text = PageReader(report_page(make_record(make_result(log)))).text

    assert "1 × estimate missing, by sizing: BTCUSDT 1" in text


def test_contract_and_coins_say_their_currency() -> None:
    result = evolve(make_result(), symbols=("BTCUSDT", "BTCUSDT-SPOT"))
    reader = PageReader(report_page(make_record(result)))

    assert reader.data["unit"] == "USDT"
    assert "Quote currency" not in reader.text


def test_a_single_bar_without_trades_is_drawn() -> None:
    log = make_log(equity=[(START_NS, 1000.0)])
    reader = PageReader(report_page(make_record(make_result(log), {SYMBOL: make_bars([5.0])})))

    assert reader.data["drawings"]["curve"]["n"] == 1
    assert list(reader.data["drawings"]["prices"]) == [SYMBOL]


def test_liquidations_and_assumed_payments_are_listed() -> None:
    log = make_log()
    log.fills.append(make_fill("1"))
    log.liquidations.append(make_liquidation(liquidation_fee="12.5"))
    log.funding += [make_payment("-3", is_assumed=True), make_payment("1.25", is_assumed=True), make_payment("7")]
    identity = make_identity(end_equity="987.5", liquidation="-12.5")
    reader = PageReader(report_page(make_record(make_result(log, identity=identity))))

    assert "liquidations" in sections_of(reader)
    assert reader.exact["assumed_funding"] == "-1.75"
    assert {"liquidations", "assumed_funding"} <= set(reader.cautions)
    # What liquidations cost is no fee of the costs above it, and not hidden beside them.
    assert "fees and slippage; −12.50 by liquidation" in reader.text


def test_books_that_do_not_balance_are_said_to_be_so() -> None:
    unbalanced = make_result(identity=make_identity(end_equity="1001"))
    reader = PageReader(report_page(make_record(unbalanced)))

    assert "Do not rely on this run." in reader.text
    assert "The books do not balance: 1." in reader.text
    assert reader.exact["identity.difference"] == "1"


def test_refusals_are_grouped_by_reason_with_examples() -> None:
    log = make_log()
    log.refusals += [make_refusal(f"order {n}", reasons=("halted",)) for n in range(9)]
    log.refusals.append(make_refusal("too large", reasons=("order_notional", "halted")))
    text = PageReader(report_page(make_record(make_result(log)))).text

    assert "10 × halted, by our limits: BTCUSDT 10" in text
    assert "1 × order notional, by our limits: BTCUSDT 1" in text
    assert "order 0" in text
    assert "order 4" not in text


def test_a_long_history_is_drawn_with_fewer_points_and_all_extremes() -> None:
    n_bars = N_POINTS_MAX + 7
    closes = 100.0 + np.sin(np.arange(n_bars) / 50.0)
    closes[12_345], closes[34_567] = 500.0, 1.0
    log = make_log(equity=[(START_NS + row, float(close)) for row, close in enumerate(closes)])
    drawn: Any = drawings(make_record(make_result(log), {SYMBOL: make_bars(closes.tolist())}))

    assert drawn["prices"][SYMBOL]["joined"] == 2
    assert drawn["curve"]["of"] == n_bars
    assert drawn["curve"]["n"] <= N_POINTS_MAX + 2


def test_a_page_lists_excursions_only_where_they_were_measured(page: bytes) -> None:
    measured = PageReader(page).data["trades"]
    record = real_record()
    unmeasured = PageReader(report_page(make_record(evolve(record.result, excursions=())))).data["trades"]

    assert all(Decimal(text) <= 0 for text in measured["adverse"])
    assert all(Decimal(text) >= 0 for text in measured["favorable"])
    assert set(unmeasured["adverse"]) == {""}
