"""What a strategy says: enter, exit, how strongly, where it is wrong, and why."""

from enum import Enum

from attrs import field, frozen, validators

_share = [validators.ge(0.0), validators.le(1.0)]


class SignalAction(Enum):
    """What to do with the strategy's own share of the position."""

    ENTER_LONG = "enter_long"
    ENTER_SHORT = "enter_short"
    EXIT = "exit"


@frozen(kw_only=True)
class Signal:
    """One decision of one strategy about one instrument, made on what was known at a bar's close.

    Attributes:
        action: Enter long, enter short, or exit.
        reason: In plain words, with the numbers that decided.
        strength: 0 to 1.
        confidence: 0 to 1.
        stop_distance: How far from the entry price the strategy is wrong, quote per base; None for no stop.
        target_distance: How far from the entry price it takes its profit; None for no target.
        features: Named values that the decision was made on.
    """

    action: SignalAction
    reason: str
    strength: float = field(default=1.0, validator=_share)
    confidence: float = field(default=1.0, validator=_share)
    stop_distance: float | None = field(default=None, validator=validators.optional(validators.gt(0.0)))
    target_distance: float | None = field(default=None, validator=validators.optional(validators.gt(0.0)))
    features: tuple[tuple[str, float], ...] = ()

    @property
    def direction(self) -> int:
        """+1 to be long, -1 to be short, 0 to be flat."""
        return {SignalAction.ENTER_LONG: 1, SignalAction.ENTER_SHORT: -1, SignalAction.EXIT: 0}[self.action]
