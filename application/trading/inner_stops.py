"""Stops that the decision core keeps by itself, where an order at the venue could open a position and may not."""

from attrs import frozen

from application.trading.records import ExitReason
from domain.market import Bar
from domain.numbers import exact
from domain.order import OrderTerms, Side


@frozen(kw_only=True)
class InnerStop:
    """A stop of one share that the venue does not have, or has elsewhere.

    Attributes:
        terms: The stop order that would stand at the venue.
        reason: What it means when it is passed.
        since_ns: From when on it holds.
    """

    terms: OrderTerms
    reason: ExitReason
    since_ns: int

    def is_passed_by(self, bar: Bar) -> bool:
        """Whether a bar has reached it; one that was over before it held has not, one that was going on has."""
        if bar.closed_at_ns <= self.since_ns or self.terms.trigger_price is None:
            return False
        if self.terms.side is Side.SELL:
            return exact(bar.low) <= self.terms.trigger_price
        return exact(bar.high) >= self.terms.trigger_price


@frozen(kw_only=True)
class RefusedExit:
    """A stop or target that was not taken; asked for again only where the answer can have changed.

    Attributes:
        terms: What was asked for.
        blocks: What forbade opening then.
        by_venue: Whether it was the venue that would not have it, which is asked no second time.
    """

    terms: OrderTerms
    blocks: tuple[str, ...]
    by_venue: bool = False
