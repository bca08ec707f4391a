"""The reproducibility hash: the same run gives the same one in every process."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from sys import byteorder

from application.results.accounting import AccountingIdentity
from application.trading.records import RoundTrip, RunLog


def fingerprint(log: RunLog, identity: AccountingIdentity, open_trades: Iterable[RoundTrip]) -> str:
    """Return the SHA-256 over everything that came out of a run, as hexadecimal text.

    Decisions with their features, orders, executions, payments, trades, refusals, every point of the
    equity curve, and the books.
    """
    digest = sha256()
    for line in _lines(log, identity, open_trades):
        digest.update(line.encode())
        digest.update(b"\n")
    for column in (log.equity_at_ns, log.equity, log.exposure):
        values = column[:]
        if byteorder != "little":
            values.byteswap()
        digest.update(values.tobytes())
    return digest.hexdigest()


def _lines(log: RunLog, identity: AccountingIdentity, open_trades: Iterable[RoundTrip]) -> Iterator[str]:
    for decision in log.decisions:
        signal = decision.signal
        yield (
            f"decision|{decision.at_ns}|{decision.strategy}|{decision.symbol}|{signal.action.value}|{signal.strength!r}|"
            f"{signal.confidence!r}|{signal.features!r}|{decision.target_quantity}|{decision.size_reason}"
        )
    for sent in log.orders:
        terms = sent.terms
        yield (
            f"order|{sent.at_ns}|{sent.client_order_id}|{sent.purpose}|{terms.symbol}|{terms.side.value}|"
            f"{terms.type.value}|{terms.quantity}|{terms.trigger_price}|{terms.reduce_only}"
        )
    executions = [*log.fills, *(report.fill for report in log.liquidations)]
    for fill in executions:
        yield (
            f"fill|{fill.trade_id}|{fill.client_order_id}|{fill.symbol}|{fill.side.value}|{fill.quantity}|"
            f"{fill.price}|{fill.fee}|{fill.executed_at_ns}"
        )
    for payment in log.funding:
        yield f"funding|{payment.symbol}|{payment.at_ns}|{payment.mark_price}|{payment.payment}|{payment.is_assumed}"
    for refusal in log.refusals:
        yield f"refusal|{refusal.at_ns}|{refusal.symbol}|{refusal.source}|{refusal.reasons}|{refusal.detail}"
    for trade in (*log.trades, *open_trades):
        yield f"trade|{trade.strategy}|{trade.symbol}|{trade.entered_at_ns}|{trade.exited_at_ns}|{trade.net_pnl}"
    yield (
        f"identity|{identity.start_equity}|{identity.end_equity}|{identity.trading_pnl}|{identity.fees}|"
        f"{identity.funding}|{identity.transfers}|{identity.liquidation}"
    )
