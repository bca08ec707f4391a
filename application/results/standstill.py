"""Whether a run ended with opening stopped in a way that nothing but a person can end."""

from application.results.result import RunResult
from application.trading.risk_use import RiskUse
from domain.risk.trading_state import Hold, HoldCause
from domain.time_units import iso_utc


def standstill(result: RunResult) -> Hold | None:
    """Return what has stopped opening for good: a hold that the run could not end any more, None without one.

    The first that only a person ends, even where something milder had stopped opening before: that would have ended
    by itself. A hold for drawdown alone counts only where nothing is held that could make the drawdown good: equity
    stays where it is then.
    """
    use = result.risk_use
    if use is None:
        return None
    lasting = [hold for hold in use.holds if hold.cause.needs_person]
    stuck = [hold for hold in use.holds if is_for_good(hold, use)]
    return min(lasting or stuck, key=lambda hold: hold.since_ns, default=None)


def standstill_text(hold: Hold) -> str:
    """Return it in words: since when, by what, why, and who ends it."""
    since = iso_utc(hold.since_ns)[:16].replace("T", " ")
    return f"opening has been stopped since {since} UTC by {hold.cause.value} ({hold.reason}); only a person ends it"


def is_for_good(hold: Hold, use: RiskUse) -> bool:
    """Whether a hold could not end any more without a person: by its cause, or because nothing is held."""
    return hold.cause.needs_person or (hold.cause is HoldCause.DRAWDOWN and use.gross_notional == 0)
