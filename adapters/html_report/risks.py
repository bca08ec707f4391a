"""What is still at risk at the end of a run, which orders were refused and why, and what the venue liquidated."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Final

from adapters.html_report.blocks import Column, facts, folded, section, table
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import (
    NOTHING,
    change,
    day,
    duration,
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
    "size": "too small to send",
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


def _positions(result: RunResult, positions: Iterable[OpenPosition]) -> Html:
    rows = [_position(result, each) for each in positions]
    unknown = "Margin brackets are not part of a run's record, so the distance to liquidation is not known from it."
    if not rows:
        return element("p", "Nothing was held when the run ended.", class_="empty")
    names = ("Held", "Average entry", "Last close", "Notional", "Unrealized", "Stops", "Nearest stop")
    columns = [Column("Instrument", is_number=False), *map(Column, names)]
    return element(
        "div",
        table(columns, rows),
        element(
            "p",
            f"Valued at the last close. {unknown if result.risk_use is None else ''}".rstrip(),
            class_="note",
        ),
    )


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
    notional = sum((each.notional for each in positions if each.notional is not None), ZERO)
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


def _fall(result: RunResult) -> str:
    fall = result.performance.max_drawdown
    if not fall.depth > 0:
        return "none"
    end = "not made up" if fall.recovered_at_ns is None else f"made up by {day(fall.recovered_at_ns)}"
    return f"{percent(fall.depth)}, {day(fall.peak_at_ns)} to {day(fall.trough_at_ns)}, {end}"


def _last_leverage(result: RunResult) -> str:
    return f"{ratio(result.log.exposure[-1])}×" if result.log.exposure else NOTHING


def liquidations(result: RunResult) -> Html | None:
    """Return the section on liquidations; None without any."""
    reports = result.log.liquidations
    if not reports:
        return None
    columns = [
        Column("When (UTC)", is_number=False),
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
        intro=f"{counted(len(found), 'order')} not sent or not taken; {len(result.log.orders):,} were sent.",
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
    columns = [Column(title, is_number=False) for title in ("When (UTC)", "Instrument", "Detail")]
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
        Column("When (UTC)", is_number=False),
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
