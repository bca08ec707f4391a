"""Laws of the synthetic market, whatever its parameters and seed."""

from decimal import Decimal

import numpy as np
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.synthetic.instruments import MAJORS, SyntheticInstrument
from adapters.synthetic.market import SyntheticMarket, generate, simulate
from adapters.synthetic.regimes import Regime
from adapters.synthetic.volatility import Jumps, VolatilityClusters
from domain.numbers import exact
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE

FUNDING_NS = 8 * NS_PER_HOUR

seeds = st.integers(0, 2**64)
lengths = st.integers(1, 150)

others = st.builds(
    SyntheticInstrument,
    symbol=st.sampled_from(["SOLUSDT", "DOGEUSDT", "1000PEPEUSDT"]),
    start_price=st.floats(0.5, 5_000.0),
    tick_size=st.sampled_from(["0.05", "0.01", "0.001", "0.00001"]).map(Decimal),
    lot_size=st.sampled_from(["0.001", "1", "10"]).map(Decimal),
    volatility_annual=st.floats(0.05, 3.0),
    market_loading=st.floats(-0.99, 0.99),
    premium_volatility_bps=st.floats(0.0, 50.0),
    deviation_bps=st.floats(0.0, 20.0),
    gap_bps=st.floats(0.0, 20.0),
)
regimes = st.builds(
    Regime,
    name=st.text(min_size=1, max_size=5),
    drift_multiple=st.floats(-10.0, 10.0),
    volatility_multiple=st.floats(0.2, 3.0),
    duration_days=st.floats(0.05, 20.0),
    premium_bps=st.floats(-30.0, 30.0),
)
markets = st.builds(
    SyntheticMarket,
    instruments=others.map(lambda other: (*MAJORS[:2], other)),
    interval_ns=st.sampled_from([NS_PER_MINUTE, 15 * NS_PER_MINUTE, NS_PER_HOUR, 4 * NS_PER_HOUR]),
    n_bars=lengths,
    starts_at_ns=st.integers(0, 10_000).map(lambda count: count * 4 * NS_PER_HOUR),
    regimes=st.lists(regimes, min_size=1, max_size=4).map(tuple),
    clusters=st.builds(VolatilityClusters, tail_df=st.floats(2.5, 30.0), shock_weight=st.floats(0.0, 0.5)),
    jumps=st.builds(Jumps, per_year=st.floats(0.0, 150.0), size_days=st.floats(0.0, 1.0)),
    substeps=st.integers(2, 20),
)


@given(market=markets, more=lengths, seed=seeds)
def test_a_longer_run_begins_with_the_shorter_one(market: SyntheticMarket, more: int, seed: int) -> None:
    short = simulate(market, seed=seed)
    longer = simulate(evolve(market, n_bars=market.n_bars + more), seed=seed)

    assert longer.history.known_by(short.history.end_ns).content_hash() == short.history.content_hash()
    assert longer.regimes[: market.n_bars].tolist() == short.regimes.tolist()
    for symbol, index in short.index.items():
        assert longer.index[symbol][: market.n_bars].tolist() == index.tolist()
        assert longer.volatility[symbol][: market.n_bars].tolist() == short.volatility[symbol].tolist()


@given(market=markets, seed=seeds)
def test_an_instrument_moves_the_same_whatever_stands_beside_it(market: SyntheticMarket, seed: int) -> None:
    together = generate(market, seed=seed)

    for instrument in market.instruments:
        alone = generate(evolve(market, instruments=(instrument,)), seed=seed)
        symbol = instrument.symbol
        assert alone.bars[symbol].content_hash() == together.bars[symbol].content_hash()
        assert alone.marks[symbol].content_hash() == together.marks[symbol].content_hash()
        assert alone.funding[symbol] == together.funding[symbol]


@given(market=markets, seed=seeds)
def test_one_seed_makes_one_market_and_another_seed_another(market: SyntheticMarket, seed: int) -> None:
    # Not too few bars: a single minute could come out alike by chance.
    market = evolve(market, n_bars=market.n_bars + 20)
    once, again, other = (generate(market, seed=chosen).content_hash() for chosen in (seed, seed, seed + 1))

    assert once == again
    assert once != other


@given(market=markets, seed=seeds)
def test_prices_are_on_the_tick_and_volumes_on_the_lot(market: SyntheticMarket, seed: int) -> None:
    history = generate(market, seed=seed)

    for instrument in market.instruments:
        bars, marks = history.bars[instrument.symbol], history.marks[instrument.symbol]
        for price in np.concatenate((bars.open, bars.high, bars.low, bars.close)).tolist():
            assert exact(price) % instrument.tick_size == 0
        for volume in bars.volume.tolist():
            assert exact(volume) % instrument.lot_size == 0
        for price in np.concatenate((marks.open, marks.high, marks.low, marks.close)).tolist():
            assert exact(price) % Decimal("0.00000001") == 0


@given(market=markets, seed=seeds)
def test_bars_and_marks_are_complete_and_on_the_grid(market: SyntheticMarket, seed: int) -> None:
    history = generate(market, seed=seed)

    grid = [market.starts_at_ns + row * market.interval_ns for row in range(market.n_bars)]
    for symbol, bars in history.bars.items():
        assert bars.opened_at_ns.tolist() == history.marks[symbol].opened_at_ns.tolist() == grid
        assert bars.interval_ns == history.marks[symbol].interval_ns == market.interval_ns


@given(market=markets, seed=seeds)
def test_every_funding_rate_is_the_formula_on_marks_and_index(market: SyntheticMarket, seed: int) -> None:
    # At least a day, so that something is settled.
    market = evolve(market, n_bars=max(market.n_bars, 3 * FUNDING_NS // market.interval_ns + 1))
    path = simulate(market, seed=seed)

    for symbol, events in path.history.funding.items():
        marks, index = path.history.marks[symbol], path.index[symbol]
        expected_at_ns = [at_ns for at_ns in marks.closed_at_ns.tolist() if at_ns % FUNDING_NS == 0]
        assert [event.settled_at_ns for event in events] == expected_at_ns
        for event in events:
            since = (marks.closed_at_ns > event.settled_at_ns - FUNDING_NS) & (
                marks.closed_at_ns <= event.settled_at_ns
            )
            premium = float(np.mean(marks.close[since] / index[since] - 1.0))
            clamped = max(-0.0005, min(0.0005, 0.0001 - premium))
            rate = max(-0.02, min(0.02, premium + clamped))
            # The premium is rounded to 8 decimals, the sum here is not.
            assert abs(float(event.rate) - rate) <= 1.01e-8
            assert event.rate.as_tuple().exponent == -8
