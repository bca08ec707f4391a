"""The report of a run as one HTML file: opened from disk it needs nothing else and asks nobody for anything."""

from collections.abc import Iterable, Sequence
from typing import Final

from adapters.html_report.assets import charting_script, content_policy, scripts, style_sheet
from adapters.html_report.blocks import chart, choice, range_buttons, section
from adapters.html_report.breakdowns import breakdowns
from adapters.html_report.calendars import calendars
from adapters.html_report.drawings import drawings
from adapters.html_report.evidence import assumptions, books, created, provenance
from adapters.html_report.judgement import judgement
from adapters.html_report.markup import Content, Html, element, embedded_json
from adapters.html_report.risk_control import risk_control
from adapters.html_report.risk_drawings import risk_drawings
from adapters.html_report.risks import liquidations, open_risks, refusals
from adapters.html_report.scenario_drawings import scenario_drawings
from adapters.html_report.signals_table import signal_columns, signals_section
from adapters.html_report.summary import summary
from adapters.html_report.trades_table import trade_columns, trade_instants
from application.results.cautions import cautions_on
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.signal_log import signal_log
from application.results.trade_statistics import trade_statistics
from application.results.verdict import verdict_on
from application.results.wording import quote_currency

_SCRIPTS: Final = (
    "theme.js",
    "numbers.js",
    "series.js",
    "charts.js",
    "regimes.js",
    "market.js",
    "trades.js",
    "signals.js",
    "risk.js",
    "report.js",
)
_CHAPTERS: Final = (
    ("#equity", "Equity"),
    ("#market", "Prices"),
    ("#trades", "Trades"),
    ("#signals", "Signals"),
    ("#breakdown", "Breakdown"),
    ("#regimes", "Regimes"),
    ("#calendar", "Calendar"),
    ("#distributions", "Distributions"),
    ("#risk", "Risk control"),
    ("#risks", "Open risks"),
    ("#refusals", "Refusals"),
    ("#assumptions", "Assumptions"),
    ("#books", "Books"),
    ("#provenance", "Provenance"),
)


def report_page(record: RunRecord) -> bytes:
    """Return the report of a run as a whole HTML file, UTF-8."""
    result = record.result
    figures, signals = trade_statistics(result.log.trades), signal_log(result)
    body = (
        summary(record, verdict_on(record), cautions_on(result), figures),
        _equity(result),
        _market(record),
        _trades(result),
        signals_section(result, signals),
        breakdowns(result, figures),
        judgement(record),
        calendars(result),
        _distributions(result),
        risk_control(result),
        open_risks(record),
        liquidations(result),
        refusals(result),
        assumptions(result),
        books(result),
        provenance(record),
    )
    return whole_page(
        title=result.name or result.run_id,
        chapters=_CHAPTERS,
        body=body,
        foot=created(record.provenance),
        data=_data(record) | {"signals": signal_columns(signals)},
        script_names=_SCRIPTS,
    )


def whole_page(
    *,
    title: str,
    chapters: Sequence[tuple[str, str]],
    body: Content,
    foot: str,
    data: object,
    script_names: Iterable[str],
) -> bytes:
    """Return a page with everything in it that a browser needs, UTF-8.

    Args:
        title: Of the window and the bar at the top.
        chapters: Links within the page and their names.
        body: Sections.
        foot: Last line.
        data: What the scripts read, as plain data.
        script_names: Our own scripts, in the order in which they run.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=content_policy()),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("title", f"{title} · autotrading"),
        style_sheet(),
    )
    page = element(
        "html",
        head,
        element(
            "body",
            _bar(title, chapters),
            element("main", body),
            element("footer", foot),
            embedded_json("report-data", data),
            charting_script(),
            scripts(script_names),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{page.text}\n".encode()


def _bar(title: str, chapters: Iterable[tuple[str, str]]) -> Html:
    links = [element("a", name, href=target) for target, name in chapters]
    return element(
        "header",
        element("div", element("span", title, class_="bar-title"), _theme_button(), class_="bar"),
        element("nav", links, aria_label="Chapters"),
    )


def _theme_button() -> Html:
    return element("button", "Dark", type="button", id="theme", class_="theme", aria_label="Switch light and dark")


def _equity(result: RunResult) -> Html:
    empty = None if result.log.equity else "The equity was never measured: no bar was decided upon."
    return section(
        "equity",
        "Equity, drawdown and exposure",
        chart(
            "timeline",
            "Equity, drawdown and exposure over time",
            size="tall",
            controls=range_buttons("timeline"),
            empty=empty,
        ),
        intro="Drag across to look closer, double-click to see all of it again.",
    )


def _market(record: RunRecord) -> Html:
    symbols = [symbol for symbol, series in sorted(record.prices.items()) if len(series)]
    if not symbols:
        return section(
            "market", "Prices and trades", element("p", "No prices were kept with this run.", class_="empty")
        )
    options = [element("option", symbol, value=symbol) for symbol in symbols]
    chooser = element("select", options, id="market-symbol", aria_label="Instrument")
    return section(
        "market",
        "Prices and trades",
        chart(
            "market-chart",
            "Prices with entries, exits, stops and liquidations",
            size="tall",
            controls=[chooser, range_buttons("market-chart")],
        ),
        element("p", "", class_="note", id="market-note"),
        intro="A trade of the table below is shown here when it is clicked.",
    )


def _trades(result: RunResult) -> Html:
    if not result.log.trades and not result.open_trades:
        return section("trades", "Trades", element("p", "There were no trades.", class_="empty"))
    return section(
        "trades",
        "Trades",
        element("div", _filters(result), class_="controls"),
        element("p", "", id="trades-summary", class_="note", aria_live="polite"),
        element("div", id="trades-table", class_="scroll trades", tabindex="0", role="region", aria_label="Trades"),
    )


def _filters(result: RunResult) -> list[Html]:
    trades = (*result.log.trades, *result.open_trades)
    strategies = sorted({trade.strategy for trade in trades})
    symbols = sorted({trade.symbol for trade in trades})
    search = element("input", type="search", id="filter-text", placeholder="Search", aria_label="Search in trades")
    export = element("button", "Save as CSV", type="button", id="export", class_="export")
    return [
        search,
        choice("filter-symbol", "All instruments", symbols),
        choice("filter-strategy", "All strategies", strategies),
        choice("filter-side", "Both sides", ("long", "short")),
        choice("filter-result", "All results", ("wins", "losses", "open", "stopped", "liquidated")),
        export,
    ]


def _distributions(result: RunResult) -> Html:
    no_days = None if result.log.equity else "The equity was never measured."
    no_trades = None if result.log.trades else "No trade was closed."
    has_risks = any(trade.initial_risk is not None for trade in result.log.trades)
    no_risks = no_trades or (None if has_risks else "No trade that was closed had begun with a stop.")
    has_excursions = bool(result.excursions)
    no_excursions = no_trades or (
        None if has_excursions else "How far trades were in loss and in profit was not measured."
    )
    return section(
        "distributions",
        "Distributions",
        element(
            "div",
            _distribution("daily", "Daily returns", no_days),
            _distribution("results", "Net of closed trades, on notional at entry", no_trades),
            _distribution("multiples", "Net of closed trades in multiples of their initial risk (R)", no_risks),
            _distribution("adverse", "Result against the worst moment of a trade (MAE)", no_excursions),
            _distribution("favorable", "Result against the best moment of a trade (MFE)", no_excursions),
            class_="charts",
        ),
    )


def _distribution(identifier: str, title: str, empty: str | None) -> Html:
    return element("div", element("h3", title), chart(identifier, title, size="small", empty=empty))


def _data(record: RunRecord) -> dict[str, object]:
    result = record.result
    return {
        "run": result.run_id,
        "unit": quote_currency(result.symbols),
        "trades": trade_columns(result),
        "instants": trade_instants(result),
        "n_closed": len(result.log.trades),
        "drawings": drawings(record),
        "risk": risk_drawings(result),
        "scenarios": scenario_drawings(result),
    }
