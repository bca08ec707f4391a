"""Works out how much of what may be risked is in use, from an engine as it stands."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np
from attrs import define, evolve

from application.trading.account_view import AccountView, reach_of, spot_notional
from application.trading.book import InstrumentBook
from application.trading.engine import TradingEngine
from application.trading.projections import Projector
from application.trading.risk_use import InstrumentUse, LossUse, RiskUse
from application.trading.share_exposure import strategy_notional
from application.trading.worst_cases import Worst
from domain.margin import MarginMode, liquidation_price
from domain.numbers import ONE, ZERO
from domain.risk.capital_guard import CapitalGuard
from domain.risk.clause import ratio
from domain.risk.portfolio_var import decompose_risk
from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Projection

_SET: Final = 1.0
"""Estimates are worked out only where a limit is set; this one nothing is held against."""


def measure_use(engine: TradingEngine) -> RiskUse:
    """Return what is in use as the engine stands; nothing of it changes."""
    view = AccountView(engine.books, engine.account, engine.terms, engine.risk.limits)
    model, now_ns, equity = engine.controller.market.model, engine.now_ns, engine.equity
    estimates = Projector(_measuring_everything(engine.risk), view, engine.controller.market).present(now_ns)
    exposure = _Exposure(view, model, now_ns, view.worst_cases(now_ns))
    return _combined(engine, exposure, estimates, engine.controller.guard_to_keep, equity)


def _combined(
    engine: TradingEngine, exposure: "_Exposure", estimates: Projection, guard: CapitalGuard, equity: Decimal
) -> RiskUse:
    losses, ladder = guard.losses, guard.ladder
    return RiskUse(
        at_ns=exposure.now_ns,
        equity=equity,
        gross_notional=sum((case.larger_notional for case in exposure.cases), ZERO),
        net_notional=exposure.net(),
        margin_ratio=exposure.margin_ratio(equity),
        var_daily=estimates.var_daily,
        cvar_daily=estimates.cvar_daily,
        var_confidence=engine.risk.estimates.confidence,
        liquidation_probability=estimates.liquidation_probability,
        capital_at_risk=estimates.capital_at_risk,
        open_orders=sum(len(book.working) for book in engine.books.values()),
        day=LossUse(pnl=losses.day.pnl(equity), loss_fraction=losses.day.loss_fraction(equity)),
        week=LossUse(pnl=losses.week.pnl(equity), loss_fraction=losses.week.loss_fraction(equity)),
        losing_days=losses.losing_days,
        losing_trades=losses.losing_trades,
        high=ladder.high.amount,
        drawdown=ladder.drawdown(equity),
        level=ladder.level,
        state=guard.latch.state,
        holds=guard.latch.holds,
        instruments=exposure.of_instruments(),
        strategies=strategy_notional(engine.books.values(), _strategies(engine.books.values())),
        daily_volatilities=_volatilities(engine.books, exposure.model),
        recoveries=ladder.recoveries,
        fall=ladder.fall,
    )


def _measuring_everything(settings: RiskSettings) -> RiskSettings:
    """Return settings under which every estimate is worked out, whatever is limited."""
    account = evolve(
        settings.account,
        var_daily_max=_SET,
        cvar_daily_max=_SET,
        liquidation_probability_max=_SET,
        capital_at_risk_max=_SET,
    )
    return evolve(settings, account=account)


@define
class _Exposure:
    """The positions of an account at the worst case of what is working."""

    view: AccountView
    model: RiskModel | None
    now_ns: int
    cases: Sequence[Worst]

    def net(self) -> Decimal:
        """Return what is netted as the gate nets it: only what stays whatever fills counts against the other side."""
        longs = sum((case.long_notional - max(-case.kept_notional, ZERO) for case in self.cases), ZERO)
        shorts = sum((case.short_notional - max(case.kept_notional, ZERO) for case in self.cases), ZERO)
        return max(longs, shorts, ZERO)

    def margin_ratio(self, equity: Decimal) -> Decimal | None:
        """Return maintenance margin over what backs it, without spot; the largest where each position has its own."""
        if self.view.terms.margin_mode is MarginMode.CROSS:
            margin = sum((case.maintenance_margin for case in self.cases), ZERO)
            return ratio(margin, equity - spot_notional(self.cases))
        ratios = [ratio(case.maintenance_margin, self._backing(case)) for case in self.cases if not case.is_spot]
        return None if None in ratios else max((each for each in ratios if each is not None), default=ZERO)

    def of_instruments(self) -> tuple[InstrumentUse, ...]:
        """Return what is in use of each instrument."""
        parts = _var_parts(reach_of(self.cases), self.model, float(self.view.account.equity))
        return tuple(self._of_instrument(case, *parts.get(case.symbol, (None, None))) for case in self.cases)

    def _of_instrument(self, case: Worst, var_alone: float | None, var_part: float | None) -> InstrumentUse:
        book = self.view.books[case.symbol]
        account = self.view.account_state(book, self.cases, self.model, self.now_ns)
        alike = account.alike_if_long if case.is_long else account.alike_if_short
        return InstrumentUse(
            symbol=case.symbol,
            held_notional=case.held_notional,
            worst_notional=case.larger_notional,
            alike_notional=case.larger_notional + alike,
            liquidation_distance=self._liquidation_distance(book, case, account.maintenance_margin),
            var_alone=var_alone,
            var_part=var_part,
        )

    def _liquidation_distance(self, book: InstrumentBook, case: Worst, others_margin: Decimal) -> Decimal | None:
        mark, sign = book.mark_price, 1 if case.is_long else -1
        if mark is None or case.larger_notional == ZERO or case.is_spot:
            return None
        backing = self._backing(case)
        other_maintenance = others_margin if self.view.terms.margin_mode is MarginMode.CROSS else ZERO
        if backing <= other_maintenance + case.maintenance_margin:
            return ZERO
        price = liquidation_price(
            wallet_balance=backing,
            signed_quantity=sign * case.larger_notional / mark,
            cost=sign * case.larger_notional,
            schedule=self.view.schedule(case.symbol, self.now_ns),
            other_maintenance=other_maintenance,
        )
        return None if price is None else max(sign * (ONE - price / mark), ZERO)

    def _backing(self, case: Worst) -> Decimal:
        """Return what is behind a contract: equity without spot, or its own margin with that of what still fills."""
        if self.view.terms.margin_mode is MarginMode.CROSS:
            return self.view.account.equity - spot_notional(self.cases)
        book = self.view.books[case.symbol]
        own = self.view.instrument_state(book, self.now_ns).isolated_equity
        held = max(case.held_notional if case.is_long else -case.held_notional, ZERO)
        return (own if held > ZERO else ZERO) + (case.larger_notional - held) / self.view.terms.leverage


def _var_parts(reach: Mapping[str, Reach], model: RiskModel | None, equity: float) -> Mapping[str, tuple[float, float]]:
    """Return the value at risk over equity of each position by itself, and its part of that of all together.

    By itself at the larger of its sides; together at what would be worst to be held of all.
    """
    if model is None or equity <= 0.0 or not reach or not all(map(model.knows, reach)):
        return {}
    places = [list(model.symbols).index(symbol) for symbol in reach]
    together = list(model.worst_notional(reach).values())
    parts = decompose_risk(together, model.covariance[np.ix_(places, places)], model.var_factor)
    return {
        symbol: (model.var_factor * model.volatility(symbol) * each.largest / equity, part)
        for (symbol, each), part in zip(reach.items(), (parts.components / equity).tolist(), strict=True)
    }


def _volatilities(symbols: Iterable[str], model: RiskModel | None) -> Mapping[str, float]:
    return {} if model is None else {symbol: model.volatility(symbol) for symbol in symbols if model.knows(symbol)}


def _strategies(books: Iterable[InstrumentBook]) -> Iterable[str]:
    return (share.name for book in books for share in book.shares)
