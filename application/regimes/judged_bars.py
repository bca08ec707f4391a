"""What was said of the bars of an instrument, to be looked up."""

from array import array

from attrs import frozen

from domain.allocation.scenario import Scenario
from domain.market import BarSeries


@frozen
class ScenarioChange:
    """Another scenario than at the bar before.

    Attributes:
        scenario: The one from this bar on.
        confidence: How sure its direction is, 0 to 1; 0 where nothing is known of it.
        volatility: Standard deviation expected of the next bar's log return; None without a model.
        reason: Why nothing is known of its direction; empty where something is.
    """

    scenario: Scenario
    confidence: float
    volatility: float | None
    reason: str


@frozen(eq=False)
class JudgedBars:
    """What a detector that learned on the way said of every bar of an instrument.

    Its word on a bar depends on that bar and those before alone, so that it may be asked about all of them beforehand.

    Attributes:
        bars: All of them, in time order.
        confidence: How sure the direction is after each, shape (n_bars,).
        changes: By the row of the bar after which another scenario holds, ascending.
    """

    bars: BarSeries
    confidence: "array[float]"
    changes: tuple[tuple[int, ScenarioChange], ...]

    def __attrs_post_init__(self) -> None:
        if len(self.confidence) != len(self.bars):
            raise ValueError(f"{len(self.confidence)} confidences for {len(self.bars)} bars")
