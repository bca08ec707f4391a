"""What is still at risk at the end of a run, which orders were refused and why, and what the venue liquidated."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from typing import Final

from adapters.html_report.blocks import Column, facts, folded, section, table, when, whole
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import (
    NOTHING,
    change,
    day,
    duration,
    figure,
    gain,
    moment,
    money,
    percent,
    price,
    quantity,
    ratio,
    tone,
)
from application.results.open_risks import OpenPosition, open_positions, worst_day
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.stop_levels import StopLevel, stop_levels
from application.results.wording import counted
from application.trading.records import Refusal
from domain.numbers import EXACT_SUMS, ZERO

_EXAMPLES: Final = 3
_LISTED_MAX: Final = 200
_SOURCES: Final = {
    "gate": "our limits",
    "size": "sizing",
    "venue": "the venue",
    "exits": "a strategy's exit plan",
    "netting": "netting of strategies",
}


def open_risks(record: RunRecord) -> Html:
    """Return the section on what is still at risk."""
    result = record.result
    positions = open_positions(result.log, record.prices)
    return section(
        "risks",
        "Open risks",
        _positions(result, positions),
        _facts(result, positions),
    )


def _positions(result: RunResult, positions: Sequence[OpenPosition]) -> Html:
    rows = [_position(result, each) for each in positions]
    if not rows:
        return element("p", "Nothing was held when the run ended.", class_="empty")
    names = ("Held", "Average entry", "Last close", "Notional", "Unrealized", "Stops", "Nearest stop")
    columns = [Column("Instrument", is_number=False), *map(Column, names)]
    return element(
        "div",
        table(columns, rows, total=_together(positions) if len(positions) > 1 else None),
        element("p", " ".join(_remarks(result, positions)), class_="note"),
    )


def _together(positions: Iterable[OpenPosition]) -> list[Content]:
    held = list(positions)
    notional, unrealized = _sum(each.notional for each in held), _sum(each.unrealized_pnl for each in held)
    colored = figure("open.unrealized", unrealized, gain(unrealized), colored=True)
    return ["Together", "", "", "", figure("open.notional", notional, money(notional)), colored, "", ""]


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    with localcontext(EXACT_SUMS):
        return sum((amount for amount in amounts if amount is not None), ZERO)


def _remarks(result: RunResult, positions: Iterable[OpenPosition]) -> Iterator[str]:
    yield "Valued at the last close."
    with localcontext(EXACT_SUMS):
        of_trades = result.identity.trading_pnl - sum((trade.gross_pnl for trade in result.trades), ZERO)
    if of_trades != _sum(each.unrealized_pnl for each in positions):
        yield (
            f"Counted by trades, {gain(of_trades)} is unrealized: they are valued at the last mark, and strategies "
            "that were netted against each other entered at other prices than the account."
        )
    if result.risk_use is None:
        yield "Margin brackets are not part of a run's record, so the distance to liquidation is not known from it."


def _position(result: RunResult, each: OpenPosition) -> list[Content]:
    levels = list(_working_stops(result, each))
    return [
        each.symbol,
        quantity(each.signed_quantity),
        price(each.entry_price),
        price(each.last_price),
        money(each.notional),
        element("span", gain(each.unrealized_pnl), class_=f"num {tone(each.unrealized_pnl)}"),
        f"{len(levels)}" if levels else "none",
        _nearest(each, levels),
    ]


def _working_stops(result: RunResult, position: OpenPosition) -> Iterable[StopLevel]:
    levels = stop_levels(result.log.orders, result.open_trades, until_ns=result.end_ns)
    return (each for each in levels if each.symbol == position.symbol and each.end_ns == result.end_ns)


def _nearest(position: OpenPosition, levels: Iterable[StopLevel]) -> str:
    last_price = position.last_price
    if last_price is None:
        return NOTHING
    near = min(levels, key=lambda level: abs(level.price - float(last_price)), default=None)
    if near is None:
        return NOTHING
    return f"{near.price:,.6g} ({change(near.price / float(last_price) - 1.0)})"


def _facts(result: RunResult, positions: Iterable[OpenPosition]) -> Html:
    notional = _sum(each.notional for each in positions)
    loss = worst_day(result)
    fall = result.performance.max_drawdown
    worst = NOTHING if loss is None else f"{change(loss.fraction)} on {day(loss.day_ns)}"
    pairs: list[tuple[str, Content]] = [
        ("Worst day", worst),
        ("Deepest fall", _fall(result)),
        ("Longest time below a high", duration(fall.longest_ns)),
        ("Largest leverage", f"{ratio(result.exposure.largest)}×"),
        ("Leverage at the end", _last_leverage(result)),
    ]
    if notional > ZERO and result.identity.end_equity > ZERO:
        share = result.identity.end_equity / notional
        pairs.append(("Adverse move of everything held that would use up the equity", percent(share)))
    return facts(pairs)


def _fall(result: RunResult) -> Content:
    fall = result.performance.max_drawdown
    if not fall.depth > 0:
        return "none"
    end = "not made up" if fall.recovered_at_ns is None else f"made up by {day(fall.recovered_at_ns)}"
    parts = (f"{percent(fall.depth)},", f"{day(fall.peak_at_ns)} to {day(fall.trough_at_ns)},", end)
    return [[whole(part), " "] for part in parts]


def _last_leverage(result: RunResult) -> str:
    return f"{ratio(result.log.exposure[-1])}×" if result.log.exposure else NOTHING


def liquidations(result: RunResult) -> Html | None:
    """Return the section on liquidations; None without any."""
    reports = result.log.liquidations
    if not reports:
        return None
    columns = [
        when(),
        Column("Instrument", is_number=False),
        *map(Column, ("Quantity", "Price", "Mark", "Taker fee", "Liquidation fee", "Taken over by insurance")),
    ]
    rows = [
        [
            moment(report.fill.executed_at_ns),
            report.fill.symbol,
            quantity(report.fill.signed_quantity),
            price(report.fill.price),
            price(report.mark_price),
            money(report.fill.fee),
            money(report.liquidation_fee),
            money(report.insurance),
        ]
        for report in reports[-_LISTED_MAX:]
    ]
    return section("liquidations", f"Liquidations: {len(reports):,}", table(columns, rows))


def refusals(result: RunResult) -> Html:
    """Return the section on refused orders: how many for each reason, with examples."""
    found = result.log.refusals
    if not found:
        return section("refusals", "Refusals", element("p", "No order was refused.", class_="empty"))
    return section(
        "refusals",
        f"Refusals: {len(found):,}",
        [_refusal_group(key, group) for key, group in _grouped(found)],
        intro=f"{counted(len(found), 'order')} not sent or not taken; {len(result.log.orders):,} were sent. "
        "One that was refused for two reasons is listed under both.",
    )


def _grouped(found: Iterable[Refusal]) -> list[tuple[tuple[str, str], list[Refusal]]]:
    groups: dict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for refusal in found:
        for reason in refusal.reasons:
            groups[refusal.source, reason].append(refusal)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def _refusal_group(key: tuple[str, str], group: list[Refusal]) -> Html:
    source, reason = key
    by_symbol = Counter(refusal.symbol for refusal in group)
    where = ", ".join(f"{symbol} {count:,}" for symbol, count in sorted(by_symbol.items()))
    shown = [group[0], *group[-(_EXAMPLES - 1) :]] if len(group) > _EXAMPLES else group
    rows = [[moment(each.at_ns), each.symbol, each.detail] for each in shown]
    columns = [when(), *(Column(title, is_number=False) for title in ("Instrument", "Detail"))]
    title = f"{len(group):,} × {reason.replace('_', ' ')}, by {_SOURCES.get(source, source)}: {where}"
    return folded(title, table(columns, rows, class_="stack"))


def assumed_funding(result: RunResult) -> Html | None:
    """Return the list of funding payments at assumed rates; None without any."""
    assumed = [each for each in result.log.funding if each.is_assumed]
    if not assumed:
        return None
    with localcontext(EXACT_SUMS):
        total = sum((each.payment for each in assumed), ZERO)
    columns = [
        when(),
        Column("Instrument", is_number=False),
        *map(Column, ("Held", "Mark", "Rate", "Payment")),
    ]
    rows = [
        [
            moment(each.at_ns),
            each.symbol,
            quantity(each.signed_quantity),
            price(each.mark_price),
            _rate(each.rate),
            gain(each.payment),
        ]
        for each in assumed[:_LISTED_MAX]
    ]
    more = f"the first {_LISTED_MAX} of " if len(assumed) > _LISTED_MAX else ""
    summary = f"{more}{counted(len(assumed), 'assumed funding payment')}, together {gain(total)}"
    return folded(
        summary[0].upper() + summary[1:],
        table(columns, rows),
        element("data", data_figure="assumed_funding", value=f"{total:f}", hidden=True),
    )


def _rate(rate: Decimal) -> str:
    return percent(rate, 4)
