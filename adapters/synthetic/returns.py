"""The log return of every bar: regime drift, clustered shocks common and own, and jumps."""

from attrs import frozen

from adapters.synthetic.instruments import SyntheticInstrument
from adapters.synthetic.streams import Purpose, stream
from adapters.synthetic.volatility import Jumps, VolatilityClusters
from domain.market import Float64Array
from domain.time_units import NS_PER_DAY, NS_PER_YEAR


@frozen(eq=False)
class CommonFactor:
    """What moves every instrument, per bar; all of shape (n_bars,).

    Attributes:
        drifts: Drift of each bar in units of yearly volatility, per year.
        scales: Volatility of the regime and the hour, relative to the long run.
        tails: Factors that fatten the tails of all shocks alike.
        shocks: Standard normal shocks of the common factor.
        jumps: Jumps of the common factor in units of daily volatility.
    """

    drifts: Float64Array
    scales: Float64Array
    tails: Float64Array
    shocks: Float64Array
    jumps: Float64Array


@frozen(eq=False)
class Returns:
    """Log returns of one instrument, close to close; all of shape (n_bars,).

    Attributes:
        volatility: Standard deviation of each bar's return as it was before the bar, without jumps.
        total: The return of each bar.
        jumps: The part of it that came as a jump.
    """

    volatility: Float64Array
    total: Float64Array
    jumps: Float64Array


def common_factor(
    *,
    drifts: Float64Array,
    scales: Float64Array,
    clusters: VolatilityClusters,
    jumps: Jumps,
    interval_ns: int,
    seed: int,
) -> CommonFactor:
    """Draw what all instruments share; the arguments are those of `CommonFactor`."""
    n_bars = len(drifts)
    return CommonFactor(
        drifts=drifts,
        scales=scales,
        tails=clusters.tails(n_bars, seed),
        shocks=stream(seed, Purpose.SHOCKS).standard_normal(n_bars),
        jumps=jumps.sizes(n_bars, interval_ns, seed=seed),
    )


def instrument_returns(
    instrument: SyntheticInstrument,
    common: CommonFactor,
    *,
    clusters: VolatilityClusters,
    jumps: Jumps,
    interval_ns: int,
    seed: int,
) -> Returns:
    """Draw the instrument's own shocks and mix them with the common ones."""
    n_bars = len(common.drifts)
    own_shocks = stream(seed, Purpose.SHOCKS, instrument.symbol).standard_normal(n_bars)
    own_jumps = jumps.sizes(n_bars, interval_ns, seed=seed, symbol=instrument.symbol)
    b, c = instrument.market_loading, instrument.own_loading
    shocks = (b * common.shocks + c * own_shocks) * common.tails
    years = interval_ns / NS_PER_YEAR
    long_run = instrument.volatility_annual * (years * (1.0 - jumps.variance_share)) ** 0.5
    volatility = long_run * common.scales * clusters.volatilities(shocks, interval_ns)
    jump_unit = instrument.volatility_annual * (NS_PER_DAY / NS_PER_YEAR) ** 0.5
    jump_returns = (b * common.jumps + c * own_jumps) * jump_unit
    drift = common.drifts * (instrument.volatility_annual * years)
    return Returns(volatility=volatility, total=drift + volatility * shocks + jump_returns, jumps=jump_returns)
