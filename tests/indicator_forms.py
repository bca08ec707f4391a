"""Every indicator in its two forms, side by side, so that one law can be tried on all of them."""

from collections.abc import Callable, Mapping
from itertools import starmap
from math import nan
from typing import Any, Final, TypeAlias

import numpy as np
from attrs import frozen

from domain.indicators import averages, bands, basis, directional, funding_carry, momentum, pivots, ranges, volume
from domain.indicators import realized_volatility as volatility
from domain.indicators.averages import MovingAverage, WilderAverage
from domain.indicators.ranges import TrueRange
from domain.indicators.standard_score import ZScore, z_score
from domain.market import Float64Array
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

Columns: TypeAlias = Mapping[str, Any]
"""Columns by name, each of shape (n_bars,): float64, but int64 for ``opened_at_ns``."""

PRICE: Final = "price"
"""Unit of an output that carries the price's: its rounding is that of the prices it comes from."""


@frozen
class Form:
    """One indicator with its parameters.

    Attributes:
        name: Name of the function in batch form.
        columns: What it is made from, by name, in the order of its arguments.
        make: Returns a fresh incremental form.
        batch: The batch form over those columns, one array or a tuple of them.
        outputs: Names of what it gives.
        units: What each output's rounding is measured against: `PRICE`, a number of its own scale, or 0.0 where it
            must agree relative to itself, however small.
        warmups: Rows after which each output is there.
        read: Makes the outputs from what an update returns, where that is not one number or a tuple of them.
    """

    name: str
    columns: tuple[str, ...]
    make: Callable[[], Any]
    batch: Callable[..., Any]
    outputs: tuple[str, ...] = ("value",)
    units: tuple[float | str, ...] = (0.0,)
    warmups: tuple[int, ...] = (1,)
    read: Callable[[Any], Any] | None = None

    def in_batch(self, table: Columns) -> dict[str, Float64Array]:
        """Return the outputs of the batch form."""
        got = self.batch(*(table[name] for name in self.columns))
        return dict(zip(self.outputs, got if isinstance(got, tuple) else (got,), strict=True))

    def one_by_one(self, table: Columns) -> dict[str, Float64Array]:
        """Return the outputs of the incremental form, as columns."""
        update = self.make().update
        rows = zip(*(table[name].tolist() for name in self.columns), strict=True)
        return self.as_columns(list(starmap(update, rows)))

    def as_columns(self, answers: list[Any]) -> dict[str, Float64Array]:
        """Return what updates answered as columns by output."""
        read = self.read or (lambda answer: answer if isinstance(answer, tuple) else (answer,))
        table = np.array([read(answer) for answer in answers], dtype=np.float64).reshape(-1, len(self.outputs))
        return {name: table[:, place] for place, name in enumerate(self.outputs)}


class OfTrueRange:
    """An average of true ranges, whose first is the first bar's own."""

    def __init__(self, average: MovingAverage | WilderAverage) -> None:
        self._range = TrueRange()
        self._average = average

    def update(self, high: float, low: float, close: float) -> float:
        return self._average.update(self._range.update(high, low, close))


def sma(period: int) -> Form:
    return Form(
        "moving_average",
        ("close",),
        lambda: MovingAverage(period),
        lambda close: averages.moving_average(close, period),
        units=(PRICE,),
        warmups=(period,),
    )


def wma(period: int) -> Form:
    return Form(
        "weighted_average",
        ("close",),
        lambda: averages.WeightedAverage(period),
        lambda close: averages.weighted_average(close, period),
        warmups=(period,),
    )


def ema(period: int) -> Form:
    return Form(
        "exponential_average",
        ("close",),
        lambda: averages.ExponentialAverage(period),
        lambda close: averages.exponential_average(close, period),
        warmups=(period,),
    )


def wilder(period: int) -> Form:
    return Form(
        "wilder_average",
        ("close",),
        lambda: WilderAverage(period),
        lambda close: averages.wilder_average(close, period),
        warmups=(period,),
    )


def true_range() -> Form:
    return Form("true_range", ("high", "low", "close"), TrueRange, ranges.true_range)


def average_true_range(period: int) -> Form:
    return Form(
        "average_true_range",
        ("high", "low", "close"),
        lambda: ranges.AverageTrueRange(period),
        lambda high, low, close: ranges.average_true_range(high, low, close, period),
        warmups=(period + 1,),
    )


def wilder_of_true_range(period: int) -> Form:
    return Form(
        "wilder_average of true_range",
        ("high", "low", "close"),
        lambda: OfTrueRange(WilderAverage(period)),
        lambda high, low, close: averages.wilder_average(ranges.true_range(high, low, close), period),
        warmups=(period,),
    )


def simple_of_true_range(period: int) -> Form:
    return Form(
        "moving_average of true_range",
        ("high", "low", "close"),
        lambda: OfTrueRange(MovingAverage(period)),
        lambda high, low, close: averages.moving_average(ranges.true_range(high, low, close), period),
        units=(PRICE,),
        warmups=(period,),
    )


def rsi(period: int) -> Form:
    return Form(
        "relative_strength_index",
        ("close",),
        lambda: momentum.RelativeStrengthIndex(period),
        lambda close: momentum.relative_strength_index(close, period),
        warmups=(period + 1,),
    )


def cutler(period: int) -> Form:
    return Form(
        "cutler_strength_index",
        ("close",),
        lambda: momentum.CutlerStrengthIndex(period),
        lambda close: momentum.cutler_strength_index(close, period),
        warmups=(period + 1,),
    )


def macd(fast: int, slow: int, signal: int) -> Form:
    return Form(
        "convergence_divergence",
        ("close",),
        lambda: momentum.ConvergenceDivergence(fast, slow, signal),
        lambda close: momentum.convergence_divergence(close, fast, slow, signal),
        outputs=("macd", "signal", "histogram"),
        units=(PRICE, PRICE, PRICE),
        warmups=(slow, slow + signal - 1, slow + signal - 1),
    )


def adx(period: int) -> Form:
    return Form(
        "directional_movement",
        ("high", "low", "close"),
        lambda: directional.DirectionalMovement(period),
        lambda high, low, close: directional.directional_movement(high, low, close, period),
        outputs=("plus_di", "minus_di", "dx", "adx"),
        units=(100.0, 100.0, 100.0, 100.0),
        warmups=(period + 1, period + 1, period + 1, 2 * period),
    )


def bollinger(period: int, width: float = 2.0) -> Form:
    return Form(
        "bollinger_bands",
        ("close",),
        lambda: bands.BollingerBands(period, width),
        lambda close: bands.bollinger_bands(close, period, width),
        outputs=("mid", "upper", "lower", "percent_b", "bandwidth"),
        units=(PRICE, PRICE, PRICE, 1.0, 0.0),
        warmups=(period,) * 5,
    )


def donchian(period: int) -> Form:
    return Form(
        "donchian_channel",
        ("high", "low"),
        lambda: bands.DonchianChannel(period),
        lambda high, low: bands.donchian_channel(high, low, period),
        outputs=("mid", "upper", "lower"),
        units=(0.0, 0.0, 0.0),
        warmups=(period,) * 3,
    )


def keltner(period: int, range_period: int, width: float = 2.0) -> Form:
    return Form(
        "keltner_channel",
        ("high", "low", "close"),
        lambda: bands.KeltnerChannel(period, range_period, width),
        lambda high, low, close: bands.keltner_channel(high, low, close, period, range_period, width),
        outputs=("mid", "upper", "lower"),
        units=(PRICE, PRICE, PRICE),
        warmups=(max(period, range_period + 1),) * 3,
    )


def obv() -> Form:
    return Form("on_balance_volume", ("close", "volume"), volume.OnBalanceVolume, volume.on_balance_volume)


def vwap(period: int, price: str = "close") -> Form:
    return Form(
        "rolling_vwap",
        (price, "volume"),
        lambda: volume.RollingVwap(period),
        lambda prices, volumes: volume.rolling_vwap(prices, volumes, period),
        warmups=(period,),
    )


def session_vwap(session_ns: int = NS_PER_DAY, offset_ns: int = 0) -> Form:
    return Form(
        "session_vwap" if offset_ns == 0 else "session_vwap with an offset",
        ("opened_at_ns", "close", "volume"),
        lambda: volume.SessionVwap(session_ns, offset_ns),
        lambda opened, prices, volumes: volume.session_vwap(opened, prices, volumes, session_ns, offset_ns),
    )


def close_volatility(period: int) -> Form:
    return Form(
        "close_volatility",
        ("close",),
        lambda: volatility.CloseVolatility(period),
        lambda close: volatility.close_volatility(close, period),
        warmups=(period + 1,),
    )


def parkinson(period: int) -> Form:
    return Form(
        "parkinson_volatility",
        ("high", "low"),
        lambda: volatility.ParkinsonVolatility(period),
        lambda high, low: volatility.parkinson_volatility(high, low, period),
        warmups=(period,),
    )


def garman_klass(period: int) -> Form:
    return Form(
        "garman_klass_volatility",
        ("open", "high", "low", "close"),
        lambda: volatility.GarmanKlassVolatility(period),
        lambda open_, high, low, close: volatility.garman_klass_volatility(open_, high, low, close, period),
        warmups=(period,),
    )


def yang_zhang(period: int) -> Form:
    return Form(
        "yang_zhang_volatility",
        ("open", "high", "low", "close"),
        lambda: volatility.YangZhangVolatility(period),
        lambda open_, high, low, close: volatility.yang_zhang_volatility(open_, high, low, close, period),
        warmups=(period + 1,),
    )


def score(period: int) -> Form:
    return Form(
        "z_score",
        ("close",),
        lambda: ZScore(period),
        lambda close: z_score(close, period),
        units=(1.0,),
        warmups=(period,),
    )


def found_pivots(left: int, right: int) -> Form:
    return Form(
        "confirmed_pivots",
        ("high", "low"),
        lambda: pivots.PivotFinder(left, right),
        lambda high, low: pivots.confirmed_pivots(high, low, left, right),
        outputs=("high", "low"),
        units=(0.0, 0.0),
        warmups=(left + 1 + right,) * 2,
        read=lambda found: [nan if pivot is None else pivot.price for pivot in found],
    )


def mean_carry(n_settlements: int) -> Form:
    return Form(
        "mean_carry",
        ("rates", "interval_h"),
        lambda: funding_carry.MeanCarry(n_settlements),
        lambda rates, hours: funding_carry.mean_carry(rates, hours, n_settlements),
        warmups=(n_settlements,),
    )


def decaying_carry(half_life_h: float) -> Form:
    return Form(
        "decaying_carry",
        ("rates", "interval_h"),
        lambda: funding_carry.DecayingCarry(half_life_h),
        lambda rates, hours: funding_carry.decaying_carry(rates, hours, half_life_h),
    )


def basis_score(period: int) -> Form:
    return Form(
        "basis_score",
        ("close", "index"),
        lambda: basis.BasisScore(period),
        lambda price, reference: basis.basis_score(price, reference, period),
        outputs=("relative", "score"),
        units=(0.0, 1.0),
        warmups=(1, period),
    )


def forms(period: int) -> list[Form]:
    """Return every indicator with windows of about this many rows, as few as one where it can be one."""
    two = max(2, period)
    return [
        *(make(period) for make in (sma, wma, ema, wilder, average_true_range, wilder_of_true_range, rsi, cutler)),
        *(make(period) for make in (adx, bollinger, donchian, vwap, parkinson, garman_klass, mean_carry)),
        *(make(two) for make in (close_volatility, yang_zhang, score, basis_score)),
        true_range(),
        macd(period, period + 3, period),
        keltner(period, period),
        obv(),
        session_vwap(),
        session_vwap(period * NS_PER_HOUR, NS_PER_HOUR // 2),
        found_pivots(period, max(1, period // 2)),
        decaying_carry(8.0 * period),
    ]
