"""Every strategy on real hourly bars and funding: later bars change nothing of what was said, regimes or not."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from adapters.market_data.loading import load_history
from application.backtest import BacktestPlan, run_backtest
from application.market_history import MarketHistory
from application.market_request import HistoryRequest, SymbolFiles
from application.ports.regime_fitting import FitSettings
from application.ports.strategy import Strategy
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from domain.allocation.allocation_settings import AllocationSettings
from domain.sizing import EquityFraction
from domain.time_units import NS_PER_HOUR, to_ns
from entrypoints.configuration.strategy_kinds import KNOWN_STRATEGIES, StrategyKind
from tests.markets import Walk, walk_through
from tests.plans import trend_plan
from tests.regime_study import FITTING

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
CUTS: Final = (600, 1_234, 2_400)
SHORT_FITS: Final = RefitSchedule(refit_bars=168, window_bars=500, bars_min=500)


@cache
def history_in(folder: Path) -> MarketHistory:
    """Return the first four months of 2024 of three perpetuals: 2,904 bars."""
    files = {
        symbol: SymbolFiles(
            bars=folder / "data/um/1h" / f"{symbol}-1h.parquet",
            funding=folder / "data/um/funding" / f"{symbol}-funding.parquet",
        )
        for symbol in SYMBOLS
    }
    start_ns, end_ns = (to_ns(datetime(2024, month, 1, tzinfo=UTC)) for month in (1, 5))
    return load_history(HistoryRequest(files=files, interval_ns=NS_PER_HOUR, start_ns=start_ns, end_ns=end_ns))


def walk_of(history: MarketHistory, symbol: str) -> Walk:
    """Return its bars with a rate for every eighth of them, as they were settled."""
    after_first = history.bars[symbol].opened_at_ns[0]
    rates = tuple(event.rate for event in history.funding[symbol] if event.settled_at_ns > after_first)
    return Walk(tuple(history.bars[symbol].bars()), rates)


def maker(kind: StrategyKind) -> Callable[[], Strategy]:
    known = KNOWN_STRATEGIES[kind]
    return lambda: known.make(known.parameters())


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("kind", StrategyKind, ids=lambda kind: kind.value)
def test_later_bars_change_nothing_of_what_was_said(kind: StrategyKind, symbol: str, shared_data: Path) -> None:
    walk = walk_of(history_in(shared_data), symbol)
    said = walk_through(maker(kind)(), walk)

    assert len(said) == 2_904
    assert any(signal is not None for signal in said)
    for cut in CUTS:
        assert walk_through(maker(kind)(), walk, until=cut) == said[:cut]


def made(kind: StrategyKind, _: MarketHistory) -> Strategy:
    return maker(kind)()


def all_four(history: MarketHistory) -> BacktestPlan:
    plain = trend_plan(history, sizing=EquityFraction(Decimal("0.3")), n_samples=12)
    (strategy,) = plain.strategies
    strategies = tuple(
        evolve(strategy, name=kind.value, kind=kind.value, make=partial(made, kind)) for kind in StrategyKind
    )
    fit = FitSettings(n_starts=1, iterations_max=15)
    regimes = RegimePlan(fitting=FITTING, schedule=SHORT_FITS, fit=fit)
    return evolve(plain, strategies=strategies, regimes=lambda _: regimes, allocation=AllocationSettings())


def test_with_regimes_and_all_four_decisions_are_the_same_without_later_bars(shared_data: Path) -> None:
    """Every model is fitted a second time on the way, by whoever sees the bars only as far as they had closed."""
    history = history_in(shared_data)
    result = run_backtest(all_four(history.known_by(history.start_ns + 1_400 * NS_PER_HOUR)))

    assert result.certificate.first_difference is None
    assert result.certificate.matched == result.certificate.sampled >= 10
    assert {change.symbol for change in result.log.regime_changes} == set(SYMBOLS)
    assert {decision.strategy for decision in result.log.decisions} == {kind.value for kind in StrategyKind}
