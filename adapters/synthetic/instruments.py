"""The instruments of the model and what sets each one apart."""

from decimal import Decimal
from typing import Final

from attrs import field, frozen, validators

from adapters.synthetic.ranges import decimal_within, within

_TICKS_AT_START_MIN: Final = 10


@frozen(kw_only=True)
class SyntheticInstrument:
    """One perpetual contract of the model.

    Attributes:
        symbol: Name, 2 to 20 capital letters and digits. It takes part in the seed: the same name moves the same way.
        start_price: Price at which the first bar opens, quote per base, 1e-6 to 1e7 and at least ten ticks.
        tick_size: Price step, quote per base, 1e-8 to 100,000.
        lot_size: Quantity step, base units, 1e-8 to 1,000,000.
        volatility_annual: Standard deviation of yearly log returns, 0.01 to 5; a year has 365 days.
        market_loading: Correlation with the common factor, -0.99 to 0.99: two instruments correlate by their product.
        notional_per_day: Quote currency traded on a usual day, 1 to 1e12.
        premium_volatility_bps: Standard deviation of (mark - index) / index about the regime's level, 0 to 100 bps.
        deviation_bps: Standard deviation of (last - mark) / mark, 0 to 50 bps.
        gap_bps: Standard deviation of (open - previous close) / previous close, 0 to 50 bps.
    """

    symbol: str = field(validator=validators.matches_re(r"[A-Z0-9]{2,20}"))
    start_price: float = field(validator=within(1e-6, 1e7))
    tick_size: Decimal = field(validator=decimal_within("0.00000001", "100000"))
    lot_size: Decimal = field(validator=decimal_within("0.00000001", "1000000"))
    volatility_annual: float = field(default=0.8, validator=within(0.01, 5.0))
    market_loading: float = field(default=0.7, validator=within(-0.99, 0.99))
    notional_per_day: float = field(default=1e9, validator=within(1.0, 1e12))
    premium_volatility_bps: float = field(default=4.5, validator=within(0.0, 100.0))
    deviation_bps: float = field(default=0.8, validator=within(0.0, 50.0))
    gap_bps: float = field(default=0.03, validator=within(0.0, 50.0))

    def __attrs_post_init__(self) -> None:
        if self.start_price < _TICKS_AT_START_MIN * float(self.tick_size):
            raise ValueError(
                f"{self.symbol}: start_price {self.start_price!r} is less than {_TICKS_AT_START_MIN} ticks "
                f"of {self.tick_size}"
            )

    @property
    def own_loading(self) -> float:
        """Weight of the instrument's own shocks, so that all shocks together have unit variance."""
        return float((1.0 - self.market_loading**2) ** 0.5)


# Origin of the figures, all of the venue's perpetuals: start prices are the opens of 2024-01-01; volatility is that of
# hourly returns from 2021 to 2024-06; turnover the daily mean from 2023-07 to 2024-06. The loadings reproduce hourly
# correlations over the whole history of 0.85 (ETH, BTC), 0.61 (XRP, BTC) and 0.64 (XRP, ETH). Deviations are those of
# hourly closes from the mark over the last year, without outliers; opens follow closes by 0.02 to 0.04 bps (1m, 2023).
BTCUSDT: Final = SyntheticInstrument(
    symbol="BTCUSDT",
    start_price=42_314.0,
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.001"),
    volatility_annual=0.65,
    market_loading=0.93,
    notional_per_day=1.3e10,
    premium_volatility_bps=4.0,
    deviation_bps=0.5,
)
ETHUSDT: Final = SyntheticInstrument(
    symbol="ETHUSDT",
    start_price=2_283.84,
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.001"),
    volatility_annual=0.82,
    market_loading=0.92,
    notional_per_day=6.4e9,
    premium_volatility_bps=4.5,
    deviation_bps=0.6,
)
XRPUSDT: Final = SyntheticInstrument(
    symbol="XRPUSDT",
    start_price=0.6157,
    tick_size=Decimal("0.0001"),
    lot_size=Decimal("0.1"),
    volatility_annual=1.05,
    market_loading=0.67,
    notional_per_day=7.3e8,
    premium_volatility_bps=6.0,
    deviation_bps=1.2,
)
MAJORS: Final = (BTCUSDT, ETHUSDT, XRPUSDT)
