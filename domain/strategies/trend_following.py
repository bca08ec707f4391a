"""Trend following: enter when a fast average crosses a slow one, leave on the reverse or at the stop."""

from collections.abc import Iterator
from math import nan
from typing import Final

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.indicators.averages import MovingAveragePair
from domain.indicators.directional import DirectionalMovement
from domain.indicators.ranges import WILDER_FORGOTTEN_PERIODS, AverageTrueRange
from domain.indicators.realized_volatility import CloseVolatility, annualized_volatility
from domain.signal import Signal, SignalAction

# Averages closer than this, relative to price, count as touching: less than float sums can tell
# apart, and far below what one tick moves the average of any window that is used.
_TIE: Final = 1e-11


def _above_fast(instance: "TrendFollowingParameters", _: object, value: int) -> None:
    if value <= instance.fast_bars:
        raise ValueError(f"slow_bars must be above fast_bars ({instance.fast_bars}), got {value}")


_distance = validators.optional([validators.gt(0.0), validators.le(100.0)])
_STOP_ATR: Final[float | None] = 2.0
_TARGET_ATR: Final[float | None] = 6.0


@frozen(kw_only=True)
class TrendFollowingParameters:
    """Settings of `TrendFollowing`.

    Attributes:
        fast_bars: Length of the fast average.
        slow_bars: Length of the slow average, above the fast one.
        atr_bars: Length of the average true range.
        strength_min: Weakest crossing that is taken, 0 to 1.
        stop_atr: Distance of the stop from the entry in average true ranges; None for no stop.
        target_atr: Distance of the target from the entry in average true ranges; None for no target.
        allow_short: Whether a downward crossing enters short; otherwise it only exits.
        adx_min: Least strength of the trend by Wilder's ADX, 0 to 100; None takes crossings of markets without one.
        adx_bars: Length of the ADX.
        volatility_target: Yearly volatility at which an entry has its whole strength; above it strength falls as the
            target over the volatility. None leaves it as it is.
        volatility_bars: Length of the volatility of closes.
    """

    fast_bars: int = field(default=20, validator=[validators.ge(1), validators.le(10_000)])
    slow_bars: int = field(default=50, validator=[validators.ge(2), validators.le(100_000), _above_fast])
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])
    strength_min: float = field(default=0.3, validator=[validators.ge(0.0), validators.le(1.0)])
    stop_atr: float | None = field(default=_STOP_ATR, validator=_distance)
    target_atr: float | None = field(default=_TARGET_ATR, validator=_distance)
    allow_short: bool = True
    adx_min: float | None = field(
        default=None, validator=validators.optional([validators.ge(0.0), validators.le(100.0)])
    )
    adx_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])
    volatility_target: float | None = field(default=None, validator=validators.optional(validators.gt(0.0)))
    volatility_bars: int = field(default=72, validator=[validators.ge(2), validators.le(10_000)])


class TrendFollowing:
    """Follows the crossing of two moving averages of one instrument.

    A signal is given on the bar in which the averages cross, not while they stay crossed. At that
    moment they are equal, so strength is not taken from their distance but from how far price has
    already run beyond the slow average: |close − slow| / (2 ATR), at most 1. A crossing in a market without a trend,
    by its ADX, only ends what is held the other way; one in a market that moves more than the target is weaker.
    """

    lookback_bars = 1

    def __init__(self, parameters: TrendFollowingParameters) -> None:
        self.parameters = parameters
        self._averages = MovingAveragePair(parameters.fast_bars, parameters.slow_bars)
        self._atr = AverageTrueRange(parameters.atr_bars)
        self._direction = 0
        self._adx = None if parameters.adx_min is None else DirectionalMovement(parameters.adx_bars)
        self._volatility = None if parameters.volatility_target is None else CloseVolatility(parameters.volatility_bars)
        self._trend = nan

    @property
    def warm_up_bars(self) -> int:
        """Bars after which nothing that was before matters: its averages are full, or have forgotten."""
        wanted = self.parameters
        adx_bars = 0 if wanted.adx_min is None else 2 * WILDER_FORGOTTEN_PERIODS * wanted.adx_bars
        volatility_bars = 0 if wanted.volatility_target is None else wanted.volatility_bars + 1
        return 1 + max(wanted.slow_bars, WILDER_FORGOTTEN_PERIODS * wanted.atr_bars, adx_bars, volatility_bars)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        bar = view.bar
        close = bar.close
        gap = self._averages.update(close)
        atr = self._atr.update(bar.high, bar.low, close)
        if self._adx is not None:
            self._trend = self._adx.update(bar.high, bar.low, close).adx
        if self._volatility is not None:
            self._volatility.push(close)
        tie = _TIE * close
        # False while NaN as well: before the averages are full nothing has crossed.
        if gap > tie:
            direction = 1
        elif gap < -tie:
            direction = -1
        else:
            return None
        before = self._direction
        if direction == before:
            return None
        self._direction = direction
        # The first direction seen is where we came in, not a crossing; without ATR nothing can be scaled.
        if before == 0 or not atr > 0.0:
            return None
        return self._crossing(view, direction, atr)

    def _crossing(self, view: AsOfView, direction: int, atr: float) -> Signal | None:
        wanted, averages = self.parameters, self._averages
        strength = min(1.0, abs(view.bar.close - averages.slow) / (2.0 * atr)) * self._volatility_factor(view)
        features = (("fast", averages.fast), ("slow", averages.slow), ("atr", atr), *self._filters())
        crossed = (
            f"{wanted.fast_bars}-bar average crossed {'above' if direction > 0 else 'below'} {wanted.slow_bars}-bar"
        )
        is_trend = wanted.adx_min is None or self._trend >= wanted.adx_min
        may_enter = is_trend and strength >= wanted.strength_min and (direction > 0 or wanted.allow_short)
        if not may_enter:
            if view.held_quantity * direction >= 0:
                return None
            return Signal(action=SignalAction.EXIT, reason=crossed, features=features)
        return Signal(
            action=SignalAction.ENTER_LONG if direction > 0 else SignalAction.ENTER_SHORT,
            reason=f"{crossed}, strength {strength:.2f}",
            strength=strength,
            confidence=min(0.9, 0.6 + 0.3 * strength),
            stop_distance=None if wanted.stop_atr is None else wanted.stop_atr * atr,
            target_distance=None if wanted.target_atr is None else wanted.target_atr * atr,
            features=features,
        )

    def _volatility_factor(self, view: AsOfView) -> float:
        """Return the target over the volatility, at most 1; nothing where volatility is not known yet."""
        target, bar = self.parameters.volatility_target, view.bar
        if target is None or self._volatility is None:
            return 1.0
        yearly = annualized_volatility(self._volatility.latest(), bar.closed_at_ns - bar.opened_at_ns)
        if not yearly >= 0.0:
            return 0.0
        return 1.0 if yearly <= target else target / yearly

    def _filters(self) -> Iterator[tuple[str, float]]:
        if self._adx is not None:
            yield "adx", self._trend
        if self._volatility is not None:
            yield "volatility", self._volatility.latest()
