"""Figures over trades and over exposure."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.result import ExposureFigures, TradeFigures, measure_exposure, measure_trades
from application.trading.records import RunLog
from domain.order import Side
from tests.support import START_NS, make_fill
from tests.unit.application.results.run_logs import make_liquidation, make_log, make_trade


def test_the_figures_of_three_trades_by_hand() -> None:
    # Net: 10 − 1 − 0.5 = 8.5; −3 − 1 = −4; 0.5 − 1 + 0.25 = −0.25. Wins 8.5, losses 4.25; mean 4.25 / 3.
    # Slippage: buy 2 at 101 instead of 100 costs 2; selling 1 at 90 instead of 90.5 costs 0.5.
    # Turnover: 2 × 101 + 1 × 90 = 292.
    log = RunLog(
        trades=[
            make_trade("10", fees="1", funding="-0.5"),
            make_trade("-3", fees="1"),
            make_trade("0.5", fees="1", funding="0.25"),
        ],
        fills=[
            make_fill("2", price="101", reference_price="100"),
            make_fill("1", "t-2", side=Side.SELL, price="90", reference_price="90.5"),
        ],
    )

    figures = measure_trades(log, [make_trade(exited_at_ns=None)])

    assert figures == TradeFigures(
        n_trades=3,
        n_open=1,
        win_rate=1 / 3,
        profit_factor=2.0,
        average_pnl=Decimal("4.25") / 3,
        best_pnl=Decimal("8.5"),
        worst_pnl=Decimal(-4),
        slippage=Decimal("2.5"),
        turnover=Decimal(292),
    )


def test_liquidations_count_as_executions() -> None:
    log = RunLog(fills=[make_fill("1", price="100")], liquidations=[make_liquidation("1", price="60")])

    assert measure_trades(log, []).turnover == 160


def test_no_trades_have_no_rates() -> None:
    figures = measure_trades(RunLog(), [])

    assert (figures.n_trades, figures.n_open) == (0, 0)
    assert (figures.win_rate, figures.profit_factor, figures.average_pnl) == (None, None, None)
    assert (figures.best_pnl, figures.worst_pnl) == (None, None)
    assert (figures.slippage, figures.turnover) == (Decimal(0), Decimal(0))


def test_without_losses_there_is_no_profit_factor() -> None:
    assert measure_trades(RunLog(trades=[make_trade("1")]), []).profit_factor is None


def test_a_trade_that_ends_where_it_began_is_not_a_win() -> None:
    assert measure_trades(RunLog(trades=[make_trade("1", fees="1")]), []).win_rate == 0.0


@given(nets=st.lists(st.decimals("-1000", "1000", places=8), min_size=1, max_size=20))
def test_the_mean_lies_between_the_worst_and_the_best(nets: list[Decimal]) -> None:
    figures = measure_trades(RunLog(trades=[make_trade(str(net)) for net in nets]), [])

    assert figures.worst_pnl is not None
    assert figures.average_pnl is not None
    assert figures.best_pnl is not None
    assert figures.worst_pnl <= figures.average_pnl <= figures.best_pnl


@given(nets=st.lists(st.decimals("-1000", "1000", places=8).filter(bool), min_size=1, max_size=20))
def test_mirrored_trades_have_mirrored_figures(nets: list[Decimal]) -> None:
    there = measure_trades(RunLog(trades=[make_trade(str(net)) for net in nets]), [])
    back = measure_trades(RunLog(trades=[make_trade(str(-net)) for net in nets]), [])

    assert there.win_rate is not None
    assert back.win_rate is not None
    assert there.win_rate + back.win_rate == pytest.approx(1.0)
    if there.profit_factor is not None and back.profit_factor is not None:
        assert there.profit_factor * back.profit_factor in (0.0, pytest.approx(1.0))


def test_exposure_counts_moments_not_time() -> None:
    # Four moments: flat, 0.5, 1.5, flat. In the market in 2 of 4; mean 2 / 4.
    log = make_log(equity=[(START_NS + i, 1000.0) for i in range(4)], exposure=(0.0, 0.5, 1.5, 0.0))

    assert measure_exposure(log) == ExposureFigures(time_in_market=0.5, average=0.5, largest=1.5)


def test_a_run_without_a_moment_of_decision_had_no_exposure() -> None:
    assert measure_exposure(RunLog()) == ExposureFigures(time_in_market=0.0, average=0.0, largest=0.0)


def test_a_short_slips_when_it_sells_below_the_reference() -> None:
    log = RunLog(fills=[make_fill("2", side=Side.SELL, price="99", reference_price="100")])

    assert measure_trades(log, []).slippage == 2
