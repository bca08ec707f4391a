"""What people ended of what held trading back."""

from typing import Final

from adapters.html_report.blocks import Column, folded, table, when
from adapters.html_report.markup import Content, element
from adapters.html_report.written import NOTHING, moment
from application.results.result import RunResult
from application.results.wording import counted
from application.trading.records import ClearanceRecord

_LISTED_MAX: Final = 200
_SHOWN_MAX: Final = 8


def clearances(result: RunResult) -> Content:
    """Return who ended what, and why; nothing where nobody ended anything."""
    found = result.log.clearances
    if not found:
        return None
    names = ("Ended", "Of", "Held since", "Held for", "By", "Because")
    columns = [when(), *(Column(name, is_number=False) for name in names)]
    listed = table(columns, [_row(each) for each in found[:_LISTED_MAX]], class_="stack")
    more = f", the first {_LISTED_MAX} of them listed" if len(found) > _LISTED_MAX else ""
    title = f"{counted(len(found), 'clearance')}{more}"
    return [element("h3", "Cleared by a person"), listed if len(found) <= _SHOWN_MAX else folded(title, listed)]


def _row(each: ClearanceRecord) -> list[Content]:
    return [
        moment(each.at_ns),
        each.ended.replace("_", " "),
        each.strategy or "the account",
        NOTHING if each.held_since_ns is None else moment(each.held_since_ns),
        each.held_for,
        each.person,
        each.reason,
    ]
