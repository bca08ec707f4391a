"""What risk control has to know after a restart, and where it is kept.

The port stands beside what it keeps, because ports of the decision core know nothing of its inside.
"""

from typing import Protocol

from attrs import frozen

from application.trading.order_activity import ActivityRecord
from domain.risk.capital_guard import CapitalGuard


@frozen(kw_only=True)
class RiskState:
    """Everything that an account is held to and that neither the venue nor the market can tell again.

    Attributes:
        guard: High-water mark, level, losses of day, week and row, and what holds trading back.
        activity: What was sent lately, and which strategies wait for a person; None where no limit asks for it.
        intents_made: How many intents were numbered, so that no number is given twice.
    """

    guard: CapitalGuard
    activity: ActivityRecord | None
    intents_made: int


class RiskStateStore(Protocol):
    """Keeps the risk state of one account across restarts.

    One process writes at a time. Whatever happens while it writes, afterwards either the old state is there or the
    new one, whole.
    """

    def load(self) -> RiskState | None:
        """Return the state that was saved last, None if none ever was.

        Raises:
            DataError: There is one, and it cannot be believed. Nobody may trade before a person has looked: a
                fresh state would forget a halt.
        """
        ...

    def save(self, state: RiskState, /) -> None:
        """Replace what is kept; once this returns, it outlives a loss of power.

        Raises:
            StorageError: It could not be written, and the old state is still there. What is not kept must not
                be acted upon: open nothing until saving works again.
        """
        ...
