"""The report of a run for people: headline, books, certificate, figures, trades, refusals, assumptions, hashes."""

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from application.results.cautions import Severity, cautions_on
from application.results.contributions import Contribution, contributions
from application.results.failure_wording import all_failed, failure_text
from application.results.result import Assumption, RunResult
from application.results.risk_summary import RefusalGroup, refusal_groups
from application.results.wording import quote_currency
from application.trading.records import RoundTrip
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.numbers import ZERO
from entrypoints.terminal.assumed_together import assumed_together
from entrypoints.terminal.console import report_console
from entrypoints.terminal.figures import (
    days,
    exact_money,
    gain,
    moment,
    money,
    percent,
    price,
    quantity,
    ratio,
)
from entrypoints.terminal.judgement_block import judgement_block
from entrypoints.terminal.risk_block import risk_block
from entrypoints.terminal.tables import beside, heading, line, listing, pairs

_LAST_TRADES: Final = 8
_TOLD_ELSEWHERE: Final = frozenset(
    {"books", "look_ahead", "failures", "liquidations", "standstill", "synthetic_market", "assumed_funding", "data"}
)
_NOTE: Final = "data"


def print_report(result: RunResult, *, verbose: bool) -> None:
    """Print a run to the terminal; without colors where NO_COLOR is set or nobody looks."""
    console = report_console()
    for part in report(result, verbose=verbose):
        console.print(part)


def report(result: RunResult, *, verbose: bool) -> Iterator[RenderableType]:
    """Yield the parts of the report from top to bottom.

    Args:
        result: The run.
        verbose: Whether lists that can be long are given whole.
    """
    yield from _headline(result)
    yield from _failures(result)
    yield from _books(result)
    yield from _certificate(result)
    yield from _cautions(result)
    yield from _figures(result)
    yield from _contributions(result)
    yield from judgement_block(result)
    yield from _trades(result, verbose=verbose)
    yield from _liquidations(result)
    yield from risk_block(result)
    yield from _refusals(result, verbose=verbose)
    yield from _assumed_funding(result, verbose=verbose)
    yield from _assumptions(result, verbose=verbose)
    yield from _hashes(result)


def _headline(result: RunResult) -> Iterator[RenderableType]:
    if result.is_synthetic:
        yield Text(" SYNTHETIC MARKET: no price below was ever traded ", "bold black on yellow")
    yield Text.assemble((result.name, "bold"), f"  {result.run_id}")
    yield Text(f"{moment(result.start_ns)} to {moment(result.end_ns)} UTC, {result.n_bars:,} bars")
    yield Text(", ".join(result.symbols))


def _failures(result: RunResult) -> Iterator[RenderableType]:
    failures = result.log.failures
    if failures:
        yield Text()
        yield Text(f"Strategies that failed: {len(failures):,}", "bold red")
        for failure in failures:
            yield line(failure_text(failure, result), "red")
        if all_failed(failures):
            yield line("EVERY STRATEGY FAILED: this run proves nothing.", "bold red")


def _books(result: RunResult) -> Iterator[RenderableType]:
    books = result.identity
    yield Text()
    yield heading(f"Books ({quote_currency(result.symbols) or 'quote currency'})")
    yield pairs(
        [
            ("start equity", exact_money(books.start_equity)),
            ("+ trading PnL", exact_money(books.trading_pnl)),
            ("- fees", exact_money(books.fees)),
            ("+ funding", exact_money(books.funding)),
            *_assumed_in_books(result),
            ("+ transfers", exact_money(books.transfers)),
            ("+ liquidation", exact_money(books.liquidation)),
            ("= end equity", Text(exact_money(books.end_equity), "bold")),
            ("difference", exact_money(books.difference)),
        ]
    )
    if books.difference == 0:
        yield line("The books balance to the last unit.", "green")
    else:
        yield line("THE BOOKS DO NOT BALANCE: do not believe this run.", "bold red")


def _assumed_in_books(result: RunResult) -> Iterator[tuple[str, str]]:
    """Say how much of the funding rests on assumed rates: above 0 it is in our favor."""
    payments = [each.payment for each in result.log.funding if each.is_assumed]
    if payments:
        yield "  of it assumed", exact_money(sum(payments, ZERO))


def _certificate(result: RunResult) -> Iterator[RenderableType]:
    checked = result.certificate
    yield Text()
    yield heading("Look-ahead certificate")
    if checked.is_clean:
        checked_again = (
            f"{checked.matched} of {checked.sampled} sampled moments came out the same on history cut there."
        )
        yield line(checked_again, "green" if checked.sampled else "yellow")
        yield line(f"{checked.decisions_replayed:,} decisions were made again on the way.", "dim")
        yield line("It covers what strategies get from the history given to them, not data captured elsewhere.", "dim")
    else:
        yield line(f"DECISIONS DEPEND ON LATER DATA: {checked.first_difference}", "bold red")


def _cautions(result: RunResult) -> Iterator[RenderableType]:
    """Yield what to know before believing the figures, but for what the report says at its own place."""
    told = [each for each in cautions_on(result) if each.code not in _TOLD_ELSEWHERE]
    if told:
        yield Text()
        yield heading("Before believing it")
    for each in told:
        yield line(f"- {each.text}", "dim" if each.severity is Severity.NOTE else "yellow")


def _figures(result: RunResult) -> Iterator[RenderableType]:
    yield Text()
    yield heading("Performance")
    yield beside(_performance(result), _trade_figures(result))


def _performance(result: RunResult) -> RenderableType:
    figures, fall, exposure = result.performance, result.performance.max_drawdown, result.exposure
    return pairs(
        [
            ("total return", percent(figures.total_return)),
            ("annual return", percent(figures.annual_return)),
            ("annual volatility", percent(figures.annual_volatility)),
            ("Sharpe ratio", ratio(figures.sharpe_ratio)),
            ("Sortino ratio", ratio(figures.sortino_ratio)),
            ("Calmar ratio", ratio(figures.calmar_ratio)),
            ("max drawdown", percent(fall.depth)),
            ("longest drawdown", days(fall.longest_ns)),
            ("time in market", percent(exposure.time_in_market)),
            ("mean leverage", ratio(exposure.average)),
            ("largest leverage", ratio(exposure.largest)),
        ]
    )


def _trade_figures(result: RunResult) -> RenderableType:
    figures = result.trade_figures
    return pairs(
        [
            ("closed trades", f"{figures.n_trades:,}"),
            ("open trades", f"{figures.n_open:,}"),
            ("win rate", percent(figures.win_rate)),
            ("profit factor", ratio(figures.profit_factor)),
            ("average trade", gain(figures.average_pnl)),
            ("best trade", gain(figures.best_pnl)),
            ("worst trade", gain(figures.worst_pnl)),
            ("turnover", money(figures.turnover)),
            ("slippage", money(figures.slippage)),
            ("fees", money(result.identity.fees)),
            ("funding", gain(result.identity.funding)),
        ]
    )


def _contributions(result: RunResult) -> Iterator[RenderableType]:
    trades = result.trades
    if not trades:
        return
    for what, key in (("instrument", _symbol_of), ("strategy", _strategy_of)):
        found = contributions(trades, key)
        yield Text()
        yield heading(f"By {what}")
        figures = ["trades", "price PnL", "fees", "funding", "net", "slippage"]
        yield listing([what], figures, [_contribution(name, each) for name, each in found.items()])
    yield line("Slippage is contained in price PnL. Open trades count with what they have realized.", "dim")


def _symbol_of(trade: RoundTrip) -> str:
    return trade.symbol


def _strategy_of(trade: RoundTrip) -> str:
    return trade.strategy


def _contribution(name: str, each: Contribution) -> list[str | Text]:
    sums = [money(each.price_pnl), money(each.fees), money(each.funding)]
    return [name, f"{each.n_trades:,}", *sums, gain(each.net_pnl), money(each.slippage)]


def _trades(result: RunResult, *, verbose: bool) -> Iterator[RenderableType]:
    trades = result.trades
    shown = trades if verbose else trades[-_LAST_TRADES:]
    if shown:
        yield Text()
        yield heading(f"Trades (last {len(shown)} of {len(trades):,})" if len(shown) < len(trades) else "Trades")
        figures = ["quantity", "entry", "exit", "net"]
        has_several = len({trade.strategy for trade in trades}) > 1
        rows = [_trade(each, names_strategy=has_several) for each in shown]
        yield listing(["entered by" if has_several else "entered", "instrument"], figures, rows, last="ended by")


def _trade(trade: RoundTrip, *, names_strategy: bool) -> list[str | Text]:
    """Return a row; it takes two lines where strategies are named, so that it fits a narrow terminal."""
    entered = moment(trade.entered_at_ns)[2:]
    return [
        f"{entered}\n{trade.strategy}" if names_strategy else entered,
        trade.symbol,
        quantity(trade.quantity * trade.direction),
        price(trade.entry_price),
        price(trade.exit_price),
        gain(trade.net_pnl),
        "open" if trade.exit_reason is None else trade.exit_reason.value,
    ]


def _liquidations(result: RunResult) -> Iterator[RenderableType]:
    reports = result.log.liquidations
    if reports:
        shown = reports[-_LAST_TRADES:]
        yield Text()
        yield Text(f"Liquidations: {len(reports):,}", "bold red")
        yield listing(["when", "instrument"], ["quantity", "price", "fee"], [_liquidation(each) for each in shown])


def _liquidation(report: PositionLiquidated) -> list[str | Text]:
    fill = report.fill
    figures = [quantity(fill.quantity), price(fill.price), money(report.liquidation_fee)]
    return [moment(fill.executed_at_ns), fill.symbol, *figures]


def _refusals(result: RunResult, *, verbose: bool) -> Iterator[RenderableType]:
    refusals = result.log.refusals
    if not refusals:
        return
    yield Text()
    yield heading(f"Orders refused: {len(refusals):,}")
    yield listing(["by", "reason"], ["count"], map(_refusal_row, refusal_groups(refusals)), last="instruments")
    if any(len(each.reasons) > 1 for each in refusals):
        yield line("An order that was refused for two reasons counts in both.", "dim")
    for each in refusals if verbose else refusals[-1:]:
        yield line(f"{moment(each.at_ns)} {each.symbol} {each.source}: {each.detail}", "dim")


def _refusal_row(group: RefusalGroup) -> list[str | Text]:
    instruments = ", ".join(f"{symbol} {count:,}" for symbol, count in group.by_symbol.items())
    return [group.source, group.reason, f"{group.count:,}", instruments]


def _assumed_funding(result: RunResult, *, verbose: bool) -> Iterator[RenderableType]:
    assumed = [payment for payment in result.log.funding if payment.is_assumed]
    if not assumed:
        return
    shown = assumed if verbose else [assumed[0], assumed[-1]][: len(assumed)]
    total = sum((payment.payment for payment in assumed), ZERO)
    yield Text()
    yield heading(f"Assumed funding payments: {len(assumed):,}")
    yield listing(["when", "instrument"], ["held", "mark", "rate", "payment"], [_payment(each) for each in shown])
    yield line(f"Together {money(total)}; no rate was published for these.", "yellow")
    if len(shown) < len(assumed):
        yield line("First and last are shown; --verbose lists them all.", "dim")


def _payment(payment: FundingPaid) -> list[str | Text]:
    held, mark = quantity(payment.signed_quantity), price(payment.mark_price)
    return [moment(payment.at_ns), payment.symbol, held, mark, f"{payment.rate:f}", gain(payment.payment)]


def _assumptions(result: RunResult, *, verbose: bool) -> Iterator[RenderableType]:
    yield Text()
    yield heading("Assumptions in force")
    rules = [each for each in result.assumptions if each.name != _NOTE]
    shown = rules if verbose else assumed_together(rules, result.symbols)
    yield listing(["what", "value and meaning"], [], [[each.name, _in_words(each)] for each in shown])
    if len(shown) < len(rules):
        yield line("* stands for every instrument; --verbose lists each by itself.", "dim")
    for each in result.assumptions:
        if each.name == _NOTE:
            yield line(each.value, "yellow")


def _in_words(assumption: Assumption) -> Text:
    return Text.assemble(assumption.value, "  ", (assumption.meaning, "dim"))


def _hashes(result: RunResult) -> Iterator[RenderableType]:
    hashes = result.hashes
    yield Text()
    yield heading("Hashes (SHA-256)")
    named = (("data", hashes.data), ("code", hashes.code), ("config", hashes.config), ("result", hashes.result))
    for name, value in named:
        yield Text(f"  {name:<7}{value}", "dim")
