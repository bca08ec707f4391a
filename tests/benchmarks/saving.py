"""How long saving a run takes beside the run itself, and how much it fills."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from adapters.run_documents.run_store import FileRunStore
from application.market_history import MarketHistory
from application.results.run_record import Provenance, RunRecord
from tests.benchmarks.reference_market import YEAR_OF_MINUTES, reference_market
from tests.benchmarks.reference_path import backtest

_REPEATS: Final = 3
_MIB: Final = 1024 * 1024


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_saving(title: str, history: MarketHistory) -> None:
    """Print the median seconds of saving, loading and listing a run, beside those of making it, and its size."""
    runs = [seconds_of(lambda: backtest(history)) for _ in range(_REPEATS)]
    result = backtest(history)
    provenance = Provenance(created_at_ns=0, product_version="", python_version="", configuration="")
    record = RunRecord(result=result, prices=history.bars, provenance=provenance)
    saves, loads, size = [], [], 0
    for _ in range(_REPEATS):
        with TemporaryDirectory() as folder:
            store = FileRunStore(Path(folder))
            saves.append(seconds_of(lambda: store.save(record)))  # noqa: B023  # called at once
            loads.append(seconds_of(lambda: store.load(result.run_id)))  # noqa: B023  # called at once
            size = sum(each.stat().st_size for each in store.folder_of(result.run_id).iterdir())
    run, save = median(runs), median(saves)
    print(
        f"{title:<34} {len(result.log.fills):>7,} fills  run {run:6.2f} s  save {save:5.2f} s "
        f"({save / run:.1%} of the run)  load {median(loads):5.2f} s  {size / _MIB:5.1f} MiB",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    measure_saving("a year of minutes, saved", reference_market(YEAR_OF_MINUTES))


if __name__ == "__main__":
    main()
