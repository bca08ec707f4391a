"""What became of every signal: found again from what happened, each with its reason."""

from decimal import Decimal
from functools import cache
from typing import Final

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.results.result import RunResult
from application.results.signal_log import SignalEntry, SignalOutcome, signal_log
from application.trading.records import Decision, Refusal, RoundTrip, RunLog
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.order import ClientOrderId
from domain.regime import MarketRegime, VolatilityState
from domain.signal import Signal, SignalAction
from domain.time_units import NS_PER_HOUR
from tests.plans import trend_plan
from tests.risk import only_limits
from tests.support import START_NS, SYMBOL, make_fill, make_terms
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import (
    make_decision,
    make_regime_change,
    make_sent_order,
    make_trade,
    make_unheard,
    make_weight_change,
)

HOUR: Final = NS_PER_HOUR
OUT: Final = Signal(action=SignalAction.EXIT, reason="crossed back")


def at(hour: int) -> int:
    return START_NS + hour * HOUR


def these(*values: object) -> tuple[object, ...]:
    """Put figures beside each other that are compared by value, whatever kind of number they are."""
    return values


def leaving(hour: int) -> Decision:
    return Decision(at(hour), "trend", SYMBOL, OUT, Decimal(0), "exit")


def entering(hour: int, target: str = "1", size_reason: str = "rule: 1 of 1") -> Decision:
    return evolve(make_decision(at_ns=at(hour), target_quantity=target), size_reason=size_reason)


def trade_of(entered: int, exited: int | None, *, direction: int = 1) -> RoundTrip:
    left_ns = None if exited is None else at(exited) + 1
    return make_trade("1", entered_at_ns=at(entered) + 1, exited_at_ns=left_ns, direction=direction)


def told(log: RunLog, *open_trades: RoundTrip) -> list[SignalEntry]:
    return list(signal_log(make_result(log, open_trades=open_trades)))


def outcomes(log: RunLog, *open_trades: RoundTrip) -> list[SignalOutcome]:
    return [entry.outcome for entry in told(log, *open_trades)]


@cache
def tight_run() -> RunResult:
    """A run in which the gate takes some orders and refuses others, which are worth more than it lets pass."""
    history = generate(SyntheticMarket(n_bars=1_500), seed=3)
    limits = only_limits(Decimal(40_000), Decimal(1000))
    return run_backtest(evolve(trend_plan(history, rules=VenueRules(), risk=limits), n_samples=0))


def test_every_signal_of_a_run_is_told_once_and_each_of_its_trades_begins_with_one() -> None:
    result = tight_run()
    entries = signal_log(result)

    assert len(entries) == len(result.log.decisions) + len(result.log.unheard)
    assert [each.at_ns for each in entries] == sorted(each.at_ns for each in entries)
    begun = [each.trade for each in entries if each.outcome is SignalOutcome.OPENED]
    assert sorted(each for each in begun if each is not None) == list(range(len(result.trades)))
    assert len(begun) > 10


def test_what_came_to_nothing_says_why() -> None:
    entries = [each for each in signal_log(tight_run()) if each.trade is None]

    assert {each.outcome for each in entries} <= {
        SignalOutcome.WITHOUT_SIZE,
        SignalOutcome.REFUSED,
        SignalOutcome.NOTHING_HELD,
    }
    assert all(each.codes for each in entries if each.outcome is not SignalOutcome.NOTHING_HELD)


def test_an_entry_and_its_exit_are_of_the_same_trade() -> None:
    log = RunLog(decisions=[entering(0), leaving(3)], trades=[trade_of(0, 3)])
    opened, closed = told(log)

    assert (opened.outcome, opened.trade, closed.outcome, closed.trade) == (
        SignalOutcome.OPENED,
        0,
        SignalOutcome.CLOSED,
        0,
    )
    assert these(opened.target_quantity, opened.size_reason, closed.signal.reason) == (
        1,
        "rule: 1 of 1",
        "crossed back",
    )


def test_turning_around_begins_a_trade_of_its_own() -> None:
    short = evolve(entering(3), signal=Signal(action=SignalAction.ENTER_SHORT, reason="fell"))
    log = RunLog(decisions=[entering(0), short], trades=[trade_of(0, 3), trade_of(3, 5, direction=-1)])

    assert [(each.outcome, each.trade) for each in told(log)] == [
        (SignalOutcome.OPENED, 0),
        (SignalOutcome.OPENED, 1),
    ]


def test_what_is_entered_after_the_next_decision_is_of_that_one() -> None:
    log = RunLog(decisions=[entering(0), entering(2)], trades=[trade_of(2, 4)])

    assert outcomes(log) == [SignalOutcome.NOT_FILLED, SignalOutcome.OPENED]


def test_what_grows_while_it_is_held_was_added_to_and_opened_once() -> None:
    more = make_sent_order(at_ns=at(2), client_order_id="bt-2")
    log = RunLog(decisions=[entering(0), entering(2, "2")], orders=[more], trades=[trade_of(0, 4)])

    assert outcomes(log) == [SignalOutcome.OPENED, SignalOutcome.NOT_FILLED]
    log.fills.append(make_fill("1", client_order_id="bt-2"))
    assert [(each.outcome, each.trade) for each in told(log)] == [(SignalOutcome.OPENED, 0), (SignalOutcome.ADDED, 0)]


@pytest.mark.parametrize("trade", [trade_of(0, 4, direction=-1), trade_of(0, 1), trade_of(3, 5)])
def test_what_was_filled_for_others_is_added_to_no_trade_of_another_way_or_time(trade: RoundTrip) -> None:
    order = make_sent_order(at_ns=at(2), client_order_id="bt-2")
    fill = make_fill("1", client_order_id="bt-2")
    log = RunLog(decisions=[entering(2), leaving(3)], orders=[order], fills=[fill], trades=[trade])

    assert outcomes(log)[0] is SignalOutcome.NOT_FILLED


def test_an_exit_of_what_a_stop_had_closed_before_finds_nothing_held() -> None:
    assert outcomes(RunLog(decisions=[leaving(3)], trades=[trade_of(0, 2)])) == [SignalOutcome.NOTHING_HELD]


def test_an_exit_that_was_not_carried_out_by_the_end_is_still_held() -> None:
    assert outcomes(RunLog(decisions=[leaving(3)]), trade_of(0, None)) == [SignalOutcome.STILL_HELD]


def test_what_bound_a_size_to_nothing_is_said() -> None:
    (entry,) = told(RunLog(decisions=[entering(0, "0", "allocation: bull_low leaves trend nothing of the account")]))

    assert (entry.outcome, entry.codes) == (SignalOutcome.WITHOUT_SIZE, ("allocation",))
    assert entry.size_reason == "allocation: bull_low leaves trend nothing of the account"


def test_refusals_of_its_instant_and_instrument_are_what_became_of_it() -> None:
    refused = [
        Refusal(at(0), SYMBOL, "gate", ("gross_leverage", "order_notional"), "4 of at most 3"),
        Refusal(at(0), SYMBOL, "netting", ("given_up",), "trend gives up buy 1"),
        # Of another instrument, another instant, and of a stop.
        Refusal(at(0), "ETHUSDT", "gate", ("shorts",), "no"),
        Refusal(at(1), SYMBOL, "gate", ("stale_price",), "no"),
        Refusal(at(0), SYMBOL, "exits", ("no_initial_stop",), "no"),
    ]
    (entry,) = told(RunLog(decisions=[entering(0)], refusals=refused))

    assert entry.outcome is SignalOutcome.REFUSED
    assert entry.codes == ("gross_leverage", "order_notional", "given_up")
    assert entry.detail == "4 of at most 3; trend gives up buy 1"


def test_orders_of_its_instant_are_named_and_stops_are_not() -> None:
    sent = evolve(make_sent_order(client_order_id="bt-1"), at_ns=at(0), terms=make_terms("1"))
    stop = evolve(sent, client_order_id=ClientOrderId("bt-2"), strategy="trend", purpose="stop")
    (entry,) = told(RunLog(decisions=[entering(0)], orders=[sent, stop]))

    assert entry.orders == ("bt-1",)


def test_a_signal_that_was_not_heard_says_why() -> None:
    (entry,) = told(RunLog(unheard=[make_unheard(why="minimum_holding")]))

    assert (entry.outcome, entry.codes, entry.target_quantity) == (SignalOutcome.UNHEARD, ("minimum_holding",), None)


def test_scenario_and_weight_are_those_that_held_at_its_instant() -> None:
    log = RunLog(
        decisions=[entering(0), entering(2)],
        regime_changes=[make_regime_change(MarketRegime.BEAR, VolatilityState.HIGH, at_ns=at(2))],
        weight_changes=[make_weight_change(at_ns=at(1), carry=0.5), make_weight_change(at_ns=at(2), trend=0.25)],
    )
    before, after = told(log)

    assert (before.scenario, before.weight) == (NOTHING_KNOWN, None)
    assert (after.scenario, after.weight) == (Scenario(MarketRegime.BEAR, VolatilityState.HIGH), 0.25)


def test_without_regimes_and_allocation_neither_is_known() -> None:
    (entry,) = told(RunLog(decisions=[entering(0)]))

    assert (entry.scenario, entry.weight) == (None, None)
