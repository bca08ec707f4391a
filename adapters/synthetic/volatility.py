"""Shocks that come in clusters: GARCH(1,1) volatility, fat tails, and jumps.

All of it is in units of the long-run volatility of one bar; `returns` gives it scale.

References:
    Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity.
    Nelson, D. B. (1990). ARCH models as diffusion approximations: how the parameters depend on the interval.
"""

from typing import Final

import numpy as np
from attrs import field, frozen

from adapters.synthetic.ranges import within
from adapters.synthetic.streams import Purpose, stream
from domain.market import Float64Array
from domain.time_units import NS_PER_HOUR, NS_PER_YEAR

_DAYS_PER_YEAR: Final = 365
_JUMP_SHARE_MAX: Final = 0.5


@frozen(kw_only=True)
class VolatilityClusters:
    """How volatility answers to shocks and forgets them.

    Attributes:
        half_life_h: Time in which half of an excess of variance is gone, 0.5 to 2,000 h. Autocorrelations of
            absolute hourly returns of BTCUSDT, 2019 to 2024: 0.29 at 1 h, 0.16 at 24 h, 0.12 at a week.
        shock_weight: Weight of the latest squared shock in the next variance at a bar of one hour (GARCH's alpha),
            0 to 0.5; it goes with the square root of the bar's length.
        tail_df: Degrees of freedom of Student's t, 2.5 to 200; fewer make more extreme bars. With 6 and the clusters
            hourly excess kurtosis comes out near that of BTCUSDT over the year to 2024-06, which is 14.
        variance_max: Largest variance in units of the long-run variance, 1 to 1,000. The recursion with such tails
            has no fourth moment of its own; this keeps years of bars from exploding.
    """

    half_life_h: float = field(default=48.0, validator=within(0.5, 2_000.0))
    shock_weight: float = field(default=0.06, validator=within(0.0, 0.5))
    tail_df: float = field(default=6.0, validator=within(2.5, 200.0))
    variance_max: float = field(default=25.0, validator=within(1.0, 1_000.0))

    def weights(self, interval_ns: int) -> tuple[float, float]:
        """Return GARCH's alpha and beta for bars of this interval; their sum halves variance in the half-life."""
        hours = interval_ns / NS_PER_HOUR
        persistence = float(2.0 ** (-hours / self.half_life_h))
        alpha = min(self.shock_weight * hours**0.5, persistence)
        return alpha, persistence - alpha

    def tails(self, n_bars: int, seed: int) -> Float64Array:
        """Return factors that turn normal shocks into Student's t of unit variance, shape (n_bars,).

        One for the whole market: what is extreme for one instrument is extreme for all.
        """
        chi_square = 2.0 * stream(seed, Purpose.TAILS).standard_gamma(self.tail_df / 2.0, n_bars)
        return np.sqrt((self.tail_df - 2.0) / chi_square)

    def volatilities(self, shocks: Float64Array, interval_ns: int) -> Float64Array:
        """Return the volatility of each bar given all bars before it, for shocks of unit variance; both (n_bars,)."""
        alpha, beta = self.weights(interval_ns)
        omega, variance_max = 1.0 - alpha - beta, self.variance_max
        variance, variances = 1.0, []
        for squared in np.square(shocks).tolist():
            variances.append(variance)
            variance = min(omega + (alpha * squared + beta) * variance, variance_max)
        return np.sqrt(variances)


@frozen(kw_only=True)
class Jumps:
    """Sudden moves within a bar: a Poisson process with normally distributed sizes.

    Attributes:
        per_year: Mean number a year, 0 to 5,000. About 0.2 % of hourly returns of BTCUSDT, 2019 to 2024, are beyond
            six standard deviations, 20 a year; most of them belong to clusters.
        size_days: Standard deviation of a jump in units of the instrument's daily volatility, 0 to 10.
    """

    per_year: float = field(default=24.0, validator=within(0.0, 5_000.0))
    size_days: float = field(default=0.75, validator=within(0.0, 10.0))

    def __attrs_post_init__(self) -> None:
        if self.variance_share > _JUMP_SHARE_MAX:
            raise ValueError(
                f"jumps: {self.per_year} a year of {self.size_days} days' volatility make {self.variance_share:.0%} "
                f"of all variance, at most {_JUMP_SHARE_MAX:.0%} is possible"
            )

    @property
    def variance_share(self) -> float:
        """Share of an instrument's yearly variance that comes from jumps."""
        return self.per_year * self.size_days**2 / _DAYS_PER_YEAR

    def sizes(self, n_bars: int, interval_ns: int, *, seed: int, symbol: str = "") -> Float64Array:
        """Return the sum of each bar's jumps in units of daily volatility, mostly zero, shape (n_bars,)."""
        counts = stream(seed, Purpose.JUMP_COUNTS, symbol).poisson(self.per_year * interval_ns / NS_PER_YEAR, n_bars)
        normals = stream(seed, Purpose.JUMP_SIZES, symbol).standard_normal(n_bars)
        return np.sqrt(counts) * normals * self.size_days
