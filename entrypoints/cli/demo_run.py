"""The run of the `demo` command: four strategies on three synthetic majors, sharing one account by regimes."""

from decimal import Decimal
from typing import Final

from application.ports.regime_fitting import FitSettings
from application.regimes.refit_schedule import RefitSchedule
from domain.risk.limits import AccountLimits, OrderLimits
from domain.risk.settings import RiskSettings
from domain.sizing import EquityFraction, RiskFraction
from domain.strategies.mean_reversion import MeanReversionParameters
from domain.strategies.range_trading import RangeTradingParameters
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

_BY_RISK: Final = RiskFraction(Decimal("0.01"), leverage_max=Decimal("0.25"))
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
        allocation=AllocationSection(tilt=None),
        strategies=(
            StrategySection(
                name="trend",
                kind=StrategyKind.TREND_FOLLOWING,
                symbols=market.symbols,
                parameters=trend,
                sizing=_BY_RISK,
            ),
            StrategySection(
                name="reversion",
                kind=StrategyKind.MEAN_REVERSION,
                symbols=market.symbols,
                parameters=MeanReversionParameters(band_bars=48, band_width=2.5, oversold=25.0, overbought=75.0),
                sizing=_BY_RISK,
            ),
            StrategySection(
                name="range",
                kind=StrategyKind.RANGE_TRADING,
                symbols=market.symbols,
                parameters=RangeTradingParameters(lookback_bars=200, pivot_bars=4, width_atr_min=6.0, stop_atr=3.0),
                sizing=_BY_RISK,
            ),
            StrategySection(
                name="carry",
                kind=StrategyKind.FUNDING_ARBITRAGE,
                symbols=market.symbols,
                sizing=EquityFraction(Decimal("0.15")),
            ),
        ),
        risk=RiskSettings(
            order=OrderLimits(notional_max=Decimal(250_000)), account=AccountLimits(leverage_max=Decimal(3))
        ),
    )
