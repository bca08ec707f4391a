"""What taking liquidity costs: latency, half the spread, and one's own impact."""

from decimal import Decimal
from math import sqrt

from attrs import frozen

from adapters.simulated.market import SymbolMarket, TradingMemory
from adapters.simulated.rules import VenueRules
from domain.market import Bar
from domain.numbers import BPS, ONE

_ESTIMATE_DECIMALS = 12
"""Digits kept of an estimate: far below any tick, and few enough that products with prices stay exact."""


def from_estimate(value: float) -> Decimal:
    """Turn an estimated cost into a decimal: the only way from float estimates into fill prices."""
    return Decimal(repr(round(value, _ESTIMATE_DECIMALS)))


def latency_drift(bar: Bar, price: float, *, is_buy: bool, delay_ns: int) -> float:
    """Return how far price moves against us while an order is on its way, quote per base, never negative.

    The move to the bar's adverse extreme, scaled by √(delay / interval) as a random walk would be.
    """
    if delay_ns <= 0:
        return 0.0
    distance = bar.high - price if is_buy else price - bar.low
    return max(0.0, distance) * sqrt(min(1.0, delay_ns / (bar.closed_at_ns - bar.opened_at_ns)))


def impact(memory: TradingMemory, quantity: Decimal, coefficient: float) -> float:
    """Return the square-root impact of one order as a fraction of price; zero while nothing is known.

    References:
        Almgren, Thum, Hauptmann, Li (2005), "Direct Estimation of Equity Market Impact", Risk 18(7), 58-62.
    """
    if coefficient == 0.0 or memory.volume <= 0.0:
        return 0.0
    return coefficient * memory.volatility * sqrt(float(quantity) / memory.volume)


@frozen
class TakerPricing:
    """Prices of orders that take, worked out from a reference price.

    Attributes:
        half_spread: Fraction of the price.
        impact_coefficient: Multiplies the square-root impact.
    """

    half_spread: Decimal
    impact_coefficient: float

    @classmethod
    def from_rules(cls, rules: VenueRules) -> "TakerPricing":
        """Take the costs from the venue's rules."""
        return cls(rules.half_spread_bps / BPS, float(rules.impact_coefficient))

    def price(
        self, market: SymbolMarket, reference: Decimal, quantity: Decimal, *, is_buy: bool, drift: float = 0.0
    ) -> Decimal:
        """Return what a taker pays or gets, quote per base, on the tick that is worse for us.

        Without any cost it is the reference price itself, even off the tick: ticks change over the
        years, and history was traded at the ticks of its time.
        """
        cost = self.half_spread + from_estimate(impact(market.memory, quantity, self.impact_coefficient))
        if cost == 0 and drift == 0.0:
            return reference
        moved = from_estimate(drift)
        raw = (reference + moved) * (ONE + cost) if is_buy else (reference - moved) * (ONE - cost)
        if raw == reference:
            return reference
        return max(market.instrument.round_price_against(raw, is_buy=is_buy), market.instrument.tick_size)
