"""Backtest plans for tests: one strategy on given data, with costs switched on or off."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.backtest import BacktestPlan, StrategyPlan
from application.market_history import MarketHistory
from application.ports.strategy import Strategy
from domain.instrument import FeeSchedule, Instrument, MarginSchedule, is_spot
from domain.risk.settings import RiskSettings
from domain.sizing import FixedQuantity, Sizing
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from tests.risk import only_limits

FRICTIONLESS = VenueRules(
    latency_ns=0, half_spread_bps=Decimal(0), impact_coefficient=Decimal(0), taker_volume_share_max=Decimal(1)
)
"""Fills at the next open, at exactly that price, from all that was traded."""

WIDE_LIMITS = only_limits(Decimal(10**12), Decimal(1000))

_BRACKETS = (
    (Decimal(0), Decimal(300_000), Decimal("0.004"), 150),
    (Decimal(300_000), Decimal(3_000_000), Decimal("0.0065"), 75),
    (Decimal(3_000_000), Decimal(1_000_000_000), Decimal("0.02"), 25),
)


def plain_instrument(symbol: str, *, taker_rate: str = "0.0004", tick_size: str = "0.01") -> Instrument:
    """Return an instrument with three brackets, of spot with none, and a flat fee."""
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(tick_size),
        lot_size=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal(10**6),
        notional_min=Decimal(5),
        price_band=Decimal("0.5"),
        fees=FeeSchedule(Decimal("0.0002"), Decimal(taker_rate), Decimal("0.0125")),
        margins=() if is_spot(symbol) else (MarginSchedule.from_rows(_BRACKETS),),
    )


def trend_plan(
    history: MarketHistory,
    *,
    parameters: TrendFollowingParameters | None = None,
    make: Callable[[MarketHistory], Strategy] | None = None,
    sizing: Sizing | None = None,
    rules: VenueRules = FRICTIONLESS,
    risk: RiskSettings = WIDE_LIMITS,
    instruments: Mapping[str, Instrument] | None = None,
    start_equity: Decimal = Decimal(1_000_000),
    n_samples: int = 10,
    seed: int = 7,
) -> BacktestPlan:
    """Plan a run of one strategy on all instruments of a history."""
    rules_of = instruments or {symbol: plain_instrument(symbol) for symbol in history.symbols}
    chosen = parameters or TrendFollowingParameters()

    def make_trend(_: MarketHistory) -> Strategy:
        return TrendFollowing(chosen)

    strategy = StrategyPlan(
        name="trend",
        symbols=history.symbols,
        make=make or make_trend,
        sizing=sizing or FixedQuantity(Decimal(1)),
    )
    return BacktestPlan(
        name="test",
        history=history,
        start_equity=start_equity,
        instruments=rules_of,
        strategies=(strategy,),
        risk=risk,
        make_venue=lambda: SimulatedVenue(rules_of.values(), rules),
        sample=lambda n, k: Random(seed).sample(range(n), k),
        n_samples=n_samples,
    )
