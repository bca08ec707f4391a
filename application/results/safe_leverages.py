"""How much leverage each instrument bore when a run ended: by its way to liquidation, and by its volatility."""

from itertools import filterfalse
from math import inf, log1p

from attrs import frozen

from application.trading.risk_use import InstrumentUse, RiskUse
from domain.instrument import is_spot
from domain.numbers import ONE
from domain.regime import MarketRegime
from domain.risk.leverage import LeveragePolicy, LiquidationDistance, safe_leverage, volatility_adjusted_leverage


@frozen(kw_only=True)
class SafeLeverage:
    """What one instrument bears, notional over equity.

    Attributes:
        symbol: Instrument.
        daily_volatility: Standard deviation of its daily return; None while too little is known.
        by_distance: What the way to its liquidation leaves: all of the cap from three daily standard deviations on.
        by_volatility: The cap scaled by its volatility: less above five percent a day, a little more below.
    """

    symbol: str
    daily_volatility: float | None
    by_distance: float
    by_volatility: float

    @property
    def smaller(self) -> float:
        """The more careful of the two."""
        return min(self.by_distance, self.by_volatility)


def safe_leverages(use: RiskUse, leverage_max: float) -> tuple[SafeLeverage, ...]:
    """Return what every contract bears that was held, or of which the volatility is known, in alphabetical order.

    A spot pair is not among them: nothing is borrowed for it.

    Args:
        use: What was in use at the end of a run.
        leverage_max: Cap of everything, notional over equity, positive.
    """
    held = {each.symbol: each for each in use.instruments}
    symbols = sorted(filterfalse(is_spot, held.keys() | use.daily_volatilities.keys()))
    policy = LeveragePolicy(leverage_max=leverage_max)
    return tuple(_safe(symbol, held.get(symbol), use.daily_volatilities.get(symbol), policy) for symbol in symbols)


def _safe(symbol: str, held: InstrumentUse | None, volatility: float | None, policy: LeveragePolicy) -> SafeLeverage:
    distance = inf if held is None else _log_distance(held)
    return SafeLeverage(
        symbol=symbol,
        daily_volatility=volatility,
        by_distance=safe_leverage([LiquidationDistance(distance, volatility)], policy),
        by_volatility=volatility_adjusted_leverage(
            policy.leverage_max,
            policy,
            daily_volatility=volatility,
            # Nothing detects a regime yet, nor a market that counts as volatile.
            regime=MarketRegime.NEUTRAL,
            is_volatile=False,
        ),
    )


def _log_distance(held: InstrumentUse) -> float:
    """Return how far the mark may move, as a log distance; infinite where no price liquidates."""
    move = held.liquidation_distance
    if move is None:
        return inf
    # Where only orders work the side is not known: the way up is the shorter one.
    if held.held_notional > 0:
        return inf if move >= ONE else -log1p(-float(move))
    return log1p(float(move))
