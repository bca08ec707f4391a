"""In each of the eight scenarios each of the four strategies opens: no threshold is out of reach as things come."""

from pathlib import Path
from typing import Final

import pytest

from application.backtest import BacktestPlan, build_engine
from application.replay.driver import ReplayDriver
from application.trading.engine import TradingEngine
from domain.allocation.scenario import SCENARIOS, Scenario
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.strategy_kinds import StrategyKind
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from tests.unit.entrypoints.documents import make_document

ALL: Final = {kind.value for kind in StrategyKind}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BacktestPlan:
    """Return a run of all four as they come, who share the account as it comes."""
    strategies: list[PlainValue] = [
        {
            "name": kind,
            "kind": kind,
            "symbols": ["BTCUSDT", "ETHUSDT"],
            "sizing": {"equity_fraction": "0.3"},
        }
        for kind in sorted(ALL)
    ]
    market: PlainValue = {"seed": 3, "bars": 1_500, "symbols": ["BTCUSDT", "ETHUSDT"]}
    document = make_document(strategies=strategies, synthetic=market, allocation={})
    folder: Path = tmp_path_factory.mktemp("scenarios")
    return plan_backtest(structure(document), ConfigurationSource("c.yaml", folder, {}))


def run_in(scenario: Scenario, confidence: float, plan: BacktestPlan) -> TradingEngine:
    """Run a plan whose markets are of one kind throughout."""
    engine, venue = build_engine(plan, plan.history), plan.make_venue()
    venue.deposit(plan.start_equity)
    for book in engine.books.values():
        book.scenario, book.scenario_confidence = scenario, confidence
    ReplayDriver(plan.history, engine, venue).run()
    return engine


@pytest.mark.parametrize("confidence", [0.4, 1.0])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.code)
def test_each_strategy_opens_in_it(scenario: Scenario, confidence: float, plan: BacktestPlan) -> None:
    engine = run_in(scenario, confidence, plan)

    opened = [*engine.log.trades, *engine.open_trades()]
    assert {trade.strategy for trade in opened} == ALL
    assert min(trade.quantity for trade in opened) > 0
