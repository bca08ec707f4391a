"""The run of the `demo` command: two trend followers on three synthetic majors, one account."""

from decimal import Decimal

from domain.risk.limits import AccountLimits, OrderLimits
from domain.risk.settings import RiskSettings
from domain.sizing import EquityFraction, RiskFraction
from domain.strategies.trend_following import TrendFollowingParameters
from entrypoints.configuration.sections import (
    AccountSection,
    RunConfiguration,
    StrategySection,
    SyntheticSection,
)
from entrypoints.configuration.strategy_kinds import StrategyKind


def demo_configuration(*, seed: int, bars: int) -> RunConfiguration:
    """Return the configuration of the demo."""
    market = SyntheticSection(seed=seed, bars=bars)
    return RunConfiguration(
        name="demo",
        account=AccountSection(equity=Decimal(100_000)),
        synthetic=market,
        strategies=(
            StrategySection(
                name="trend-slow",
                kind=StrategyKind.TREND_FOLLOWING,
                symbols=market.symbols,
                parameters=TrendFollowingParameters(fast_bars=48, slow_bars=192, stop_atr=4.0, target_atr=16.0),
                sizing=RiskFraction(Decimal("0.01"), leverage_max=Decimal(1)),
            ),
            StrategySection(
                name="trend-fast",
                kind=StrategyKind.TREND_FOLLOWING,
                symbols=market.symbols,
                parameters=TrendFollowingParameters(),
                sizing=EquityFraction(Decimal("0.2")),
            ),
        ),
        risk=RiskSettings(
            order=OrderLimits(notional_max=Decimal(250_000)), account=AccountLimits(leverage_max=Decimal(3))
        ),
    )
