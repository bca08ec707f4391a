"""Everything that the command `risk` shows, worked out once for people and for programs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from application.results.headroom import Headroom, headroom
from application.results.safe_leverages import SafeLeverage, safe_leverages
from application.results.stated_limits import StatedLimit, stated_limits
from application.trading.risk_use import RiskUse
from domain.risk.canned_orders import canned_orders
from domain.risk.clause import AnyClause
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.gate import CLAUSES, RiskGate
from domain.risk.hard_caps import setting_text, values_of
from domain.risk.limits import AccountLimits, ActivityLimits, MarketLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.self_check import is_excused, unrefused_orders
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Environment
from entrypoints.checked_configuration import CheckedConfiguration
from entrypoints.configuration.risk_caps import HardCaps, caps_file
from entrypoints.configuration.schema import described
from entrypoints.configuration.sections import RunConfiguration

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
class ShownCap:
    """One hard cap.

    Attributes:
        key: Of the setting.
        cap: The loosest that is allowed.
        value: What is configured.
    """

    key: str
    cap: str
    value: str


@frozen
class RunUse:
    """What a saved run used of the limits at its end.

    Attributes:
        run_id: Name of the run.
        use: What was in use.
        rooms: What is left of each limit.
        leverages: What leverage each instrument bore.
        leverage_max: Cap of these, notional over equity: the limit, or the setting at the venue where there is none.
    """

    run_id: str
    use: RiskUse
    rooms: tuple[Headroom, ...]
    leverages: tuple[SafeLeverage, ...]
    leverage_max: float


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
        caps_file: Where hard caps are or would be written.
        caps: The hard caps in force; None without any.
        run: A saved run, if one was asked for.
    """

    name: str
    limits: tuple[StatedLimit, ...]
    meanings: Mapping[str, str]
    ladder: LadderPolicy
    clauses: tuple[tuple[AnyClause, bool], ...]
    checked: tuple[CheckedOrder, ...]
    caps_file: Path
    caps: tuple[ShownCap, ...] | None
    run: RunUse | None = None

    @property
    def passed(self) -> tuple[str, ...]:
        """What is wrong with the bad orders that were not refused though they had to be."""
        return tuple(order.name for order in self.checked if not (order.is_refused or order.is_excused))


def view_risk(
    checked: CheckedConfiguration, variables: Mapping[str, str], used: tuple[str, RiskUse] | None = None
) -> RiskView:
    """Work out what is shown of risk settings.

    Args:
        checked: A configuration.
        variables: Of the process, which may name the file of the caps.
        used: Name of a run, and what was in use at its end.
    """
    configuration, settings = checked.configuration, checked.configuration.risk
    gate, limits = RiskGate(settings.limits), stated_limits(settings)
    return RiskView(
        name=configuration.name,
        limits=limits,
        meanings={limit.key: _meaning(limit.key) for limit in limits},
        ladder=settings.drawdown,
        clauses=tuple((clause, clause.limit_of(settings.limits) is not None) for clause in CLAUSES),
        checked=_checked(gate),
        caps_file=caps_file(variables),
        caps=None if checked.caps is None else tuple(_shown_caps(checked.caps, settings)),
        run=None if used is None else _run_use(configuration, *used),
    )


def _shown_caps(hard_caps: HardCaps, settings: RiskSettings) -> Iterator[ShownCap]:
    values = values_of(settings)
    for key, cap in hard_caps.caps.items():
        if isinstance(cap, Mapping):
            of_symbol = values[key]
            listed = of_symbol if isinstance(of_symbol, Mapping) else {}
            for symbol, each in cap.items():
                yield ShownCap(f"{key}.{symbol}", setting_text(each), setting_text(listed.get(symbol)))
        elif cap is not None:
            yield ShownCap(key, setting_text(cap), setting_text(values[key]))


def _run_use(configuration: RunConfiguration, run_id: str, use: RiskUse) -> RunUse:
    limit = configuration.risk.account.leverage_max
    leverage_max = float(configuration.account.leverage if limit is None else limit)
    rooms = headroom(configuration.risk, use)
    return RunUse(run_id, use, rooms, safe_leverages(use, leverage_max), leverage_max)


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
