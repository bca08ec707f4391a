"""Whether a run ended with opening stopped in a way that nothing but a person can end."""

from application.results.result import RunResult
from application.trading.risk_use import RiskUse
from domain.risk.trading_state import Hold, HoldCause
from domain.time_units import iso_utc


def standstill(result: RunResult) -> Hold | None:
    """Return the hold that has stopped opening for longest and that the run could not end any more, None without one.

    A hold for drawdown ends by itself only where something is held that can make the drawdown good: with nothing
    held and nothing opened, equity stays where it is.
    """
    use = result.risk_use
    if use is None:
        return None
    lasting = [hold for hold in use.holds if hold.cause.needs_person or _is_stuck(hold, use)]
    return min(lasting, key=lambda hold: hold.since_ns, default=None)


def standstill_text(hold: Hold) -> str:
    """Return it in words: since when, why, and who ends it."""
    since = iso_utc(hold.since_ns)[:16].replace("T", " ")
    return f"opening has been stopped since {since} UTC ({hold.reason}); only a person ends it"


def _is_stuck(hold: Hold, use: RiskUse) -> bool:
    return hold.cause is HoldCause.DRAWDOWN and use.gross_notional == 0
