"""What a simulated venue assumes: latency, costs, liquidity, margin settings."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Attribute, Factory, field, frozen, validators

from domain.instrument import is_spot
from domain.margin import MarginMode
from domain.numbers import BPS, ONE, ZERO
from domain.time_units import NS_PER_MS


def _leverages_are_positive(_: object, attribute: "Attribute[Mapping[str, int]]", leverages: Mapping[str, int]) -> None:
    for symbol, leverage in leverages.items():
        if leverage < 1:
            raise ValueError(f"{attribute.name}: {symbol}: leverage {leverage} is below 1")


@frozen(kw_only=True)
class VenueRules:
    """Assumptions of one simulated venue; the defaults are the unfavourable plausible ones.

    Attributes:
        latency_ns: From sending a command to its arrival.
        half_spread_bps: Paid by every taker against the reference price, in basis points of it.
        impact_coefficient: Multiplies volatility per bar × √(quantity / mean volume per bar); zero switches impact off.
        volatility_window_bars: Closed bars that volatility and mean volume are estimated from.
        touch_fill: Whether a resting limit fills when price only touches it, instead of trading through.
        volume_share_max: Largest fraction of a bar's volume that resting orders of one side can get.
        taker_volume_share_max: Largest fraction of a bar's volume that orders that take (market, triggered, and
            marketable limit orders) can get together, floored to the lot; liquidations are exempt, because the
            venue closes what it must.
        hedge_mode: Whether long and short positions of one instrument are kept apart.
        margin_mode: Cross or isolated, where ``margin_mode_by_symbol`` does not say.
        margin_mode_by_symbol: Exceptions to it.
        leverage: Leverage setting, where ``leverage_by_symbol`` does not say; 20 is what the venue starts with.
        leverage_by_symbol: Exceptions to it.
    """

    latency_ns: int = field(default=100 * NS_PER_MS, validator=validators.ge(0))
    half_spread_bps: Decimal = field(default=Decimal("0.5"), validator=[validators.ge(ZERO), validators.lt(BPS)])
    impact_coefficient: Decimal = field(default=ONE, validator=validators.ge(ZERO))
    volatility_window_bars: int = field(default=24, validator=validators.ge(1))
    touch_fill: bool = False
    volume_share_max: Decimal = field(default=Decimal("0.1"), validator=[validators.gt(ZERO), validators.le(ONE)])
    taker_volume_share_max: Decimal = field(
        default=Decimal("0.25"), validator=[validators.gt(ZERO), validators.le(ONE)]
    )
    hedge_mode: bool = False
    margin_mode: MarginMode = MarginMode.CROSS
    margin_mode_by_symbol: Mapping[str, MarginMode] = Factory(dict)
    leverage: int = field(default=20, validator=validators.ge(1))
    leverage_by_symbol: Mapping[str, int] = field(factory=dict, validator=_leverages_are_positive)

    def is_isolated(self, symbol: str) -> bool:
        """Whether positions in this instrument have a wallet of their own, as spot always has."""
        return is_spot(symbol) or self.margin_mode_by_symbol.get(symbol, self.margin_mode) is MarginMode.ISOLATED

    def leverage_of(self, symbol: str) -> int:
        """Return the leverage setting of an instrument; spot is paid in full."""
        return 1 if is_spot(symbol) else self.leverage_by_symbol.get(symbol, self.leverage)
