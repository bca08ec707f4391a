"""All models of one instrument over a history, each started from the one before; and a detector that is given them."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from attrs import field, frozen

from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from application.regimes.refit_schedule import RefitSchedule
from domain.market import Bar, BarSeries
from domain.regimes.detector import RegimeDetector
from domain.regimes.features import WARM_UP_BARS, feature_rows
from domain.regimes.regime_model import RegimeEstimate, RegimeModel

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


@frozen
class ScheduledDetector:
    """A detector that is given each model after the bar for which it is due.

    Attributes:
        outcomes: Of each refit, by the close of the bar after which it is put in use.
        detector: Tells the regime.
    """

    outcomes: Mapping[int, FitOutcome]
    detector: RegimeDetector = field(factory=RegimeDetector)

    def on_bar(self, bar: Bar) -> RegimeEstimate:
        """Take the bar that has just closed and return what is known then; again the same for the same bar."""
        is_new = self.detector.seen_until_ns != bar.closed_at_ns
        estimate = self.detector.on_bar(bar)
        outcome = self.outcomes.get(bar.closed_at_ns) if is_new else None
        match outcome:
            case RegimeModel():
                self.detector.use(outcome)
            case FitFailure():
                self.detector.fit_failed(outcome.why)
            case None:
                pass
        return estimate
