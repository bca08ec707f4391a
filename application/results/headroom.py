"""What is in use of each limit at one instant, and what is left."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeAlias

from attrs import frozen

from application.results.stated_limits import Form, form_of
from application.trading.risk_use import LossUse, RiskUse
from domain.numbers import ZERO
from domain.risk.clause import ratio
from domain.risk.settings import RiskSettings

Amount: TypeAlias = Decimal | float | int | None
"""Exact where the books know it, an estimate else; None is unknown, or of a limit: nothing is limited."""


@frozen(kw_only=True)
class Headroom:
    """One limit, what is in use of it, and what is left.

    Attributes:
        key: As in the section ``risk`` of a configuration; ``drawdown.threshold_next`` is where the next deeper level
            of the ladder begins.
        used: None where it is unknown, or where nothing is held that it could be measured on.
        limit: None where nothing is limited.
        subject: Instrument, strategy or level that it is about; empty where it is the account.
        is_minimum: Whether at least as much as the limit is needed.
    """

    key: str
    used: Amount
    limit: Amount
    subject: str = ""
    is_minimum: bool = False

    @property
    def form(self) -> Form:
        """How its figures are written."""
        return form_of(self.key)

    @property
    def left(self) -> Amount:
        """What is left until the limit, negative beyond it; None without a limit, or if what is in use is unknown."""
        if self.used is None or self.limit is None:
            return None
        more, less = (self.used, self.limit) if self.is_minimum else (self.limit, self.used)
        if isinstance(more, float) or isinstance(less, float):
            return float(more) - float(less)
        return more - less

    @property
    def is_beyond(self) -> bool:
        """Whether more is in use than the limit allows."""
        left = self.left
        return left is not None and left < 0


def headroom(settings: RiskSettings, use: RiskUse) -> tuple[Headroom, ...]:
    """Return what is in use and left of each limit that measures the account, present limits against a kept use."""
    return (
        *_of_positions(settings, use),
        *_of_account(settings, use),
        *_of_losses(settings, use),
        _of_ladder(settings, use),
    )


def _of_positions(settings: RiskSettings, use: RiskUse) -> Iterator[Headroom]:
    limits, held = settings.position, use.instruments
    worth = {each.symbol: each.worst_notional for each in held}
    for symbol, largest in sorted(limits.notional_max.items()):
        key = f"position.notional_max.{symbol}"
        yield Headroom(key=key, used=worth.get(symbol, ZERO), limit=largest, subject=symbol)
    alike = {each.symbol: each.alike_notional for each in held}
    for key, found, limit in (
        ("position.concentration_max", worth, limits.concentration_max),
        ("position.correlated_max", alike, limits.correlated_max),
        ("position.strategy_leverage_max", use.strategies, limits.strategy_leverage_max),
    ):
        subject, most = _largest(found.items())
        yield Headroom(key=key, used=ratio(most, use.equity), limit=limit, subject=subject)


def _largest(found: Iterable[tuple[str, Decimal]]) -> tuple[str, Decimal]:
    """Return who has most, and how much; nobody where all have nothing."""
    name, largest = max(found, key=lambda each: each[1], default=("", ZERO))
    return (name, largest) if largest > ZERO else ("", ZERO)


def _of_account(settings: RiskSettings, use: RiskUse) -> Iterator[Headroom]:
    limits = settings.account
    nearest = [each for each in use.instruments if each.liquidation_distance is not None]
    near = min(nearest, key=lambda each: each.liquidation_distance or ZERO, default=None)
    exact: tuple[tuple[str, Decimal | None], ...] = (
        ("leverage_max", ratio(use.gross_notional, use.equity)),
        ("net_leverage_max", ratio(use.net_notional, use.equity)),
        ("margin_ratio_max", use.margin_ratio),
    )
    for name, used in exact:
        yield Headroom(key=f"account.{name}", used=used, limit=getattr(limits, name))
    yield Headroom(
        key="account.liquidation_distance_min",
        used=None if near is None else near.liquidation_distance,
        limit=limits.liquidation_distance_min,
        subject="" if near is None else near.symbol,
        is_minimum=True,
    )
    for name, estimate in (
        ("liquidation_probability_max", use.liquidation_probability),
        ("var_daily_max", use.var_daily),
        ("cvar_daily_max", use.cvar_daily),
        ("capital_at_risk_max", use.capital_at_risk),
        ("open_orders_max", use.open_orders),
    ):
        yield Headroom(key=f"account.{name}", used=estimate, limit=getattr(limits, name))


def _of_losses(settings: RiskSettings, use: RiskUse) -> Iterator[Headroom]:
    limits = settings.losses
    for period, lost in (("daily", use.day), ("weekly", use.week)):
        yield Headroom(
            key=f"losses.{period}_fraction", used=_lost_fraction(lost), limit=getattr(limits, f"{period}_fraction")
        )
        amount = max(-lost.pnl, ZERO)
        yield Headroom(key=f"losses.{period}_amount", used=amount, limit=getattr(limits, f"{period}_amount"))
    yield Headroom(key="losses.losing_days_max", used=use.losing_days, limit=limits.losing_days_max)
    yield Headroom(key="losses.losing_trades_max", used=use.losing_trades, limit=limits.losing_trades_max)


def _lost_fraction(lost: LossUse) -> Decimal | None:
    return None if lost.loss_fraction is None else max(lost.loss_fraction, ZERO)


def _of_ladder(settings: RiskSettings, use: RiskUse) -> Headroom:
    """Return how far it is to the next deeper level: none at the deepest."""
    rungs = [(level, rung) for level, rung in settings.drawdown.rungs() if level.is_deeper_than(use.level)]
    threshold, subject = (rungs[0][1].threshold, rungs[0][0].value) if rungs else (None, "")
    return Headroom(key="drawdown.threshold_next", used=use.drawdown, limit=threshold, subject=subject)
