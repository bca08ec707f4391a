"""Whether a run ended with opening stopped in a way that nothing but a person can end."""

from collections.abc import Sequence

from application.results.result import RunResult
from application.trading.risk_use import RiskUse
from domain.risk.trading_state import Hold, HoldCause
from domain.time_units import iso_utc


def standstill(result: RunResult) -> tuple[Hold, ...]:
    """Return what has stopped opening for good: the holds that the run could not end any more, the first one first.

    All that only a person ends, even where something milder had stopped opening before: that would have ended by
    itself. A hold for drawdown alone counts only where nothing is held that could make the drawdown good: equity
    stays where it is then.
    """
    use = result.risk_use
    if use is None:
        return ()
    lasting = [hold for hold in use.holds if hold.cause.needs_person]
    stuck = [hold for hold in use.holds if is_for_good(hold, use)]
    return tuple(sorted(lasting or stuck, key=lambda hold: hold.since_ns))


def standstill_text(holds: Sequence[Hold]) -> str:
    """Return them in words: since when, by what, why, and who ends it."""
    each = " and ".join(f"since {_moment(hold)} UTC by {hold.cause.value} ({hold.reason})" for hold in holds)
    return f"opening has been stopped {each}; only a person ends it"


def _moment(hold: Hold) -> str:
    return iso_utc(hold.since_ns)[:16].replace("T", " ")


def is_for_good(hold: Hold, use: RiskUse) -> bool:
    """Whether a hold could not end any more without a person: by its cause, or because nothing is held."""
    return hold.cause.needs_person or (hold.cause is HoldCause.DRAWDOWN and use.gross_notional == 0)
