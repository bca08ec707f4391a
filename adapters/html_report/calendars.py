"""Results by the calendar: a table of months and years, and one of weekdays and hours."""

from calendar import day_abbr, month_abbr
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Final

import numpy as np

from adapters.html_report.blocks import section
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import change, exact_text, figure, gain, short
from application.results.calendar_tables import (
    Cell,
    Month,
    WeekHour,
    monthly_returns,
    results_by_month,
    results_by_week_hour,
    yearly_returns,
    years_of,
)
from application.results.result import RunResult
from application.results.wording import counted
from domain.numbers import EXACT_SUMS, ZERO

_MONTHS: Final = range(1, 13)
_LEVELS: Final = 4


def calendars(result: RunResult) -> Html:
    """Return the section; times are UTC."""
    closed = result.log.trades
    return section(
        "calendar",
        "By the calendar",
        element("h3", "Return of each month"),
        _returns(result),
        element("h3", "Net of closed trades, by the month of their exit"),
        _month_results(results_by_month(closed)),
        element("h3", "Net of closed trades, by weekday and hour of their entry (UTC)"),
        _week_hours(results_by_week_hour(closed)),
    )


def _returns(result: RunResult) -> Html:
    log = result.log
    if not log.equity:
        return element("p", "The equity was never measured.", class_="empty")
    at_ns, equity = np.asarray(log.equity_at_ns, dtype=np.int64), np.asarray(log.equity, dtype=np.float64)
    start = float(result.identity.start_equity)
    months = monthly_returns(at_ns, equity, start_equity=start)
    years = yearly_returns(at_ns, equity, start_equity=start)
    largest = max(map(abs, months.values()), default=0.0)
    rows: list[list[Content]] = [
        [str(year), *(_return_cell(months.get((year, month)), largest) for month in _MONTHS), _total(years[year])]
        for year in years_of(months)
    ]
    return _month_grid(rows, "Year")


def _total(fraction: float) -> Html:
    return element("td", change(fraction), class_="number total")


def _return_cell(fraction: float | None, largest: float) -> Html:
    if fraction is None:
        return element("td")
    return element("td", change(fraction), class_=f"number {heat(fraction, largest)}")


def heat(value: float, largest: float) -> str:
    """Return the style class of a cell: how far it lies towards the largest of its table, in four steps each way."""
    if value == 0 or largest == 0:
        return "heat"
    level = min(_LEVELS, 1 + int(abs(value) / largest * _LEVELS))
    return f"heat {'up' if value > 0 else 'down'}{level}"


def _month_results(cells: Mapping[Month, Cell]) -> Html:
    if not cells:
        return element("p", "No trade was closed.", class_="empty")
    largest = max(abs(cell.net_pnl) for cell in cells.values())
    rows = [_result_row(year, cells, largest) for year in years_of(cells)]
    return _month_grid(rows, "Sum")


def _result_row(year: int, cells: Mapping[Month, Cell], largest: Decimal) -> list[Content]:
    months = (_result_cell(f"month.{year}-{month:02}", cells.get((year, month)), largest) for month in _MONTHS)
    return [str(year), *months, _year_total(year, cells)]


def _year_total(year: int, cells: Mapping[Month, Cell]) -> Html:
    with localcontext(EXACT_SUMS):
        net = sum((cell.net_pnl for (of_year, _), cell in cells.items() if of_year == year), ZERO)
    return element("td", figure(f"year.{year}", net, gain(net), colored=True), class_="number total")


def _result_cell(name: str, cell: Cell | None, largest: Decimal) -> Html:
    if cell is None:
        return element("td")
    told = f"{gain(cell.net_pnl)} in {counted(cell.n_trades, 'trade')}"
    shown = element("data", short(cell.net_pnl), data_figure=name, value=exact_text(cell.net_pnl))
    return element("td", shown, class_=f"number {heat(float(cell.net_pnl), float(largest))}", title=told)


def _month_grid(rows: list[list[Content]], last: str) -> Html:
    titles = ["", *(month_abbr[month] for month in _MONTHS), last]
    head = element("tr", [element("th", title, class_="number") for title in titles])
    body = [element("tr", element("th", row[0], scope="row"), row[1:]) for row in rows]
    return element(
        "div", element("table", element("thead", head), element("tbody", body), class_="grid"), class_="scroll"
    )


def _week_hours(cells: Mapping[WeekHour, Cell]) -> Html:
    if not cells:
        return element("p", "No trade was closed.", class_="empty")
    largest = max(abs(cell.net_pnl) for cell in cells.values())
    head = element("tr", element("th"), [element("th", f"{hour:02}", class_="number") for hour in range(24)])
    body = [
        element("tr", element("th", day_abbr[weekday], scope="row"), _hours(weekday, cells, largest))
        for weekday in range(7)
    ]
    grid = element("table", element("thead", head), element("tbody", body), class_="grid hours")
    return element("div", grid, class_="scroll")


def _hours(weekday: int, cells: Mapping[WeekHour, Cell], largest: Decimal) -> list[Html]:
    return [_result_cell(f"hour.{weekday}-{hour:02}", cells.get((weekday, hour)), largest) for hour in range(24)]
