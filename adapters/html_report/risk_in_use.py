"""How much of what may be risked was in use when a run ended."""

from decimal import Decimal

from adapters.html_report.blocks import facts
from adapters.html_report.markup import Content, element
from adapters.html_report.written import NOTHING, moment, percent, ratio
from application.results.result import RunResult
from application.results.wording import quote_currency
from application.trading.risk_use import RiskUse
from domain.risk.clause import ratio as part_of

_PLACES = 2


def in_use(result: RunResult) -> Content:
    """Return what was in use at the end; nothing where that was not measured."""
    use = result.risk_use
    if use is None:
        return None
    pairs: list[tuple[str, Content]] = [
        ("Gross leverage, worst case", _times(part_of(use.gross_notional, use.equity))),
        ("Maintenance margin over what backs it", percent(use.margin_ratio, _PLACES)),
        (f"Value at risk of a day, {use.var_confidence:.6g}", percent(use.var_daily, _PLACES)),
        ("Expected shortfall of a day", percent(use.cvar_daily, _PLACES)),
        ("Chance of a liquidation within 24 hours", percent(use.liquidation_probability, _PLACES)),
        ("Nearest liquidation", _nearest(use)),
        ("Loss if every stop is jumped over", _at_risk(use, quote_currency(result.symbols))),
        ("Drawdown", percent(use.drawdown, _PLACES)),
        ("Lost this week", percent(_lost(use.week.loss_fraction), _PLACES)),
        ("Losing days in a row", f"{use.losing_days:,}"),
    ]
    return [element("h3", f"In use at the end, {moment(use.at_ns)} UTC"), facts(pairs)]


def _times(value: Decimal | None) -> str:
    return NOTHING if value is None else f"{ratio(value)}×"


def _nearest(use: RiskUse) -> str:
    near = [each for each in use.instruments if each.liquidation_distance is not None]
    nearest = min(near, key=lambda each: each.liquidation_distance or Decimal(0), default=None)
    if nearest is None:
        return "none"
    return f"{nearest.symbol}, a move of {percent(nearest.liquidation_distance)} against it"


def _at_risk(use: RiskUse, unit: str) -> str:
    if use.capital_at_risk is None:
        return NOTHING
    amount = use.capital_at_risk * float(use.equity)
    return f"{amount:,.2f} {unit}".rstrip() + f", {percent(use.capital_at_risk)} of equity"


def _lost(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else max(fraction, Decimal(0))
