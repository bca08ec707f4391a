"""How regimes are told and learned."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

from application.ports.regime_fitting import FitSettings, RegimeFitting
from application.regimes.judged_bars import JudgedBars
from application.regimes.refit_schedule import RefitSchedule
from domain.market import BarSeries
from domain.regimes.detector import DetectorSettings


@frozen(kw_only=True)
class RegimePlan:
    """How regimes are told and learned.

    Attributes:
        detector: How they are told.
        schedule: When models are fitted anew.
        fit: What is fitted and how hard it is tried.
        fitting: Who fits; for the same bars it answers the same.
        judged: What was said by this plan of bars before, by symbol; of those nobody is asked again.
    """

    fitting: RegimeFitting
    detector: DetectorSettings = field(factory=DetectorSettings)
    schedule: RefitSchedule = field(factory=RefitSchedule)
    fit: FitSettings = field(factory=FitSettings)
    judged: Mapping[str, JudgedBars] = field(factory=dict, repr=False)

    def judging(self, bars: Mapping[str, BarSeries]) -> "RegimePlan":
        """Return the plan with what was said of these very bars, and of no others."""
        known = {symbol: each for symbol, each in self.judged.items() if bars.get(symbol) is each.bars}
        return evolve(self, judged=known)

    def without_judgements(self) -> "RegimePlan":
        """Return the plan that asks about every bar anew."""
        return evolve(self, judged={})
