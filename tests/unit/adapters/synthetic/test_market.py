"""The generated market as a whole: reproducible, and like the real one where it matters."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from adapters.synthetic.instruments import BTCUSDT
from adapters.synthetic.market import SyntheticMarket, SyntheticPath, generate, simulate
from domain.market import BarSeries, Float64Array
from domain.time_units import NS_PER_MINUTE

ROOT = Path(__file__).resolve().parents[4]
HASH_ELSEWHERE = """
from adapters.synthetic.market import SyntheticMarket, generate
print(generate(SyntheticMarket(n_bars=500), seed=11).content_hash())
"""
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")


@cache
def four_years() -> SyntheticPath:
    return simulate(SyntheticMarket(n_bars=4 * 8_760), seed=1)


def log_returns(bars: BarSeries) -> Float64Array:
    return np.diff(np.log(bars.close))


def bars_of(symbol: str) -> BarSeries:
    return four_years().history.bars[symbol]


def lagged_correlation(values: Float64Array, lag: int) -> float:
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


def excess_kurtosis(values: Float64Array) -> float:
    centered = values - values.mean()
    return float(np.mean(centered**4) / np.mean(centered**2) ** 2 - 3.0)


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_the_same_seed_makes_the_same_market_in_another_process(hash_seed: str) -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", HASH_ELSEWHERE],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert elsewhere.strip() == generate(SyntheticMarket(n_bars=500), seed=11).content_hash()


def test_drawing_elsewhere_in_between_changes_nothing() -> None:
    market = SyntheticMarket(n_bars=100)
    before = generate(market, seed=2).content_hash()

    np.random.default_rng(0).standard_normal(1_000)
    generate(market, seed=3)

    assert generate(market, seed=2).content_hash() == before


def test_it_says_that_it_is_synthetic() -> None:
    history = generate(SyntheticMarket(n_bars=10), seed=21)

    assert history.is_synthetic
    assert history.notes[0].startswith("Synthetic market, seed 21:")


def test_the_first_bar_opens_at_the_start_price_and_start_time() -> None:
    history = generate(SyntheticMarket(n_bars=10), seed=21)

    assert history.bars["BTCUSDT"].open[0] == BTCUSDT.start_price
    assert history.start_ns == 1_704_067_200 * 10**9
    assert len(history.bars["BTCUSDT"]) == 10


def test_a_longer_run_goes_on_where_a_shorter_one_ends_across_the_chunks_it_is_made_in() -> None:
    short = SyntheticMarket(instruments=(BTCUSDT,), interval_ns=NS_PER_MINUTE, n_bars=33_000)

    longer = generate(evolve(short, n_bars=70_000), seed=8).bars["BTCUSDT"].rows(0, 33_000)

    assert generate(short, seed=8).bars["BTCUSDT"].content_hash() == longer.content_hash()


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_returns_have_fat_tails(symbol: str) -> None:
    # Measured on Binance over the year to 2024-06: 14, 20 and 163. A normal market has 0.
    assert 3.0 < excess_kurtosis(log_returns(bars_of(symbol))) < 200.0


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_volatility_comes_in_clusters_and_returns_do_not(symbol: str) -> None:
    returns = log_returns(bars_of(symbol))

    # Binance, 2019 to 2024: 0.29 to 0.36 after an hour, 0.16 to 0.22 after a day; of returns themselves -0.03 to 0.
    assert lagged_correlation(np.abs(returns), 1) > 0.15
    assert lagged_correlation(np.abs(returns), 24) > 0.1
    assert abs(lagged_correlation(returns, 1)) < 0.05


def test_instruments_move_together_as_strongly_as_the_real_ones() -> None:
    correlations = np.corrcoef([log_returns(bars_of(symbol)) for symbol in SYMBOLS])

    # Binance over the whole common history: ETH-BTC 0.85, XRP-BTC 0.61, XRP-ETH 0.64.
    assert correlations[0, 1] == pytest.approx(0.85, abs=0.06)
    assert correlations[0, 2] == pytest.approx(0.61, abs=0.06)
    assert correlations[1, 2] == pytest.approx(0.64, abs=0.08)


def test_an_instrument_against_the_market_falls_when_the_others_rise() -> None:
    inverse = evolve(BTCUSDT, symbol="INVERSE", market_loading=-0.9)
    bars = generate(SyntheticMarket(instruments=(BTCUSDT, inverse), n_bars=2_000), seed=4).bars

    assert np.corrcoef(log_returns(bars["BTCUSDT"]), log_returns(bars["INVERSE"]))[0, 1] < -0.6


@pytest.mark.parametrize(("symbol", "volatility"), [("BTCUSDT", 0.65), ("ETHUSDT", 0.82), ("XRPUSDT", 1.05)])
def test_yearly_volatility_is_near_the_stated_one(symbol: str, volatility: float) -> None:
    assert log_returns(bars_of(symbol)).std() * 8_760**0.5 == pytest.approx(volatility, rel=0.2)


@pytest.mark.parametrize(("symbol", "per_day"), [("BTCUSDT", 1.3e10), ("ETHUSDT", 6.4e9), ("XRPUSDT", 7.3e8)])
def test_turnover_is_near_the_stated_one(symbol: str, per_day: float) -> None:
    bars = bars_of(symbol)

    assert (bars.volume * bars.close).mean() * 24 == pytest.approx(per_day, rel=0.3)


def test_turnover_rises_with_the_range_and_with_the_hour() -> None:
    bars = bars_of("BTCUSDT")
    turnover = (bars.volume * bars.close).reshape(-1, 24)

    assert np.corrcoef(np.log(turnover.ravel()), np.log(bars.high / bars.low))[0, 1] > 0.7
    # The stated activity at 14 and 04 UTC is 1.87 and 0.59.
    assert turnover[:, 14].mean() / turnover[:, 4].mean() == pytest.approx(1.87 / 0.59, rel=0.3)


def test_the_regimes_behind_it_differ_as_stated() -> None:
    path = four_years()
    volatility = path.volatility["BTCUSDT"]
    returns = np.diff(np.log(bars_of("BTCUSDT").close), prepend=np.log(BTCUSDT.start_price))
    bull, sideways, bear = (path.regimes == code for code in range(3))

    assert path.regime_names == ("bull", "sideways", "bear")
    # Multiples 1.0, 0.7 and 1.4.
    assert volatility[bear].mean() / volatility[sideways].mean() == pytest.approx(2.0, rel=0.25)
    assert returns[bull].mean() > returns[bear].mean()


def test_the_stated_volatility_scales_the_returns() -> None:
    # Without jumps the standardised returns have unit variance; jumps add about 4 % of variance.
    path = four_years()
    standardised = log_returns(bars_of("BTCUSDT")) / path.volatility["BTCUSDT"][1:]

    assert standardised.std() == pytest.approx(1.02, abs=0.05)


@pytest.mark.parametrize(("symbol", "bps"), [("BTCUSDT", 0.5), ("ETHUSDT", 0.6), ("XRPUSDT", 1.2)])
def test_the_last_price_stays_near_the_mark(symbol: str, bps: float) -> None:
    deviation = bars_of(symbol).close / four_years().history.marks[symbol].close - 1.0

    assert deviation.std() * 1e4 == pytest.approx(bps, rel=0.1)


def test_funding_is_mostly_flat_and_on_average_paid_by_longs() -> None:
    rates = np.array([float(event.rate) for event in four_years().history.funding["BTCUSDT"]])

    # Binance, 2019 to 2024: mean 1.3 bps, 43 % exactly 1 bp, 13 % negative.
    assert len(rates) == 4 * 365 * 3
    assert 0.8e-4 < rates.mean() < 2.0e-4
    assert 0.3 < np.mean(rates == 1e-4) < 0.85
    assert 0.01 < np.mean(rates < 0) < 0.25


def test_longs_pay_more_in_a_rising_market() -> None:
    path = four_years()
    premiums = path.history.marks["BTCUSDT"].close / path.index["BTCUSDT"] - 1.0

    assert premiums[path.regimes == 0].mean() > premiums[path.regimes == 2].mean()


@pytest.mark.parametrize("seed", range(1, 8))
def test_the_longest_demo_stays_within_what_the_model_can_hold(seed: int) -> None:
    assert len(generate(SyntheticMarket(n_bars=50_000), seed=seed).bars["BTCUSDT"]) == 50_000
