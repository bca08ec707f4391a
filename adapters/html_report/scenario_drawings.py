"""What ribbons of regimes and the timeline of scenarios are drawn from: one row for each change, never for each bar."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from adapters.html_report.packing import Packed, pack_instants, pack_numbers
from application.results.result import RunResult
from application.results.scenario_history import ScenarioStretch, scenario_histories, weights_by_symbol
from domain.time_units import NS_PER_MS

_WEIGHTS_DRAWN_MAX: Final = 4_000


def scenario_drawings(result: RunResult) -> dict[str, object]:
    """Return the stretches of scenarios of each instrument and how the account was shared, as plain data."""
    histories = scenario_histories(result)
    return {
        "stretches": {
            symbol: _columns(history.stretches(result.start_ns, result.end_ns)) for symbol, history in histories.items()
        },
        "weights": {symbol: _weights(changes) for symbol, changes in weights_by_symbol(result).items()},
        "end": result.end_ns / NS_PER_MS,
    }


def _columns(stretches: Sequence[ScenarioStretch]) -> dict[str, object]:
    return {
        "from": [each.start_ns / NS_PER_MS for each in stretches],
        "until": [each.end_ns / NS_PER_MS for each in stretches],
        "regime": [each.scenario.regime.value for each in stretches],
        "volatility": [each.scenario.volatility.value for each in stretches],
        "confidence": [round(each.confidence, 3) for each in stretches],
        "reason": [each.reason for each in stretches],
    }


def _weights(changes: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, object]:
    """Return the changes; where they are too many to draw, each stands for several."""
    drawn = changes[:: -(-len(changes) // _WEIGHTS_DRAWN_MAX)]
    names = sorted({name for _, weights in drawn for name in weights})
    shares: dict[str, Packed] = {
        name: pack_numbers(np.asarray([weights.get(name, 0.0) for _, weights in drawn], dtype=np.float64))
        for name in names
    }
    return {"at": pack_instants(np.asarray([at_ns for at_ns, _ in drawn], dtype=np.int64)), "shares": shares}
