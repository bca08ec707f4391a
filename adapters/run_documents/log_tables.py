"""The tables of what a run leaves behind: one row for each decision, order, refusal, execution, payment and trade.

Columns are the attributes of the rows; see there for what they mean. Names of columns are stored and stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.run_documents.table_form import (
    AMOUNT,
    FEATURES,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    TEXTS,
    Kind,
    TableForm,
    choice,
    optional,
)
from application.results.excursions import Excursion
from application.results.result import RunResult
from application.trading.records import (
    ClearanceRecord,
    Decision,
    ExitReason,
    FailureKind,
    Refusal,
    RegimeChange,
    RoundTrip,
    RunLog,
    SentOrder,
    StateRecord,
    StrategyFailure,
    UnheardSignal,
    UnhedgedSpell,
    VarForecast,
    WeightChange,
)
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.order import Fill, OrderTerms, OrderType, PositionSide, Side, TimeInForce, TriggerPrice
from domain.regime import MarketRegime, VolatilityState
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.drawdown_levels import DrawdownLevel, LevelAction
from domain.risk.loss_limits import LossBreach, LossRule
from domain.risk.trading_state import TradingState
from domain.signal import Signal, SignalAction


def _inside(name: str, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the columns of a part of a row."""
    return {f"{name}.{path}": kind for path, kind in kinds.items()}


_SIGNAL: Final = {
    "action": choice(SignalAction),
    "reason": TEXT,
    "strength": NUMBER,
    "confidence": NUMBER,
    "stop_distance": optional(NUMBER),
    "target_distance": optional(NUMBER),
    "features": FEATURES,
}
_TERMS: Final = {
    "symbol": TEXT,
    "side": choice(Side),
    "type": choice(OrderType),
    "quantity": AMOUNT,
    "price": optional(AMOUNT),
    "trigger_price": optional(AMOUNT),
    "callback_rate": optional(AMOUNT),
    "activation_price": optional(AMOUNT),
    "time_in_force": choice(TimeInForce),
    "good_until_ns": optional(INTEGER),
    "reduce_only": FLAG,
    "close_position": FLAG,
    "position_side": choice(PositionSide),
    "trigger_by": choice(TriggerPrice),
}
_FILL: Final = {
    "trade_id": TEXT,
    "client_order_id": TEXT,
    "symbol": TEXT,
    "side": choice(Side),
    "position_side": choice(PositionSide),
    "quantity": AMOUNT,
    "price": AMOUNT,
    "fee": AMOUNT,
    "is_maker": FLAG,
    "executed_at_ns": INTEGER,
    "reference_price": AMOUNT,
}
_TRADE: Final = {
    "strategy": TEXT,
    "symbol": TEXT,
    "direction": INTEGER,
    "quantity": AMOUNT,
    "entered_at_ns": INTEGER,
    "entry_price": AMOUNT,
    "exited_at_ns": optional(INTEGER),
    "exit_price": optional(AMOUNT),
    "gross_pnl": AMOUNT,
    "fees": AMOUNT,
    "funding": AMOUNT,
    "slippage": AMOUNT,
    "exit_reason": optional(choice(ExitReason)),
    "initial_risk": optional(AMOUNT),
    "rungs_taken": INTEGER,
}

DECISIONS: Final = TableForm(
    "decisions",
    Decision,
    {"at_ns": INTEGER, "strategy": TEXT, "symbol": TEXT}
    | _inside("signal", _SIGNAL)
    | {"target_quantity": AMOUNT, "size_reason": TEXT, "candidates": FEATURES},
    {"signal": Signal},
)
UNHEARD: Final = TableForm(
    "unheard",
    UnheardSignal,
    {"at_ns": INTEGER, "strategy": TEXT, "symbol": TEXT} | _inside("signal", _SIGNAL) | {"why": TEXT},
    {"signal": Signal},
)
ORDERS: Final = TableForm(
    "orders",
    SentOrder,
    {"at_ns": INTEGER, "client_order_id": TEXT, "purpose": TEXT, "strategy": optional(TEXT)} | _inside("terms", _TERMS),
    {"terms": OrderTerms},
)
REFUSALS: Final = TableForm(
    "refusals", Refusal, {"at_ns": INTEGER, "symbol": TEXT, "source": TEXT, "reasons": TEXTS, "detail": TEXT}
)
FILLS: Final = TableForm("fills", Fill, _FILL)
LIQUIDATIONS: Final = TableForm(
    "liquidations",
    PositionLiquidated,
    _inside("fill", _FILL)
    | {
        "position_side": choice(PositionSide),
        "mark_price": AMOUNT,
        "liquidation_fee": AMOUNT,
        "insurance": AMOUNT,
    },
    {"fill": Fill},
)
FUNDING: Final = TableForm(
    "funding",
    FundingPaid,
    {
        "symbol": TEXT,
        "position_side": choice(PositionSide),
        "at_ns": INTEGER,
        "signed_quantity": AMOUNT,
        "mark_price": AMOUNT,
        "rate": AMOUNT,
        "payment": AMOUNT,
        "is_assumed": FLAG,
    },
)
TRADES: Final = TableForm("trades", RoundTrip, _TRADE)
OPEN_TRADES: Final = TableForm("open_trades", RoundTrip, _TRADE)
EXCURSIONS: Final = TableForm(
    "excursions",
    Excursion,
    {
        "adverse": NUMBER,
        "favorable": NUMBER,
        "adverse_fraction": NUMBER,
        "favorable_fraction": NUMBER,
        "stop_distance": optional(NUMBER),
        "r_multiple": optional(NUMBER),
    },
)

REGIME_CHANGES: Final = TableForm(
    "regime_changes",
    RegimeChange,
    {
        "at_ns": INTEGER,
        "symbol": TEXT,
        "regime": choice(MarketRegime),
        "volatility_state": choice(VolatilityState),
        "confidence": NUMBER,
        "volatility": optional(NUMBER),
        "reason": TEXT,
    },
)
WEIGHT_CHANGES: Final = TableForm(
    "weight_changes", WeightChange, {"at_ns": INTEGER, "symbol": TEXT, "weights": FEATURES}
)
LEVEL_CHANGES: Final = TableForm(
    "level_changes",
    LevelChange,
    {
        "before": choice(DrawdownLevel),
        "after": choice(DrawdownLevel),
        "drawdown": AMOUNT,
        "equity": AMOUNT,
        "high": AMOUNT,
    }
    | _inside("action", {"size_factor": AMOUNT, "reduce_to": AMOUNT, "halts": FLAG})
    | {"changed_at_ns": INTEGER},
    {"action": LevelAction},
)
STATE_CHANGES: Final = TableForm(
    "state_changes",
    StateRecord,
    {
        "at_ns": INTEGER,
        "before": choice(TradingState),
        "after": choice(TradingState),
        "causes": TEXTS,
        "reasons": TEXTS,
    },
)
CLEARANCES: Final = TableForm(
    "clearances",
    ClearanceRecord,
    {
        "at_ns": INTEGER,
        "ended": TEXT,
        "strategy": optional(TEXT),
        "held_since_ns": optional(INTEGER),
        "held_for": TEXT,
        "person": TEXT,
        "reason": TEXT,
    },
)
LOSS_BREACHES: Final = TableForm(
    "loss_breaches",
    LossBreach,
    {
        "rule": choice(LossRule),
        "breached_at_ns": INTEGER,
        "lost": AMOUNT,
        "lost_fraction": optional(AMOUNT),
        "streak": INTEGER,
    },
)
VAR_FORECASTS: Final = TableForm(
    "var_forecasts",
    VarForecast,
    {"at_ns": INTEGER, "value_at_risk": NUMBER, "expected_shortfall": NUMBER, "outcome": NUMBER},
)
UNHEDGED: Final = TableForm(
    "unhedged",
    UnhedgedSpell,
    {
        "strategy": TEXT,
        "symbol": TEXT,
        "began_at_ns": INTEGER,
        "ended_at_ns": optional(INTEGER),
        "bars": INTEGER,
        "quantity": AMOUNT,
        "value": AMOUNT,
    },
)

FAILURES: Final = TableForm(
    "failures",
    StrategyFailure,
    {
        "at_ns": INTEGER,
        "strategy": TEXT,
        "symbol": TEXT,
        "kind": choice(FailureKind),
        "error": TEXT,
        "message": TEXT,
        "where": optional(TEXT),
        "n_left": INTEGER,
    },
)

LOG_TABLES: Final[tuple[TableForm[Any], ...]] = (
    DECISIONS,
    ORDERS,
    REFUSALS,
    FILLS,
    LIQUIDATIONS,
    FUNDING,
    TRADES,
    OPEN_TRADES,
    EXCURSIONS,
    REGIME_CHANGES,
    UNHEDGED,
    LEVEL_CHANGES,
    STATE_CHANGES,
    CLEARANCES,
    LOSS_BREACHES,
    VAR_FORECASTS,
    UNHEARD,
    WEIGHT_CHANGES,
    FAILURES,
)
"""All of them."""

ADDED_IN: Final[Mapping[str, int]] = {
    UNHEARD.name: 3,
    WEIGHT_CHANGES.name: 3,
    UNHEDGED.name: 3,
    FAILURES.name: 3,
}
"""Version of the format in which tables came that were not there from the second on: older runs have none of them."""


def rows_of(result: RunResult) -> Iterator[tuple[TableForm[Any], Sequence[Any]]]:
    """Yield each table with its rows."""
    log = result.log
    lists = (log.decisions, log.orders, log.refusals, log.fills, log.liquidations, log.funding, log.trades)
    risk = (log.level_changes, log.state_changes, log.clearances, log.loss_breaches, log.var_forecasts)
    found = (result.open_trades, result.excursions, log.regime_changes, log.unhedged)
    judged = (log.unheard, log.weight_changes, log.failures)
    yield from zip(LOG_TABLES, (*lists, *found, *risk, *judged), strict=True)


def log_of(rows: Mapping[str, list[Any]]) -> RunLog:
    """Return the log that these rows, by name of their table, make up; its curve is still empty."""
    return RunLog(
        decisions=rows["decisions"],
        unheard=rows["unheard"],
        orders=rows["orders"],
        refusals=rows["refusals"],
        fills=rows["fills"],
        liquidations=rows["liquidations"],
        funding=rows["funding"],
        trades=rows["trades"],
        regime_changes=rows["regime_changes"],
        weight_changes=rows["weight_changes"],
        failures=rows["failures"],
        unhedged=rows["unhedged"],
        level_changes=rows["level_changes"],
        state_changes=rows["state_changes"],
        clearances=rows["clearances"],
        loss_breaches=rows["loss_breaches"],
        var_forecasts=rows["var_forecasts"],
    )
