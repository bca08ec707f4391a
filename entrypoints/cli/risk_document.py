"""What the command `risk` prints for programs: money and exact ratios as decimal text, estimates as numbers."""

from decimal import Decimal
from typing import Any

from application.results.headroom import Headroom
from application.results.safe_leverages import SafeLeverage
from application.results.stated_limits import StatedLimit
from application.trading.risk_use import InstrumentUse, RiskUse
from domain.risk.clause import AnyClause
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy, Rung
from domain.risk.recoveries import RecoveryRecord
from domain.risk.trading_state import Hold
from domain.time_units import iso_utc
from entrypoints.configuration.structuring import plain_decimal
from entrypoints.risk_view import CheckedOrder, RiskView, RunUse


def risk_document(view: RiskView) -> dict[str, Any]:
    """Return everything that is shown as plain data; keys are stable."""
    return {
        "name": view.name,
        "limits": [_limit(limit, view.meanings[limit.key]) for limit in view.limits],
        "drawdown_ladder": [_rung(level, rung) for level, rung in view.ladder.rungs()],
        "drawdown_hysteresis": plain_decimal(view.ladder.hysteresis),
        "clauses": [_clause(clause, is_asked=is_asked) for clause, is_asked in view.clauses],
        "self_check": {"is_passed": not view.passed, "orders": [_checked(order) for order in view.checked]},
        "hard_caps": _caps(view),
        "run": None if view.run is None else _run(view.run, view.ladder),
    }


def _limit(limit: StatedLimit, meaning: str) -> dict[str, Any]:
    return {"group": limit.group, "key": limit.key, "value": _plain(limit.value), "meaning": meaning}


def _rung(level: DrawdownLevel, rung: Rung) -> dict[str, Any]:
    action = rung.action
    return {
        "level": level.value,
        "threshold": plain_decimal(rung.threshold),
        "size_factor": plain_decimal(action.size_factor),
        "reduce_to": plain_decimal(action.reduce_to),
        "halts": action.halts,
    }


def _clause(clause: AnyClause, *, is_asked: bool) -> dict[str, Any]:
    return {
        "code": clause.reason.value,
        "control": clause.control,
        "is_asked": is_asked,
        "protects": clause.protects,
    }


def _checked(order: CheckedOrder) -> dict[str, Any]:
    return {
        "order": order.name,
        "reason": order.reason,
        "is_refused": order.is_refused,
        "is_excused": order.is_excused,
        "is_needed_outside_research": order.is_needed,
    }


def _caps(view: RiskView) -> dict[str, Any] | None:
    if view.caps is None:
        return None
    caps = [{"key": each.key, "cap": each.cap, "value": each.value} for each in view.caps]
    return {"file": str(view.caps_file), "caps": caps}


def _run(run: RunUse, ladder: LadderPolicy) -> dict[str, Any]:
    use = run.use
    return {
        "run_id": run.run_id,
        "at": iso_utc(use.at_ns),
        "equity": plain_decimal(use.equity),
        "state": use.state.value,
        "holds": [_hold(hold) for hold in use.holds],
        "level": use.level.value,
        "size_factor": plain_decimal(ladder.action_at(use.level).size_factor),
        "capital_at_risk": _amount_at_risk(use),
        "headroom": [_room(room) for room in run.rooms],
        "instruments": [_instrument(each) for each in use.instruments],
        "leverages": {"cap": run.leverage_max, "instruments": [_leverage(each) for each in run.leverages]},
        "recoveries": None if use.recoveries is None else _recoveries(use.recoveries),
        "falling_since": None if use.fall is None else iso_utc(use.fall.started_at_ns),
    }


def _instrument(each: InstrumentUse) -> dict[str, Any]:
    return {
        "symbol": each.symbol,
        "held": plain_decimal(each.held_notional),
        "worst": plain_decimal(each.worst_notional),
        "liquidation_distance": _plain(each.liquidation_distance),
        "var_alone": each.var_alone,
        "var_part": each.var_part,
    }


def _leverage(each: SafeLeverage) -> dict[str, Any]:
    return {
        "symbol": each.symbol,
        "daily_volatility": each.daily_volatility,
        "by_distance": each.by_distance,
        "by_volatility": each.by_volatility,
    }


def _recoveries(record: RecoveryRecord) -> dict[str, Any]:
    found = record.statistics
    return {
        "count": record.count,
        "mean_days": None if found is None else found.mean_days,
        "min_days": None if found is None else found.min_days,
        "max_days": None if found is None else found.max_days,
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "cause": hold.cause.value,
        "state": hold.state.value,
        "reason": hold.reason,
        "since": iso_utc(hold.since_ns),
        "needs_person": hold.cause.needs_person,
    }


def _amount_at_risk(use: RiskUse) -> float | None:
    """Return the loss if every stop is jumped over, quote currency."""
    return None if use.capital_at_risk is None else use.capital_at_risk * float(use.equity)


def _room(room: Headroom) -> dict[str, Any]:
    return {
        "key": room.key,
        "subject": room.subject,
        "used": _plain(room.used),
        "limit": _plain(room.limit),
        "left": _plain(room.left),
        "is_beyond": room.is_beyond,
    }


def _plain(value: Decimal | float | str | tuple[str, ...] | None) -> object:
    if isinstance(value, Decimal):
        return plain_decimal(value)
    return list(value) if isinstance(value, tuple) else value
