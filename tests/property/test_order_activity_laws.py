"""What the gate is told of its own orders is what a list of all that ever happened would tell, restarts or not."""

import json
from typing import Final

import msgspec
from attrs import asdict, define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from application.trading.order_activity import ActivityRecord, OrderActivity
from domain.order import ClientOrderId, Side
from domain.risk.gate import RiskGate
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import ActivityState, OrderIntent
from domain.risk.verdict import Refused
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tests.risk_cases import UNLIMITED, make_intent, make_snapshot, with_limits
from tests.support import START_NS, make_terms

LIMITS: Final = with_limits(
    UNLIMITED,
    order__duplicate_window_s=2.0,
    activity__messages_per_second_max=4,
    activity__messages_per_10_seconds_max=7,
    activity__messages_per_minute_max=12,
    activity__orders_per_fill_max=3.0,
    activity__orders_per_fill_from=6,
    activity__entries_per_hour_max=2,
)
STRATEGIES: Final = ("trend", "carry")

steps_ns: Final = st.sampled_from(
    [
        0,
        1,
        NS_PER_SECOND // 2,
        NS_PER_SECOND,
        2 * NS_PER_SECOND,
        10 * NS_PER_SECOND,
        NS_PER_MINUTE,
        NS_PER_HOUR,
        NS_PER_DAY - NS_PER_HOUR,
        -NS_PER_SECOND,
    ]
)
"""Also backwards, as clocks sometimes go."""


@define
class Sent:
    """An order as the list of all that happened has it."""

    order_id: ClientOrderId
    intent: OrderIntent
    at_ns: int
    is_filled: bool = False
    is_ended: bool = False


@define
class Everything:
    """All that ever happened, looked through from the beginning for every question."""

    now_ns: int = START_NS
    sent: list[Sent] = field(factory=list)
    cancels_at_ns: list[int] = field(factory=list)
    stopped: set[str] = field(factory=set)

    def state(self, intent: OrderIntent) -> ActivityState:
        messages = [*(each.at_ns for each in self.sent), *self.cancels_at_ns]
        begin_ns = (self.now_ns // NS_PER_MINUTE - 24 * 60 + 1) * NS_PER_MINUTE
        today = [each for each in self.sent if each.at_ns >= begin_ns]
        return ActivityState(
            messages_last_second=self.within(messages, NS_PER_SECOND),
            messages_last_10_seconds=self.within(messages, 10 * NS_PER_SECOND),
            messages_last_minute=self.within(messages, NS_PER_MINUTE),
            orders_today=len(today),
            fills_today=sum(each.is_filled for each in today),
            is_known_intent=any(each.intent.intent_id == intent.intent_id for each in self.sent),
            is_repeated=self.within(
                [each.at_ns for each in self.sent if is_like(each.intent, intent)], 2 * NS_PER_SECOND
            )
            > 0,
            entries_last_hour=self.entries(intent.strategy),
            is_strategy_stopped=intent.strategy in self.stopped,
        )

    def entries(self, strategy: str) -> int:
        opened = [
            each.at_ns for each in self.sent if each.intent.strategy == strategy and not each.intent.terms.only_reduces
        ]
        return self.within(opened, NS_PER_HOUR)

    def within(self, instants: list[int], window_ns: int) -> int:
        return sum(at_ns > self.now_ns - window_ns for at_ns in instants)


def is_like(one: OrderIntent, other: OrderIntent) -> bool:
    same_purpose = (one.strategy, one.purpose) == (other.strategy, other.purpose)
    return same_purpose and (one.terms.side, one.terms.quantity) == (other.terms.side, other.terms.quantity)


def through_json(activity: OrderActivity, limits: RiskLimits) -> OrderActivity:
    """Write all that is remembered as JSON text, and go on from what is read again."""
    text = json.dumps(asdict(activity.record()))
    return OrderActivity.restored(msgspec.convert(json.loads(text), ActivityRecord), limits)


intents: Final[st.SearchStrategy[OrderIntent]] = st.builds(
    lambda name, strategy, side, quantity, reduces: make_intent(
        make_terms(quantity, side, reduce_only=reduces), intent_id=name, strategy=strategy
    ),
    st.sampled_from([f"i-{number}" for number in range(40)]),
    st.sampled_from(STRATEGIES),
    st.sampled_from(Side),
    st.sampled_from(["1", "1.0", "2"]),
    st.sampled_from([False, False, True]),
)


class Activity(RuleBasedStateMachine):
    """One activity that goes on, one that is written and read at any time, and the list of everything."""

    @initialize()
    def begin(self) -> None:
        self.gate = RiskGate(LIMITS)
        self.steady, self.restarted = OrderActivity(LIMITS), OrderActivity(LIMITS)
        self.everything = Everything()
        self.clock_ns = START_NS

    @rule(step_ns=steps_ns)
    def wait(self, step_ns: int) -> None:
        self.clock_ns = max(START_NS, self.clock_ns + step_ns)
        # Told at once: an instant that nobody was told of cannot hold back one that goes back behind it.
        self.everything.now_ns = max(self.everything.now_ns, self.clock_ns)
        for each in (self.steady, self.restarted):
            each.state(make_intent(make_terms("1"), intent_id="clock", strategy="clock"), [], self.clock_ns)

    @rule(intent=intents)
    def want(self, intent: OrderIntent) -> None:
        """Ask the gate, and send what it approves; a refusal is told."""
        states = [each.state(intent, [intent.strategy], self.clock_ns) for each in (self.steady, self.restarted)]
        assert states == [self.everything.state(intent)] * 2
        verdict = self.gate.assess(intent, make_snapshot(activity=states[0]))
        if isinstance(verdict, Refused):
            for each in (self.steady, self.restarted):
                each.refused([intent.strategy], verdict.reasons)
            if self.everything.entries(intent.strategy) >= 2:
                self.everything.stopped.add(intent.strategy)
            return
        self.send(intent)

    @rule(intent=intents)
    def send(self, intent: OrderIntent) -> None:
        """Some orders go out whatever the limits say: what only reduces is never held back."""
        order_id = ClientOrderId(f"o-{len(self.everything.sent)}")
        for each in (self.steady, self.restarted):
            each.sent(order_id, intent, [intent.strategy], self.clock_ns)
        self.everything.sent.append(Sent(order_id, intent, self.everything.now_ns))

    @rule()
    def cancel(self) -> None:
        for each in (self.steady, self.restarted):
            each.cancel_sent(self.clock_ns)
        self.everything.cancels_at_ns.append(self.everything.now_ns)

    @precondition(lambda self: self.everything.sent)
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        sent = data.draw(st.sampled_from(self.everything.sent))
        for each in (self.steady, self.restarted):
            each.filled(sent.order_id)
        sent.is_filled = sent.is_filled or not sent.is_ended

    @precondition(lambda self: self.everything.sent)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        sent = data.draw(st.sampled_from(self.everything.sent))
        for each in (self.steady, self.restarted):
            each.ended(sent.order_id)
        sent.is_ended = True

    @rule(strategy=st.sampled_from(STRATEGIES))
    def a_human_lets_it_go_on(self, strategy: str) -> None:
        for each in (self.steady, self.restarted):
            release = each.let_go_on(strategy, person="Ada", reason="looked", at_ns=self.everything.now_ns)
            assert (release is not None) == (strategy in self.everything.stopped)
        self.everything.stopped.discard(strategy)

    @rule()
    def restart(self) -> None:
        self.restarted = through_json(self.restarted, LIMITS)

    @invariant()
    def the_same_strategies_are_stopped(self) -> None:
        assert self.steady.stopped == self.restarted.stopped == self.everything.stopped

    @invariant()
    def both_remember_the_same(self) -> None:
        assert self.steady.record() == self.restarted.record()


TestActivity = Activity.TestCase
TestActivity.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
