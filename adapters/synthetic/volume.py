"""How much is traded in each bar."""

from typing import Final

import numpy as np
from attrs import field, frozen

from adapters.synthetic.ranges import within
from adapters.synthetic.streams import Purpose, stream
from domain.market import Float64Array

# Mean range of a simulated hour over the long-run standard deviation of its return, measured over four years.
_USUAL_RANGE: Final = 1.25
# A bar whose price never moved still trades a little.
_RANGE_FLOOR: Final = 0.05


@frozen(kw_only=True)
class VolumeResponse:
    """How turnover follows the price range of a bar.

    Attributes:
        range_exponent: Turnover goes with the bar's range to this power, 0 to 3. Regressions of log turnover on log
            range for BTCUSDT, ETHUSDT and XRPUSDT give 1.15 to 1.16 (1h, year to 2024-06) and 0.7 to 1.3 (1m, 2023).
        noise: Standard deviation of log turnover about that, 0 to 2. The same regressions leave 0.33 to 0.39 (1h)
            and 0.51 to 0.63 (1m).
    """

    range_exponent: float = field(default=1.15, validator=within(0.0, 3.0))
    noise: float = field(default=0.4, validator=within(0.0, 2.0))

    def turnover(
        self, ranges: Float64Array, usual: Float64Array, volatility: Float64Array, *, seed: int, symbol: str
    ) -> Float64Array:
        """Return the notional traded in each bar; all arrays of shape (n_bars,).

        Args:
            ranges: Log of high over low.
            usual: Notional of a usual bar at that hour, quote currency.
            volatility: Standard deviation of a usual bar's log return at that hour.
            seed: Seed of the run.
            symbol: Instrument, which has a stream of its own.
        """
        normals = stream(seed, Purpose.VOLUMES, symbol).standard_normal(len(ranges))
        relative = np.maximum(ranges / (_USUAL_RANGE * volatility), _RANGE_FLOOR)
        noise: Float64Array = np.exp(self.noise * normals - self.noise**2 / 2.0)
        return usual * noise * relative**self.range_exponent
