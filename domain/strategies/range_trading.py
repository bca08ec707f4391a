"""Range trading: buy near support, sell near resistance, both from pivots that have been confirmed."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.indicators.pivots import Pivot, PivotFinder
from domain.indicators.ranges import WILDER_FORGOTTEN_PERIODS, AverageTrueRange
from domain.indicators.windows import WindowMean
from domain.market import Bar
from domain.signal import Signal, SignalAction

_HIGH_VOLUME: Final = 1.5
_VOLUME_STEPS: Final = ((_HIGH_VOLUME, 1.0), (1.2, 0.9), (0.8, 0.8))
_LOW_VOLUME_FACTOR: Final = 0.6
_CONFIDENCE_MAX: Final = 0.8
_VOLUME_BARS: Final[int | None] = 11


@frozen(kw_only=True)
class RangeTradingParameters:
    """Settings of `RangeTrading`.

    Attributes:
        lookback_bars: Pivots of so many bars make the range.
        pivot_bars: Bars on either side that a pivot stands out from; it is known so many bars later.
        pivots_min: So many pivot highs and as many lows are needed.
        level_quantile: Support is this quantile of the pivot lows, resistance as far from the other end of the highs.
        zone: How near a level is near, fraction of the range's width.
        width_atr_min: Narrower ranges, in average true ranges, are none.
        volume_bars: Length of the volume average; None leaves volume out.
        breakout: How far beyond a level the range counts as broken, fraction of its width.
        move_max: A faster move over five bars, fraction of price, is a breakout and not traded against.
        atr_bars: Length of the average true range.
        stop_atr: Distance of the stop in average true ranges.
        target_atr: Largest distance of the target in average true ranges.
        target_width: Part of the way to the other level at which the target lies, if that is nearer.
        allow_short: Whether resistance is sold.
    """

    lookback_bars: int = field(default=100, validator=[validators.ge(10), validators.le(10_000)])
    pivot_bars: int = field(default=2, validator=[validators.ge(1), validators.le(100)])
    pivots_min: int = field(default=3, validator=[validators.ge(1), validators.le(1_000)])
    level_quantile: float = field(default=0.5, validator=[validators.ge(0.0), validators.le(1.0)])
    zone: float = field(default=0.15, validator=[validators.gt(0.0), validators.lt(0.5)])
    width_atr_min: float = field(default=3.0, validator=[validators.gt(0.0), validators.le(1_000.0)])
    volume_bars: int | None = field(default=_VOLUME_BARS, validator=validators.optional(validators.ge(1)))
    breakout: float = field(default=0.10, validator=[validators.gt(0.0), validators.le(1.0)])
    move_max: float = field(default=0.05, validator=[validators.gt(0.0), validators.le(1.0)])
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])
    stop_atr: float = field(default=1.5, validator=[validators.gt(0.0), validators.le(100.0)])
    target_atr: float = field(default=2.0, validator=[validators.gt(0.0), validators.le(100.0)])
    target_width: float = field(default=0.8, validator=[validators.gt(0.0), validators.le(1.0)])
    allow_short: bool = True


@frozen
class PriceRange:
    """What price has been moving in.

    Attributes:
        support: Level below, quote per base.
        resistance: Level above.
    """

    support: float
    resistance: float

    @property
    def width(self) -> float:
        """Resistance minus support, quote per base; negative where lows lie above highs, as they do in a trend."""
        return self.resistance - self.support


class RangeTrading:
    """Trades from one level of a range towards the other.

    A level is made of pivots that have been confirmed by the bars on their right, so that a range is known only once
    price has turned at it. An entry comes with the bar that gets into the zone of a level, not with each one that
    stays there; none comes out of a move fast enough to be a breakout. A close beyond a level by more than `breakout`
    ends a trade against it.
    """

    lookback_bars = 6
    """Five bars of a move, and the close before."""

    def __init__(self, parameters: RangeTradingParameters) -> None:
        self.parameters = parameters
        self._pivots = PivotFinder(parameters.pivot_bars, parameters.pivot_bars)
        self._highs: deque[Pivot] = deque()
        self._lows: deque[Pivot] = deque()
        self._atr = AverageTrueRange(parameters.atr_bars)
        self._volume = None if parameters.volume_bars is None else WindowMean(parameters.volume_bars)
        self._range: PriceRange | None = None
        self._near = 0
        self._n_bars = 0

    @property
    def warm_up_bars(self) -> int:
        """Bars after which nothing that was before matters: pivots are too old, averages have forgotten."""
        wanted = self.parameters
        pivot_bars = wanted.lookback_bars + 2 * wanted.pivot_bars + 1
        return 1 + max(pivot_bars, wanted.volume_bars or 0, WILDER_FORGOTTEN_PERIODS * wanted.atr_bars)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        bar = view.bar
        atr = self._atr.update(bar.high, bar.low, bar.close)
        factor = self._volume_factor(bar.volume)
        self._take_pivots(bar)
        found, before = self._range, self._near
        if found is None or not atr > 0.0 or found.width < self.parameters.width_atr_min * atr:
            self._near = 0
            return None
        self._near = self._nearness(found, bar.close)
        held = (view.held_quantity > 0) - (view.held_quantity < 0)
        if held and self._is_broken(found, bar.close, held):
            level = found.support if held > 0 else found.resistance
            return Signal(action=SignalAction.EXIT, reason=f"closed beyond the level {level:.8g}")
        if self._near in {0, before} or self._near == held or self._is_breaking_out(view):
            return None
        return self._enter(self._near, found, bar.close, atr, factor)

    def _take_pivots(self, bar: Bar) -> None:
        confirmed = self._pivots.update(bar.high, bar.low)
        self._n_bars += 1
        oldest = self._n_bars - self.parameters.lookback_bars
        has_changed = False
        for known, pivot in ((self._highs, confirmed.high), (self._lows, confirmed.low)):
            if pivot is not None:
                known.append(pivot)
                has_changed = True
            while known and known[0].bar < oldest:
                known.popleft()
                has_changed = True
        if has_changed:
            self._range = self._measured()

    def _measured(self) -> PriceRange | None:
        least, quantile = self.parameters.pivots_min, self.parameters.level_quantile
        if len(self._highs) < least or len(self._lows) < least:
            return None
        return PriceRange(_quantile(self._lows, quantile), _quantile(self._highs, 1.0 - quantile))

    def _nearness(self, found: PriceRange, close: float) -> int:
        """Return +1 in the zone of support, -1 in that of resistance, 0 elsewhere."""
        reach, beyond = self.parameters.zone * found.width, self.parameters.breakout * found.width
        if -beyond <= close - found.support <= reach:
            return 1
        return -1 if -beyond <= found.resistance - close <= reach else 0

    def _is_broken(self, found: PriceRange, close: float, held: int) -> bool:
        beyond = self.parameters.breakout * found.width
        return close < found.support - beyond if held > 0 else close > found.resistance + beyond

    def _is_breaking_out(self, view: AsOfView) -> bool:
        bars = view.bars(self.lookback_bars)
        return abs(bars[-1].close / bars[0].close - 1.0) > self.parameters.move_max

    def _enter(self, direction: int, found: PriceRange, close: float, atr: float, factor: float) -> Signal | None:
        wanted = self.parameters
        if direction < 0 and not wanted.allow_short:
            return None
        level, other = (found.support, found.resistance) if direction > 0 else (found.resistance, found.support)
        distance = abs(close - level) / (wanted.zone * found.width)
        strength = max(0.0, 1.0 - distance) * factor
        target = min(wanted.target_atr * atr, wanted.target_width * abs(other - close))
        name = "support" if direction > 0 else "resistance"
        return Signal(
            action=SignalAction.ENTER_LONG if direction > 0 else SignalAction.ENTER_SHORT,
            reason=f"at {name} {level:.8g} of a range {found.width / atr:.1f} ATR wide, strength {strength:.2f}",
            strength=strength,
            confidence=min(_CONFIDENCE_MAX, 0.5 + 0.3 * strength),
            stop_distance=wanted.stop_atr * atr,
            target_distance=target,
            features=(("support", found.support), ("resistance", found.resistance), ("atr", atr), ("volume", factor)),
        )

    def _volume_factor(self, volume: float) -> float:
        """Return how much a turn at this volume counts: 1 at one and a half times the average, 0.6 far below it."""
        if self._volume is None:
            return 1.0
        average = self._volume.update(volume)
        # Nothing is known of an ordinary volume before there is an average.
        if not average > 0.0:
            return _LOW_VOLUME_FACTOR
        ratio = volume / average
        return next((factor for least, factor in _VOLUME_STEPS if ratio >= least), _LOW_VOLUME_FACTOR)


def _quantile(pivots: Iterable[Pivot], quantile: float) -> float:
    """Return the quantile of their prices, evenly between the two that it lies between."""
    prices = sorted(pivot.price for pivot in pivots)
    place = quantile * (len(prices) - 1)
    below = int(place)
    above = min(below + 1, len(prices) - 1)
    return prices[below] + (place - below) * (prices[above] - prices[below])
