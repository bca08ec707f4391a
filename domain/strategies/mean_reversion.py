"""Mean reversion: enter where price is stretched beyond its band and exhausted, leave at the middle or in time."""

from typing import Final

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.indicators.bands import BollingerBands
from domain.indicators.momentum import RelativeStrengthIndex
from domain.indicators.ranges import WILDER_FORGOTTEN_PERIODS, AverageTrueRange
from domain.signal import Signal, SignalAction

_RSI_PART: Final = 0.6
_BAND_PART: Final = 0.4
_HOLDING_BARS_MAX: Final[int | None] = 48


def _above_oversold(instance: "MeanReversionParameters", _: object, value: float) -> None:
    if value <= instance.oversold:
        raise ValueError(f"overbought must be above oversold ({instance.oversold}), got {value}")


@frozen(kw_only=True)
class MeanReversionParameters:
    """Settings of `MeanReversion`.

    Attributes:
        band_bars: Length of the Bollinger bands.
        band_width: Their width in standard deviations.
        rsi_bars: Length of Wilder's relative strength index.
        oversold: Below it the index is oversold, 0 to 100.
        overbought: Above it it is overbought, above `oversold`.
        strength_min: Weakest entry that is taken, 0 to 1.
        atr_bars: Length of the average true range.
        stop_atr: Distance of the stop from the entry in average true ranges: always on the losing side.
        holding_bars_max: Left after so many bars; None for no limit.
        allow_short: Whether an overbought market is entered short.
    """

    band_bars: int = field(default=20, validator=[validators.ge(2), validators.le(10_000)])
    band_width: float = field(default=2.0, validator=[validators.gt(0.0), validators.le(10.0)])
    rsi_bars: int = field(default=14, validator=[validators.ge(2), validators.le(10_000)])
    oversold: float = field(default=30.0, validator=[validators.gt(0.0), validators.lt(100.0)])
    overbought: float = field(default=70.0, validator=[validators.gt(0.0), validators.lt(100.0), _above_oversold])
    strength_min: float = field(default=0.0, validator=[validators.ge(0.0), validators.le(1.0)])
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])
    stop_atr: float = field(default=3.0, validator=[validators.gt(0.0), validators.le(100.0)])
    holding_bars_max: int | None = field(default=_HOLDING_BARS_MAX, validator=validators.optional(validators.ge(1)))
    allow_short: bool = True


class MeanReversion:
    """Takes the other side of a move that has gone beyond its Bollinger band while the RSI is exhausted.

    An entry comes with the bar that gets there, not with each one that stays. Strength is 0.6 of how deep the RSI lies
    in its zone and 0.4 of how far the close is beyond the band, in half widths. The trade is over at the middle band,
    or after `holding_bars_max` bars: a market that does not come back was no stretched one.
    """

    lookback_bars = 1

    def __init__(self, parameters: MeanReversionParameters) -> None:
        self.parameters = parameters
        self._bands = BollingerBands(parameters.band_bars, parameters.band_width)
        self._rsi = RelativeStrengthIndex(parameters.rsi_bars)
        self._atr = AverageTrueRange(parameters.atr_bars)
        self._stretched = 0
        self._n_held = 0

    @property
    def warm_up_bars(self) -> int:
        """Bars after which nothing that was before matters: averages have forgotten, and what was held then is over."""
        wanted = self.parameters
        smoothed_bars = WILDER_FORGOTTEN_PERIODS * max(wanted.rsi_bars, wanted.atr_bars)
        return 1 + max(wanted.band_bars, smoothed_bars, wanted.holding_bars_max or 0)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        bar = view.bar
        close = bar.close
        bands, rsi = self._bands.update(close), self._rsi.update(close)
        atr = self._atr.update(bar.high, bar.low, close)
        reach = 2.0 * bands.percent_b - 1.0
        wanted, before = self.parameters, self._stretched
        # False while NaN, too.
        is_low = reach < -1.0 and rsi < wanted.oversold
        is_high = reach > 1.0 and rsi > wanted.overbought
        self._stretched = 1 if is_low else -1 if is_high else 0
        held = (view.held_quantity > 0) - (view.held_quantity < 0)
        self._n_held = self._n_held + 1 if held else 0
        if self._stretched in {0, before, held} or not atr > 0.0:
            return self._leave(close, bands.middle, held) if held else None
        return self._enter(self._stretched, reach, rsi, atr)

    def _enter(self, direction: int, reach: float, rsi: float, atr: float) -> Signal | None:
        wanted = self.parameters
        zone = wanted.oversold if direction > 0 else 100.0 - wanted.overbought
        depth = (zone - (rsi if direction > 0 else 100.0 - rsi)) / zone
        beyond = min(1.0, abs(reach) - 1.0)
        strength = _RSI_PART * depth + _BAND_PART * beyond
        if strength < wanted.strength_min or (direction < 0 and not wanted.allow_short):
            return None
        side = "below the lower" if direction > 0 else "above the upper"
        return Signal(
            action=SignalAction.ENTER_LONG if direction > 0 else SignalAction.ENTER_SHORT,
            reason=f"close {beyond:.2f} half widths {side} band, RSI {rsi:.1f}, strength {strength:.2f}",
            strength=strength,
            confidence=0.5 + 0.3 * depth + 0.2 * beyond,
            stop_distance=wanted.stop_atr * atr,
            features=(("rsi", rsi), ("band_position", reach), ("atr", atr)),
        )

    def _leave(self, close: float, middle: float, held: int) -> Signal | None:
        if held * (close - middle) >= 0.0:
            return Signal(
                action=SignalAction.EXIT,
                reason=f"back at the middle band {middle:.8g}",
                features=(("middle", middle),),
            )
        limit = self.parameters.holding_bars_max
        if limit is not None and self._n_held >= limit:
            return Signal(action=SignalAction.EXIT, reason=f"not back at the middle band after {self._n_held} bars")
        return None
