"""How large an entry may be: the strategy's rule against everything that the account's limits leave."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import expm1, fsum
from typing import Final

from attrs import define

from application.trading.account_view import AccountView, reach_of, signed_notionals
from application.trading.allocation import Allocator
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.share import Share
from application.trading.worst_cases import Worst, unsent_quantity
from domain.numbers import ZERO, exact
from domain.position_sizer import Candidate, Constraint, Scaling, SizeDecision, decide_size, no_size
from domain.regime import MarketRegime
from domain.risk.allowances import (
    OpeningRequest,
    bracket_allowances,
    budget_allowances,
    capital_at_risk_allowance,
    equity_needed,
    exposure_allowances,
    liquidation_allowance,
    margin_allowance,
    order_allowances,
    spare_margin_allowance,
)
from domain.risk.capital_at_risk import capital_at_risk
from domain.risk.kelly import KellyFraction, kelly_of_signals
from domain.risk.liquidation_risk import distance_for_probability
from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import AccountState, InstrumentState
from domain.risk.spot_allowances import backing_allowances, cash_allowance, spare_cash_allowance
from domain.signal import Signal
from domain.sizing import KellyAndRisk, appetites, correlation_factor, scaling_of

_SAFE_SIDE: Final = 1.0 + 1e-9
"""More than the chance of a move and its inverse can differ by rounding."""
_DEPTH_MAX: Final = 100.0
"""Of a log price: no short survives the move, and the next numbers have no exponential."""


@define(eq=False)
class EntrySizer:
    """Decides sizes on what the books and the market show now.

    Attributes:
        settings: Limits, budgets and how a record becomes a size.
        view: The account as limits see it.
        market: Daily risk of what is traded.
        allocator: Shares the account among strategies; None lets each use all of it.
    """

    settings: RiskSettings
    view: AccountView
    market: MarketRisk
    allocator: Allocator | None = None

    def size(
        self, book: InstrumentBook, share: Share, signal: Signal, *, now_ns: int, drawdown_factor: Decimal
    ) -> SizeDecision:
        """Return how much a share may hold on an entry signal, base units, and why.

        Args:
            book: The instrument.
            share: Who enters.
            signal: An entry.
            now_ns: The instant that was told last.
            drawdown_factor: What the drawdown ladder leaves of new sizes, 0 to 1.
        """
        equity, price = self.view.account.equity, book.mark_price
        if equity <= 0:
            return no_size(Constraint.EQUITY, f"equity {equity} is not positive")
        if price is None:
            return no_size(Constraint.NO_PRICE, "no price yet")
        allocation = 1.0 if self.allocator is None else self.allocator.noted_weights(book, now_ns)[share.name]
        if allocation == 0.0:
            said = f"{book.scenario.code} leaves {share.name} nothing of the account"
            return no_size(Constraint.ALLOCATION, said)
        worst_cases = self.view.worst_cases(now_ns)
        request = OpeningRequest(
            direction=signal.direction,
            price=price,
            strategy=share.name,
            stop_price=_stop_price(signal, price),
            sent_along=unsent_quantity(book, signal.direction),
        )
        return decide_size(
            appetites(
                share.sizing,
                signal,
                equity=equity,
                price=price,
                kelly=self._kelly(share, signal.direction, book.scenario.regime),
                true_range=_true_range(share),
            ),
            self._allowances(book, request, worst_cases, now_ns),
            self._scaling(book, share, signal, worst_cases, drawdown=float(drawdown_factor), allocation=allocation),
            price=price,
            instrument=book.instrument,
        )

    def _kelly(self, share: Share, direction: int, regime: MarketRegime) -> KellyFraction | None:
        if share.shadow is None:
            return None
        return kelly_of_signals(share.shadow.returns, direction, regime, self.settings.kelly)

    def _scaling(
        self,
        book: InstrumentBook,
        share: Share,
        signal: Signal,
        worst_cases: Iterable[Worst],
        *,
        drawdown: float,
        allocation: float,
    ) -> Scaling:
        factor = 1.0
        model, symbol = self.market.model if isinstance(share.sizing, KellyAndRisk) else None, book.instrument.symbol
        if model is not None and model.knows(symbol):
            held = {name: value for name, value in signed_notionals(worst_cases).items() if model.knows(name)}
            factor = correlation_factor(model.correlation_with(symbol, signal.direction, held))
        return scaling_of(share.sizing, signal, correlation=factor, drawdown=drawdown, allocation=allocation)

    def _allowances(
        self, book: InstrumentBook, request: OpeningRequest, worst_cases: Sequence[Worst], now_ns: int
    ) -> Iterator[Candidate]:
        limits, symbol = self.settings.limits, book.instrument.symbol
        state = self.view.instrument_state(book, now_ns)
        model = self.market.model if worst_cases and limits.position.correlated_max is not None else None
        account = self.view.account_state(book, worst_cases, model, now_ns)
        yield from order_allowances(limits, request, symbol)
        yield from exposure_allowances(limits, request, state, account)
        reach = reach_of(worst_cases)
        contracts = {name: each for name, each in reach.items() if not self.view.books[name].instrument.is_spot}
        if book.instrument.is_spot:
            yield from self._spot_allowances(request, state, account, contracts, now_ns)
        else:
            yield from self._margin_allowances(book, request, state, account, contracts, now_ns)
        if limits.account.var_daily_max is not None or limits.account.cvar_daily_max is not None:
            yield from budget_allowances(limits, request, state, float(account.equity), reach, self.market.model)
        if limits.account.capital_at_risk_max is not None:
            equity, stress = float(account.equity), self.settings.stress
            present = capital_at_risk(self.view.stressed(now_ns, stress.move).legs(), equity, stress)
            limit = limits.account.capital_at_risk_max
            is_spot = book.instrument.is_spot
            yield capital_at_risk_allowance(limit, request, equity, present, stress, is_spot=is_spot)

    def _spot_allowances(
        self,
        request: OpeningRequest,
        state: InstrumentState,
        account: AccountState,
        contracts: Mapping[str, Reach],
        now_ns: int,
    ) -> Iterator[Candidate]:
        """Yield what may be bought of a spot pair: what cash pays for, and what the contracts elsewhere can spare."""
        limits, chance = self.settings.limits.account, self.settings.limits.account.liquidation_probability_max
        yield cash_allowance(request, state, account)
        if account.is_isolated:
            return
        yield from backing_allowances(limits, request, state, account)
        if chance is None or not contracts:
            return
        model = self.market.model
        if model is None or not all(map(model.knows, contracts)):
            yield Candidate(Constraint.ESTIMATE_MISSING, ZERO, "too few returns of what is held")
            return
        deviations = distance_for_probability(chance, 1.0) * _SAFE_SIDE
        equity = account.equity - account.spot_notional - request.worst_held(state) * request.price
        spare = self._spare_margin(contracts, deviations, model, equity, now_ns)
        yield spare_cash_allowance(request, state, spare)

    def _margin_allowances(
        self,
        book: InstrumentBook,
        request: OpeningRequest,
        state: InstrumentState,
        account: AccountState,
        reach: Mapping[str, Reach],
        now_ns: int,
    ) -> Iterator[Candidate]:
        limits, schedule = self.settings.limits.account, book.instrument.margin_at(now_ns)
        yield from bracket_allowances(request, state, account, schedule)
        if limits.margin_ratio_max is not None:
            yield margin_allowance(request, state, account, schedule, limits.margin_ratio_max)
        distance, chance = limits.liquidation_distance_min or ZERO, limits.liquidation_probability_max
        if chance is not None:
            model, symbol = self.market.model, book.instrument.symbol
            if model is None or not all(map(model.knows, (symbol, *reach))):
                yield Candidate(Constraint.ESTIMATE_MISSING, ZERO, f"too few returns of {symbol} or of what is held")
                return
            deviations = distance_for_probability(chance, 1.0) * _SAFE_SIDE
            own = _liquidating_move(deviations * model.volatility(symbol), request.direction)
            distance = max(distance, own)
            others = {name: each for name, each in reach.items() if name != symbol}
            if others and not account.is_isolated:
                backing = account.equity - account.spot_notional
                spare = self._spare_margin(others, deviations, model, backing, now_ns)
                yield spare_margin_allowance(request, state, schedule, spare)
        if distance > 0:
            yield liquidation_allowance(request, state, account, schedule, distance)

    def _spare_margin(
        self, reach: Mapping[str, Reach], deviations: float, model: RiskModel, backing: Decimal, now_ns: int
    ) -> Decimal:
        """Return how much margin something new may take before one of those held, moving alone, is too near its end.

        Which is after so many daily standard deviations. What backs them is equity without the spot in it.
        """
        schedules = {symbol: self.view.schedule(symbol, now_ns) for symbol in reach}
        margins = {symbol: schedules[symbol].maintenance_margin(exact(each.largest)) for symbol, each in reach.items()}
        total, needed = sum(margins.values(), ZERO), ZERO
        for symbol, each in reach.items():
            for value in each.sides:
                direction = 1 if value > 0.0 else -1
                move = _liquidating_move(deviations * model.volatility(symbol), direction)
                own = equity_needed(schedules[symbol], exact(abs(value)), move, direction)
                needed = max(needed, own + total - margins[symbol])
        return backing - needed


def _liquidating_move(depth: float, direction: int) -> Decimal:
    """Return the move against a position that so deep a fall of its log price is, fraction of the mark."""
    return exact(-expm1(-depth) if direction > 0 else expm1(min(depth, _DEPTH_MAX)))


def _stop_price(signal: Signal, price: Decimal) -> Decimal | None:
    if signal.stop_distance is None:
        return None
    stop = price - signal.direction * exact(signal.stop_distance)
    return stop if stop > 0 else None


def _true_range(share: Share) -> float | None:
    """Return the average true range of the latest bars, quote per base; None where the rule needs none, or too few."""
    if not isinstance(share.sizing, KellyAndRisk):
        return None
    bars = share.view.bars(share.sizing.atr_bars + 1)
    if len(bars) <= share.sizing.atr_bars:
        return None
    ranges = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(bars)]
    return fsum(ranges) / len(ranges)
