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
from entrypoints.configuration.keys import nearest, shown
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


def unknown_kind(written: str) -> str:
    """Return what is said of a name that means no strategy: what it may have meant, installed strategies included."""
    # Looking for installed packages takes a while.
    from entrypoints.own_code.finding import installed_names  # noqa: PLC0415

    hint = nearest(written, [*(kind.value for kind in StrategyKind), *installed_names()])
    return f"there is no strategy {shown(written)}; {hint} (own code is FILE.py, FILE.py:CLASS or MODULE:CLASS)"


def parameters_of(kind: AnyKind) -> type[StrategyParameters]:
    """Return the class of the settings of a kind."""
    return kind.parameters if isinstance(kind, OwnStrategy) else KNOWN_STRATEGIES[kind].parameters


def make_strategy(kind: AnyKind, parameters: StrategyParameters) -> Strategy:
    """Build a strategy for one instrument.

    Raises:
        OwnCodeError: It is an own one, whose constructor raises.
    """
    return kind.make(parameters) if isinstance(kind, OwnStrategy) else KNOWN_STRATEGIES[kind].make(parameters)
