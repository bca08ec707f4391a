"""Models of regimes on their way into decisions that are made again: none may know bars that were not there."""

from typing import Final

from attrs import define, field
from typing_extensions import override

from application.errors import ApplicationError
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from application.regimes.own_evidence import contradiction
from domain.regimes.regime_model import RegimeModel

STATES_LOOKED_AT_EVERY: Final = 200
"""Of so many models one, the first included, has its states tried on its bars: that takes as long as a thousand bars
of trading."""


class ForeignModelError(ApplicationError):
    """A model of regimes was learned from other bars than those it was to be learned from.

    The message says in what it shows.
    """


@define(eq=False)
class CheckedFits(RegimeFitting):
    """Passes models on that were learned from the bars of their tasks.

    A task is made by a decision core of bars that have closed, so that this cannot be a model that knows later ones.

    Attributes:
        fitting: Whose models they are.

    Raises:
        ForeignModelError: On a model that was not.
    """

    fitting: RegimeFitting
    _n_models: int = field(default=0, init=False)

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        outcome = self.fitting.fit(task)
        if isinstance(outcome, RegimeModel):
            looks_at_states = self._n_models % STATES_LOOKED_AT_EVERY == 0
            self._n_models += 1
            found = contradiction(outcome, task, looks_at_states=looks_at_states)
            if found is not None:
                raise ForeignModelError(f"regime: the model {found}")
        return outcome
