"""What the kit asks of a signal beyond what a run does."""

from application.trading import answers
from domain.signal import Signal


def flaw_of(said: object) -> str | None:
    """Return what is wrong with what a strategy has returned for a bar; None if nothing is."""
    flaw = answers.flaw_of(said)
    if flaw is None and isinstance(said, Signal) and not said.reason.strip():
        return "gives a signal without a reason"
    return flaw
