"""What is remembered of sent orders: windows at their edges, what counts as the same order, and what is forgotten."""

from typing import Final

import pytest
from attrs import evolve

from application.trading import order_activity
from application.trading.order_activity import OrderActivity
from domain.order import ClientOrderId, Side
from domain.risk.snapshot import OrderIntent
from domain.risk.trading_state import StrategyRelease
from domain.risk.verdict import RefusalReason
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tests.risk_cases import CAREFUL, UNLIMITED, buy, make_intent, with_limits
from tests.support import START_NS, make_terms

LIMITS: Final = with_limits(CAREFUL, activity__entries_per_hour_max=2)


def send(activity: OrderActivity, at_ns: int, intent: OrderIntent | None = None, order_id: str = "o-1") -> None:
    intent = buy() if intent is None else intent
    activity.sent(ClientOrderId(order_id), intent, [intent.strategy], at_ns)


def test_a_message_is_in_a_window_until_it_is_as_old_as_the_window() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)
    activity.cancel_sent(START_NS)

    def counts(after_ns: int) -> tuple[int, int, int]:
        state = activity.state(buy(), ["trend"], START_NS + after_ns)
        return state.messages_last_second, state.messages_last_10_seconds, state.messages_last_minute

    assert counts(NS_PER_SECOND - 1) == (2, 2, 2)
    assert counts(NS_PER_SECOND) == (0, 2, 2)
    assert counts(10 * NS_PER_SECOND) == (0, 0, 2)
    assert counts(NS_PER_MINUTE) == (0, 0, 0)


@pytest.mark.parametrize(
    ("again", "is_repeated"),
    [
        (buy("1.000"), True),
        (buy("1.001"), False),
        (make_intent(make_terms("1", Side.SELL)), False),
        (make_intent(strategy="carry"), False),
        (make_intent(purpose="close"), False),
        (buy("1", price="100"), False),
        (buy("1", symbol="ETHUSDT"), False),
    ],
)
def test_the_same_order_is_the_same_in_all_that_it_says(again: OrderIntent, *, is_repeated: bool) -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)

    state = activity.state(evolve(again, intent_id="i-2"), ["trend"], START_NS + NS_PER_SECOND // 2)

    assert state.is_repeated is is_repeated
    assert not state.is_known_intent


def test_a_duplicate_is_one_until_the_window_has_passed() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)

    assert activity.state(buy(), ["trend"], START_NS + NS_PER_SECOND - 1).is_repeated
    assert not activity.state(buy(), ["trend"], START_NS + NS_PER_SECOND).is_repeated
    assert activity.state(buy(), ["trend"], START_NS + NS_PER_DAY).is_known_intent


def test_only_the_first_fill_of_an_order_counts_and_only_while_the_order_does() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)
    activity.filled(ClientOrderId("o-1"))
    activity.filled(ClientOrderId("o-1"))
    activity.filled(ClientOrderId("never-sent"))

    state = activity.state(buy(), ["trend"], START_NS + NS_PER_DAY - NS_PER_MINUTE)
    assert (state.orders_today, state.fills_today) == (1, 1)
    state = activity.state(buy(), ["trend"], START_NS + NS_PER_DAY)
    assert (state.orders_today, state.fills_today) == (0, 0)


def test_a_strategy_that_is_refused_for_opening_too_often_stops_until_a_human_lets_it_go_on() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)
    send(activity, START_NS + 1)
    assert activity.state(buy(), ["carry", "trend"], START_NS + 2).entries_last_hour == 2

    activity.refused(["carry", "trend"], [RefusalReason.ENTRIES_PER_HOUR])

    assert activity.stopped == {"trend"}
    assert activity.state(buy(), ["carry", "trend"], START_NS + 2 * NS_PER_HOUR).is_strategy_stopped
    assert not activity.state(buy(), ["carry"], START_NS + 2 * NS_PER_HOUR).is_strategy_stopped
    with pytest.raises(ValueError, match="name of a person"):
        activity.let_go_on("trend", person="Ada", reason=" ", at_ns=START_NS)
    assert activity.let_go_on("carry", person="Ada", reason="looked", at_ns=START_NS) is None
    release = activity.let_go_on("trend", person=" Ada ", reason="looked", at_ns=START_NS)
    assert release == StrategyRelease(strategy="trend", person="Ada", reason="looked", released_at_ns=START_NS)
    assert not activity.state(buy(), ["trend"], START_NS + 2 * NS_PER_HOUR).is_strategy_stopped


def test_a_stopped_strategy_stays_stopped_across_a_restart() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)
    send(activity, START_NS)
    activity.refused(["trend"], [RefusalReason.ENTRIES_PER_HOUR])

    restored = OrderActivity.restored(activity.record(), LIMITS)

    assert restored.stopped == {"trend"}
    assert restored.state(buy(), ["trend"], START_NS + NS_PER_DAY).is_strategy_stopped


def test_another_refusal_stops_nobody() -> None:
    activity = OrderActivity(LIMITS)
    for number in range(5):
        send(activity, START_NS + number)

    activity.refused(["trend"], [RefusalReason.GROSS_LEVERAGE])

    assert activity.stopped == frozenset()


def test_what_only_reduces_is_no_opening() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS, make_intent(make_terms("1", Side.SELL, reduce_only=True)))

    assert activity.state(buy(), ["trend"], START_NS).entries_last_hour == 0
    assert activity.state(buy(), ["trend"], START_NS).messages_last_second == 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_activity, "INTENTS_MAX", 50)
    activity = OrderActivity(LIMITS)
    for number in range(12_000):
        intent = evolve(buy(), intent_id=f"i-{number}")
        activity.sent(ClientOrderId(f"o-{number}"), intent, ["trend"], START_NS + number * NS_PER_MINUTE)

    record = activity.record()

    assert len(record.intents) == 50
    assert len(record.orders) == 24 * 60
    assert len(record.unfilled) == 24 * 60
    assert len(record.messages) <= 10_000
    assert len(record.entries[0][1]) <= 1_000
    assert activity.state(evolve(buy(), intent_id="i-11950"), ["trend"], record.now_ns).is_known_intent


def test_without_a_window_no_order_is_a_duplicate_not_even_from_a_record() -> None:
    activity = OrderActivity(LIMITS)
    send(activity, START_NS)

    restored = OrderActivity.restored(activity.record(), UNLIMITED)

    assert not restored.state(buy(), ["trend"], START_NS).is_repeated
