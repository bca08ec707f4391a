"""What keeps last, mark and index price apart: two mean-reverting differences."""

import numpy as np
from attrs import field, frozen

from adapters.synthetic.ranges import within
from domain.market import Float64Array
from domain.time_units import NS_PER_HOUR


@frozen(kw_only=True)
class Basis:
    """How fast prices that belong together come back together.

    Attributes:
        premium_half_life_h: Of (mark - index) / index, 0.1 to 1,000 h. Funding rates of BTCUSDT, 2019 to 2024, have
            an autocorrelation of 0.79 from one 8 h settlement to the next.
        deviation_half_life_h: Of (last - mark) / mark, 0.01 to 100 h. From hour to hour its autocorrelation is 0.1.
    """

    premium_half_life_h: float = field(default=24.0, validator=within(0.1, 1_000.0))
    deviation_half_life_h: float = field(default=0.3, validator=within(0.01, 100.0))


def mean_reverting(
    levels: Float64Array, normals: Float64Array, *, deviation: float, half_life_h: float, interval_ns: int
) -> Float64Array:
    """Return an Ornstein-Uhlenbeck process sampled at the first open and at every close, shape (n_bars + 1,).

    Args:
        levels: Where it is drawn to during each bar, shape (n_bars,).
        normals: Standard normal shocks, shape (n_bars,).
        deviation: Its standard deviation about a constant level in the long run.
        half_life_h: Time in which half of a distance from the level is gone.
        interval_ns: Length of a bar.
    """
    kept = float(2.0 ** (-interval_ns / NS_PER_HOUR / half_life_h))
    inflows = levels * (1.0 - kept) + normals * (deviation * (1.0 - kept**2) ** 0.5)
    value = float(levels[0])
    values = [value]
    for inflow in inflows.tolist():
        value = kept * value + inflow
        values.append(value)
    return np.array(values)
