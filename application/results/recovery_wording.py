"""How long drawdowns took to be made good, in words."""

from decimal import Decimal
from typing import Final

from application.results.wording import counted
from application.trading.risk_use import RiskUse
from domain.risk.recoveries import Fall
from domain.time_units import NS_PER_DAY

_TOO_SMALL_TO_SHOW: Final = Decimal("0.00005")


def is_at_high(fall: Fall) -> bool:
    """Whether a fall is so small that two decimals of percent show none: an account that has just left its high."""
    return fall.depth < _TOO_SMALL_TO_SHOW


def recoveries_in_words(use: RiskUse) -> str | None:
    """Return how many drawdowns were made good and in what time, and since when the present one lasts.

    Returns:
        None where that was not kept.
    """
    if use.recoveries is None:
        return None
    found = use.recoveries.statistics
    if found is None:
        said = "no drawdown from the mild level on was made good"
    else:
        took = f"{found.mean_days:,.1f} days on average, {found.min_days:,.1f} to {found.max_days:,.1f}"
        said = f"{counted(found.count, 'drawdown')} made good, in {took}"
    if use.fall is None:
        return said
    if is_at_high(use.fall):
        return f"{said}; at the high at the end"
    lasting = (use.at_ns - use.fall.started_at_ns) / NS_PER_DAY
    return f"{said}; below the high for {lasting:,.1f} days at the end"
