"""The need to keep runs: everything that is needed to show one again, under its name."""

from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

from application.results.run_record import RunRecord


@frozen(kw_only=True)
class RunSummary:
    """What a list of runs says about one of them.

    Attributes:
        run_id: Name of the run.
        name: As configured.
        tags: What its owner calls it, in the order in which that was said.
        created_at_ns: When it was saved first.
        last_made_at_ns: When it was last made; later than created if it was made again.
        is_synthetic: Whether its market was generated.
        symbols: Instruments in alphabetical order.
        start_ns: First instant of its period.
        end_ns: Last instant of its period.
        total_return: End over start equity minus one, a fraction.
        max_drawdown: Deepest fall of the equity as a fraction of the high before it.
        n_trades: Closed round trips.
        product_version: Of the product that made it.
    """

    run_id: str
    name: str
    tags: tuple[str, ...]
    created_at_ns: int
    last_made_at_ns: int
    is_synthetic: bool
    symbols: tuple[str, ...]
    start_ns: int
    end_ns: int
    total_return: float
    max_drawdown: float
    n_trades: int
    product_version: str


@frozen
class UnreadableRun:
    """A run that is there and cannot be read.

    Attributes:
        run_id: Name of the run.
        problem: One line that names the file and what is wrong with it.
    """

    run_id: str
    problem: str


@frozen
class KeptRuns:
    """All runs that are kept.

    Attributes:
        runs: The ones that can be read, last made first.
        unreadable: The others.
    """

    runs: tuple[RunSummary, ...]
    unreadable: tuple[UnreadableRun, ...] = ()


class RunStore(Protocol):
    """Keeps runs. What it gives back equals what it was given, in every field.

    Every method raises `application.errors.DataError` where the run is not there, damaged, of a form that this
    version does not know, or where the place takes or gives nothing.
    """

    def save(self, record: RunRecord) -> bool:
        """Keep a run as a whole or not at all; return whether it is new.

        A run that is there already stays as it was saved first: its name stands for the same data, code,
        configuration and result. It keeps its tags, gets those of the record beside them, and counts as made
        again at the record's time.
        """

    def load(self, run_id: str) -> RunRecord:
        """Return a run; every file is checked against what was written."""

    def document(self, run_id: str) -> bytes:
        """Return the published result document of a run, as it was written."""

    def kept(self) -> KeptRuns:
        """Return what is kept."""

    def tag(self, run_id: str, tags: Iterable[str]) -> tuple[str, ...]:
        """Add tags and return all that the run then has; having one already changes nothing."""

    def untag(self, run_id: str, tags: Iterable[str]) -> tuple[str, ...]:
        """Take tags away and return what is left; one that is not there changes nothing."""

    def delete(self, run_id: str) -> None:
        """Forget a run, also a damaged one. This cannot be undone."""
