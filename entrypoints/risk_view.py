"""Everything that the command `risk` shows, worked out once for people and for programs."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from application.results.headroom import Headroom, headroom
from application.results.stated_limits import StatedLimit, stated_limits
from application.trading.risk_use import RiskUse
from domain.risk.canned_orders import canned_orders
from domain.risk.clause import AnyClause
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.gate import CLAUSES, RiskGate
from domain.risk.limits import AccountLimits, ActivityLimits, MarketLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.self_check import is_excused, unrefused_orders
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Environment
from entrypoints.configuration.schema import described

_SECTIONS: Final = {
    "order": OrderLimits,
    "position": PositionLimits,
    "account": AccountLimits,
    "activity": ActivityLimits,
    "market": MarketLimits,
    "losses": LossLimits,
}


@frozen
class CheckedOrder:
    """A bad order that the gate was tried with.

    Attributes:
        name: What is wrong with it.
        reason: Code for which it has to be refused.
        is_refused: Whether it was.
        is_excused: Whether it may pass in research, because nothing limits what it is bad for.
        is_needed: Whether it may pass there alone.
    """

    name: str
    reason: str
    is_refused: bool
    is_excused: bool
    is_needed: bool


@frozen
class RunUse:
    """What a saved run used of the limits at its end.

    Attributes:
        run_id: Name of the run.
        use: What was in use.
        rooms: What is left of each limit.
    """

    run_id: str
    use: RiskUse
    rooms: tuple[Headroom, ...]


@frozen(kw_only=True)
class RiskView:
    """What is shown.

    Attributes:
        name: Of the configuration.
        limits: With their values.
        meanings: One sentence for each limit, by its key.
        ladder: The drawdown ladder.
        clauses: Every clause of the gate with whether these limits ask for it.
        checked: The bad orders that the gate was tried with.
        run: A saved run, if one was asked for.
    """

    name: str
    limits: tuple[StatedLimit, ...]
    meanings: Mapping[str, str]
    ladder: LadderPolicy
    clauses: tuple[tuple[AnyClause, bool], ...]
    checked: tuple[CheckedOrder, ...]
    run: RunUse | None = None

    @property
    def passed(self) -> tuple[str, ...]:
        """What is wrong with the bad orders that were not refused though they had to be."""
        return tuple(order.name for order in self.checked if not (order.is_refused or order.is_excused))


def view_risk(name: str, settings: RiskSettings, used: tuple[str, RiskUse] | None = None) -> RiskView:
    """Work out what is shown of risk settings.

    Args:
        name: Of the configuration.
        settings: Its limits.
        used: Name of a run, and what was in use at its end.
    """
    gate, limits = RiskGate(settings.limits), stated_limits(settings)
    return RiskView(
        name=name,
        limits=limits,
        meanings={limit.key: _meaning(limit.key) for limit in limits},
        ladder=settings.drawdown,
        clauses=tuple((clause, clause.limit_of(settings.limits) is not None) for clause in CLAUSES),
        checked=_checked(gate),
        run=None if used is None else RunUse(used[0], used[1], headroom(settings, used[1])),
    )


def _meaning(key: str) -> str:
    group, name = key.split(".")[:2]
    return described(_SECTIONS[group])[1][name]


def _checked(gate: RiskGate) -> tuple[CheckedOrder, ...]:
    passed = {order.name for order in unrefused_orders(gate)}
    return tuple(
        CheckedOrder(
            name=order.name,
            reason=order.reason.value,
            is_refused=order.name not in passed,
            is_excused=is_excused(order, gate, Environment.BACKTEST),
            is_needed=not is_excused(order, gate, Environment.LIVE),
        )
        for order in canned_orders(gate.limits)
    )
