"""Trades of the same strategies in two runs, paired by the bar of their entry."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.comparing.trades import TradeDifferences, differing_trades
from application.results.run_record import RunRecord
from application.trading.records import ExitReason, RoundTrip
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.support import START_NS, SYMBOL, make_bars
from tests.unit.adapters.html_report.records import make_record
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_log, make_trade


def traded(*trades: RoundTrip) -> RunRecord:
    log = make_log()
    log.trades += trades
    return make_record(make_result(log), {SYMBOL: make_bars([1.0, 2.0])})


def counts(**found: int) -> TradeDifferences:
    names = ("alike", "other_exit", "other_size", "other_money", "only_first", "only_second")
    return TradeDifferences(strategy="trend", **{name: found.get(name, 0) for name in names})


def at_hours(hours: Sequence[int]) -> list[RoundTrip]:
    return [
        make_trade("1", entered_at_ns=START_NS + hour * NS_PER_HOUR, exited_at_ns=START_NS + (hour + 1) * NS_PER_HOUR)
        for hour in hours
    ]


@given(first=st.lists(st.integers(0, 20)), second=st.lists(st.integers(0, 20)))
def test_every_trade_of_both_runs_is_counted_once(first: list[int], second: list[int]) -> None:
    for found in differing_trades(traded(*at_hours(first)), traded(*at_hours(second))):
        paired = found.alike + found.other_exit + found.other_size + found.other_money
        assert paired + found.only_first == len(first)
        assert paired + found.only_second == len(second)


@given(hours=st.lists(st.integers(0, 20), min_size=1))
def test_a_run_beside_itself_differs_in_nothing(hours: list[int]) -> None:
    record = traded(*at_hours(hours))

    assert differing_trades(record, record) == (counts(alike=len(hours)),)


def test_each_kind_of_difference_is_told_apart() -> None:
    trade = make_trade("1")
    stopped = evolve(trade, exit_reason=ExitReason.STOP)
    longer = evolve(trade, exited_at_ns=START_NS + 3 * NS_PER_HOUR)
    larger = evolve(trade, quantity=Decimal(2))
    dearer = evolve(trade, fees=Decimal(1))

    assert differing_trades(traded(trade), traded(stopped)) == (counts(other_exit=1),)
    assert differing_trades(traded(trade), traded(longer)) == (counts(other_exit=1),)
    assert differing_trades(traded(trade), traded(larger)) == (counts(other_size=1),)
    assert differing_trades(traded(trade), traded(dearer)) == (counts(other_money=1),)
    assert differing_trades(traded(trade), traded(evolve(trade, direction=-1))) == (
        counts(only_first=1, only_second=1),
    )


def test_milliseconds_of_latency_make_no_other_trade() -> None:
    trade = make_trade("1", entered_at_ns=START_NS + 100 * NS_PER_MS, exited_at_ns=START_NS + NS_PER_HOUR + 100)
    later = evolve(trade, entered_at_ns=START_NS + 500 * NS_PER_MS, exited_at_ns=START_NS + NS_PER_HOUR + 500)

    assert differing_trades(traded(trade), traded(later)) == (counts(other_money=1),)


def test_strategies_that_only_one_run_has_are_left_out() -> None:
    assert differing_trades(traded(make_trade("1")), traded(make_trade("1", strategy="carry"))) == ()
