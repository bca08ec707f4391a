"""What the charts on risk control are drawn from."""

from collections import Counter
from math import isfinite
from typing import Any, Final

from application.results.result import RunResult
from application.results.risk_stretches import Stretch
from application.results.risk_summary import RiskSummary, risk_summary
from domain.time_units import NS_PER_MS

_CONSTRAINTS_MAX: Final = 6
_OTHERS: Final = "all others"


def risk_drawings(result: RunResult) -> dict[str, object]:
    """Return bands of levels and states, constraints by month, and forecasts with outcomes, as plain data."""
    summary = risk_summary(result)
    return {
        "levels": _bands(summary.levels),
        "states": _bands(summary.states),
        "bindings": _bindings(summary),
        "forecasts": _forecasts(result),
    }


def _bands(stretches: tuple[Stretch[Any], ...]) -> dict[str, object]:
    """Return stretches of time by what they are of, in milliseconds."""
    return {
        "what": [each.what.value for each in stretches],
        "from": [each.start_ns / NS_PER_MS for each in stretches],
        "until": [each.end_ns / NS_PER_MS for each in stretches],
    }


def _bindings(summary: RiskSummary) -> dict[str, object]:
    """Return how many entries each of the most frequent constraints bound in each month, and all others together."""
    named = [binding.constraint for binding in summary.bindings][:_CONSTRAINTS_MAX]
    months = {month: _named(Counter(counts), named) for month, counts in summary.monthly_bindings.items()}
    names = [*named, _OTHERS] if len(summary.bindings) > len(named) else named
    return {"months": list(months), "counts": {name: [counts[name] for counts in months.values()] for name in names}}


def _named(counts: Counter[str], named: list[str]) -> Counter[str]:
    others = sum(count for name, count in counts.items() if name not in named)
    return Counter({**{name: counts[name] for name in named}, _OTHERS: others})


def _forecasts(result: RunResult) -> dict[str, object]:
    made = [each for each in result.log.var_forecasts if isfinite(each.value_at_risk) and isfinite(each.outcome)]
    return {
        "at": [each.at_ns / NS_PER_MS for each in made],
        "var": [each.value_at_risk for each in made],
        "outcome": [each.outcome for each in made],
    }
