"""How long the account took to make its drawdowns good, as the drawdown ladder saw them."""

from decimal import Decimal
from typing import Final

from adapters.html_report.blocks import Column, facts, folded, table, when, whole
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import duration, figure, moment, percent
from application.results.recovery_wording import is_at_high
from application.results.result import RunResult
from application.trading.risk_use import RiskUse
from domain.risk.recoveries import Fall, Recovery, RecoveryRecord
from domain.time_units import NS_PER_DAY

_LISTED_MAX: Final = 100


def recoveries(result: RunResult) -> Content:
    """Return how often and in what time drawdowns were made good; nothing where that was not kept."""
    use = result.risk_use
    if use is None or use.recoveries is None:
        return None
    record = use.recoveries
    return [
        element("h3", "Recoveries"),
        facts(_pairs(record, use)),
        _listed(record.latest),
        element(
            "p",
            "Drawdowns from the mild level on, seen at the turn of days, at new highs and where a level begins; "
            "between these moments they may have been deeper.",
            class_="note",
        ),
    ]


def _pairs(record: RecoveryRecord, use: RiskUse) -> list[tuple[str, Content]]:
    pairs: list[tuple[str, Content]] = [
        ("Drawdowns made good", figure("recoveries.count", Decimal(record.count), f"{record.count:,}")),
    ]
    found = record.statistics
    if found is not None:
        pairs += [
            ("On average in", _days(found.mean_days)),
            ("Shortest", _days(found.min_days)),
            ("Longest", _days(found.max_days)),
        ]
    if use.fall is not None:
        pairs.append(("Below the high since", _fall(use.fall, use.at_ns)))
    return pairs


def _fall(fall: Fall, at_ns: int) -> Content:
    if is_at_high(fall):
        return "not below it: the run ended at its high"
    lasted = f"{duration(at_ns - fall.started_at_ns)} until the end, at most {percent(fall.depth, 2)} deep"
    return [whole(f"{moment(fall.started_at_ns)},"), f" {lasted}"]


def _days(days: float) -> str:
    return duration(round(days * NS_PER_DAY))


def _listed(latest: tuple[Recovery, ...]) -> Html | None:
    if not latest:
        return None
    columns = [when("Left the high (UTC)"), when("Reached it again (UTC)"), *map(Column, ("In", "Deepest"))]
    rows = [
        [
            moment(each.started_at_ns),
            moment(each.ended_at_ns),
            duration(each.ended_at_ns - each.started_at_ns),
            percent(each.depth, 2),
        ]
        for each in latest[-_LISTED_MAX:]
    ]
    return folded(f"The last {len(rows)} of them" if len(rows) > 1 else "When it was", table(columns, rows))
