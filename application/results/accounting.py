"""The accounting identity of a run, worked out from its executions alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from attrs import frozen

from application.trading.records import RunLog
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.numbers import EXACT_SUMS, ZERO
from domain.order import Fill


@frozen(kw_only=True)
class AccountingIdentity:
    """Equity change = trading PnL − fees + funding + transfers + liquidation, to the last unit.

    Attributes:
        start_equity: Before the first event, quote currency.
        end_equity: As the venue's books have it after the last event.
        trading_pnl: Cash from all executions, fees apart, plus what is still held at its last mark.
        fees: Trading fees paid.
        funding: Received minus paid.
        transfers: Deposits minus withdrawals during the run.
        liquidation: Losses taken over by the insurance fund minus liquidation fees.
    """

    start_equity: Decimal
    end_equity: Decimal
    trading_pnl: Decimal
    fees: Decimal
    funding: Decimal
    transfers: Decimal
    liquidation: Decimal

    @property
    def net_result(self) -> Decimal:
        """What the run made: end minus start equity, deposits and withdrawals apart, exact."""
        with localcontext(EXACT_SUMS):
            return self.end_equity - self.start_equity - self.transfers

    @property
    def difference(self) -> Decimal:
        """What the parts do not explain: zero, or the run must not be believed."""
        explained = self.trading_pnl - self.fees + self.funding + self.transfers + self.liquidation
        return self.end_equity - self.start_equity - explained


def account_for(
    log: RunLog,
    marks: Mapping[str, Decimal],
    *,
    start_equity: Decimal,
    end_equity: Decimal,
    transfers: Decimal = ZERO,
) -> AccountingIdentity:
    """Work out the identity from the executions, without looking at any position or ledger.

    Args:
        log: What the run left behind.
        marks: Last mark of each instrument, quote per base.
        start_equity: Before the first event, quote currency.
        end_equity: As the venue's own books have it at the end.
        transfers: Deposits minus withdrawals during the run.
    """
    executions = [*log.fills, *(report.fill for report in log.liquidations)]
    return AccountingIdentity(
        start_equity=start_equity,
        end_equity=end_equity,
        trading_pnl=_trading_pnl(executions, marks),
        fees=sum((fill.fee for fill in executions), ZERO),
        funding=_sum_payments(log.funding),
        transfers=transfers,
        liquidation=_sum_liquidations(log.liquidations),
    )


def _trading_pnl(executions: Iterable[Fill], marks: Mapping[str, Decimal]) -> Decimal:
    cash, held = ZERO, defaultdict[str, Decimal](lambda: ZERO)
    for fill in executions:
        cash -= fill.signed_quantity * fill.price
        held[fill.symbol] += fill.signed_quantity
    return cash + sum((quantity * marks[symbol] for symbol, quantity in held.items() if quantity != 0), ZERO)


def _sum_payments(funding: Iterable[FundingPaid]) -> Decimal:
    return sum((payment.payment for payment in funding), ZERO)


def _sum_liquidations(liquidations: Iterable[PositionLiquidated]) -> Decimal:
    return sum((report.insurance - report.liquidation_fee for report in liquidations), ZERO)
