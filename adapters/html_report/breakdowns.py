"""Where the result comes from: parts of the PnL, instruments, strategies, and the way from trades to the books."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from typing import Final

from adapters.html_report.blocks import Column, chart, section, table
from adapters.html_report.drawings import pnl_parts
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import figure, gain, money
from application.results.contributions import Contribution, contributions
from application.results.result import RunResult
from application.results.trade_statistics import TradeStatistics
from application.trading.records import RoundTrip
from domain.numbers import CASH_STEP, EXACT_SUMS, ZERO

_PART_NAMES: Final = {
    "prices": "Price moves, at reference prices",
    "slippage": "Slippage",
    "fees": "Trading fees",
    "funding": "Funding",
    "liquidation": "Liquidation fees and insurance",
}
_SUMS: Final = ("Trades", "Price PnL", "of it slippage", "Fees", "Funding", "Net")


def breakdowns(result: RunResult, figures: TradeStatistics) -> Html:
    """Return the section."""
    trades = result.trades
    return section(
        "breakdown",
        "Where the result comes from",
        element("div", _waterfall(result), _parts(result), class_="beside"),
        element("h3", "By instrument"),
        _by("symbol", trades, lambda trade: trade.symbol),
        element("h3", "By strategy"),
        _by("strategy", trades, lambda trade: trade.strategy),
        element("p", *_remarks(result, trades), class_="note") if trades else None,
        element("h3", "From trades to the books"),
        _bridge(result),
        element("h3", "Closed trades"),
        _statistics(figures),
    )


def _remarks(result: RunResult, trades: Sequence[RoundTrip]) -> Iterator[str]:
    yield "Open trades count with what they have realized so far. Slippage is contained in price PnL."
    with localcontext(EXACT_SUMS):
        between = sum((trade.slippage for trade in trades), ZERO) - result.trade_figures.slippage
    if between != ZERO:
        yield (
            f" Trades bear {money(between)} more slippage than the account: what one strategy gave up where it was "
            "netted against another, the other gained."
        )


def _waterfall(result: RunResult) -> Html:
    nothing = not result.log.fills and not result.log.liquidations
    empty = "Nothing was traded, so there is nothing to break down." if nothing else None
    return chart("waterfall", "From price moves to the net result", size="medium", empty=empty)


def _parts(result: RunResult) -> Html:
    rows: list[list[Content]] = [
        [_PART_NAMES[name], figure(f"part.{name}", part, gain(part), colored=True)]
        for name, part in pnl_parts(result).items()
    ]
    net = result.identity.net_result
    total: list[Content] = ["Net result", figure("part.net", net, gain(net), colored=True)]
    return table([Column("Part", is_number=False), Column("Amount")], rows, total=total)


def _by(kind: str, trades: Iterable[RoundTrip], key: Callable[[RoundTrip], str]) -> Html:
    found = contributions(trades, key)
    if not found:
        return element("p", "There were no trades.", class_="empty")
    columns = [Column("Instrument" if kind == "symbol" else "Strategy", is_number=False), *map(Column, _SUMS)]
    rows = [_contribution(f"{kind}.{name}", name, each) for name, each in found.items()]
    together = _together(found.values())
    return table(columns, rows, total=_contribution(f"every.{kind}", "Together", together) if len(rows) > 1 else None)


def _together(parts: Iterable[Contribution]) -> Contribution:
    found = Contribution()
    with localcontext(EXACT_SUMS):
        for each in parts:
            found.n_trades += each.n_trades
            found.price_pnl += each.price_pnl
            found.fees += each.fees
            found.funding += each.funding
            found.slippage += each.slippage
    return found


def _contribution(key: str, name: str, each: Contribution) -> list[Content]:
    return [
        name,
        figure(f"{key}.trades", Decimal(each.n_trades), f"{each.n_trades:,}"),
        figure(f"{key}.gross", each.price_pnl, gain(each.price_pnl), colored=True),
        figure(f"{key}.slippage", each.slippage, money(each.slippage)),
        figure(f"{key}.fees", each.fees, money(each.fees)),
        figure(f"{key}.funding", each.funding, gain(each.funding), colored=True),
        figure(f"{key}.net", each.net_pnl, gain(each.net_pnl), colored=True),
    ]


def _bridge(result: RunResult) -> Html:
    """Show that what all trades realized, and what is still held, is the net result of the books."""
    together = _together(contributions(result.trades, lambda trade: trade.symbol).values())
    books = result.identity
    with localcontext(EXACT_SUMS):
        unrealized = books.trading_pnl - together.price_pnl
        elsewhere = together.fees - books.fees + books.funding - together.funding
    rows: list[list[Content]] = [
        ["Net of all trades, as far as realized", figure("bridge.trades", together.net_pnl, gain(together.net_pnl))],
        [
            "Unrealized on what is still held, at the last mark",
            figure("bridge.unrealized", unrealized, gain(unrealized)),
        ],
        ["Liquidation fees and insurance", figure("bridge.liquidation", books.liquidation, gain(books.liquidation))],
    ]
    if elsewhere != ZERO:
        rows.append([_name_of_rest(elsewhere), figure("bridge.elsewhere", elsewhere, gain(elsewhere))])
    net = result.identity.net_result
    total: list[Content] = ["Net result", figure("bridge.net", net, gain(net), colored=True)]
    return table([Column("Part", is_number=False), Column("Amount")], rows, total=total)


def _name_of_rest(rest: Decimal) -> str:
    if abs(rest) < CASH_STEP:
        return "Rounding of fees that strategies share, far below the cash step"
    return "Fees and funding that belong to no trade"


def _statistics(figures: TradeStatistics) -> Html:
    if not figures.n_trades:
        return element("p", "No trade was closed.", class_="empty")
    amounts = (
        ("Wins", "wins", figures.wins),
        ("Losses", "losses", figures.losses.copy_negate()),
        ("Net", "closed_net", figures.net),
        ("Best", "best", figures.best),
        ("Worst", "worst", figures.worst),
    )
    row = [figure(name, amount, gain(amount), colored=True) for _, name, amount in amounts]
    average = element("span", gain(figures.average), class_="num")
    return table([Column(title) for title, _, _ in amounts] + [Column("Average")], [[*row, average]])
