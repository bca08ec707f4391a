"""Without costs, the whole product reproduces an independent loop trade for trade."""

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.market_data.bar_files import read_bars
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.trading.records import RoundTrip
from domain.market import BarSeries
from domain.numbers import exact
from domain.strategies.trend_following import TrendFollowingParameters
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.plans import trend_plan
from tests.simulation.independent_loop import IndependentTrade, crossing_trades

FAST, SLOW = 10, 50


def product_trades(series: BarSeries, *, allow_short: bool) -> list[RoundTrip]:
    parameters = TrendFollowingParameters(
        fast_bars=FAST, slow_bars=SLOW, strength_min=0.0, stop_atr=None, target_atr=None, allow_short=allow_short
    )
    result = run_backtest(trend_plan(MarketHistory(bars={series.symbol: series}), parameters=parameters))
    assert result.identity.difference == 0
    assert result.certificate.is_clean
    return [*result.log.trades, *result.open_trades]


def independent_trades(series: BarSeries, *, allow_short: bool) -> list[IndependentTrade]:
    opens, closes = ([exact(price) for price in column.tolist()] for column in (series.open, series.close))
    return crossing_trades(opens, closes, fast=FAST, slow=SLOW, allow_short=allow_short)


def assert_same_trades(series: BarSeries, *, allow_short: bool) -> None:
    expected = independent_trades(series, allow_short=allow_short)
    row_of = {at: row for row, at in enumerate(series.opened_at_ns.tolist())}
    found = [
        (
            trade.direction,
            row_of[trade.entered_at_ns],
            trade.entry_price,
            None if trade.exited_at_ns is None else row_of[trade.exited_at_ns],
            trade.exit_price,
        )
        for trade in product_trades(series, allow_short=allow_short)
    ]
    assert len(expected) > 20
    assert found == expected


@pytest.mark.parametrize("allow_short", [False, True], ids=["long_flat", "long_short"])
def test_synthetic_bars_give_the_trades_of_the_independent_loop(allow_short: bool) -> None:
    market = SyntheticMarket(n_bars=5_000, interval_ns=NS_PER_HOUR)
    series = generate(market, seed=11).bars["BTCUSDT"]

    assert_same_trades(series, allow_short=allow_short)


@pytest.mark.parametrize("allow_short", [False, True], ids=["long_flat", "long_short"])
@pytest.mark.parametrize(
    ("file", "interval_ns"),
    [("um/1m/BTCUSDT-1m.parquet", NS_PER_MINUTE), ("um/1h/ETHUSDT-1h.parquet", NS_PER_HOUR)],
    ids=["BTCUSDT-1m", "ETHUSDT-1h"],
)
def test_real_bars_give_the_trades_of_the_independent_loop(
    shared_data: Path, file: str, interval_ns: int, *, allow_short: bool
) -> None:
    symbol = file.rpartition("/")[2].partition("-")[0]
    series = read_bars(shared_data / "data" / file, symbol=symbol, interval_ns=interval_ns)

    assert_same_trades(series.rows(0, 20_000), allow_short=allow_short)


def test_the_independent_loop_itself_is_right_on_a_case_worked_by_hand() -> None:
    # Averages of 1 and 2 closes: 10; 10.5 of (10, 11) -> above (first, no crossing); (11, 9) -> 9 < 10, crossing
    # down at row 2, short at the open of row 3 (8); (9, 12) -> 12 > 10.5, crossing up at row 3, long at row 4 (13).
    closes = [Decimal(value) for value in (10, 11, 9, 12, 12)]
    opens = [Decimal(value) for value in (10, 10, 11, 8, 13)]

    trades = crossing_trades(opens, closes, fast=1, slow=2, allow_short=True)

    assert trades == [(-1, 3, Decimal(8), 4, Decimal(13)), (1, 4, Decimal(13), None, None)]
