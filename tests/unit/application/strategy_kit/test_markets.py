"""The markets of the kit are valid, the same every time, and do what their names say."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.strategy_kit.markets import (
    SYMBOL,
    KitMarket,
    flat_markets,
    gap_markets,
    missing_bar_markets,
    n_moved,
    ordinary_markets,
    with_other_future,
)
from application.strategy_kit.noise import Noise
from domain.time_units import NS_PER_HOUR

MAKERS = (lambda: ordinary_markets(400), flat_markets, gap_markets, missing_bar_markets)
every_kind = pytest.mark.parametrize("make", MAKERS, ids=["ordinary", "flat", "gaps", "missing"])


@every_kind
def test_they_are_the_same_every_time_and_no_two_are(make: Callable[[], tuple[KitMarket, ...]]) -> None:
    once, again = make(), make()

    hashes = [market.history.content_hash() for market in once]
    assert hashes == [market.history.content_hash() for market in again]
    assert len(set(hashes)) == len({market.name for market in once}) == len(once)


def test_a_longer_ordinary_market_begins_as_a_shorter_one_moves() -> None:
    for short, long in zip(ordinary_markets(300), ordinary_markets(500), strict=True):
        assert np.array_equal(long.bars.close[:300], short.bars.close)


def test_prices_neither_vanish_nor_explode() -> None:
    for market in (*ordinary_markets(5_000), *gap_markets()):
        assert 2_000.0 < market.bars.low.min() < market.bars.high.max() < 800_000.0


def test_flat_ones_stand_still_without_volume() -> None:
    for market in flat_markets():
        still = market.bars.rows(n_moved(market), len(market.bars))
        assert set(still.volume.tolist()) == {0.0}
        assert len({*still.open.tolist(), *still.high.tolist(), *still.low.tolist(), *still.close.tolist()}) == 1
        assert len(still) >= 200


def test_gaps_jump_both_ways_and_one_pauses() -> None:
    jumps, pauses = gap_markets()
    moves = np.diff(jumps.bars.close) / jumps.bars.close[:-1]

    assert (moves > 0.25).sum() >= 3
    assert (moves < -0.25).sum() >= 3
    assert set(np.diff(pauses.bars.opened_at_ns) // NS_PER_HOUR) == {1, 72}


def test_bars_are_missing_one_by_one_and_for_days() -> None:
    left_out, suspended = missing_bar_markets()

    assert set((np.diff(left_out.bars.opened_at_ns) // NS_PER_HOUR).tolist()) >= {1, 2, 3}
    assert (np.diff(suspended.bars.opened_at_ns) // NS_PER_HOUR).max() == 120


@given(n_bars=st.integers(1, 399))
def test_another_future_leaves_the_past_as_it_was_and_nothing_after(n_bars: int) -> None:
    (market, *_) = ordinary_markets(400)
    other = with_other_future(market, n_bars)
    cut_ns = int(market.bars.closed_at_ns[n_bars - 1])

    assert other.history.known_by(cut_ns).content_hash() == market.history.known_by(cut_ns).content_hash()
    assert not np.isclose(other.bars.close[n_bars:], market.bars.close[n_bars:]).any()
    assert len(other.history.funding[SYMBOL]) == len(market.history.funding[SYMBOL])


@given(seed=st.integers(), n=st.integers(0, 50), k=st.integers(0, 60))
def test_a_sample_is_in_order_and_without_repeats(seed: int, n: int, k: int) -> None:
    sample = Noise(seed).sample(n, k)

    assert list(sample) == sorted(set(sample))
    assert len(sample) == min(n, k)
    assert all(0 <= each < n for each in sample)


def test_noise_is_that_of_the_paper() -> None:
    """Reference values of SplitMix64 with seed 1234567, as they are published with its C source."""
    noise = Noise(1_234_567)

    assert [noise.bits() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]
