"""Exact figures over closed trades."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from application.results.trade_statistics import trade_statistics
from tests.unit.application.results.run_logs import make_trade

_parts = st.builds(lambda amount, parts: amount / parts, st.decimals(-1000, 1000, places=8), st.integers(1, 7))


@given(amounts=st.lists(st.tuples(_parts, _parts), max_size=8))
def test_wins_and_losses_are_the_whole_to_the_last_digit(amounts: list[tuple[Decimal, Decimal]]) -> None:
    trades = [make_trade(str(gross), fees=str(fees)) for gross, fees in amounts]
    nets = [Fraction(gross) - Fraction(fees) for gross, fees in amounts]

    found = trade_statistics(trades)

    assert Fraction(found.wins) == sum(net for net in nets if net > 0)
    assert Fraction(found.losses) == -sum(net for net in nets if net < 0)
    assert Fraction(found.net) == sum(nets)
    assert found.n_wins == sum(1 for net in nets if net > 0)
    assert found.best is None or Fraction(found.best) == max(nets)


def test_three_trades() -> None:
    # 10 - 1 = 9 and 3 won, -4 lost: 12 / 4 = 3, 2 of 3 won, on average 8 / 3.
    found = trade_statistics([make_trade("10", fees="1"), make_trade("-4"), make_trade("3")])

    assert (found.profit_factor, found.n_wins, found.n_trades) == (Decimal(3), 2, 3)
    assert (found.best, found.worst, found.net) == (Decimal(9), Decimal(-4), Decimal(8))
    assert found.win_rate == Decimal(2) / 3
    assert found.average == Decimal(8) / 3


def test_a_trade_that_came_out_even_is_neither() -> None:
    found = trade_statistics([make_trade("1", fees="1")])

    assert (found.n_wins, found.wins, found.losses) == (0, Decimal(0), Decimal(0))
    assert found.profit_factor is None


def test_without_trades_there_are_no_rates() -> None:
    found = trade_statistics([])

    assert (found.win_rate, found.profit_factor, found.average, found.best, found.worst) == (None,) * 5
