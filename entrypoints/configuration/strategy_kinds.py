"""The strategies that a configuration can name, with their settings: those of the product, and own ones."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from attrs import AttrsInstance, frozen

from application.ports.strategy import Strategy
from domain.strategies.funding_arbitrage import FundingArbitrage, FundingArbitrageParameters
from domain.strategies.mean_reversion import MeanReversion, MeanReversionParameters
from domain.strategies.range_trading import RangeTrading, RangeTradingParameters
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from entrypoints.own_code.own_strategy import OwnStrategy

StrategyParameters: TypeAlias = AttrsInstance
"""Settings of any of the strategies: of the class that its kind has."""


class StrategyKind(Enum):
    """Which strategy; the values are stored in configurations."""

    TREND_FOLLOWING = "trend_following"
    MEAN_REVERSION = "mean_reversion"
    RANGE_TRADING = "range_trading"
    FUNDING_ARBITRAGE = "funding_arbitrage"


AnyKind: TypeAlias = StrategyKind | OwnStrategy
"""A strategy that comes with the product, or one that does not."""


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


def parameters_of(kind: AnyKind) -> type[StrategyParameters]:
    """Return the class of the settings of a kind."""
    return kind.parameters if isinstance(kind, OwnStrategy) else KNOWN_STRATEGIES[kind].parameters


def make_strategy(kind: AnyKind, parameters: StrategyParameters) -> Strategy:
    """Build a strategy for one instrument.

    Raises:
        OwnCodeError: It is an own one, whose constructor raises.
    """
    return kind.make(parameters) if isinstance(kind, OwnStrategy) else KNOWN_STRATEGIES[kind].make(parameters)
