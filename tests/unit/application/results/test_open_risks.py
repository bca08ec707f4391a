"""What is still held when a run ends, and its worst day."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.open_risks import open_positions, worst_day
from application.trading.records import RunLog
from domain.order import Side
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS, SYMBOL, make_bars, make_fill
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_identity, make_liquidation, make_log

_fills = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 9)), max_size=8)


@given(fills=_fills)
def test_what_is_held_is_what_was_bought_minus_what_was_sold(fills: list[tuple[Side, int]]) -> None:
    log = RunLog(
        fills=[make_fill(str(n), f"t-{row}", side=side, executed_at_ns=row) for row, (side, n) in enumerate(fills)]
    )
    held = sum(side.sign * n for side, n in fills)

    positions = open_positions(log, {SYMBOL: make_bars([30_000.0, 31_000.0])})

    assert [each.signed_quantity for each in positions] == ([held] if held else [])
    # Every fill was at 30,000: at 31,000 each unit held has made 1,000.
    assert [each.unrealized_pnl for each in positions] == ([held * 1000] if held else [])


def test_a_liquidation_takes_away_what_was_held() -> None:
    log = RunLog(fills=[make_fill("2")], liquidations=[make_liquidation("2")])

    assert open_positions(log, {}) == ()


def test_a_short_has_an_entry_and_no_value_where_no_price_was_kept() -> None:
    # Sold 1 at 100 and 3 at 120: (100 + 360) / 4 = 115.
    fills = [make_fill("1", "t-1", side=Side.SELL, price="100"), make_fill("3", "t-2", side=Side.SELL, price="120")]

    (position,) = open_positions(RunLog(fills=fills), {})

    assert (position.signed_quantity, position.entry_price) == (Decimal(-4), Decimal(115))
    assert (position.last_price, position.unrealized_pnl, position.notional) == (None, None, None)


def test_the_worst_day_is_told_with_its_date() -> None:
    # 1,000 -> 1,100 -> 990 -> 1,000 at the ends of three days: the second lost 10 %.
    curve = [(START_NS + day * NS_PER_DAY, value) for day, value in ((1, 1_100.0), (2, 990.0), (3, 1_000.0))]

    loss = worst_day(make_result(make_log(equity=curve), identity=make_identity(start_equity="1000")))

    assert loss is not None
    assert loss.day_ns == START_NS + NS_PER_DAY
    assert loss.fraction == pytest.approx(-0.1)


def test_a_run_that_never_lost_on_a_day_has_no_worst_one() -> None:
    rising = make_log(equity=[(START_NS + NS_PER_HOUR, 1_000.0), (START_NS + NS_PER_DAY, 1_001.0)])

    assert worst_day(make_result(rising)) is None
    assert worst_day(make_result(RunLog())) is None
