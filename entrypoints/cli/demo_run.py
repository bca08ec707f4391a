"""The run of the `demo` command: four strategies on three synthetic majors, sharing one account by regimes."""

from decimal import Decimal
from typing import Final

from application.ports.regime_fitting import FitSettings
from application.regimes.refit_schedule import RefitSchedule
from domain.risk.limits import AccountLimits, OrderLimits
from domain.risk.settings import RiskSettings
from domain.sizing import EquityFraction, RiskFraction, Sizing
from domain.strategies.trend_following import TrendFollowingParameters
from entrypoints.configuration.sections import (
    AccountSection,
    AllocationSection,
    RegimesSection,
    RunConfiguration,
    StrategySection,
    SyntheticSection,
)
from entrypoints.configuration.strategy_kinds import StrategyKind

_BY_RISK: Final = RiskFraction(Decimal("0.01"), leverage_max=Decimal(1))
_REGIMES: Final = RegimesSection(
    # Once in six weeks, from few starts: a demo is to be over soon.
    schedule=RefitSchedule(refit_bars=1_008, window_bars=1_500, bars_min=500),
    fit=FitSettings(n_starts=1, iterations_max=30),
    workers=1,
)


def demo_configuration(*, seed: int, bars: int) -> RunConfiguration:
    """Return the configuration of the demo."""
    market = SyntheticSection(seed=seed, bars=bars)
    trend = TrendFollowingParameters(fast_bars=48, slow_bars=192, stop_atr=4.0, target_atr=16.0)
    return RunConfiguration(
        name="demo",
        account=AccountSection(equity=Decimal(100_000)),
        synthetic=market,
        regimes=_REGIMES,
        allocation=AllocationSection(),
        strategies=(
            StrategySection(
                name="trend",
                kind=StrategyKind.TREND_FOLLOWING,
                symbols=market.symbols,
                parameters=trend,
                sizing=_BY_RISK,
            ),
            _strategy("reversion", StrategyKind.MEAN_REVERSION, market.symbols, _BY_RISK),
            _strategy("range", StrategyKind.RANGE_TRADING, market.symbols, _BY_RISK),
            _strategy("carry", StrategyKind.FUNDING_ARBITRAGE, market.symbols, EquityFraction(Decimal("0.3"))),
        ),
        risk=RiskSettings(
            order=OrderLimits(notional_max=Decimal(250_000)), account=AccountLimits(leverage_max=Decimal(3))
        ),
    )


def _strategy(name: str, kind: StrategyKind, symbols: tuple[str, ...], sizing: Sizing) -> StrategySection:
    return StrategySection(name=name, kind=kind, symbols=symbols, sizing=sizing)
