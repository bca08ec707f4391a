"""In which scenario money was made: what was held is valued at the closes at which scenarios change."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext

import numpy as np
from attrs import define, field, frozen

from application.results.result import RunResult
from application.results.scenario_history import ScenarioStretch, scenario_histories
from application.trading.records import RunLog
from domain.allocation.scenario import SCENARIOS, Scenario
from domain.market import BarSeries
from domain.numbers import EXACT_SUMS, ZERO, exact
from domain.order import Fill


@define
class ScenarioResult:
    """What was made while instruments were in one scenario, over all of them, exact, quote currency.

    Attributes:
        price_pnl: On prices: from what was held when it began, or traded in it, to what was held when it ended.
        fees: Paid.
        funding: Received minus paid.
        liquidation: Taken over by the insurance fund minus liquidation fees.
        length_ns: How long it lasted, summed over instruments.
        held_ns: How much of that something was held for.
    """

    price_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    liquidation: Decimal = ZERO
    length_ns: int = 0
    held_ns: int = 0

    @property
    def net(self) -> Decimal:
        """On prices minus fees plus funding plus liquidation."""
        with localcontext(EXACT_SUMS):
            return self.price_pnl - self.fees + self.funding + self.liquidation

    @property
    def time_in_market(self) -> float | None:
        """Share of its time in which something was held, 0 to 1; None if it took none."""
        return self.held_ns / self.length_ns if self.length_ns else None


@frozen
class ScenarioResults:
    """All of them.

    Attributes:
        by_scenario: In the order of scenarios; those that never were are left out.
        rest: What the run made beyond their sum, exact: nothing, unless what is still held was valued by a mark price
            that is not its last close.
    """

    by_scenario: Mapping[Scenario, ScenarioResult]
    rest: Decimal


@frozen
class _Step:
    """Something that changes cash or position of an instrument."""

    at_ns: int
    quantity: Decimal = ZERO
    cash: Decimal = ZERO
    fee: Decimal = ZERO
    funding: Decimal = ZERO
    liquidation: Decimal = ZERO


def scenario_results(result: RunResult, prices: Mapping[str, BarSeries]) -> ScenarioResults | None:
    """Return what was made in which scenario.

    The sum over scenarios and the rest are the net result of the run, to the last digit.

    Args:
        result: The run.
        prices: The bars that were decided upon, by instrument.

    Returns:
        None where no market was judged, or prices of something that was traded are missing.
    """
    histories, steps = scenario_histories(result), _steps_by_symbol(result.log)
    if not histories or any(not len(prices.get(symbol, ())) or symbol not in histories for symbol in steps):
        return None
    found: dict[Scenario, ScenarioResult] = {}
    with localcontext(EXACT_SUMS):
        for symbol, history in histories.items():
            stretches = history.stretches(result.start_ns, result.end_ns)
            _Walk(steps.get(symbol, []), prices.get(symbol)).go(stretches, found)
        rest = result.identity.net_result - sum((each.net for each in found.values()), ZERO)
    return ScenarioResults({each: found[each] for each in SCENARIOS if each in found}, rest)


def _steps_by_symbol(log: RunLog) -> Mapping[str, list[_Step]]:
    steps: dict[str, list[_Step]] = defaultdict(list)
    with localcontext(EXACT_SUMS):
        for fill in log.fills:
            steps[fill.symbol].append(_execution(fill))
        for report in log.liquidations:
            taken_over = report.insurance - report.liquidation_fee
            steps[report.fill.symbol].append(_execution(report.fill, liquidation=taken_over))
        for payment in log.funding:
            steps[payment.symbol].append(_Step(payment.at_ns, funding=payment.payment))
    for each in steps.values():
        each.sort(key=lambda step: step.at_ns)
    return steps


def _execution(fill: Fill, liquidation: Decimal = ZERO) -> _Step:
    quantity = fill.signed_quantity
    return _Step(fill.executed_at_ns, quantity, -quantity * fill.price, fill.fee, liquidation=liquidation)


@define
class _Walk:
    """Goes through what happened in one instrument, from the end of one stretch to the next.

    What happened at the very instant at which a stretch ended belongs to it.
    """

    steps: Sequence[_Step]
    prices: BarSeries | None
    held: Decimal = field(default=ZERO, init=False)
    _place: int = field(default=0, init=False)
    _value: Decimal = field(default=ZERO, init=False)

    def go(self, stretches: Sequence[ScenarioStretch], found: dict[Scenario, ScenarioResult]) -> None:
        """Add what was made in each stretch to its scenario; the last one takes all that is left."""
        for number, stretch in enumerate(stretches, start=1):
            into = found.setdefault(stretch.scenario, ScenarioResult())
            into.length_ns += stretch.length_ns
            until_ns = stretch.end_ns if number < len(stretches) else None
            now_ns = stretch.start_ns
            for step in self._until(until_ns):
                into.held_ns += self._held_for(now_ns, min(step.at_ns, stretch.end_ns))
                now_ns = max(now_ns, step.at_ns)
                self.held += step.quantity
                into.price_pnl += step.cash
                into.fees += step.fee
                into.funding += step.funding
                into.liquidation += step.liquidation
            into.held_ns += self._held_for(now_ns, stretch.end_ns)
            value = self._worth(stretch.end_ns)
            into.price_pnl += value - self._value
            self._value = value

    def _until(self, at_ns: int | None) -> Iterator[_Step]:
        while self._place < len(self.steps) and (at_ns is None or self.steps[self._place].at_ns <= at_ns):
            self._place += 1
            yield self.steps[self._place - 1]

    def _held_for(self, from_ns: int, until_ns: int) -> int:
        return max(0, until_ns - from_ns) if self.held != ZERO else 0

    def _worth(self, at_ns: int) -> Decimal:
        """Return what is held, at the last close known at an instant; before any, at the first open."""
        if self.held == ZERO or self.prices is None:
            return ZERO
        place = int(np.searchsorted(self.prices.closed_at_ns, at_ns, side="right"))
        return self.held * exact(float(self.prices.close[place - 1] if place else self.prices.open[0]))
