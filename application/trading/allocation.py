"""Which part of the account each strategy may use in an instrument, as the market is and as strategies have done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from attrs import define, field

from application.trading.book import InstrumentBook
from application.trading.records import WeightChange
from application.trading.share import Share
from domain.allocation.allocation_settings import AllocationSettings
from domain.allocation.alpha_lifecycle import Lifecycle
from domain.allocation.performance_tilt import TiltPolicy, performance_tilt, shrunk_sharpe
from domain.allocation.strategy_weights import Candidate, strategy_weights
from domain.market import Float64Array

_NO_DAYS: Final = np.empty(0)


@define(eq=False)
class StrategyEvidence:
    """What one strategy has shown: its days over all instruments, and where its edge stands by them.

    A review comes with every day that is over, in order, so that it does not matter how often anybody asks.

    Attributes:
        shares: The strategy in each instrument.
        lifecycle: Where its edge stands by the days that were reviewed.
    """

    shares: Sequence[Share]
    lifecycle: Lifecycle = field(factory=Lifecycle, init=False)
    # By how many days of each instrument are over: every entry asks, and a day is over once.
    _tilt: tuple[tuple[int, ...], float] = field(default=((), 1.0), init=False, repr=False)
    _n_reviewed: int = field(default=0, init=False)

    def days(self) -> Float64Array:
        """Return the mean over its instruments of what a unit made each day, oldest first, shape (n_days,)."""
        rows = [share.shadow.days.values for share in self.shares if share.shadow is not None]
        n_days = max(map(len, rows), default=0)
        if not n_days:
            return _NO_DAYS
        total, known = np.zeros(n_days), np.zeros(n_days)
        for row in rows:
            # An instrument that came later takes part in its own days.
            if row:
                total[-len(row) :] += row
                known[-len(row) :] += 1.0
        mean: Float64Array = total / np.maximum(known, 1.0)
        return mean

    @property
    def n_days(self) -> tuple[int, ...]:
        """How many days are over, in each instrument."""
        return tuple([len(share.shadow.days.values) for share in self.shares if share.shadow is not None])

    def tilt(self, policy: TiltPolicy) -> float:
        """Return the factor of the strategy's weight for what it has earned."""
        known = self.n_days
        if known != self._tilt[0]:
            self._tilt = known, performance_tilt(self.days()[-policy.window_days :], policy)
        return self._tilt[1]

    def review(self, days: Float64Array, settings: AllocationSettings) -> None:
        """Take the days into account that have not been yet."""
        policy = settings.lifecycle
        if policy is None:
            return
        prior = settings.tilt.prior_days if settings.tilt is not None else 0.0
        for end in range(self._n_reviewed + 1, days.size + 1):
            window = days[max(0, end - policy.window_days) : end]
            known = shrunk_sharpe(window, prior) if window.size == policy.window_days else None
            self.lifecycle = self.lifecycle.review(known, policy)
        self._n_reviewed = days.size


def _forget(_: WeightChange) -> None:
    pass


@define(eq=False)
class Allocator:
    """Shares the account among the strategies of an instrument.

    Attributes:
        settings: By what.
        kinds: Kind of each strategy, by its name.
        evidence: What each strategy has shown, by its name.
        note: Is told how the account is shared, where that is otherwise than before.
    """

    settings: AllocationSettings
    kinds: Mapping[str, str]
    evidence: Mapping[str, StrategyEvidence] = field(init=False)
    note: Callable[[WeightChange], None] = field(default=_forget, init=False, repr=False)
    _noted: dict[str, Mapping[str, float]] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.evidence = {}

    def follow(self, books: Iterable[InstrumentBook], note: Callable[[WeightChange], None] = _forget) -> None:
        """Take note of who trades, and of who wants to be told of changes."""
        self.note = note
        shares: dict[str, list[Share]] = {}
        for book in books:
            for share in book.shares:
                shares.setdefault(share.name, []).append(share)
        self.evidence = {name: StrategyEvidence(each) for name, each in shares.items()}

    def weights(self, book: InstrumentBook) -> Mapping[str, float]:
        """Return the part of the account of each strategy in an instrument, by name; together one at most."""
        by_kind = self.settings.matrix.weights(book.scenario, book.scenario_confidence)
        candidates = [self._candidate(share.name) for share in book.shares]
        return strategy_weights(by_kind, candidates, self.settings.weight_min)

    def noted_weights(self, book: InstrumentBook, at_ns: int) -> Mapping[str, float]:
        """Return the same, and tell of it where it differs from what was told of the instrument last."""
        weights, symbol = self.weights(book), book.instrument.symbol
        if weights != self._noted.get(symbol):
            self._noted[symbol] = weights
            self.note(WeightChange(at_ns=at_ns, symbol=symbol, weights=tuple(weights.items())))
        return weights

    def _candidate(self, name: str) -> Candidate:
        settings = self.settings
        tilt, stage = 1.0, 1.0
        if settings.needs_evidence:
            evidence = self.evidence[name]
            if settings.tilt is not None:
                tilt = evidence.tilt(settings.tilt)
            if settings.lifecycle is not None:
                evidence.review(evidence.days(), settings)
                stage = evidence.lifecycle.factor(settings.lifecycle)
        return Candidate(
            name=name,
            kind=self.kinds[name],
            is_enabled=name not in settings.disabled,
            tilt=tilt,
            stage_factor=stage,
        )
