"""Laws of every strategy: nothing of the future, the same again, a reason, and stops on the losing side."""

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.ports.strategy import Strategy
from domain.strategies.funding_arbitrage import FundingArbitrage, FundingArbitrageParameters
from domain.strategies.mean_reversion import MeanReversion, MeanReversionParameters
from domain.strategies.range_trading import RangeTrading, RangeTradingParameters
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from tests.markets import Walk, bars_at, walk_through, walks

STRATEGIES: Final[dict[str, Callable[[], Strategy]]] = {
    "trend": lambda: TrendFollowing(TrendFollowingParameters(fast_bars=3, slow_bars=8, atr_bars=3, strength_min=0.0)),
    "filtered trend": lambda: TrendFollowing(
        TrendFollowingParameters(
            fast_bars=3, slow_bars=8, atr_bars=3, adx_min=20.0, adx_bars=4, volatility_target=0.5, volatility_bars=6
        )
    ),
    "mean reversion": lambda: MeanReversion(
        MeanReversionParameters(band_bars=8, band_width=1.2, rsi_bars=4, atr_bars=3, holding_bars_max=10)
    ),
    "range": lambda: RangeTrading(
        RangeTradingParameters(lookback_bars=40, pivot_bars=1, pivots_min=2, width_atr_min=0.5, zone=0.4, atr_bars=3)
    ),
    "carry": lambda: FundingArbitrage(FundingArbitrageParameters(settlements_min=2, edge_min=1.01, half_life_h=8.0)),
}
every_strategy = pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)


@every_strategy
@settings(max_examples=25)
@given(walk=walks(), share=st.floats(0.1, 0.9))
def test_what_comes_later_changes_nothing_of_what_was_said(
    make: Callable[[], Strategy], walk: Walk, share: float
) -> None:
    cut = int(len(walk.bars) * share)

    assert walk_through(make(), walk, until=cut) == walk_through(make(), walk)[:cut]


@every_strategy
@settings(max_examples=25)
@given(walk=walks())
def test_every_signal_has_a_reason_and_numbers_and_no_entry_is_said_twice(
    make: Callable[[], Strategy], walk: Walk
) -> None:
    direction = 0
    for signal in walk_through(make(), walk):
        if signal is None:
            continue
        assert signal.reason
        assert all(isfinite(value) for _, value in signal.features)
        assert signal.direction != direction
        direction = signal.direction
        if direction:
            assert signal.stop_distance is not None
            assert signal.stop_distance > 0.0


@every_strategy
def test_nothing_is_traded_where_nothing_moves(make: Callable[[], Strategy]) -> None:
    still = Walk(bars_at([100.0] * 200), (Decimal(0),) * 25)

    assert set(walk_through(make(), still)) == {None}


@pytest.mark.parametrize("name", ["trend", "mean reversion", "range", "carry"])
def test_on_some_market_each_of_them_enters_both_ways(name: str) -> None:
    """Otherwise the laws above would hold of strategies that never say anything."""
    swings = [100.0 + abs(row % 24 - 12) * 0.5 for row in range(216)]
    walk = Walk(bars_at(swings, reach=0.25), (Decimal("0.003"),) * 12 + (Decimal("-0.003"),) * 15)
    said = {signal.direction for signal in walk_through(STRATEGIES[name](), walk) if signal is not None}

    assert {1, -1} <= said
