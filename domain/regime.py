"""What state a market is in, as far as anybody can tell."""

from enum import Enum


class MarketRegime(Enum):
    """The direction a market has been taking. Values are stable: they are stored.

    NEUTRAL means that nobody knows: no estimate yet, or none that can be trusted.
    """

    BULL = "bull"
    BEAR = "bear"
    SIDEWAYS = "sideways"
    NEUTRAL = "neutral"


class VolatilityState(Enum):
    """How much a market is expected to move, against its own past. Values are stable: they are stored."""

    LOW = "low"
    HIGH = "high"
