"""Turnover from range, hour and chance."""

import numpy as np
import pytest

from adapters.synthetic.volume import VolumeResponse
from domain.market import Float64Array


def turnover(response: VolumeResponse, ranges: Float64Array) -> Float64Array:
    n_bars = len(ranges)
    return response.turnover(ranges, np.full(n_bars, 1e6), np.full(n_bars, 0.01), seed=1, symbol="BTCUSDT")


def test_twice_the_range_trades_as_much_more_as_the_exponent_says() -> None:
    # A usual range is 1.25 volatilities: 0.0125 trades the usual million; twice that, squared, four times as much.
    silent = VolumeResponse(range_exponent=2.0, noise=0.0)

    assert turnover(silent, np.array([0.0125, 0.025])) == pytest.approx([1e6, 4e6])


def test_a_bar_that_never_moved_still_trades_a_little() -> None:
    # The floor is a twentieth of the usual range.
    silent = VolumeResponse(range_exponent=1.0, noise=0.0)

    assert turnover(silent, np.array([0.0])) == pytest.approx([5e4])


def test_chance_spreads_turnover_and_keeps_its_mean() -> None:
    amounts = turnover(VolumeResponse(noise=0.5), np.full(50_000, 0.0125))

    assert np.log(amounts).std() == pytest.approx(0.5, rel=0.02)
    assert amounts.mean() == pytest.approx(1e6, rel=0.02)
