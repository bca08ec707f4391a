"""How much of a pair may be held: what both legs may hold while the other one is about to be opened as well.

Each leg by itself is sized as any entry. Limits count a hedge only once it is held, so a whole pair may be more than
they let stand alone; it is entered in steps, each of which they let stand alone beside what is hedged already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from application.trading.entry_sizing import EntrySizer
from application.trading.hedged_pair import HedgedPair, Leg
from domain.numbers import ZERO
from domain.pairs import floor_to
from domain.position_sizer import Candidate, Constraint, SizeDecision
from domain.signal import Signal, SignalAction

_PRECISION: Final = Decimal(200)
"""A joint size is found to one part in so many of a step, or to the lot."""


_NO_LIMITS: Final = frozenset({Constraint.RULE, Constraint.VENUE_MINIMUM})
"""The whole that is wanted, and a judgement of that whole."""


@frozen(kw_only=True)
class PairSize:
    """How much both legs are to hold, and why.

    Attributes:
        quantity: Of each leg after the step, base units, whole lots of both.
        wish: What each leg is to come to after all steps, base units.
        bound: What bound the step.
        legs: What each leg was sized to by itself: contract, coins.
    """

    quantity: Decimal
    wish: Decimal
    bound: Candidate
    legs: tuple[SizeDecision, SizeDecision]

    @property
    def reason(self) -> str:
        """In words, with the numbers."""
        return f"{self.bound.constraint.value}: {self.bound.detail}"


def opposite(signal: Signal) -> Signal:
    """Return what a signal about the contract means for the coins; the contract's stop and target are not theirs."""
    if signal.direction == 0:
        return signal
    action = SignalAction.ENTER_LONG if signal.direction < 0 else SignalAction.ENTER_SHORT
    return evolve(signal, action=action, stop_distance=None, target_distance=None)


@frozen(eq=False)
class PairSizer:
    """Decides the steps in which pairs are entered.

    Attributes:
        sizer: Sizes each leg.
    """

    sizer: EntrySizer

    def size(self, pair: HedgedPair, signal: Signal, *, now_ns: int, drawdown_factor: Decimal) -> PairSize:
        """Return how much both legs are to hold after the next step of an entry.

        Args:
            pair: Whose legs are equal.
            signal: To enter the contract.
            now_ns: The instant that was told last.
            drawdown_factor: What the drawdown ladder leaves of new sizes, 0 to 1.
        """
        step = _Step(self.sizer, pair, signal, now_ns, drawdown_factor)
        legs = (step.contract(), step.coins())
        wish = pair.wish or floor_to(min(map(_appetite, legs)), pair.lot)
        bound = min(*map(_room, legs), *self._own(pair, wish), key=lambda each: each.quantity)
        most = floor_to(bound.quantity, pair.lot)
        added = step.largest(most) if _is_worth_it(pair, most) else most
        if added < most:
            bound = Candidate(bound.constraint, added, f"{bound.detail}, both legs together")
        if not _is_worth_it(pair, added):
            bound, added = _too_small(bound, added), ZERO
        return PairSize(quantity=pair.kept + added, wish=wish, bound=bound, legs=legs)

    def _own(self, pair: HedgedPair, wish: Decimal) -> Iterator[Candidate]:
        """Yield what the pair itself lets be added: no more than is wanted, and one step at a time."""
        yield Candidate(Constraint.RULE, wish - pair.kept, f"{wish} of each leg wanted")
        equity, price = self.sizer.view.account.equity, pair.coins.book.mark_price
        if price is not None:
            part = pair.rules.unhedged_max * pair.step_scale
            yield Candidate(Constraint.UNHEDGED, part * equity / price, f"steps of {part} of equity")


@frozen(eq=False)
class _Step:
    """One step of an entry, as the limits see it."""

    sizer: EntrySizer
    pair: HedgedPair
    signal: Signal
    now_ns: int
    drawdown_factor: Decimal

    def contract(self) -> SizeDecision:
        return self._of(self.pair.contract, self.signal)

    def coins(self) -> SizeDecision:
        return self._of(self.pair.coins, opposite(self.signal))

    def _of(self, leg: Leg, signal: Signal) -> SizeDecision:
        return self.sizer.size(leg.book, leg.share, signal, now_ns=self.now_ns, drawdown_factor=self.drawdown_factor)

    def largest(self, most: Decimal) -> Decimal:
        """Return the largest quantity up to `most` that may be added to both legs, found to a part of that."""
        if self._fits(most):
            return most
        low, high, near = ZERO, most, max(self.pair.lot, most / _PRECISION)
        while high - low > near:
            middle = floor_to((low + high) / 2, self.pair.lot)
            if middle == low:
                break
            low, high = (middle, high) if self._fits(middle) else (low, middle)
        return low

    def _fits(self, added: Decimal) -> bool:
        """Whether each leg may get so much while the other is about to get it."""
        target = (self.pair.kept + added) * self.signal.direction
        with _as_if(self.pair.contract, target):
            if _room(self.coins()).quantity < added:
                return False
        with _as_if(self.pair.coins, -target):
            return _room(self.contract()).quantity >= added


def _is_worth_it(pair: HedgedPair, added: Decimal) -> bool:
    """Whether the minima of both instruments let a step be ordered."""
    return added > 0 and all(
        added >= leg.book.instrument.quantity_min
        and added * (leg.book.mark_price or ZERO) >= leg.book.instrument.notional_min
        for leg in (pair.contract, pair.coins)
    )


def _appetite(size: SizeDecision) -> Decimal:
    """Return what the strategy's rule would like, scaled; nothing where it was not even asked."""
    wanted = [each.quantity for each in size.candidates if each.constraint is Constraint.RULE]
    return min(wanted, default=ZERO)


def _room(size: SizeDecision) -> Candidate:
    """Return what binds what may be added to a leg: the tightest of the limits, which say what is left beside it."""
    limits = [each for each in size.candidates if each.constraint not in _NO_LIMITS]
    return min(limits, key=lambda each: each.quantity)


def _too_small(bound: Candidate, added: Decimal) -> Candidate:
    if bound.quantity <= 0 or added <= 0:
        return bound
    words = f"{added} more of each leg, bound by {bound.constraint.value}, are below the minimum of one of them"
    return Candidate(Constraint.VENUE_MINIMUM, ZERO, words)


@contextmanager
def _as_if(leg: Leg, target: Decimal) -> Iterator[None]:
    """Have a leg about to be traded to a target, for as long as somebody else is judged."""
    share, book = leg.share, leg.book
    before = share.target, book.is_unsettled
    share.target, book.is_unsettled = target, True
    try:
        yield
    finally:
        share.target, book.is_unsettled = before
