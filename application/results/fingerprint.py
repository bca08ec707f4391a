"""The reproducibility hash: the same run gives the same one in every process."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from sys import byteorder

from application.results.accounting import AccountingIdentity
from application.trading.records import RoundTrip, RunLog
from domain.order import Fill
from domain.signal import Signal


def fingerprint(log: RunLog, identity: AccountingIdentity, open_trades: Iterable[RoundTrip]) -> str:
    """Return the SHA-256 over everything that came out of a run, as hexadecimal text.

    Decisions with their features, signals that were not heard, strategies that failed, what markets were taken to be
    and how the account was shared, orders, executions, payments, trades, refusals, every point of the equity curve,
    and the books.
    """
    digest = sha256("\n".join(_lines(log, identity, open_trades)).encode())
    for column in (log.equity_at_ns, log.equity, log.exposure):
        values = column[:]
        if byteorder != "little":
            values.byteswap()
        digest.update(values.tobytes())
    return digest.hexdigest()


def _lines(log: RunLog, identity: AccountingIdentity, open_trades: Iterable[RoundTrip]) -> Iterator[str]:
    yield from _judgements(log)
    for sent in log.orders:
        terms = sent.terms
        yield (
            f"order|{sent.at_ns}|{sent.client_order_id}|{sent.purpose}|{terms.symbol}|{terms.side.value}|"
            f"{terms.type.value}|{terms.quantity}|{terms.price}|{terms.trigger_price}|{terms.callback_rate}|"
            f"{terms.activation_price}|{terms.time_in_force.value}|{terms.good_until_ns}|{terms.reduce_only}|"
            f"{terms.close_position}|{terms.position_side.value}|{terms.trigger_by.value}|{sent.strategy}"
        )
    yield from map(_fill_line, log.fills)
    for report in log.liquidations:
        yield _fill_line(report.fill)
        yield f"liquidation|{report.mark_price}|{report.liquidation_fee}|{report.insurance}"
    for payment in log.funding:
        yield (
            f"funding|{payment.symbol}|{payment.position_side.value}|{payment.at_ns}|{payment.signed_quantity}|"
            f"{payment.mark_price}|{payment.rate}|{payment.payment}|{payment.is_assumed}"
        )
    for refusal in log.refusals:
        yield f"refusal|{refusal.at_ns}|{refusal.symbol}|{refusal.source}|{refusal.reasons}|{refusal.detail}"
    for change in log.level_changes:
        yield f"level|{change.changed_at_ns}|{change.before.value}|{change.after.value}|{change.equity}|{change.high}"
    for state in log.state_changes:
        yield f"state|{state.at_ns}|{state.before.value}|{state.after.value}|{state.causes}|{state.reasons}"
    for each in log.clearances:
        yield f"clearance|{each.at_ns}|{each.ended}|{each.strategy}|{each.person}|{each.reason}"
    # The initial risk and the rungs of a trade follow from what is above and from the configuration.
    for trade in (*log.trades, *open_trades):
        yield (
            f"trade|{trade.strategy}|{trade.symbol}|{trade.direction}|{trade.quantity}|{trade.entered_at_ns}|"
            f"{trade.entry_price}|{trade.exited_at_ns}|{trade.exit_price}|{trade.gross_pnl}|{trade.fees}|"
            f"{trade.funding}|{trade.slippage}|{trade.exit_reason}"
        )
    yield (
        f"identity|{identity.start_equity}|{identity.end_equity}|{identity.trading_pnl}|{identity.fees}|"
        f"{identity.funding}|{identity.transfers}|{identity.liquidation}"
    )


def _judgements(log: RunLog) -> Iterator[str]:
    """Yield a line for everything that was made of the market before anything was sent."""
    for decision in log.decisions:
        yield (
            f"decision|{decision.at_ns}|{decision.strategy}|{decision.symbol}|{_signal_text(decision.signal)}|"
            f"{decision.target_quantity}|{decision.size_reason}"
        )
    for passed in log.unheard:
        yield f"unheard|{passed.at_ns}|{passed.strategy}|{passed.symbol}|{_signal_text(passed.signal)}|{passed.why}"
    # The line of its file follows from the code, and where one was interrupted that took too long from the clock.
    for failed in log.failures:
        yield (
            f"failure|{failed.at_ns}|{failed.strategy}|{failed.symbol}|{failed.kind.value}|{failed.error}|"
            f"{failed.message}|{failed.n_left}"
        )
    for judged in log.regime_changes:
        yield (
            f"regime|{judged.at_ns}|{judged.symbol}|{judged.regime.value}|{judged.volatility_state.value}|"
            f"{judged.confidence!r}|{judged.volatility!r}|{judged.reason}"
        )
    for shared in log.weight_changes:
        yield f"weights|{shared.at_ns}|{shared.symbol}|{shared.weights!r}"


def _signal_text(signal: Signal) -> str:
    return (
        f"{signal.action.value}|{signal.reason}|{signal.strength!r}|{signal.confidence!r}|{signal.stop_distance!r}|"
        f"{signal.target_distance!r}|{signal.features!r}"
    )


def _fill_line(fill: Fill) -> str:
    return (
        f"fill|{fill.trade_id}|{fill.client_order_id}|{fill.symbol}|{fill.side.value}|{fill.position_side.value}|"
        f"{fill.quantity}|{fill.price}|{fill.fee}|{fill.is_maker}|{fill.executed_at_ns}|{fill.reference_price}"
    )
