"""The section on strategies and regimes: every sum of its tables is the net result, and a change is drawn once."""

from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given, settings

from adapters.html_report.page import report_page
from adapters.html_report.scenario_drawings import scenario_drawings
from adapters.html_report.signals_table import N_SIGNALS_MAX
from application.results.result import RunResult
from application.results.signal_log import SignalOutcome, signal_log
from application.trading.records import ClearanceRecord, RunLog
from domain.regime import MarketRegime, VolatilityState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MS
from tests.support import START_NS, SYMBOL, make_bars
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import make_decision, make_regime_change, make_trade, make_weight_change

TABLES = ("by_strategy", "opened", "made")


@pytest.fixture(scope="module")
def page() -> PageReader:
    return PageReader(report_page(real_record()))


def assert_tables_agree(page: PageReader, result: RunResult) -> None:
    net = Fraction(result.identity.net_result)
    for table in TABLES:
        rows = {name: text for name, text in page.exact.items() if name.startswith((f"{table}.", f"{table}_none."))}
        nets = [Fraction(text) for name, text in rows.items() if name.endswith(".net")]
        if nets:
            assert sum(nets) == net == Fraction(page.exact[f"{table}_all.net"]), table
    crossed = {name: Fraction(text) for name, text in page.exact.items() if name.startswith("crossed.")}
    together = sum(value for name, value in crossed.items() if name.endswith(".all"))
    assert together == sum(value for name, value in crossed.items() if not name.endswith(".all"))


def test_every_table_of_a_real_run_sums_to_its_net_result(page: PageReader) -> None:
    assert_tables_agree(page, real_record().result)

    assert {f"{table}_all.net" for table in TABLES} <= set(page.exact)
    assert {f"by_strategy.{name}.net" for name in ("carry", "range", "reversion", "trend")} <= set(page.exact)
    assert len([name for name in page.exact if name.startswith("made.") and name.endswith(".net")]) > 3


@settings(max_examples=15)
@given(result=results())
def test_every_table_of_any_run_sums_to_its_net_result(result: RunResult) -> None:
    for value, _ in enumerate(result.log.equity):
        result.log.equity[value] = 1000.0
    result.log.regime_changes.append(make_regime_change(at_ns=START_NS + NS_PER_DAY))
    prices = {symbol: make_bars([100.0, 110.0], symbol=symbol) for symbol in ("BTCUSDT", "ETHUSDT")}

    assert_tables_agree(PageReader(report_page(make_record(result, prices))), result)


def test_a_trade_left_out_would_be_noticed(page: PageReader) -> None:
    result = real_record().result
    short = evolve(result, log=evolve(result.log, trades=result.log.trades[:-1]), excursions=())
    other = PageReader(report_page(make_record(short, real_record().prices)))
    other.exact = {**other.exact, "by_strategy_none.net": page.exact["by_strategy_none.net"]}

    with pytest.raises(AssertionError):
        assert_tables_agree(other, result)


def test_stretches_are_drawn_once_for_each_change_and_never_for_each_bar() -> None:
    hour = NS_PER_HOUR
    log = RunLog(
        regime_changes=[
            make_regime_change(at_ns=START_NS + 10 * hour),
            make_regime_change(MarketRegime.BEAR, VolatilityState.HIGH, at_ns=START_NS + 30 * hour, confidence=0.5),
        ]
    )
    drawn = scenario_drawings(evolve(make_result(log), symbols=(SYMBOL,), end_ns=START_NS + 40_000 * hour))

    def ms(hours: int) -> float:
        return (START_NS + hours * hour) / NS_PER_MS

    assert drawn["stretches"] == {
        SYMBOL: {
            "from": [ms(0), ms(10), ms(30)],
            "until": [ms(10), ms(30), ms(40_000)],
            "regime": ["neutral", "bull", "bear"],
            "volatility": ["low", "low", "high"],
            "confidence": [0.0, 0.75, 0.5],
            "reason": ["no model yet", "", ""],
        }
    }


def test_many_changes_of_weights_stay_a_bounded_number_of_points() -> None:
    log = RunLog(weight_changes=[make_weight_change(at_ns=START_NS + row, a=0.5, b=0.5) for row in range(9_000)])
    page = PageReader(report_page(make_record(make_result(log))))

    shares = page.data["scenarios"]["weights"][SYMBOL]["shares"]
    # Every third, four bytes each, in base64.
    assert {name: len(packed["bytes"]) for name, packed in shares.items()} == {"a": 16_000, "b": 16_000}


def test_signals_are_listed_with_what_became_of_them(page: PageReader) -> None:
    entries, columns = signal_log(real_record().result), page.data["signals"]

    assert columns["reason"] == [entry.signal.reason for entry in entries]
    assert columns["trade"] == [entry.trade for entry in entries]
    begun = sum(entry.outcome is SignalOutcome.OPENED for entry in entries)
    assert columns["outcome"].count("opened") == begun > 20


def test_of_too_many_signals_the_latest_are_listed_and_the_page_says_so() -> None:
    n_signals = N_SIGNALS_MAX + 7
    decisions = [make_decision(at_ns=START_NS + row) for row in range(n_signals)]
    page = PageReader(report_page(make_record(make_result(RunLog(decisions=decisions)))))

    assert len(page.data["signals"]["at"]) == N_SIGNALS_MAX
    assert f"the latest {N_SIGNALS_MAX:,} of {n_signals:,}" in page.text
    assert "autotrading runs signals bt-0123456789ab" in page.text


def test_whatever_strategies_and_reasons_are_called_stays_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    decision = evolve(make_decision(), strategy=evil, signal=evolve(make_decision().signal, reason=f"</script>{evil}"))
    log = RunLog(
        decisions=[decision],
        trades=[make_trade("1", strategy=evil)],
        regime_changes=[evolve(make_regime_change(), reason=evil)],
        weight_changes=[evolve(make_weight_change(), weights=((evil, 1.0),))],
        clearances=[
            ClearanceRecord(
                at_ns=START_NS, ended=evil, strategy=evil, held_since_ns=None, held_for=evil, person=evil, reason=evil
            )
        ],
    )
    page = PageReader(report_page(make_record(make_result(log))))

    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert page.data["signals"]["reason"] == [f"</script>{evil}"]


def test_who_cleared_what_and_why_is_told() -> None:
    record = ClearanceRecord(
        at_ns=START_NS + NS_PER_DAY,
        ended="drawdown_limit",
        strategy=None,
        held_since_ns=START_NS,
        held_for="drawdown 13 % of at most 12 %",
        person="risk officer",
        reason="cause was found",
    )
    page = PageReader(report_page(make_record(make_result(RunLog(clearances=[record])))))

    for said in ("drawdown limit", "the account", "2024-01-01 00:00", "drawdown 13 %", "risk officer", "was found"):
        assert said in page.text, said


def test_a_run_that_judged_no_market_says_so() -> None:
    page = PageReader(report_page(make_record(make_result())))

    assert "No market was judged in this run" in page.text
    assert "No strategy said anything." in page.text
    assert page.data["scenarios"]["stretches"] == {}
