"""Whether volatility is high or low: against its own past, so that neither bar length nor instrument matters."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from math import ceil

from attrs import field, frozen, validators

from domain.regime import VolatilityState


@frozen(kw_only=True)
class VolatilitySettings:
    """What counts as high.

    Attributes:
        history_bars: How many of the latest forecasts make up the past.
        observations_min: How many there must be before anything is said.
        high_quantile: Above this quantile of the past volatility becomes HIGH.
        low_quantile: At or below this one it becomes LOW again; not above `high_quantile`.
    """

    history_bars: int = field(default=720, validator=validators.ge(2))
    observations_min: int = field(default=100, validator=validators.ge(2))
    high_quantile: float = field(default=0.7, validator=[validators.gt(0.0), validators.lt(1.0)])
    low_quantile: float = field(default=0.6, validator=[validators.gt(0.0), validators.lt(1.0)])

    @observations_min.validator
    def _fits_in_the_history(self, _: object, observations_min: int) -> None:
        if observations_min > self.history_bars:
            raise ValueError(f"observations_min {observations_min} is above history_bars {self.history_bars}")

    @low_quantile.validator
    def _is_below(self, _: object, low_quantile: float) -> None:
        if low_quantile > self.high_quantile:
            raise ValueError(f"low_quantile {low_quantile} is above high_quantile {self.high_quantile}")


class RunningVolatilityState:
    """HIGH or LOW, one forecast after the other; each is held against those before it.

    Attributes:
        settings: What counts as high.
        state: After the latest forecast; None until there are enough.
    """

    __slots__ = ("_latest", "_ordered", "settings", "state")

    def __init__(self, settings: VolatilitySettings) -> None:
        self.settings = settings
        self.state: VolatilityState | None = None
        self._latest: deque[float] = deque()
        self._ordered: list[float] = []

    def update(self, volatility: float) -> VolatilityState | None:
        """Take the next forecast and return its state.

        Args:
            volatility: Standard deviation or variance, the same kind each time; not NaN.

        Returns:
            None while the past is too short.

        Raises:
            ValueError: It is NaN.
        """
        if volatility != volatility:  # noqa: PLR0124  # only NaN is not itself; the call of isnan costs more
            raise ValueError("the volatility forecast is NaN")
        if len(self._ordered) >= self.settings.observations_min:
            self.state = self._judged(volatility)
        self._remember(volatility)
        return self.state

    def replace_past(self, volatilities: Iterable[float]) -> None:
        """Hold the next forecast against these instead, oldest first, as if they had been forecast; the state stays."""
        self._latest = deque(volatilities, maxlen=None)
        while len(self._latest) > self.settings.history_bars:
            self._latest.popleft()
        self._ordered = sorted(self._latest)

    def _judged(self, volatility: float) -> VolatilityState:
        if volatility > self._quantile(self.settings.high_quantile):
            return VolatilityState.HIGH
        if self.state is VolatilityState.HIGH and volatility > self._quantile(self.settings.low_quantile):
            return VolatilityState.HIGH
        return VolatilityState.LOW

    def _quantile(self, share: float) -> float:
        """Return the smallest past forecast that at least this share of them does not exceed."""
        return self._ordered[ceil(share * len(self._ordered)) - 1]

    def _remember(self, volatility: float) -> None:
        self._latest.append(volatility)
        insort(self._ordered, volatility)
        if len(self._latest) > self.settings.history_bars:
            oldest = self._latest.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]
