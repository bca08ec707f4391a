"""The strategies that a configuration can name, with their settings."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from attrs import frozen

from application.ports.strategy import Strategy
from domain.strategies.funding_arbitrage import FundingArbitrage, FundingArbitrageParameters
from domain.strategies.mean_reversion import MeanReversion, MeanReversionParameters
from domain.strategies.range_trading import RangeTrading, RangeTradingParameters
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters

StrategyParameters: TypeAlias = (
    TrendFollowingParameters | MeanReversionParameters | RangeTradingParameters | FundingArbitrageParameters
)
"""Settings of any of the strategies."""


class StrategyKind(Enum):
    """Which strategy; the values are stored in configurations."""

    TREND_FOLLOWING = "trend_following"
    MEAN_REVERSION = "mean_reversion"
    RANGE_TRADING = "range_trading"
    FUNDING_ARBITRAGE = "funding_arbitrage"


@frozen
class KnownStrategy:
    """A strategy that comes with the product.

    Attributes:
        parameters: Class of its settings.
        make: Builds one for one instrument from settings of that class.
    """

    parameters: type[StrategyParameters]
    make: Callable[[Any], Strategy]


KNOWN_STRATEGIES: Final[Mapping[StrategyKind, KnownStrategy]] = {
    StrategyKind.TREND_FOLLOWING: KnownStrategy(TrendFollowingParameters, TrendFollowing),
    StrategyKind.MEAN_REVERSION: KnownStrategy(MeanReversionParameters, MeanReversion),
    StrategyKind.RANGE_TRADING: KnownStrategy(RangeTradingParameters, RangeTrading),
    StrategyKind.FUNDING_ARBITRAGE: KnownStrategy(FundingArbitrageParameters, FundingArbitrage),
}
"""What each kind is."""
