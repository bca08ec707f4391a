"""Builders of what risk control leaves behind: a test says only the numbers that matter to it."""

from collections.abc import Mapping
from decimal import Decimal

from application.trading.records import StateRecord, VarForecast
from application.trading.risk_use import InstrumentUse, LossUse, RiskUse
from domain.numbers import ONE, ZERO
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.drawdown_levels import DrawdownLevel, LevelAction
from domain.risk.loss_limits import LossBreach, LossRule
from domain.risk.trading_state import Hold, TradingState
from tests.support import START_NS, SYMBOL


def make_level_change(
    after: DrawdownLevel,
    *,
    before: DrawdownLevel = DrawdownLevel.NONE,
    at_ns: int = START_NS,
    drawdown: str = "0.06",
    size_factor: str = "1",
    reduce_to: str = "1",
) -> LevelChange:
    return LevelChange(
        before=before,
        after=after,
        drawdown=Decimal(drawdown),
        equity=Decimal(1000) * (ONE - Decimal(drawdown)),
        high=Decimal(1000),
        action=LevelAction(size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to)),
        changed_at_ns=at_ns,
    )


def make_state_record(
    after: TradingState,
    *,
    before: TradingState = TradingState.ACTIVE,
    at_ns: int = START_NS,
    causes: tuple[str, ...] = (),
    reasons: tuple[str, ...] = (),
) -> StateRecord:
    return StateRecord(at_ns=at_ns, before=before, after=after, causes=causes, reasons=reasons)


def make_breach(rule: LossRule = LossRule.DAILY_LOSS, *, at_ns: int = START_NS, lost: str = "60") -> LossBreach:
    return LossBreach(rule=rule, breached_at_ns=at_ns, lost=Decimal(lost), lost_fraction=Decimal("0.06"))


def make_forecast(outcome: float, *, value_at_risk: float = 10.0, at_ns: int = START_NS) -> VarForecast:
    return VarForecast(
        at_ns=at_ns, value_at_risk=value_at_risk, expected_shortfall=1.5 * value_at_risk, outcome=outcome
    )


def make_instrument_use(
    held: str = "0", *, symbol: str = SYMBOL, worst: str | None = None, alike: str | None = None, distance: str = "0.4"
) -> InstrumentUse:
    """Make the use of one instrument in which nothing works and nothing else moves alike, unless that is said."""
    larger = abs(Decimal(held)) if worst is None else Decimal(worst)
    return InstrumentUse(
        symbol=symbol,
        held_notional=Decimal(held),
        worst_notional=larger,
        alike_notional=larger if alike is None else Decimal(alike),
        liquidation_distance=Decimal(distance),
    )


def make_risk_use(  # a record of many figures, each with a value that is quiet
    *,
    equity: str = "1000",
    gross: str = "0",
    net: str = "0",
    margin_ratio: str | None = "0",
    var_daily: float | None = 0.0,
    capital_at_risk: float | None = 0.0,
    day_pnl: str = "0",
    day_loss: str | None = "0",
    losing_days: int = 0,
    drawdown: str = "0",
    level: DrawdownLevel = DrawdownLevel.NONE,
    state: TradingState = TradingState.ACTIVE,
    holds: tuple[Hold, ...] = (),
    instruments: tuple[InstrumentUse, ...] = (),
    strategies: Mapping[str, Decimal] | None = None,
) -> RiskUse:
    return RiskUse(
        at_ns=START_NS,
        equity=Decimal(equity),
        gross_notional=Decimal(gross),
        net_notional=Decimal(net),
        margin_ratio=None if margin_ratio is None else Decimal(margin_ratio),
        var_daily=var_daily,
        cvar_daily=var_daily,
        var_confidence=0.95,
        liquidation_probability=0.0,
        capital_at_risk=capital_at_risk,
        open_orders=0,
        day=LossUse(pnl=Decimal(day_pnl), loss_fraction=None if day_loss is None else Decimal(day_loss)),
        week=LossUse(pnl=ZERO, loss_fraction=ZERO),
        losing_days=losing_days,
        losing_trades=0,
        high=Decimal(equity),
        drawdown=Decimal(drawdown),
        level=level,
        state=state,
        holds=holds,
        instruments=instruments,
        strategies=strategies or {},
    )
