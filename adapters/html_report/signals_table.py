"""The signals of a run as columns for the page's table, the latest of them where they are too many."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from adapters.html_report.blocks import choice, section
from adapters.html_report.markup import Html, element
from adapters.html_report.written import exact_text
from application.results.result import RunResult
from application.results.signal_log import SignalEntry
from domain.time_units import iso_utc

N_SIGNALS_MAX: Final = 3_000
"""So many take half a megabyte of the page."""


def _quantity(quantity: Decimal | None) -> str:
    return "" if quantity is None else exact_text(quantity)


def _why(each: SignalEntry) -> str:
    """Return in words why nothing came of it, or what bound its size."""
    codes = ", ".join(code.replace("_", " ") for code in each.codes)
    constraint, colon, numbers = each.size_reason.partition(":")
    size = f"{constraint.replace('_', ' ')}{colon}{numbers}"
    said = each.detail or ("" if size == "exit" else size)
    return ": ".join(part for part in (codes if each.detail or not said else "", said) if part)


_TEXTS: Final[Mapping[str, Callable[[SignalEntry], str]]] = {
    "at": lambda each: iso_utc(each.at_ns),
    "symbol": lambda each: each.symbol,
    "strategy": lambda each: each.strategy,
    "action": lambda each: each.signal.action.value.replace("_", " "),
    "strength": lambda each: f"{each.signal.strength:.2f}",
    "confidence": lambda each: f"{each.signal.confidence:.2f}",
    "scenario": lambda each: "" if each.scenario is None else each.scenario.code.replace("_", " "),
    "weight": lambda each: "" if each.weight is None else f"{each.weight:.4f}",
    "quantity": lambda each: _quantity(each.target_quantity),
    "outcome": lambda each: each.outcome.value.replace("_", " "),
    "reason": lambda each: each.signal.reason,
    "why": _why,
}


def signals_section(result: RunResult, entries: Sequence[SignalEntry]) -> Html:
    """Return the section; the table itself is built by a script."""
    if not entries:
        return section("signals", "Signals", element("p", "No strategy said anything.", class_="empty"))
    n_left_out = len(entries) - len(_shown(entries))
    left_out = f"Here are the latest {N_SIGNALS_MAX:,} of {len(entries):,}. " if n_left_out else ""
    return section(
        "signals",
        f"Signals: {len(entries):,}",
        element("div", _filters(_shown(entries)), class_="controls"),
        element("p", "", id="signals-summary", class_="note", aria_live="polite"),
        element("div", id="signals-table", class_="scroll trades", tabindex="0", role="region", aria_label="Signals"),
        element(
            "p",
            left_out,
            "All of them as CSV: ",
            element("code", f"autotrading runs signals {result.run_id}"),
            class_="note",
        ),
        intro="What each strategy said, why, and what became of it. One that began or ended a trade shows it above "
        "when it is clicked.",
    )


def _filters(shown: Sequence[SignalEntry]) -> list[Html]:
    return [
        element("input", type="search", id="signal-text", placeholder="Search", aria_label="Search in signals"),
        choice("signal-symbol", "All instruments", sorted({each.symbol for each in shown})),
        choice("signal-strategy", "All strategies", sorted({each.strategy for each in shown})),
        choice("signal-action", "All actions", sorted({_TEXTS["action"](each) for each in shown})),
        choice("signal-outcome", "All outcomes", sorted({_TEXTS["outcome"](each) for each in shown})),
    ]


def signal_columns(entries: Sequence[SignalEntry]) -> dict[str, object]:
    """Return the columns of the signals that are shown: texts, and the place of each one's trade, null without one."""
    shown = _shown(entries)
    texts = {name: [text(each) for each in shown] for name, text in _TEXTS.items()}
    return {**texts, "trade": [each.trade for each in shown]}


def _shown(entries: Sequence[SignalEntry]) -> Sequence[SignalEntry]:
    return entries[-N_SIGNALS_MAX:]
