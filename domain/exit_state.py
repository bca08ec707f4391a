"""Where one trade stands on its exit plan: what its stop is now, and why."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum

from attrs import evolve, field, frozen, validators

from domain.exits import Breakeven, ExitPlan, TrailingStop, in_quote
from domain.market import Bar
from domain.numbers import ONE, ZERO, exact


class StopKind(Enum):
    """What has put a stop where it is."""

    FIXED = "fixed"
    BREAKEVEN = "breakeven"
    TRAILING = "trailing"


@frozen(kw_only=True)
class ExitState:
    """One trade on its exit plan, as of the last closed bar. Nothing changes it; the next state is another one.

    Attributes:
        direction: +1 long, -1 short.
        entered_at_ns: First fill.
        entry_price: Average of the opening fills so far, quote per base.
        stop_distance: R: from the first fill to the stop that the trade begins with, quote per base; None without.
        target_distance: The signal's target, quote per base; None for none.
        best_price: Most favorable price since the entry, quote per base.
        moved_stop: Where the stop has moved to, quote per base; None before it has.
        moved_by: What has moved it.
        rungs_taken: Places of the rungs of the ladder that have been reached.
    """

    direction: int = field(validator=validators.in_((1, -1)))
    entered_at_ns: int
    entry_price: Decimal
    stop_distance: Decimal | None
    target_distance: Decimal | None
    best_price: Decimal
    moved_stop: Decimal | None = None
    moved_by: StopKind = StopKind.FIXED
    rungs_taken: frozenset[int] = frozenset()

    @classmethod
    def begin(
        cls,
        plan: ExitPlan,
        *,
        direction: int,
        entered_at_ns: int,
        entry_price: Decimal,
        signal_stop: Decimal | None = None,
        signal_target: Decimal | None = None,
    ) -> "ExitState":
        """Return where a trade stands on its plan at its first fill.

        Args:
            plan: Of the strategy.
            direction: +1 long, -1 short.
            entered_at_ns: Of the fill.
            entry_price: Of the fill, quote per base.
            signal_stop: How far away the signal puts the stop, quote per base.
            signal_target: And the target; a ladder replaces it.
        """
        state = cls(
            direction=direction,
            entered_at_ns=entered_at_ns,
            entry_price=entry_price,
            stop_distance=plan.stop.distance(signal_stop, entry_price),
            target_distance=signal_target,
            best_price=entry_price,
        )
        # A stop may trail from the entry on; breakeven is never reached there, whatever the fee.
        for stop, kind in state.moved_stops(plan, ZERO):
            state = state.raised_to(stop, kind)
        return state

    @property
    def fixed_stop(self) -> Decimal | None:
        """The stop that it began with, quote per base; on the losing side of the entry."""
        return None if self.stop_distance is None else self._at(-self.stop_distance)

    @property
    def stop_price(self) -> Decimal | None:
        """The stop that holds now, quote per base: the most favorable there has been."""
        fixed, moved = self.fixed_stop, self.moved_stop
        if moved is None:
            return fixed
        return fixed if fixed is not None and self._is_better(fixed, moved) else moved

    @property
    def stop_kind(self) -> StopKind:
        """What has put the stop where it is."""
        return StopKind.FIXED if self.stop_price == self.fixed_stop else self.moved_by

    def is_passed_at(self, price: Decimal) -> bool:
        """Whether a price has reached the stop."""
        stop = self.stop_price
        return stop is not None and not self._is_better(price, stop)

    def is_overdue(self, plan: ExitPlan, at_ns: int) -> bool:
        """Whether the trade has been held for as long as it may be."""
        return plan.holding_max_ns is not None and at_ns - self.entered_at_ns >= plan.holding_max_ns

    def is_bound(self, plan: ExitPlan, at_ns: int) -> bool:
        """Whether it is too early for a signal to end the trade."""
        return at_ns - self.entered_at_ns < plan.holding_min_ns

    def targets(self, plan: ExitPlan) -> Iterator[tuple[int, Decimal, Decimal]]:
        """Yield place, price in quote per base, and share of the quantity of the targets not yet reached."""
        rungs = [(rung.at, rung.share) for rung in plan.take_profit]
        for place, (at, share) in enumerate(rungs):
            distance = in_quote(at, self.entry_price, self.stop_distance)
            if place not in self.rungs_taken and distance is not None:
                yield place, self._at(distance), share
        if not rungs and self.target_distance is not None and 0 not in self.rungs_taken:
            yield 0, self._at(self.target_distance), ONE

    def with_entry(self, price: Decimal) -> "ExitState":
        """Return the state after more was opened: the average moves, and what hangs on it; R stays."""
        return self if price == self.entry_price else evolve(self, entry_price=price)

    def with_rung_taken(self, place: int) -> "ExitState":
        """Return the state after a target was reached."""
        return evolve(self, rungs_taken=self.rungs_taken | {place})

    def after(self, bar: Bar, plan: ExitPlan, taker_rate: Decimal) -> "ExitState":
        """Return the state after a closed bar; one that was over before the entry changes nothing.

        A bar that was going on at the entry counts with its whole range.

        Args:
            bar: The next one, of traded prices.
            plan: Of the trade.
            taker_rate: Fee of leaving, a fraction of notional.
        """
        if bar.closed_at_ns <= self.entered_at_ns:
            return self
        reached = exact(bar.high if self.direction > 0 else bar.low)
        best = reached if self._is_better(reached, self.best_price) else self.best_price
        seen = self if best == self.best_price else evolve(self, best_price=best)
        for stop, kind in seen.moved_stops(plan, taker_rate):
            seen = seen.raised_to(stop, kind)
        return seen

    def moved_stops(self, plan: ExitPlan, taker_rate: Decimal) -> Iterator[tuple[Decimal, StopKind]]:
        """Yield where the plan would have the stop by the best price so far, quote per base, and why."""
        if plan.breakeven is not None:
            breakeven = self._breakeven_stop(plan.breakeven, taker_rate)
            if breakeven is not None:
                yield breakeven, StopKind.BREAKEVEN
        if plan.trailing is not None:
            trailing = self._trailing_stop(plan.trailing)
            if trailing is not None:
                yield trailing, StopKind.TRAILING

    def raised_to(self, stop: Decimal, kind: StopKind) -> "ExitState":
        """Return the state with this stop if it is more favorable than the one that holds."""
        present = self.stop_price
        if present is not None and not self._is_better(stop, present):
            return self
        return evolve(self, moved_stop=stop, moved_by=kind)

    def _breakeven_stop(self, breakeven: Breakeven, taker_rate: Decimal) -> Decimal | None:
        needed = in_quote(breakeven.at, self.entry_price, self.stop_distance)
        gain = breakeven.gain(self.entry_price, taker_rate)
        # A stop in front of the price would close at once, at a loss that it is there to prevent.
        return None if needed is None or self._best_gain < max(needed, gain) else self._at(gain)

    def _trailing_stop(self, trailing: TrailingStop) -> Decimal | None:
        distance = in_quote(trailing.distance, self.entry_price, self.stop_distance)
        needed: Decimal | None = ZERO
        if trailing.activation is not None:
            needed = in_quote(trailing.activation, self.entry_price, self.stop_distance)
        if distance is None or needed is None or self._best_gain < needed:
            return None
        return self.best_price - self.direction * distance

    @property
    def _best_gain(self) -> Decimal:
        return self.direction * (self.best_price - self.entry_price)

    def _at(self, gain: Decimal) -> Decimal:
        return self.entry_price + self.direction * gain

    def _is_better(self, price: Decimal, other: Decimal) -> bool:
        return self.direction * (price - other) > 0
