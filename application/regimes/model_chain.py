"""All models of one instrument over a history, each started from the one before."""

from collections.abc import Iterator
from typing import TypeAlias

from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from application.regimes.refit_schedule import RefitSchedule
from domain.market import BarSeries
from domain.regimes.features import WARM_UP_BARS, feature_rows
from domain.regimes.regime_model import RegimeModel

FitOutcome: TypeAlias = RegimeModel | FitFailure


def fit_chain(
    bars: BarSeries, schedule: RefitSchedule, settings: FitSettings, fitting: RegimeFitting
) -> Iterator[tuple[int, FitOutcome]]:
    """Yield the outcome of each refit with the close of the bar after which it is put in use.

    A fit sees bars until its last row and the model before, and nothing else, so that all of a backtest's can be done
    beforehand. A failed one leaves the model before as the start of the next.

    Args:
        bars: Of one instrument, in time order.
        schedule: When models are fitted anew.
        settings: What is fitted and how hard it is tried.
        fitting: Who does it.
    """
    rows, opened, closed = feature_rows(bars), bars.opened_at_ns, bars.closed_at_ns
    former: RegimeModel | None = None
    for refit in schedule.refits(opened, bars.interval_ns):
        task = FitTask(
            rows=rows[refit.first_row : refit.last_row + 1],
            # A row is made of the bars that warm it up too.
            fitted_from_ns=int(opened[max(0, refit.first_row - WARM_UP_BARS + 1)]),
            fitted_until_ns=int(closed[refit.last_row]),
            settings=settings,
            former=former,
        )
        outcome = fitting.fit(task)
        if isinstance(outcome, RegimeModel):
            former = outcome
        yield int(closed[refit.in_use_after_row]), outcome
