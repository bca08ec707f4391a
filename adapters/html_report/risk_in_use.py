"""How much of what may be risked was in use when a run ended."""

from decimal import Decimal

from adapters.html_report.blocks import Column, facts, table
from adapters.html_report.markup import Content, element
from adapters.html_report.written import NOTHING, figure, moment, money, percent, ratio
from application.results.result import RunResult
from application.results.wording import quote_currency
from application.trading.risk_use import InstrumentUse, RiskUse
from domain.numbers import exact
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
        (f"Value at risk of a day, at {use.var_confidence * 100:.6g}%", percent(use.var_daily, _PLACES)),
        ("Expected shortfall of a day", percent(use.cvar_daily, _PLACES)),
        ("Chance of a liquidation within 24 hours", percent(use.liquidation_probability, _PLACES)),
        ("Nearest liquidation", _nearest(use)),
        ("Loss if every stop is jumped over", _at_risk(use, quote_currency(result.symbols))),
        ("Drawdown", percent(use.drawdown, _PLACES)),
        ("Lost this week", percent(_lost(use.week.loss_fraction), _PLACES)),
        ("Losing days in a row", f"{use.losing_days:,}"),
    ]
    return [element("h3", f"In use at the end, {moment(use.at_ns)} UTC"), facts(pairs), _by_instrument(use)]


def _by_instrument(use: RiskUse) -> Content:
    """Return what each instrument adds to the risk; nothing where nothing is held or working."""
    if not use.instruments:
        return None
    names = ("Notional held", "Worst case", "Liquidated by", "VaR alone", "Its part of VaR", "Of all")
    columns = [Column("Instrument", is_number=False), *map(Column, names)]
    total: list[Content] = ["Together", "", money(use.gross_notional), "", "", percent(use.var_daily, _PLACES), ""]
    said = (
        "Parts are what each position adds to value at risk beside the others, as a share of equity; they sum to the "
        "whole, and a hedge takes away from it. Unknown while too few returns are known."
    )
    return [
        element("h4", "By instrument"),
        table(columns, [_instrument(each, use) for each in use.instruments], total=total),
        element("p", said, class_="note"),
    ]


def _instrument(each: InstrumentUse, use: RiskUse) -> list[Content]:
    share = None if each.var_part is None or not use.var_daily else each.var_part / use.var_daily
    part = percent(each.var_part, _PLACES)
    return [
        each.symbol,
        money(each.held_notional),
        money(each.worst_notional),
        "never" if each.liquidation_distance is None else percent(each.liquidation_distance),
        percent(each.var_alone, _PLACES),
        part if each.var_part is None else figure(f"var.part.{each.symbol}", exact(each.var_part), part),
        percent(share),
    ]


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
