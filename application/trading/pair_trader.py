"""Holds pairs as one: both legs are entered and left together, and what one leg lacks the other gives up.

On the way in coins are ordered first, on the way out the contract: should anything come between the two orders, what
stands alone is coins, which nobody liquidates. Where legs come out unequal, whatever the reason, the larger one is
brought down to the smaller at the next decision; that only reduces, so that nothing forbids it.
"""

from attrs import frozen

from application.trading.answers import check_answer
from application.trading.hedged_pair import HedgedPair, Leg
from application.trading.order_desk import OrderDesk
from application.trading.pair_sizing import PairSize, PairSizer, opposite
from application.trading.records import Decision, ExitReason
from application.trading.risk_controller import RiskController
from application.trading.strategy_failures import StrategyFailures
from application.trading.target_trader import TargetTrader
from application.trading.unhedged import measure
from domain.market import Bar
from domain.numbers import ONE, ZERO, shortest
from domain.risk.verdict import RefusalReason
from domain.signal import Signal, SignalAction

_STEP_SCALE_MIN = ONE / 64


@frozen(eq=False)
class PairTrader:
    """Decides for pairs, once bars of both legs have closed.

    Attributes:
        desk: Sends orders, and knows what is recorded.
        trader: Brings instruments to their targets.
        sizer: Sizes the steps of an entry.
        controller: Says what forbids opening.
        failures: Takes note of strategies that fail.
    """

    desk: OrderDesk
    trader: TargetTrader
    sizer: PairSizer
    controller: RiskController
    failures: StrategyFailures

    def decide(self, pair: HedgedPair, _bar: Bar) -> None:
        """Take a bar of one leg; ask the strategy once bars of both have closed, and see that they are equal."""
        if not pair.has_closed:
            return
        pair.decided_at_ns = self.desk.now_ns
        measure(pair, self.desk.log, self.desk.now_ns)
        signal = None if pair.has_failed else self._ask(pair)
        if signal is not None and signal.direction == 0:
            self._leave(pair, signal, ExitReason.FAILURE if pair.has_failed else ExitReason.SIGNAL)
        elif pair.n_unhedged > pair.rules.unhedged_bars_max:
            self._leave(pair, _exit(f"legs unequal for {pair.n_unhedged} bars"), ExitReason.HEDGE)
        elif not pair.is_entering:
            self._settle(pair)
            if not self._match(pair) and signal is not None:
                self._enter(pair, signal)

    def _ask(self, pair: HedgedPair) -> Signal | None:
        """Return what the strategy says; where it fails, that both legs are left."""
        question = self.failures.question
        try:
            try:
                question.view = pair.contract.share.view
                signal = pair.strategy.on_pair(pair.view)
            finally:
                question.view = None
            question.raise_what_was_kept()
            if signal is not None:
                check_answer(signal)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # its own, whatever it is; it must not end a run
            pair.has_failed = True
            symbol = pair.contract.book.instrument.symbol
            failure = self.failures.note(pair.strategy, pair.name, symbol, error, at_ns=self.desk.now_ns)
            return _exit(f"failed: {failure.cause}")
        return signal

    def _settle(self, pair: HedgedPair) -> None:
        """Take note of what came of the last step, and give up what was taken away from outside."""
        kept = pair.kept
        if pair.asked is not None:
            is_whole = kept >= pair.asked
            pair.step_scale = min(ONE, pair.step_scale * 2) if is_whole else max(_STEP_SCALE_MIN, pair.step_scale / 2)
        if kept < pair.matched or kept == 0:
            # A stop, a limit or a liquidation: what is gone is not entered again for the same signal.
            pair.wish = kept
        pair.matched, pair.asked = kept, None

    def _match(self, pair: HedgedPair) -> bool:
        """Bring both legs to what the smaller one keeps; return whether either wants something else than before."""
        kept, is_news = pair.kept, False
        for leg, other, direction in ((pair.contract, pair.coins, -1), (pair.coins, pair.contract, 1)):
            share = leg.share
            beyond = share.target * direction - kept
            if beyond <= 0 or (kept > 0 and beyond < pair.smallest):
                continue
            if share.held * share.target > 0:
                share.exit_reason = ExitReason.HEDGE
            share.target, is_news = kept * direction + ZERO, True
            said = _exit(f"{other.book.instrument.symbol} keeps {shortest(kept)}")
            self._note(pair, leg, said, ExitReason.HEDGE.value)
            self._trade(pair, leg)
        return is_news

    def _leave(self, pair: HedgedPair, signal: Signal, reason: ExitReason) -> None:
        pair.wish = pair.matched = ZERO
        pair.asked, pair.step_scale = None, ONE
        for leg in (pair.contract, pair.coins):
            if leg.share.shadow is not None:
                leg.share.shadow.hear(signal)
        if pair.is_leaving:
            return
        for leg in (pair.contract, pair.coins):
            share = leg.share
            if share.held == 0 or share.target * share.held > 0:
                share.exit_reason = reason
            share.target = ZERO
            self._note(pair, leg, signal, "exit")
            self._trade(pair, leg)

    def _enter(self, pair: HedgedPair, signal: Signal) -> None:
        """Take the next step of an entry, if something is missing and nothing forbids it."""
        if pair.kept >= pair.wish > 0:
            return
        for leg, said in ((pair.contract, signal), (pair.coins, opposite(signal))):
            if leg.share.shadow is not None and (said.direction > 0 or not leg.book.instrument.is_spot):
                leg.share.shadow.hear(said)
        forbidden = self._forbidden(pair)
        if forbidden:
            self.desk.refuse(pair.contract.book, "gate", forbidden, signal.reason)
            return
        size = self.sizer.size(pair, signal, now_ns=self.desk.now_ns, drawdown_factor=self.controller.size_factor)
        if size.quantity <= pair.kept:
            self.desk.refuse(pair.contract.book, "size", (size.bound.constraint.value,), size.bound.detail)
            return
        self._step(pair, signal, size)

    def _forbidden(self, pair: HedgedPair) -> tuple[str, ...]:
        """Return codes of what forbids opening now, none where nothing does."""
        if self.controller.blocks:
            return self.controller.blocks
        now_ns = self.desk.now_ns
        for book in (pair.contract.book, pair.coins.book):
            if now_ns >= book.suspended_from_ns and book.suspension_at(now_ns) is not None:
                return (RefusalReason.SUSPENDED.value,)
        return ()

    def _step(self, pair: HedgedPair, signal: Signal, size: PairSize) -> None:
        """Order both legs, coins first; where the gate lets one be less than asked for, the other follows."""
        kept, quantity = pair.kept, size.quantity
        pair.wish, pair.asked = size.wish, quantity
        pair.contract.share.stop_distance = signal.stop_distance
        for leg, said, sized in zip((pair.contract, pair.coins), (signal, opposite(signal)), size.legs, strict=True):
            leg.share.target, leg.share.decided_at_ns = quantity * said.direction, self.desk.now_ns
            leg.book.is_unsettled = True
            self._note(pair, leg, said, size.reason, sized.listed)
        if not self.trader.may_open(pair.contract.book):
            # Refused before anything was sent: nothing is wanted of either.
            quantity = kept
        pair.contract.share.target = quantity * signal.direction + ZERO
        pair.coins.share.target = -quantity * signal.direction + ZERO
        self._trade(pair, pair.coins)
        pair.contract.share.target = -pair.coins.share.target
        self._trade(pair, pair.contract)

    def _trade(self, pair: HedgedPair, leg: Leg) -> None:
        self.trader.trade(leg.book)
        # The engine looks at the coins' book once more after this: what their trades end may change what it watches.
        pair.coins.book.is_unsettled = True

    def _note(
        self,
        pair: HedgedPair,
        leg: Leg,
        signal: Signal,
        reason: str,
        candidates: tuple[tuple[str, float], ...] = (),
    ) -> None:
        self.desk.log.decisions.append(
            Decision(
                self.desk.now_ns,
                pair.name,
                leg.book.instrument.symbol,
                signal,
                leg.share.target,
                reason,
                candidates,
            )
        )


def _exit(reason: str) -> Signal:
    return Signal(action=SignalAction.EXIT, reason=reason)
