"""Strategies that took too long, when decisions are made again: they fail at the same bar, fast or not."""

from collections.abc import Callable, Iterable

from attrs import define, field, frozen

from application.ports.decision_watch import StrategyBlockedError
from application.ports.strategy import PairedStrategy
from application.trading.engine import TradingEngine
from application.trading.hedged_pair import HedgedPair
from application.trading.records import FailureKind, StrategyFailure
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.pairs import PairView
from domain.signal import Signal


def repeat_blocks(engine: TradingEngine, failures: Iterable[StrategyFailure]) -> None:
    """Have strategies of a fresh decision core fail where they took too long in another one.

    Asked again they would cost that time again, or be in time: neither says anything about the history.
    """
    for failure in failures:
        if failure.kind is not FailureKind.BLOCKED:
            continue
        pair = _pair_of(engine, failure)
        if pair is not None:
            pair.strategy = _BlockedPair(pair.strategy, failure)
            continue
        share = _share_of(engine, failure)
        share.on_bar = _BlockedStrategy(share.on_bar, failure).on_bar


def _pair_of(engine: TradingEngine, failure: StrategyFailure) -> HedgedPair | None:
    named = (failure.strategy, failure.symbol)
    return next((pair for pair in engine.pairs if (pair.name, pair.contract.book.instrument.symbol) == named), None)


def _share_of(engine: TradingEngine, failure: StrategyFailure) -> Share:
    return next(share for share in engine.books[failure.symbol].shares if share.name == failure.strategy)


def _block_at(failure: StrategyFailure, now_ns: int) -> None:
    if now_ns >= failure.at_ns:
        raise StrategyBlockedError(failure.message, failure.where)


@frozen(eq=False)
class _BlockedStrategy:
    ask: Callable[[AsOfView], Signal | None]
    failure: StrategyFailure

    def on_bar(self, view: AsOfView) -> Signal | None:
        _block_at(self.failure, view.bar.closed_at_ns)
        return self.ask(view)


@define(eq=False)
class _BlockedPair:
    decides: PairedStrategy
    failure: StrategyFailure
    lookback_bars: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.lookback_bars = self.decides.lookback_bars

    def on_pair(self, view: PairView) -> Signal | None:
        _block_at(self.failure, view.contract.bar.closed_at_ns)
        return self.decides.on_pair(view)
