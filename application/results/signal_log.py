"""What every signal of a run said, and what became of it: why did it (not) trade at 14:05?"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import frozen

from application.results.result import RunResult
from application.results.scenario_history import ScenarioHistory, scenario_histories, weights_by_symbol
from application.trading.records import Decision, Refusal, RoundTrip, UnheardSignal
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.numbers import ZERO
from domain.order import ClientOrderId
from domain.signal import Signal

_OF_A_DECISION: Final = frozenset({"gate", "size", "venue", "netting"})
"""Sources of refusals that may be what came of a decision at the same instant."""


class SignalOutcome(Enum):
    """What became of a signal. Values are stable: they are written into files.

    OPENED and CLOSED led to a trade or ended one, ADDED changed the size of what was held that way. WITHOUT_SIZE were
    sized to nothing, REFUSED were sized and not allowed to trade or given up, NOT_FILLED came to no trade before the
    next decision. NOTHING_HELD wanted out of nothing, STILL_HELD wanted out and was not out when the run ended. UNHEARD
    were not decided upon at all.
    """

    OPENED = "opened"
    CLOSED = "closed"
    ADDED = "added"
    WITHOUT_SIZE = "without_size"
    REFUSED = "refused"
    NOT_FILLED = "not_filled"
    NOTHING_HELD = "nothing_held"
    STILL_HELD = "still_held"
    UNHEARD = "unheard"


@frozen(kw_only=True)
class SignalEntry:
    """One signal, what it was said in, and what became of it.

    Attributes:
        at_ns: Close of the bar.
        strategy: Who said it.
        symbol: Of what.
        signal: What was said, with its reason.
        scenario: What market the instrument was taken to be in; None where none was judged.
        weight: Part of the account that the strategy could use, as it was noted last; None where nothing was shared,
            and before anything was noted.
        target_quantity: What its share was to become, base units, signed; None if nothing was decided.
        size_reason: Which rule or limit bound the size, with the numbers; empty if nothing was decided.
        outcome: What became of it.
        codes: Why nothing became of it, stable codes; empty where something did.
        detail: The same in words, with the numbers.
        orders: Net orders that were sent for its instrument at its instant; other strategies may have wanted them too.
        trade: Place of the trade that it began, added to or ended among `RunResult.trades`; None where there is none.
    """

    at_ns: int
    strategy: str
    symbol: str
    signal: Signal
    scenario: Scenario | None
    weight: float | None
    target_quantity: Decimal | None
    size_reason: str
    outcome: SignalOutcome
    codes: tuple[str, ...]
    detail: str
    orders: tuple[ClientOrderId, ...]
    trade: int | None


@frozen
class _Found:
    """What became of a decision."""

    outcome: SignalOutcome
    trade: int | None = None
    refusals: Sequence[Refusal] = ()
    codes: tuple[str, ...] = ()


def signal_log(result: RunResult) -> tuple[SignalEntry, ...]:
    """Return all signals that could change something, in the order of time.

    One that only repeated what its strategy wanted already is not among them. What became of a decision is found by
    what happened at its instant in its instrument, and by the trades of its strategy until its next decision.
    """
    search = _Search.of(result)
    entries = [*map(search.decided, result.log.decisions), *map(search.passed_over, result.log.unheard)]
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


@frozen
class _Search:
    """Everything by which the fate of a signal is found, by the names under which it is looked up."""

    histories: Mapping[str, ScenarioHistory]
    weights: Mapping[str, Sequence[tuple[int, Mapping[str, float]]]]
    refusals: Mapping[tuple[int, str], Sequence[Refusal]]
    orders: Mapping[tuple[int, str], Sequence[ClientOrderId]]
    decided_at_ns: Mapping[tuple[str, str], Sequence[int]]
    trades: Mapping[tuple[str, str], Sequence[tuple[int, RoundTrip]]]
    filled: AbstractSet[ClientOrderId]

    @classmethod
    def of(cls, result: RunResult) -> "_Search":
        log = result.log
        refusals, orders = defaultdict(list), defaultdict(list)
        for refusal in log.refusals:
            if refusal.source in _OF_A_DECISION:
                refusals[refusal.at_ns, refusal.symbol].append(refusal)
        for order in log.orders:
            if order.strategy is None:
                orders[order.at_ns, order.terms.symbol].append(order.client_order_id)
        decided, trades = defaultdict(list), defaultdict(list)
        for each in log.decisions:
            decided[each.strategy, each.symbol].append(each.at_ns)
        for place, trade in sorted(enumerate(result.trades), key=lambda numbered: numbered[1].entered_at_ns):
            trades[trade.strategy, trade.symbol].append((place, trade))
        filled = frozenset(fill.client_order_id for fill in log.fills)
        return cls(scenario_histories(result), weights_by_symbol(result), refusals, orders, decided, trades, filled)

    def decided(self, decision: Decision) -> SignalEntry:
        """Return the entry of a signal on which something was decided."""
        found = self._fate_of(decision)
        refused = [code for refusal in found.refusals for code in refusal.reasons]
        return SignalEntry(
            at_ns=decision.at_ns,
            strategy=decision.strategy,
            symbol=decision.symbol,
            signal=decision.signal,
            scenario=self._scenario(decision.symbol, decision.at_ns),
            weight=self._weight(decision.strategy, decision.symbol, decision.at_ns),
            target_quantity=decision.target_quantity,
            size_reason=decision.size_reason,
            outcome=found.outcome,
            codes=tuple(dict.fromkeys((*found.codes, *refused))),
            detail="; ".join(dict.fromkeys(refusal.detail for refusal in found.refusals)),
            orders=tuple(self.orders.get((decision.at_ns, decision.symbol), ())),
            trade=found.trade,
        )

    def passed_over(self, passed: UnheardSignal) -> SignalEntry:
        """Return the entry of a signal on which nothing was decided."""
        return SignalEntry(
            at_ns=passed.at_ns,
            strategy=passed.strategy,
            symbol=passed.symbol,
            signal=passed.signal,
            scenario=self._scenario(passed.symbol, passed.at_ns),
            weight=self._weight(passed.strategy, passed.symbol, passed.at_ns),
            target_quantity=None,
            size_reason="",
            outcome=SignalOutcome.UNHEARD,
            codes=(passed.why,),
            detail="",
            orders=(),
            trade=None,
        )

    def _scenario(self, symbol: str, at_ns: int) -> Scenario | None:
        if not self.histories:
            return None
        history = self.histories.get(symbol)
        return NOTHING_KNOWN if history is None else history.at(at_ns)

    def _weight(self, strategy: str, symbol: str, at_ns: int) -> float | None:
        noted = self.weights.get(symbol, ())
        place = bisect_right(noted, at_ns, key=lambda change: change[0])
        return noted[place - 1][1].get(strategy) if place else None

    def _fate_of(self, decision: Decision) -> _Found:
        if decision.signal.direction == 0:
            return self._fate_of_exit(decision)
        if decision.target_quantity == ZERO:
            return _Found(SignalOutcome.WITHOUT_SIZE, codes=(decision.bound_by,))
        entered = next(self._entered(decision), None)
        if entered is not None:
            return _Found(SignalOutcome.OPENED, entered)
        refusals = self.refusals.get((decision.at_ns, decision.symbol), ())
        if refusals:
            return _Found(SignalOutcome.REFUSED, refusals=refusals)
        held = self._held_that_way(decision)
        return _Found(SignalOutcome.NOT_FILLED if held is None else SignalOutcome.ADDED, held)

    def _held_that_way(self, decision: Decision) -> int | None:
        """Return the place of the trade that grew or shrank by the decision; None where there is none, or no fill."""
        if not any(order in self.filled for order in self.orders.get((decision.at_ns, decision.symbol), ())):
            return None
        for place, trade in self._trades_of(decision):
            is_open = trade.exited_at_ns is None or trade.exited_at_ns > decision.at_ns
            if trade.entered_at_ns <= decision.at_ns and is_open and trade.direction == decision.signal.direction:
                return place
        return None

    def _fate_of_exit(self, decision: Decision) -> _Found:
        for place, trade in reversed(self._trades_of(decision)):
            if trade.entered_at_ns <= decision.at_ns:
                if trade.exited_at_ns is None:
                    return _Found(SignalOutcome.STILL_HELD, place)
                if trade.exited_at_ns >= decision.at_ns:
                    return _Found(SignalOutcome.CLOSED, place)
                break
        return _Found(SignalOutcome.NOTHING_HELD)

    def _trades_of(self, decision: Decision) -> Sequence[tuple[int, RoundTrip]]:
        return self.trades.get((decision.strategy, decision.symbol), ())

    def _entered(self, decision: Decision) -> Iterator[int]:
        """Yield the places of trades that were entered as was decided, before anything else was."""
        own, instants = self._trades_of(decision), self.decided_at_ns[decision.strategy, decision.symbol]
        later = instants[bisect_right(instants, decision.at_ns) :]
        first = bisect_left(own, decision.at_ns, key=lambda numbered: numbered[1].entered_at_ns)
        for place, trade in own[first:]:
            if later and trade.entered_at_ns >= later[0]:
                return
            if trade.direction == decision.signal.direction:
                yield place
