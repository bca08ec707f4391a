"""Signals as CSV: one line each, read back as they were, and nothing in it that a spreadsheet would run."""

import csv
from io import StringIO

from attrs import evolve
from hypothesis import given

from adapters.run_documents.signals_csv import signals_csv
from application.results.result import RunResult
from application.results.signal_log import signal_log
from application.trading.records import RunLog
from domain.regime import MarketRegime, VolatilityState
from tests.support import START_NS
from tests.unit.adapters.run_documents.records import run_results
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_decision, make_regime_change, make_weight_change


def rows_of(result: RunResult) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(signals_csv(signal_log(result)))))


@given(result=run_results())
def test_every_signal_is_a_row_and_no_text_is_a_formula(result: RunResult) -> None:
    rows = rows_of(result)

    assert len(rows) == len(result.log.decisions) + len(result.log.unheard)
    for row in rows:
        for name in ("strategy", "symbol", "reason", "size_reason", "codes", "detail", "orders"):
            assert not row[name].startswith(tuple("=+-@\t")), name


def test_an_example() -> None:
    decision = make_decision(strength=0.1)
    log = RunLog(
        decisions=[evolve(decision, signal=evolve(decision.signal, reason='=cmd("x"), then'))],
        regime_changes=[make_regime_change(MarketRegime.BULL, VolatilityState.HIGH)],
        weight_changes=[make_weight_change(trend=0.25)],
    )
    (row,) = rows_of(make_result(log))

    assert row == {
        "at": "2024-01-01T00:00:00Z",
        "symbol": "BTCUSDT",
        "strategy": "trend",
        "action": "enter_long",
        "strength": "0.1",
        "confidence": "1.0",
        "stop_distance": "",
        "target_distance": "",
        "scenario": "bull_high",
        "weight": "0.25",
        "reason": '\'=cmd("x"), then',
        "target_quantity": "1",
        "size_reason": "fixed",
        "outcome": "not_filled",
        "codes": "",
        "detail": "",
        "orders": "",
    }
    assert decision.at_ns == START_NS
