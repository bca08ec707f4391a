"""Turns what risk control did in a run into its part of the document."""

from collections.abc import Mapping
from decimal import Decimal

from adapters.run_documents.plain_numbers import finite, plain
from adapters.run_documents.risk_part import (
    BindingPart,
    ClearancePart,
    ForecastsPart,
    HoldPart,
    InstrumentUsePart,
    LevelChangePart,
    LikelihoodPart,
    LossBreachPart,
    RecoveriesPart,
    RecoveryPart,
    RefusalGroupPart,
    RiskPart,
    RiskUsePart,
    StateChangePart,
)
from application.results.result import RunResult
from application.results.risk_summary import RefusalGroup, risk_summary
from application.results.var_judgement import VarJudgement
from application.trading.records import ClearanceRecord, StateRecord
from application.trading.risk_use import InstrumentUse, RiskUse
from domain.risk.clause import ratio
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.loss_limits import LossBreach
from domain.risk.recoveries import Fall, RecoveryRecord
from domain.risk.trading_state import Hold
from domain.risk.var_backtest import LikelihoodRatio
from domain.time_units import NS_PER_DAY, iso_utc


def risk_part(result: RunResult) -> RiskPart:
    """Return the part of the document on risk control."""
    log, summary = result.log, risk_summary(result)
    return RiskPart(
        refused=summary.n_refused,
        refusals_by_reason=tuple(map(_refusals, summary.refusals)),
        bindings=tuple(BindingPart(each.constraint, each.count, each.n_nothing) for each in summary.bindings),
        bindings_by_month={month: dict(counts) for month, counts in summary.monthly_bindings.items()},
        deepest_level=summary.deepest_level,
        last_level=summary.last_level,
        last_state=summary.last_state,
        held_back_days=summary.held_back_ns / NS_PER_DAY,
        level_changes=tuple(map(_level_change, log.level_changes)),
        state_changes=tuple(map(_state_change, log.state_changes)),
        clearances=tuple(map(_clearance, log.clearances)),
        loss_breaches=tuple(map(_breach, log.loss_breaches)),
        forecasts=_forecasts(summary.forecasts),
        use=None if result.risk_use is None else _use(result.risk_use),
    )


def _refusals(group: RefusalGroup) -> RefusalGroupPart:
    return RefusalGroupPart(
        source=group.source,
        reason=group.reason,
        count=group.count,
        first_at=iso_utc(group.first_at_ns),
        last_at=iso_utc(group.last_at_ns),
        example=group.example,
    )


def _level_change(change: LevelChange) -> LevelChangePart:
    return LevelChangePart(
        at=iso_utc(change.changed_at_ns),
        before=change.before,
        after=change.after,
        drawdown=plain(change.drawdown),
        equity=plain(change.equity),
        size_factor=plain(change.action.size_factor),
        reduce_to=plain(change.action.reduce_to),
        halts=change.action.halts,
    )


def _state_change(change: StateRecord) -> StateChangePart:
    return StateChangePart(
        at=iso_utc(change.at_ns),
        before=change.before,
        after=change.after,
        causes=change.causes,
        reasons=change.reasons,
    )


def _clearance(clearance: ClearanceRecord) -> ClearancePart:
    return ClearancePart(
        at=iso_utc(clearance.at_ns),
        ended=clearance.ended,
        strategy=clearance.strategy,
        held_since=None if clearance.held_since_ns is None else iso_utc(clearance.held_since_ns),
        held_for=clearance.held_for,
        person=clearance.person,
        reason=clearance.reason,
    )


def _breach(breach: LossBreach) -> LossBreachPart:
    return LossBreachPart(
        at=iso_utc(breach.breached_at_ns),
        rule=breach.rule,
        lost=plain(breach.lost),
        lost_fraction=None if breach.lost_fraction is None else plain(breach.lost_fraction),
        streak=breach.streak,
    )


def _forecasts(judged: VarJudgement) -> ForecastsPart:
    tested = judged.tested
    return ForecastsPart(
        days=judged.n_days,
        exceedances=judged.n_hits,
        confidence=judged.confidence,
        expected=None if tested is None else tested.expected_hits,
        kupiec=None if tested is None else _test(tested.coverage),
        christoffersen=None if tested is None or tested.independence is None else _test(tested.independence),
    )


def _test(test: LikelihoodRatio) -> LikelihoodPart:
    return LikelihoodPart(finite(test.statistic), finite(test.p_value))


def _use(use: RiskUse) -> RiskUsePart:
    return RiskUsePart(
        at=iso_utc(use.at_ns),
        equity=plain(use.equity),
        gross_leverage=_estimate(ratio(use.gross_notional, use.equity)),
        net_leverage=_estimate(ratio(use.net_notional, use.equity)),
        margin_ratio=_estimate(use.margin_ratio),
        var_daily=_estimate(use.var_daily),
        cvar_daily=_estimate(use.cvar_daily),
        liquidation_probability=_estimate(use.liquidation_probability),
        capital_at_risk=_estimate(use.capital_at_risk),
        open_orders=use.open_orders,
        day_pnl=plain(use.day.pnl),
        week_pnl=plain(use.week.pnl),
        losing_days=use.losing_days,
        losing_trades=use.losing_trades,
        drawdown=_estimate(use.drawdown),
        holds=tuple(map(_hold, use.holds)),
        instruments=tuple(map(_instrument, use.instruments)),
        daily_volatilities=_known(use.daily_volatilities),
        recoveries=None if use.recoveries is None else _recoveries(use.recoveries, use.fall),
    )


def _known(volatilities: Mapping[str, float]) -> dict[str, float]:
    return {symbol: each for symbol, each in volatilities.items() if finite(each) is not None}


def _recoveries(record: RecoveryRecord, fall: Fall | None) -> RecoveriesPart:
    found = record.statistics
    return RecoveriesPart(
        count=record.count,
        mean_days=None if found is None else found.mean_days,
        min_days=None if found is None else found.min_days,
        max_days=None if found is None else found.max_days,
        latest=tuple(
            RecoveryPart(iso_utc(each.started_at_ns), iso_utc(each.ended_at_ns), each.days, plain(each.depth))
            for each in record.latest
        ),
        falling_since=None if fall is None else iso_utc(fall.started_at_ns),
    )


def _instrument(use: InstrumentUse) -> InstrumentUsePart:
    return InstrumentUsePart(
        symbol=use.symbol,
        held=plain(use.held_notional),
        worst=plain(use.worst_notional),
        alike=plain(use.alike_notional),
        liquidation_distance=_estimate(use.liquidation_distance),
        var_alone=_estimate(use.var_alone),
        var_part=_estimate(use.var_part),
    )


def _hold(hold: Hold) -> HoldPart:
    return HoldPart(
        cause=hold.cause,
        state=hold.state,
        reason=hold.reason,
        since=iso_utc(hold.since_ns),
        needs_person=hold.cause.needs_person,
    )


def _estimate(value: Decimal | float | None) -> float | None:
    """Return a ratio as the nearest float: there is nothing exact about it that a reader could use."""
    return None if value is None else finite(float(value))
