"""An exit plan on real hourly bars: every way out that it knows is taken, and the books balance all the same."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from attrs import evolve

from adapters.market_data.loading import load_history
from adapters.simulated.rules import VenueRules
from application.backtest import run_backtest
from application.market_request import HistoryRequest, SymbolFiles
from application.results.result import RunResult
from application.trading.records import ExitReason
from domain.exits import Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.sizing import RiskFraction
from domain.strategies.trend_following import TrendFollowingParameters
from domain.time_units import NS_PER_HOUR, to_ns
from tests.plans import trend_plan

PLAN: Final = ExitPlan(
    stop=FixedStop(fraction=Decimal("0.03"), fraction_max=Decimal("0.08")),
    breakeven=Breakeven(at=RiskMultiple(Decimal("0.5"))),
    trailing=TrailingStop(distance=RiskMultiple(Decimal("0.75")), activation=RiskMultiple(Decimal(1))),
    take_profit=(
        Rung(at=RiskMultiple(Decimal("0.75")), share=Decimal("0.4")),
        Rung(at=PriceFraction(Decimal("0.03")), share=Decimal("0.6")),
    ),
    holding_max_ns=24 * NS_PER_HOUR,
    holding_min_ns=6 * NS_PER_HOUR,
)


def run(shared_data: Path) -> RunResult:
    """Run a year of BTCUSDT with funding, latency, fees, spread and impact."""
    folder = shared_data / "data" / "um"
    files = SymbolFiles(
        bars=folder / "1h" / "BTCUSDT-1h.parquet", funding=folder / "funding" / "BTCUSDT-funding.parquet"
    )
    start_ns, end_ns = (to_ns(datetime(year, 1, 1, tzinfo=UTC)) for year in (2021, 2022))
    request = HistoryRequest(files={"BTCUSDT": files}, interval_ns=NS_PER_HOUR, start_ns=start_ns, end_ns=end_ns)
    parameters = TrendFollowingParameters(fast_bars=8, slow_bars=24, strength_min=0.0, stop_atr=3.0, target_atr=None)
    sizing = RiskFraction(Decimal("0.01"), leverage_max=Decimal(2))
    plan = trend_plan(load_history(request), parameters=parameters, sizing=sizing, rules=VenueRules())
    (strategy,) = plan.strategies
    return run_backtest(evolve(plan, strategies=(evolve(strategy, exits=PLAN),)))


def test_every_way_out_is_taken_and_everything_adds_up(shared_data: Path) -> None:
    result = run(shared_data)

    reasons = Counter(trade.exit_reason for trade in result.log.trades)
    for reason in (
        ExitReason.STOP,
        ExitReason.BREAKEVEN,
        ExitReason.TRAILING_STOP,
        ExitReason.TAKE_PROFIT,
        ExitReason.TIME_STOP,
        ExitReason.SIGNAL,
    ):
        assert reasons[reason] > 0, reason
    # Partial exits: a first rung was taken, and the rest left by another way.
    for reason in (ExitReason.BREAKEVEN, ExitReason.TRAILING_STOP, ExitReason.SIGNAL):
        assert any(trade.rungs_taken == 1 and trade.exit_reason is reason for trade in result.log.trades), reason
    assert any("minimum_holding" in refusal.reasons for refusal in result.log.refusals)

    trips = (*result.log.trades, *result.open_trades)
    assert result.identity.difference == 0
    assert sum(trade.fees for trade in trips) == result.identity.fees
    assert sum(trade.funding for trade in trips) == result.identity.funding
    assert result.certificate.is_clean
    assert all(trade.initial_risk is not None for trade in trips)
