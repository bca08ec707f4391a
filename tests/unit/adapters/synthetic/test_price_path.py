"""What happens between two closes."""

import numpy as np
import pytest

from adapters.synthetic.price_path import log_paths
from adapters.synthetic.returns import Returns

SILENT = np.array([1e-12, 1e-12])


def test_closes_add_up_the_returns_and_opens_follow_them() -> None:
    returns = Returns(volatility=np.full(3, 0.01), total=np.array([0.01, -0.02, 0.03]), jumps=np.zeros(3))

    paths = log_paths(returns, np.ones(3), gap_bps=0.0, substeps=8, seed=1, symbol="BTCUSDT")

    assert paths.close == pytest.approx([0.01, -0.01, 0.02])
    assert paths.open.tolist() == [0.0, *paths.close[:-1].tolist()]


def test_a_quiet_bar_goes_straight_from_open_to_close() -> None:
    returns = Returns(volatility=SILENT, total=np.array([0.01, -0.02]), jumps=np.zeros(2))

    paths = log_paths(returns, np.ones(2), gap_bps=0.0, substeps=8, seed=1, symbol="BTCUSDT")

    assert paths.high == pytest.approx([0.01, 0.01], abs=1e-9)
    assert paths.low == pytest.approx([0.0, -0.01], abs=1e-9)


def test_a_jump_against_the_return_reaches_beyond_open_and_close() -> None:
    # Jump of +5 % in a bar that ends unchanged: before it the path slides down by 5 % in equal steps, and after the
    # jump it slides back to the close. Wherever it falls, high minus low is the jump less at most one step of 1/8.
    returns = Returns(volatility=SILENT, total=np.zeros(2), jumps=np.array([0.05, 0.05]))

    paths = log_paths(returns, np.ones(2), gap_bps=0.0, substeps=8, seed=1, symbol="BTCUSDT")

    ranges = paths.high - paths.low
    assert (ranges >= 0.05 * 7 / 8 - 1e-9).all()
    assert (ranges <= 0.05 + 1e-9).all()


def test_finer_steps_find_wider_extremes() -> None:
    n_bars = 5_000
    returns = Returns(volatility=np.full(n_bars, 0.01), total=np.zeros(n_bars), jumps=np.zeros(n_bars))

    coarse, fine = (
        log_paths(returns, np.ones(n_bars), gap_bps=0.0, substeps=substeps, seed=1, symbol="BTCUSDT")
        for substeps in (4, 64)
    )

    assert (fine.high - fine.low).mean() > 1.2 * (coarse.high - coarse.low).mean()


def test_the_bridge_is_as_wide_as_the_volatility_says() -> None:
    # The range of a Brownian bridge has mean (pi / 2) ** 0.5 = 1.253 standard deviations; 256 steps see 6 % less.
    n_bars = 5_000
    returns = Returns(volatility=np.full(n_bars, 0.01), total=np.zeros(n_bars), jumps=np.zeros(n_bars))

    paths = log_paths(returns, np.ones(n_bars), gap_bps=0.0, substeps=256, seed=2, symbol="BTCUSDT")

    assert (paths.high - paths.low).mean() / 0.01 == pytest.approx(1.253, rel=0.09)
