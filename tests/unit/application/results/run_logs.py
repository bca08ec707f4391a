"""Builders of what a run leaves behind: a test says only the numbers that matter to it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from application.results.accounting import AccountingIdentity
from application.trading.records import (
    Decision,
    ExitReason,
    FailureKind,
    Refusal,
    RegimeChange,
    RoundTrip,
    RunLog,
    SentOrder,
    StrategyFailure,
    UnheardSignal,
    WeightChange,
)
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.order import ClientOrderId, PositionSide, Side
from domain.regime import MarketRegime, VolatilityState
from domain.signal import Signal, SignalAction
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, SYMBOL, make_fill, make_terms

EXIT_NS: Final = START_NS + NS_PER_HOUR


def make_trade(
    gross_pnl: str = "0",
    *,
    fees: str = "0",
    funding: str = "0",
    slippage: str = "0",
    strategy: str = "trend",
    symbol: str = SYMBOL,
    direction: int = 1,
    quantity: str = "1",
    entry_price: str = "30000",
    exit_price: str | None = "31000",
    entered_at_ns: int = START_NS,
    exited_at_ns: int | None = EXIT_NS,
    exit_reason: ExitReason | None = ExitReason.SIGNAL,
    initial_risk: str | None = None,
) -> RoundTrip:
    """Make a round trip; without `exited_at_ns` it is open."""
    return RoundTrip(
        strategy=strategy,
        symbol=symbol,
        direction=direction,
        quantity=Decimal(quantity),
        entered_at_ns=entered_at_ns,
        entry_price=Decimal(entry_price),
        exited_at_ns=exited_at_ns,
        exit_price=None if exit_price is None else Decimal(exit_price),
        gross_pnl=Decimal(gross_pnl),
        fees=Decimal(fees),
        funding=Decimal(funding),
        slippage=Decimal(slippage),
        exit_reason=None if exited_at_ns is None else exit_reason,
        initial_risk=None if initial_risk is None else Decimal(initial_risk),
    )


def make_payment(
    payment: str,
    *,
    symbol: str = SYMBOL,
    at_ns: int = START_NS,
    quantity: str = "1",
    mark_price: str = "30000",
    rate: str = "0.0001",
    is_assumed: bool = False,
) -> FundingPaid:
    return FundingPaid(
        symbol=symbol,
        position_side=PositionSide.BOTH,
        at_ns=at_ns,
        signed_quantity=Decimal(quantity),
        mark_price=Decimal(mark_price),
        rate=Decimal(rate),
        payment=Decimal(payment),
        is_assumed=is_assumed,
    )


def make_liquidation(
    quantity: str = "1",
    *,
    side: Side = Side.SELL,
    price: str = "30000",
    fee: str = "0",
    liquidation_fee: str = "0",
    insurance: str = "0",
    mark_price: str = "30000",
    symbol: str = SYMBOL,
) -> PositionLiquidated:
    """Make a liquidation that closes a long, unless the side says otherwise."""
    fill = make_fill(quantity, "t-l", side=side, price=price, fee=fee, client_order_id="autoclose-1", symbol=symbol)
    return PositionLiquidated(
        fill, PositionSide.BOTH, Decimal(mark_price), Decimal(liquidation_fee), Decimal(insurance)
    )


def make_decision(*, strength: float = 1.0, target_quantity: str = "1", at_ns: int = START_NS) -> Decision:
    signal = Signal(action=SignalAction.ENTER_LONG, reason="crossed", strength=strength, features=(("fast", 2.5),))
    return Decision(at_ns, "trend", SYMBOL, signal, Decimal(target_quantity), "fixed")


def make_unheard(*, strength: float = 1.0, why: str = "suspended", at_ns: int = START_NS) -> UnheardSignal:
    return UnheardSignal(at_ns, "trend", SYMBOL, make_decision(strength=strength).signal, why)


def make_regime_change(
    regime: MarketRegime = MarketRegime.BULL,
    volatility_state: VolatilityState = VolatilityState.LOW,
    *,
    at_ns: int = START_NS,
    symbol: str = SYMBOL,
    confidence: float = 0.75,
    volatility: float | None = 0.01,
) -> RegimeChange:
    return RegimeChange(
        at_ns=at_ns,
        symbol=symbol,
        regime=regime,
        volatility_state=volatility_state,
        confidence=confidence,
        volatility=volatility,
    )


def make_weight_change(*, at_ns: int = START_NS, symbol: str = SYMBOL, **weights: float) -> WeightChange:
    return WeightChange(at_ns=at_ns, symbol=symbol, weights=tuple(weights.items()))


def make_failure(
    kind: FailureKind = FailureKind.RAISED, *, at_ns: int = START_NS, message: str = "no number", n_left: int = 2
) -> StrategyFailure:
    return StrategyFailure(
        at_ns=at_ns,
        strategy="trend",
        symbol=SYMBOL,
        kind=kind,
        error="ValueError",
        message=message,
        where="own.py:12",
        n_left=n_left,
    )


def make_sent_order(quantity: str = "1", *, client_order_id: str = "bt-1", at_ns: int = START_NS) -> SentOrder:
    return SentOrder(at_ns, ClientOrderId(client_order_id), "open", make_terms(quantity))


def make_refusal(detail: str = "halted", *, reasons: tuple[str, ...] = ("kill_switch",)) -> Refusal:
    return Refusal(START_NS, SYMBOL, "gate", reasons, detail)


def make_log(*, equity: Sequence[tuple[int, float]] = (), exposure: Sequence[float] = ()) -> RunLog:
    """Make a log with this curve; exposure is zero where none is given."""
    log = RunLog()
    for row, (at_ns, value) in enumerate(equity):
        log.equity_at_ns.append(at_ns)
        log.equity.append(value)
        log.exposure.append(exposure[row] if exposure else 0.0)
    return log


def make_full_log() -> RunLog:
    """Make a log with one of everything."""
    log = make_log(equity=((START_NS, 1000.0), (EXIT_NS, 1010.5)), exposure=(0.0, 0.5))
    log.decisions.append(make_decision())
    log.unheard.append(make_unheard())
    log.regime_changes.append(make_regime_change())
    log.weight_changes.append(make_weight_change(trend=0.25))
    log.failures.append(make_failure())
    log.orders.append(make_sent_order())
    log.refusals.append(make_refusal())
    log.fills.append(make_fill("1", "t-1", price="30000", fee="15"))
    log.liquidations.append(make_liquidation("1", price="29000", fee="14.5", liquidation_fee="580"))
    log.funding.append(make_payment("-3"))
    log.trades.append(make_trade("-1000", fees="29.5", funding="-3"))
    return log


def make_identity(
    *,
    start_equity: str = "1000",
    end_equity: str = "1000",
    trading_pnl: str = "0",
    fees: str = "0",
    funding: str = "0",
    transfers: str = "0",
    liquidation: str = "0",
) -> AccountingIdentity:
    return AccountingIdentity(
        start_equity=Decimal(start_equity),
        end_equity=Decimal(end_equity),
        trading_pnl=Decimal(trading_pnl),
        fees=Decimal(fees),
        funding=Decimal(funding),
        transfers=Decimal(transfers),
        liquidation=Decimal(liquidation),
    )
