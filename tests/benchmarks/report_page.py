"""How long the report of five years of hours on three instruments takes, and how large it is."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Final

from adapters.html_report.page import report_page
from adapters.simulated.rules import VenueRules
from adapters.synthetic.instruments import MAJORS
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.results.run_record import Provenance, RunRecord
from tests.plans import trend_plan

_FIVE_YEARS_OF_HOURS: Final = 5 * 365 * 24
_REPEATS: Final = 3
_MB: Final = 1e6
_SEED: Final = 7
_TARGET_S: Final = 5.0
_TARGET_MB: Final = 12.0


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_report() -> None:
    """Print the median seconds of building the page, beside those of the run that it shows, and its size."""
    # Longer, and seeds would lead these prices beyond the steps of the model.
    history = generate(SyntheticMarket(n_bars=_FIVE_YEARS_OF_HOURS, instruments=MAJORS[:3]), seed=_SEED)
    plan = trend_plan(history, rules=VenueRules())
    run = median(_seconds(lambda: run_backtest(plan)) for _ in range(_REPEATS))
    result = run_backtest(plan)
    provenance = Provenance(created_at_ns=0, product_version="", python_version="", configuration="")
    record = RunRecord(result=result, prices=history.bars, provenance=provenance)
    page = report_page(record)
    build = median(_seconds(lambda: report_page(record)) for _ in range(_REPEATS))
    print(
        f"3 instruments, {3 * _FIVE_YEARS_OF_HOURS:,} hourly bars, {len(result.log.trades):,} trades: "
        f"{build:.2f} s (target {_TARGET_S:.0f}), {build / run:.2f} x the run itself, "
        f"{len(page) / _MB:.1f} MB (target {_TARGET_MB:.0f})",
        flush=True,
    )


if __name__ == "__main__":
    measure_report()
