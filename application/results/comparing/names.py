"""What runs are called beside each other, and how many can be."""

from collections.abc import Sequence
from typing import Final

from application.results.run_record import RunRecord

N_RUNS_MAX: Final = 6
"""More curves than this cannot be told apart."""


def run_names(records: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return a name for each run that no other one has: as configured, else with its id, else with its place."""
    named = [record.result.name or record.result.run_id for record in records]
    if len(set(named)) == len(named):
        return tuple(named)
    whole = [f"{name} {record.result.run_id}" for name, record in zip(named, records, strict=True)]
    if len(set(whole)) == len(whole):
        return tuple(whole)
    return tuple(f"{name} ({place})" for place, name in enumerate(whole, start=1))
