"""Prices of everything traded at regular instants, and the daily risk that follows from them."""

from collections.abc import Mapping

import numpy as np
from attrs import define, field

from application.trading.book import InstrumentBook
from application.trading.day_starts import DayStarts
from domain.market import Float64Array
from domain.risk.day_history import forecast_tail, limiting_tail
from domain.risk.estimates import EstimateSettings, estimate_covariance
from domain.risk.risk_model import RiskModel
from domain.risk.tail_risk import TailRisk
from domain.time_units import NS_PER_DAY, NS_PER_SECOND


@define(eq=False)
class MarketRisk:
    """Samples the marks, and works out what follows when somebody asks and something has come since.

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
    _day_ends_at_ns: int = field(default=0, init=False, repr=False)
    _days: DayStarts = field(init=False, repr=False)
    # Worked out when they are asked for, and forgotten when something comes.
    _covariance: Float64Array | None = field(default=None, init=False, repr=False)
    _model: RiskModel | None = field(default=None, init=False, repr=False)
    _is_outdated: bool = field(default=False, init=False, repr=False)
    _limiting_tail: TailRisk | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # Twice the window, so that the latest samples can lie in one piece and are moved but rarely.
        self._samples = np.zeros((2 * self._n_kept, 1 + len(self.books)))
        self._days = DayStarts(len(self.books), self.settings.tail_days + 1)

    @property
    def _n_kept(self) -> int:
        """One price more than returns."""
        return self.settings.window_samples + 1

    def sample(self, at_ns: int) -> None:
        """Take the marks of now; the next sample is due at the next multiple of the interval.

        The first sample of a day is remembered as its start.
        """
        interval_ns = self.settings.interval_s * NS_PER_SECOND
        self.next_sample_ns = (at_ns // interval_ns + 1) * interval_ns
        if self._n_samples == len(self._samples):
            self._n_samples = self._n_kept - 1
            self._samples[: self._n_samples] = self._samples[-self._n_samples :]
        self._samples[self._n_samples] = (at_ns / NS_PER_DAY, *(book.mark for book in self.books.values()))
        self._n_samples += 1
        self._covariance, self._is_outdated = None, True
        if at_ns >= self._day_ends_at_ns:
            self._begin_day(at_ns)

    def _begin_day(self, at_ns: int) -> None:
        self._day_ends_at_ns = (at_ns // NS_PER_DAY + 1) * NS_PER_DAY
        self._days.append(at_ns / NS_PER_DAY, self._samples[self._n_samples - 1, 1:], self._covariance_now())
        self._limiting_tail = None

    @property
    def model(self) -> RiskModel | None:
        """The daily risk that limits reckon with, as of the last sample; None while too little is known."""
        if self._is_outdated:
            self._model, self._is_outdated = self._estimated(), False
        return self._model

    def tail(self, notional: Mapping[str, float]) -> TailRisk | None:
        """Return VaR and expected shortfall of positions over the day that comes, quote currency.

        Args:
            notional: Signed value of each position, quote currency; positive long.

        Returns:
            None while too little is known; see `forecast_tail`.
        """
        held = np.array([notional.get(symbol, 0.0) for symbol in self.books])
        return forecast_tail(self._days.history, self._covariance_now(), held, self.settings)

    def _estimated(self) -> RiskModel | None:
        covariance = self._covariance_now()
        known = np.flatnonzero(np.isfinite(np.diag(covariance)))
        if known.size == 0:
            return None
        if self._limiting_tail is None:
            self._limiting_tail = limiting_tail(self._days.history, self.settings)
        symbols, tail = tuple(self.books), self._limiting_tail
        return RiskModel(
            [symbols[place] for place in known], covariance[np.ix_(known, known)], tail.var, tail.expected_shortfall
        )

    def _covariance_now(self) -> Float64Array:
        if self._covariance is None:
            latest = self._samples[max(0, self._n_samples - self._n_kept) : self._n_samples]
            self._covariance = estimate_covariance(latest[:, 1:], np.diff(latest[:, 0]), self.settings)
        return self._covariance
