"""How volatile the next bar is expected to be, by a GARCH(1,1) whose parameters are fixed until the next fit."""

from collections.abc import Iterable
from math import inf, isfinite, log

from attrs import field, frozen, validators

from domain.risk.volatility import VarianceRecursion


@frozen
class GarchModel:
    """A GARCH(1,1) around a mean, whose variance tends to a long-run level.

    Returns of bars of one length, fractions or log returns: variances are of one bar, and nothing is annualized.

    Attributes:
        recursion: The step; its constant is positive and its two weights add up to less than one.
        mean: Of the returns.

    Raises:
        ValueError: A number is not finite, or the variance would tend to nothing or grow without end.
    """

    recursion: VarianceRecursion = field()
    mean: float = field(default=0.0)

    @recursion.validator
    def _tends_to_a_level(self, _: object, recursion: VarianceRecursion) -> None:
        if not 0.0 < recursion.constant < float("inf"):
            raise ValueError(f"the constant must be positive and finite, got {recursion.constant}")
        # Not read as ">= 1": NaN would pass.
        if not recursion.reaction + recursion.persistence < 1.0:
            raise ValueError(
                f"alpha + beta must be below 1 for a long-run level, got {recursion.reaction} + {recursion.persistence}"
            )

    @mean.validator
    def _is_finite(self, _: object, mean: float) -> None:
        if not isfinite(mean):
            raise ValueError(f"the mean must be finite, got {mean}")

    @property
    def long_run_variance(self) -> float:
        """What forecasts tend to, omega / (1 - alpha - beta), per bar."""
        return self.recursion.constant / (1.0 - self.recursion.reaction - self.recursion.persistence)

    def variance_after(self, variance: float, value: float) -> float:
        """Return the variance expected of the next bar, after this one's and its return.

        Raises:
            ValueError: The return is not finite, or so large that its square is not.
        """
        following = self.recursion.next_variance(variance, value - self.mean)
        # False while NaN as well.
        if not following < inf:
            raise ValueError(f"the return must be a finite number whose square is, got {value}")
        return following

    def variances_after(self, values: Iterable[float]) -> list[float]:
        """Return the variance expected after each of some returns, the first of them expected at the long-run level.

        Raises:
            ValueError: As by `variance_after`.
        """
        variance, variances = self.long_run_variance, []
        for value in values:
            variance = self.variance_after(variance, value)
            variances.append(variance)
        return variances

    @property
    def half_life_bars(self) -> float:
        """After how many bars half of a shock to the variance is left; 0 where shocks do not last."""
        total = self.recursion.reaction + self.recursion.persistence
        return log(0.5) / log(total) if total > 0.0 else 0.0


@frozen
class VarianceForecast:
    """What is expected after the returns so far. Frozen: the next return makes the next forecast.

    Attributes:
        model: By which it moves.
        variance: Of the next bar's return, squared fraction, positive.
    """

    model: GarchModel
    variance: float = field(validator=validators.gt(0.0))

    @classmethod
    def before_any_return(cls, model: GarchModel) -> "VarianceForecast":
        """Return the forecast of who has seen nothing: the long-run level."""
        return cls(model, model.long_run_variance)

    def after(self, value: float) -> "VarianceForecast":
        """Return the forecast that follows from the next bar's return.

        Raises:
            ValueError: The return is not finite, or so large that its square is not.
        """
        return VarianceForecast(self.model, self.model.variance_after(self.variance, value))

    def variances(self, n_bars: int) -> list[float]:
        """Return the variance expected of each of the next bars, of which no return is known yet.

        Element k is ``long run + (alpha + beta)^k × (variance - long run)``.
        """
        level = self.model.long_run_variance
        total = self.model.recursion.reaction + self.model.recursion.persistence
        return [level + total**step * (self.variance - level) for step in range(n_bars)]
