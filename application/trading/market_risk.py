"""Prices of everything traded at regular instants, and the daily risk that follows from them."""

from collections.abc import Mapping

import numpy as np
from attrs import define, field

from application.trading.book import InstrumentBook
from domain.market import Float64Array
from domain.risk.estimates import EstimateSettings, estimate_model
from domain.risk.risk_model import RiskModel
from domain.time_units import NS_PER_DAY, NS_PER_SECOND


@define(eq=False)
class MarketRisk:
    """Samples the marks, and works the model out when somebody asks and something has come since.

    Attributes:
        books: What is traded, by symbol.
        settings: How often is sampled, and how is estimated.
        next_sample_ns: When the next sample is due.
    """

    books: Mapping[str, InstrumentBook]
    settings: EstimateSettings
    next_sample_ns: int = field(default=0, init=False)
    _samples: Float64Array = field(init=False, repr=False)
    _n_samples: int = field(default=0, init=False, repr=False)
    _model: RiskModel | None = field(default=None, init=False, repr=False)
    _is_outdated: bool = field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # Twice the window, so that the latest samples can lie in one piece and are moved but rarely.
        self._samples = np.zeros((2 * self._n_kept, 1 + len(self.books)))

    @property
    def _n_kept(self) -> int:
        """One price more than returns."""
        return self.settings.window_samples + 1

    def sample(self, at_ns: int) -> None:
        """Take the marks of now; the next sample is due at the next multiple of the interval."""
        interval_ns = self.settings.interval_s * NS_PER_SECOND
        self.next_sample_ns = (at_ns // interval_ns + 1) * interval_ns
        if self._n_samples == len(self._samples):
            self._n_samples = self._n_kept - 1
            self._samples[: self._n_samples] = self._samples[-self._n_samples :]
        self._samples[self._n_samples] = (at_ns / NS_PER_DAY, *(book.mark for book in self.books.values()))
        self._n_samples += 1
        self._is_outdated = True

    @property
    def model(self) -> RiskModel | None:
        """The daily risk as of the last sample, None while too little is known."""
        if self._is_outdated:
            latest = self._samples[max(0, self._n_samples - self._n_kept) : self._n_samples]
            self._model = estimate_model(tuple(self.books), latest[:, 1:], np.diff(latest[:, 0]), self.settings)
            self._is_outdated = False
        return self._model
