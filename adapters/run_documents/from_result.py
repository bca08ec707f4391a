"""Turns the result of a run into its document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Final, Literal

import numpy as np

from adapters.run_documents.document import (
    AssumedFundingPart,
    AssumptionPart,
    BreakdownPart,
    CertificatePart,
    DrawdownPart,
    EquityPoint,
    ExposurePart,
    FailurePart,
    FundingPart,
    HashesPart,
    IdentityPart,
    LiquidationPart,
    MetricsPart,
    PerformancePart,
    PeriodPart,
    RefusalPart,
    RunDocument,
    TradeFiguresPart,
    TradePart,
)
from adapters.run_documents.judgement_from_result import (
    group_part,
    regimes_part,
    signal_counts,
    weight_parts,
)
from adapters.run_documents.plain_numbers import finite, plain, plain_average
from adapters.run_documents.risk_from_result import risk_part
from application.results.accounting import AccountingIdentity
from application.results.group_performance import belonging_to_no_trade, performance_by_strategy
from application.results.result import Assumption, ExposureFigures, RunResult, TradeFigures
from application.trading.records import Refusal, RoundTrip, RunLog, StrategyFailure
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.market import BarSeries
from domain.numbers import ZERO, exact, round_cash
from domain.order import Side
from domain.performance import Drawdown, Performance
from domain.time_units import NS_PER_DAY, iso_utc

# Parts of a fee that several strategies share have 28 digits. With this many, sums of them are still exact,
# so a reader who adds up the document gets the document's own sums.
_EXACT: Final = Context(prec=100)


def to_document(result: RunResult, prices: Mapping[str, BarSeries] | None = None) -> RunDocument:
    """Return the document of a result, exact to the last unit.

    Args:
        result: The run.
        prices: The bars that were decided upon, by instrument; without them nothing is said of the markets in which
            money was made.
    """
    log = result.log
    trades = result.trades
    with localcontext(_EXACT):
        return RunDocument(
            schema_version=3,
            run_id=result.run_id,
            name=result.name,
            synthetic=result.is_synthetic,
            period=PeriodPart(start=iso_utc(result.start_ns), end=iso_utc(result.end_ns), bars=result.n_bars),
            symbols=result.symbols,
            identity=_identity(result.identity),
            certificate=CertificatePart(
                sampled=result.certificate.sampled,
                matched=result.certificate.matched,
                decisions_replayed=result.certificate.decisions_replayed,
                first_difference=result.certificate.first_difference,
            ),
            metrics=_metrics(result),
            assumptions=tuple(_assumption(assumption) for assumption in result.assumptions),
            trades=tuple(_trade(trade) for trade in trades),
            refusals=tuple(_refusal(refusal) for refusal in log.refusals),
            failures=tuple(_failure(failure) for failure in log.failures),
            risk=risk_part(result),
            liquidations=tuple(_liquidation(report) for report in log.liquidations),
            funding=tuple(_funding(log.funding)),
            assumed_funding=tuple(_assumed(payment) for payment in log.funding if payment.is_assumed),
            equity_curve=tuple(_daily_equity(log)),
            by_symbol=_breakdown((trade.symbol, trade) for trade in trades),
            by_strategy=_breakdown((trade.strategy, trade) for trade in trades),
            strategies={name: group_part(each) for name, each in performance_by_strategy(result).items()},
            no_trade=plain(belonging_to_no_trade(result)),
            signals=signal_counts(result),
            allocation=tuple(weight_parts(log.weight_changes)),
            regimes=regimes_part(result, prices or {}),
            hashes=HashesPart(
                data=result.hashes.data,
                code=result.hashes.code,
                config=result.hashes.config,
                result=result.hashes.result,
            ),
        )


def _identity(identity: AccountingIdentity) -> IdentityPart:
    return IdentityPart(
        start_equity=plain(identity.start_equity),
        end_equity=plain(identity.end_equity),
        trading_pnl=plain(identity.trading_pnl),
        fees=plain(identity.fees),
        funding=plain(identity.funding),
        transfers=plain(identity.transfers),
        liquidation=plain(identity.liquidation),
        difference=plain(identity.difference),
    )


def _metrics(result: RunResult) -> MetricsPart:
    return MetricsPart(
        performance=_performance(result.performance),
        drawdown=_drawdown(result.performance.max_drawdown),
        trades=_trade_figures(result.trade_figures),
        exposure=_exposure(result.exposure),
    )


def _performance(performance: Performance) -> PerformancePart:
    return PerformancePart(
        total_return=finite(performance.total_return),
        annual_return=finite(performance.annual_return),
        annual_volatility=finite(performance.annual_volatility),
        sharpe_ratio=finite(performance.sharpe_ratio),
        sortino_ratio=finite(performance.sortino_ratio),
        calmar_ratio=finite(performance.calmar_ratio),
    )


def _drawdown(drawdown: Drawdown) -> DrawdownPart:
    return DrawdownPart(
        depth=finite(drawdown.depth),
        peak_at=iso_utc(drawdown.peak_at_ns),
        trough_at=iso_utc(drawdown.trough_at_ns),
        recovered_at=_instant(drawdown.recovered_at_ns),
        longest_days=drawdown.longest_ns / NS_PER_DAY,
    )


def _trade_figures(figures: TradeFigures) -> TradeFiguresPart:
    average = figures.average_pnl
    return TradeFiguresPart(
        closed=figures.n_trades,
        open=figures.n_open,
        win_rate=finite(figures.win_rate),
        profit_factor=finite(figures.profit_factor),
        average_pnl=None if average is None else plain(round_cash(average)),
        best_pnl=_money(figures.best_pnl),
        worst_pnl=_money(figures.worst_pnl),
        slippage=plain(figures.slippage),
        turnover=plain(figures.turnover),
    )


def _exposure(exposure: ExposureFigures) -> ExposurePart:
    return ExposurePart(
        time_in_market=finite(exposure.time_in_market),
        average=finite(exposure.average),
        largest=finite(exposure.largest),
    )


def _assumption(assumption: Assumption) -> AssumptionPart:
    return AssumptionPart(name=assumption.name, value=assumption.value, meaning=assumption.meaning)


def _trade(trade: RoundTrip) -> TradePart:
    return TradePart(
        strategy=trade.strategy,
        symbol=trade.symbol,
        side="long" if trade.direction > 0 else "short",
        quantity=plain(trade.quantity),
        entered_at=iso_utc(trade.entered_at_ns),
        entry_price=plain_average(trade.entry_price),
        exited_at=_instant(trade.exited_at_ns),
        exit_price=None if trade.exit_price is None else plain_average(trade.exit_price),
        gross_pnl=plain(trade.gross_pnl),
        fees=plain(trade.fees),
        funding=plain(trade.funding),
        slippage=plain(trade.slippage),
        net_pnl=plain(trade.net_pnl),
        exit_reason=None if trade.exit_reason is None else trade.exit_reason.value,
        initial_risk=_money(trade.initial_risk),
        r_multiple=trade.r_multiple,
        rungs_taken=trade.rungs_taken,
    )


def _refusal(refusal: Refusal) -> RefusalPart:
    return RefusalPart(
        at=iso_utc(refusal.at_ns),
        symbol=refusal.symbol,
        source=refusal.source,
        reasons=refusal.reasons,
        detail=refusal.detail,
    )


def _failure(failure: StrategyFailure) -> FailurePart:
    return FailurePart(
        at=iso_utc(failure.at_ns),
        strategy=failure.strategy,
        symbol=failure.symbol,
        kind=failure.kind.value,
        error=failure.error,
        message=failure.message,
        where=failure.where,
        left=failure.n_left,
    )


def _liquidation(report: PositionLiquidated) -> LiquidationPart:
    fill = report.fill
    side: Literal["buy", "sell"] = "buy" if fill.side is Side.BUY else "sell"
    return LiquidationPart(
        at=iso_utc(fill.executed_at_ns),
        symbol=fill.symbol,
        side=side,
        quantity=plain(fill.quantity),
        price=plain(fill.price),
        mark_price=plain(report.mark_price),
        fee=plain(fill.fee),
        liquidation_fee=plain(report.liquidation_fee),
        insurance=plain(report.insurance),
    )


def _funding(payments: Sequence[FundingPaid]) -> Iterator[FundingPart]:
    for symbol in sorted({payment.symbol for payment in payments}):
        own = [payment for payment in payments if payment.symbol == symbol]
        assumed = [payment.payment for payment in own if payment.is_assumed]
        received = sum((payment.payment for payment in own if payment.payment > 0), ZERO)
        paid = -sum((payment.payment for payment in own if payment.payment < 0), ZERO)
        yield FundingPart(
            symbol=symbol,
            payments=len(own),
            received=plain(received),
            paid=plain(paid),
            net=plain(received - paid),
            assumed_payments=len(assumed),
            assumed_net=plain(sum(assumed, ZERO)),
        )


def _assumed(payment: FundingPaid) -> AssumedFundingPart:
    return AssumedFundingPart(
        at=iso_utc(payment.at_ns),
        symbol=payment.symbol,
        quantity=plain(payment.signed_quantity),
        mark_price=plain(payment.mark_price),
        rate=plain(payment.rate),
        payment=plain(payment.payment),
    )


def _daily_equity(log: RunLog) -> Iterator[EquityPoint]:
    """Yield the last point of each UTC day that has one; a point exactly at midnight ends the day before."""
    at_ns = np.asarray(log.equity_at_ns, dtype=np.int64)
    days = (at_ns - 1) // NS_PER_DAY
    last_rows = np.searchsorted(days, np.unique(days), side="right") - 1
    for row in last_rows.tolist():
        yield EquityPoint(at=iso_utc(log.equity_at_ns[row]), equity=plain(round_cash(exact(log.equity[row]))))


def _breakdown(named: Iterable[tuple[str, RoundTrip]]) -> dict[str, BreakdownPart]:
    groups: dict[str, list[RoundTrip]] = {}
    for name, trade in named:
        groups.setdefault(name, []).append(trade)
    return {name: _sum_up(trades) for name, trades in sorted(groups.items())}


def _sum_up(trades: Sequence[RoundTrip]) -> BreakdownPart:
    return BreakdownPart(
        trades=len(trades),
        gross=plain(sum((trade.gross_pnl for trade in trades), ZERO)),
        fees=plain(sum((trade.fees for trade in trades), ZERO)),
        funding=plain(sum((trade.funding for trade in trades), ZERO)),
        slippage=plain(sum((trade.slippage for trade in trades), ZERO)),
        net=plain(sum((trade.net_pnl for trade in trades), ZERO)),
    )


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _instant(at_ns: int | None) -> str | None:
    return None if at_ns is None else iso_utc(at_ns)
