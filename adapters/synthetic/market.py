"""The synthetic market: its parameters in one place, and the history that a seed makes of them.

A longer run with the same parameters and seed begins with the shorter one, bar for bar, and an
instrument moves the same whatever is generated beside it.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from attrs import Attribute, Factory, field, frozen, validators

from adapters.synthetic.activity import DailyRhythm
from adapters.synthetic.basis import Basis
from adapters.synthetic.funding import FundingTerms
from adapters.synthetic.instruments import MAJORS, SyntheticInstrument
from adapters.synthetic.price_path import log_paths
from adapters.synthetic.ranges import whole_within
from adapters.synthetic.regimes import DEFAULT_REGIMES, Regime, regime_path, volatility_multiples
from adapters.synthetic.returns import CommonFactor, common_factor, instrument_returns
from adapters.synthetic.series import FairPrices, fair_prices, last_price_bars
from adapters.synthetic.volatility import Jumps, VolatilityClusters
from adapters.synthetic.volume import VolumeResponse
from application.market_history import MarketHistory
from domain.market import BarSeries, Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND, NS_PER_YEAR, format_interval, iso_utc

DEFAULT_START_NS: Final = 1_704_067_200 * NS_PER_SECOND
"""2024-01-01T00:00:00Z, the day of the default start prices."""

_LATEST_START_NS: Final = 4_102_444_800 * NS_PER_SECOND
_N_BARS_MAX: Final = 20_000_000

_NOTE: Final = (
    "Synthetic market, seed {seed}: all prices, volumes and funding rates come from a model; "
    "none was ever traded or published."
)


@frozen(kw_only=True)
class SyntheticMarket:
    """Everything that shapes the market but the seed. Defaults resemble Binance's majors of 2021 to 2024.

    Attributes:
        instruments: At least one, names distinct.
        interval_ns: Length of a bar, one second to one day; it must divide the funding interval.
        n_bars: Bars per instrument, 1 to 20,000,000; the default is a year of hours.
        starts_at_ns: Open of the first bar, 1970 to 2100, on the grid of the interval.
        regimes: At least one; the market is in one of them at a time.
        clusters: How volatility comes in clusters.
        jumps: Sudden moves.
        rhythm: Activity over the day.
        volume: How turnover follows the range.
        basis: How last, mark and index come back together.
        funding: When funding is settled.
        substeps: Steps of the price within a bar, 2 to 256: they make its high and low. With 16 the mean range is
            1.66 times the mean absolute return; BTCUSDT has 1.5 (1m, 2023) and 2.2 (1h, year to 2024-06).
    """

    instruments: tuple[SyntheticInstrument, ...] = field(default=MAJORS, validator=validators.min_len(1))
    interval_ns: int = field(default=NS_PER_HOUR, validator=whole_within(NS_PER_SECOND, NS_PER_DAY))
    n_bars: int = field(default=8_760, validator=whole_within(1, _N_BARS_MAX))
    starts_at_ns: int = field(default=DEFAULT_START_NS, validator=whole_within(0, _LATEST_START_NS))
    regimes: tuple[Regime, ...] = field(default=DEFAULT_REGIMES, validator=validators.min_len(1))
    clusters: VolatilityClusters = Factory(VolatilityClusters)
    jumps: Jumps = Factory(Jumps)
    rhythm: DailyRhythm = Factory(DailyRhythm)
    volume: VolumeResponse = Factory(VolumeResponse)
    basis: Basis = Factory(Basis)
    funding: FundingTerms = Factory(FundingTerms)
    substeps: int = field(default=16, validator=whole_within(2, 256))

    @instruments.validator
    def _names_are_distinct(
        self, _: "Attribute[tuple[SyntheticInstrument, ...]]", value: tuple[SyntheticInstrument, ...]
    ) -> None:
        names = [instrument.symbol for instrument in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"instruments: {name} appears {names.count(name)} times")

    def __attrs_post_init__(self) -> None:
        if self.starts_at_ns % self.interval_ns:
            raise ValueError(
                f"starts_at_ns: {iso_utc(self.starts_at_ns)} is not on the grid of {format_interval(self.interval_ns)}"
            )
        if self.funding.interval_ns % self.interval_ns:
            raise ValueError(
                f"funding every {self.funding.interval_h}h needs bars that divide it, "
                f"got {format_interval(self.interval_ns)}"
            )


@frozen(eq=False, kw_only=True)
class SyntheticPath:
    """A history together with the truth behind it, which no strategy may see.

    Attributes:
        history: What the market showed.
        regime_names: Names of the regimes.
        regimes: Which of them held when each bar opened, as positions in the names, shape (n_bars,).
        volatility: By symbol, the true standard deviation of each bar's log return before the bar, without jumps,
            shape (n_bars,).
        index: By symbol, the index price at each close, shape (n_bars,).
    """

    history: MarketHistory
    regime_names: tuple[str, ...]
    regimes: Int64Array = field(repr=False)
    volatility: Mapping[str, Float64Array] = field(repr=False)
    index: Mapping[str, Float64Array] = field(repr=False)


def generate(market: SyntheticMarket, *, seed: int) -> MarketHistory:
    """Return the history that this seed makes of the market, marked as synthetic.

    Raises:
        ValueError: The seed is negative, or a price left what its tick can express.
    """
    return simulate(market, seed=seed).history


def simulate(market: SyntheticMarket, *, seed: int) -> SyntheticPath:
    """Return the history of `generate` with the regimes and volatilities that made it.

    Raises:
        ValueError: The seed is negative, or a price left what its tick can express.
    """
    if seed < 0:
        raise ValueError(f"seed: {seed} is negative")
    world = _World.drawn(market, seed)
    listings = {instrument.symbol: world.listing(instrument) for instrument in market.instruments}
    return SyntheticPath(
        history=MarketHistory(
            bars={symbol: listing.bars for symbol, listing in listings.items()},
            funding={
                symbol: tuple(market.funding.events(listing.fair.marks, listing.fair.index))
                for symbol, listing in listings.items()
            },
            marks={symbol: listing.fair.marks for symbol, listing in listings.items()},
            is_synthetic=True,
            notes=(_NOTE.format(seed=seed),),
        ),
        regime_names=tuple(regime.name for regime in market.regimes),
        regimes=world.regimes,
        volatility={symbol: listing.volatility for symbol, listing in listings.items()},
        index={symbol: listing.fair.index for symbol, listing in listings.items()},
    )


@frozen(eq=False)
class _Listing:
    """All that is generated for one instrument."""

    bars: BarSeries
    fair: FairPrices
    volatility: Float64Array


@frozen(eq=False)
class _World:
    """What all instruments of one run share; arrays of shape (n_bars,)."""

    market: SyntheticMarket
    seed: int
    opened_at_ns: Int64Array
    regimes: Int64Array
    hour_volatility: Float64Array
    hour_activity: Float64Array
    common: CommonFactor

    @classmethod
    def drawn(cls, market: SyntheticMarket, seed: int) -> "_World":
        interval_ns = market.interval_ns
        opened_at_ns = market.starts_at_ns + np.arange(market.n_bars, dtype=np.int64) * np.int64(interval_ns)
        regimes = regime_path(market.regimes, n_bars=market.n_bars, interval_ns=interval_ns, seed=seed)
        hour_volatility = market.rhythm.volatility_factors(opened_at_ns, interval_ns)
        common = common_factor(
            drifts=np.array([regime.drift_multiple for regime in market.regimes])[regimes],
            scales=volatility_multiples(market.regimes)[regimes] * hour_volatility,
            clusters=market.clusters,
            jumps=market.jumps,
            interval_ns=interval_ns,
            seed=seed,
        )
        hour_activity = market.rhythm.volume_factors(opened_at_ns, interval_ns)
        return cls(market, seed, opened_at_ns, regimes, hour_volatility, hour_activity, common)

    def listing(self, instrument: SyntheticInstrument) -> _Listing:
        market = self.market
        returns = instrument_returns(
            instrument,
            self.common,
            clusters=market.clusters,
            jumps=market.jumps,
            interval_ns=market.interval_ns,
            seed=self.seed,
        )
        paths = log_paths(
            returns,
            self.common.tails,
            gap_bps=instrument.gap_bps,
            substeps=market.substeps,
            seed=self.seed,
            symbol=instrument.symbol,
        )
        turnover = self._turnover(instrument, paths.high - paths.low)
        bars = last_price_bars(instrument, paths, turnover, self.opened_at_ns, market.interval_ns)
        fair = fair_prices(instrument, bars, self._premium_levels(), market.basis, self.seed)
        return _Listing(bars, fair, returns.volatility)

    def _turnover(self, instrument: SyntheticInstrument, ranges: Float64Array) -> Float64Array:
        days, years = self.market.interval_ns / NS_PER_DAY, self.market.interval_ns / NS_PER_YEAR
        return self.market.volume.turnover(
            ranges,
            instrument.notional_per_day * days * self.hour_activity,
            instrument.volatility_annual * years**0.5 * self.hour_volatility,
            seed=self.seed,
            symbol=instrument.symbol,
        )

    def _premium_levels(self) -> Float64Array:
        return np.array([regime.premium_bps / 1e4 for regime in self.market.regimes])[self.regimes]
