"""The eight kinds of market that strategies are weighted by."""

from typing import Final

from attrs import frozen

from domain.regime import MarketRegime, VolatilityState


@frozen
class Scenario:
    """A direction and how much the market moves.

    Attributes:
        regime: The direction it has been taking.
        volatility: Whether it moves more than it used to.
    """

    regime: MarketRegime
    volatility: VolatilityState

    @property
    def code(self) -> str:
        """Name in configurations and records, such as ``bull_low``. Stable: it is stored."""
        return f"{self.regime.value}_{self.volatility.value}"


SCENARIOS: Final = tuple(Scenario(regime, volatility) for regime in MarketRegime for volatility in VolatilityState)

NOTHING_KNOWN: Final = Scenario(MarketRegime.NEUTRAL, VolatilityState.LOW)
"""Where no model has said anything: no direction, and no more volatile than usual."""
