"""Strategies and regimes in the terminal: what they made sums to the net result, and shares of time are told."""

from decimal import Decimal

from rich.console import Console

from application.results.result import RunResult
from application.trading.records import ClearanceRecord, RunLog
from domain.regime import MarketRegime
from domain.time_units import NS_PER_DAY
from entrypoints.terminal.judgement_block import judgement_block
from entrypoints.terminal.risk_block import risk_block
from tests.support import START_NS
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_identity, make_regime_change, make_trade


def printed(result: RunResult) -> str:
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        for part in (*judgement_block(result), *risk_block(result)):
            console.print(part)
    return capture.get()


def line_of(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.strip().startswith(name)]
    return line.split()


def test_strategies_and_what_belongs_to_no_trade_are_the_net_result() -> None:
    log = RunLog(trades=[make_trade("100", fees="1"), make_trade("-40", fees="1", strategy="carry")])
    text = printed(make_result(log, identity=make_identity(end_equity="1065")))

    assert line_of(text, "trend") == ["trend", "100.0%", "n/a", "1.0", "h", "n/a", "0.1%", "99.00"]
    nets = [Decimal(line_of(text, name)[-1]) for name in ("trend", "carry", "unrealized")]
    assert sum(nets) == 65


def test_shares_of_time_and_changes_are_told_for_each_instrument() -> None:
    # Thirty days: six unknown, then nine bull and fifteen bear.
    log = RunLog(
        regime_changes=[
            make_regime_change(MarketRegime.BULL, at_ns=START_NS + 6 * NS_PER_DAY),
            make_regime_change(MarketRegime.BEAR, at_ns=START_NS + 15 * NS_PER_DAY),
        ]
    )
    text = printed(make_result(log))

    assert line_of(text, "BTCUSDT") == ["BTCUSDT", "30.0%", "50.0%", "0.0%", "20.0%", "0.0%", "2", "0"]
    assert line_of(text, "ETHUSDT")[1:6] == ["0.0%", "0.0%", "0.0%", "100.0%", "0.0%"]


def test_a_run_without_trades_and_regimes_shows_neither() -> None:
    text = printed(make_result())

    assert "Strategies" not in text
    assert "Regimes" not in text
    assert "cleared" not in text


def test_who_let_trading_go_on_is_told() -> None:
    cleared = ClearanceRecord(
        at_ns=START_NS,
        ended="strategy_stopped",
        strategy="trend",
        held_since_ns=None,
        held_for="opened too often",
        person="risk officer",
        reason="bad clock",
    )
    once = " ".join(printed(make_result(RunLog(clearances=[cleared]))).split())
    twice = " ".join(printed(make_result(RunLog(clearances=[cleared, cleared]))).split())

    assert "strategy stopped of trend at 2024-01-01 00:00 by risk officer: bad clock" in once
    assert "2 times, the last one" in twice
