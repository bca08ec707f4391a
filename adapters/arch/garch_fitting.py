"""GARCH(1,1) by maximum likelihood, on returns in percent, which is the size that the optimizer is made for."""

import warnings
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from attrs import field, frozen, validators
from typing_extensions import override

from application.ports.regime_fitting import FitError, GarchFitting
from domain.market import Float64Array
from domain.regimes.garch_forecast import GarchModel
from domain.risk.volatility import VarianceRecursion

if TYPE_CHECKING:
    # Names for annotations alone: start-up does without the module.
    from threadpoolctl import ThreadpoolController

_PERCENT: Final = 100.0
_LEVEL_IS_LOST: Final = 1.0 - 1e-6


@frozen
class ArchGarchFitting(GarchFitting):
    """Fits around a constant mean or none, with normal or Student's t returns.

    Attributes:
        mean: Of the returns: none, or one that is fitted with the rest.
        distribution: Of the returns over their deviation; ``t`` has fat tails.
    """

    mean: Literal["Zero", "Constant"] = field(default="Zero", validator=validators.in_(("Zero", "Constant")))
    distribution: Literal["normal", "t"] = field(default="normal", validator=validators.in_(("normal", "t")))

    @override
    def fit_volatility(self, returns: Float64Array, former: GarchModel | None, /) -> GarchModel:
        percent = _PERCENT * returns
        if not float(np.var(percent)) > 0.0:
            raise FitError("no volatility to fit: the returns do not vary")
        start = self._start(former)
        try:
            found = self._parameters(percent, start)
        except FitError:
            if start is None:
                raise
            # Where the former model is at the edge of what arch admits, or far from this one: begin as for the first.
            found = self._parameters(percent, None)
        recursion = _recursion(found["omega"], found["alpha[1]"], found["beta[1]"])
        return GarchModel(recursion, found.get("mu", 0.0) / _PERCENT)

    def _parameters(self, percent: Float64Array, start: Float64Array | None) -> dict[str, float]:
        """Return what is likeliest by the names that arch gives it, of returns in percent."""
        from arch import arch_model  # noqa: PLC0415  # loads pandas and scipy: a second

        model = arch_model(percent, mean=self.mean, vol="GARCH", p=1, q=1, dist=self.distribution, rescale=False)
        # Sums of several threads round otherwise than those of one, and the optimizer ends elsewhere.
        with warnings.catch_warnings(), _thread_pools().limit(limits=1):
            warnings.simplefilter("error")
            try:
                fitted = model.fit(disp="off", show_warning=False, starting_values=start)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError, Warning) as error:
                raise FitError(f"no volatility model found: {' '.join(str(error).split())}") from error
        if fitted.convergence_flag != 0:
            raise FitError(f"no volatility model found: the optimizer stopped with code {fitted.convergence_flag}")
        return {str(name): float(value) for name, value in fitted.params.items()}

    def _start(self, former: GarchModel | None) -> Float64Array | None:
        if former is None or self.distribution != "normal":
            return None
        step = former.recursion
        mean = [_PERCENT * former.mean] if self.mean == "Constant" else []
        return np.array([*mean, _PERCENT**2 * step.constant, step.reaction, step.persistence])


@cache
def _thread_pools() -> "ThreadpoolController":
    """Return what sets the threads of the libraries; called once they are loaded. Finding them takes milliseconds."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415

    return ThreadpoolController()


def _recursion(constant: float, reaction: float, persistence: float) -> VarianceRecursion:
    """Return the step in fractions.

    Where both weights add up to one there is no level that variance tends to; the optimizer goes there to the edge of
    what it may, and a little less persistence is as likely.
    """
    reaction, persistence = max(reaction, 0.0), max(persistence, 0.0)
    total = reaction + persistence
    if total > _LEVEL_IS_LOST:
        reaction, persistence = reaction * _LEVEL_IS_LOST / total, persistence * _LEVEL_IS_LOST / total
    return VarianceRecursion(constant / _PERCENT**2, reaction, persistence)
