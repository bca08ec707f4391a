"""Turns the simulated path of one instrument into what a venue would publish."""

from decimal import Decimal
from typing import Final

import numpy as np
from attrs import frozen

from adapters.synthetic.basis import Basis, mean_reverting
from adapters.synthetic.instruments import SyntheticInstrument
from adapters.synthetic.price_path import LogPaths
from adapters.synthetic.steps import on_step
from adapters.synthetic.streams import Purpose, stream
from domain.market import BarSeries, Float64Array, Int64Array

_FAIR_PRICE_STEP: Final = Decimal("0.00000001")
"""The venue computes mark and index and publishes them to 8 decimals, whatever the tick."""


@frozen(eq=False)
class FairPrices:
    """Mark and index of one instrument.

    Attributes:
        marks: Bars of the mark price.
        index: Index price at each close, shape (n_bars,).
    """

    marks: BarSeries
    index: Float64Array


def last_price_bars(
    instrument: SyntheticInstrument, paths: LogPaths, turnover: Float64Array, opened_at_ns: Int64Array, interval_ns: int
) -> BarSeries:
    """Return the bars of the last price, on tick and lot; turnover is the notional of each bar, shape (n_bars,)."""
    open_, high, low, close = (
        on_step(instrument.start_price * np.exp(path), instrument.tick_size, steps_min=1)
        for path in (paths.open, paths.high, paths.low, paths.close)
    )
    # An exponential need not be monotonic in its last bit, which could cost a tick.
    high, low = np.maximum(high, np.maximum(open_, close)), np.minimum(low, np.minimum(open_, close))
    volume = on_step(turnover / close, instrument.lot_size, steps_min=0)
    return BarSeries(instrument.symbol, interval_ns, opened_at_ns, open_, high, low, close, volume)


def fair_prices(
    instrument: SyntheticInstrument, bars: BarSeries, premium_levels: Float64Array, basis: Basis, seed: int
) -> FairPrices:
    """Return mark and index beside the last price; premium_levels has shape (n_bars,), as fractions."""
    n_bars = len(bars)
    deviations = mean_reverting(
        np.zeros(n_bars),
        stream(seed, Purpose.DEVIATIONS, bars.symbol).standard_normal(n_bars),
        deviation=instrument.deviation_bps / 1e4,
        half_life_h=basis.deviation_half_life_h,
        interval_ns=bars.interval_ns,
    )
    premiums = mean_reverting(
        premium_levels,
        stream(seed, Purpose.PREMIUMS, bars.symbol).standard_normal(n_bars),
        deviation=instrument.premium_volatility_bps / 1e4,
        half_life_h=basis.premium_half_life_h,
        interval_ns=bars.interval_ns,
    )
    marks = _mark_bars(bars, deviations)
    index = on_step(marks.close / (1.0 + premiums[1:]), _FAIR_PRICE_STEP, steps_min=1)
    return FairPrices(marks=marks, index=index)


def _mark_bars(bars: BarSeries, deviations: Float64Array) -> BarSeries:
    """Return bars of the mark, from which the last price deviates by these fractions, shape (n_bars + 1,)."""
    at_open, at_close = deviations[:-1], deviations[1:]
    midway = 1.0 + (at_open + at_close) / 2.0
    open_, close = bars.open / (1.0 + at_open), bars.close / (1.0 + at_close)
    high = np.maximum(bars.high / midway, np.maximum(open_, close))
    low = np.minimum(bars.low / midway, np.minimum(open_, close))
    columns = [on_step(price, _FAIR_PRICE_STEP, steps_min=1) for price in (open_, high, low, close)]
    columns.append(np.zeros(len(bars)))
    return BarSeries(bars.symbol, bars.interval_ns, bars.opened_at_ns, *columns)
