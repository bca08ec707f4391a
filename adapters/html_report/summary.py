"""The top of a run's page: what happened in plain language, the few figures that matter, and what to beware of."""

from collections.abc import Iterable
from decimal import localcontext
from typing import Final

from adapters.html_report.blocks import whole
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import (
    change,
    duration,
    figure,
    gain,
    moment,
    money,
    percent,
    ratio,
)
from application.results.cautions import Caution, Severity
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.trade_statistics import TradeStatistics
from application.results.verdict import Outcome, Verdict
from application.results.wording import counted, quote_currency
from domain.numbers import EXACT_SUMS
from domain.time_units import format_interval

_SIGN: Final = {Severity.DANGER: "!", Severity.CAUTION: "!", Severity.NOTE: "i"}
_SPOKEN: Final = {Severity.DANGER: "Danger: ", Severity.CAUTION: "Caution: ", Severity.NOTE: "Note: "}
_SYMBOLS_SHOWN_MAX: Final = 6


def summary(record: RunRecord, verdict: Verdict, cautions: Iterable[Caution], figures: TradeStatistics) -> Html:
    """Return the top of the page."""
    return element(
        "section",
        element("p", _kicker(record), class_="kicker"),
        element("h1", record.result.name or record.result.run_id),
        _tags(record.tags),
        element("p", verdict.headline, class_=f"verdict {_tone(verdict.outcome)}"),
        element("p", " ".join(verdict.sentences), class_="lead"),
        _tiles(record.result, verdict, figures),
        _cautions(cautions),
        id="summary",
    )


def _tone(outcome: Outcome) -> str:
    return {Outcome.GAINED: "gain", Outcome.LOST: "loss", Outcome.UNTRUSTED: "danger"}.get(outcome, "even")


def _kicker(record: RunRecord) -> Content:
    result = record.result
    shown = result.symbols[:_SYMBOLS_SHOWN_MAX]
    more = len(result.symbols) - len(shown)
    names = ", ".join(shown) + (f" and {more} more" if more else "")
    intervals = sorted({series.interval_ns for series in record.prices.values()})
    bars = " and ".join(format_interval(each) for each in intervals)
    period = f"{moment(result.start_ns)[:10]} to {moment(result.end_ns)[:10]}"
    return [names, f" · {bars} bars" if bars else "", " · ", whole(period)]


def _tags(tags: Iterable[str]) -> Html | None:
    found = [element("span", tag, class_="tag") for tag in tags]
    return element("p", found, class_="tags") if found else None


def _tiles(result: RunResult, verdict: Verdict, figures: TradeStatistics) -> Html:
    performance, fall = result.performance, result.performance.max_drawdown
    net = result.identity.net_result
    unit = quote_currency(result.symbols) or "quote currency"
    tiles = (
        _tile(f"Net result, {unit}", figure("net", net, gain(net), colored=True), change(performance.total_return)),
        _tile(
            "A year, compounded",
            change(performance.annual_return),
            f"just holding: {change(verdict.holding_return)} in all",
        ),
        _tile("Deepest fall", percent(fall.depth), f"longest below a high: {duration(fall.longest_ns)}"),
        _tile("Sharpe ratio", ratio(performance.sharpe_ratio), f"volatility {percent(performance.annual_volatility)}"),
        _tile("Win rate", _win_rate(figures), f"{figures.n_wins:,} of {counted(figures.n_trades, 'closed trade')}"),
        _tile("Profit factor", _profit_factor(figures), "sum of wins ÷ sum of losses"),
        _tile("Costs", _costs(result), _what_costs(result)),
        _tile("In the market", percent(result.exposure.time_in_market), f"largest leverage {_leverage(result)}"),
    )
    return element("div", tiles, class_="tiles")


def _costs(result: RunResult) -> Html:
    with localcontext(EXACT_SUMS):
        costs = result.identity.fees + result.trade_figures.slippage
    return figure("costs", costs, money(costs))


def _what_costs(result: RunResult) -> str:
    liquidation = result.identity.liquidation
    return f"fees and slippage; {gain(liquidation)} by liquidation" if liquidation else "fees and slippage"


def _leverage(result: RunResult) -> str:
    return f"{ratio(result.exposure.largest)}×"


def _tile(name: str, value: Content, below: str) -> Html:
    return element(
        "div",
        element("div", name, class_="tile-name"),
        element("div", value, class_="tile-value"),
        element("div", below, class_="tile-below"),
        class_="tile",
    )


def _win_rate(figures: TradeStatistics) -> Html:
    return element(
        "data",
        percent(figures.win_rate),
        class_="num",
        data_figure="win_rate",
        value=f"{figures.n_wins}/{figures.n_trades}",
    )


def _profit_factor(figures: TradeStatistics) -> Html:
    return element(
        "data",
        ratio(figures.profit_factor),
        class_="num",
        data_figure="profit_factor",
        value=f"{figures.wins:f}/{figures.losses:f}",
    )


def _cautions(cautions: Iterable[Caution]) -> Html | None:
    items = [
        element(
            "li",
            element("span", _SIGN[each.severity], class_="sign", aria_hidden="true"),
            element("span", element("span", _SPOKEN[each.severity], class_="spoken"), each.text),
            class_=each.severity.value,
            data_caution=each.code,
        )
        for each in cautions
    ]
    return (
        element("ul", items, class_="cautions", aria_label="What to know before believing this run") if items else None
    )
