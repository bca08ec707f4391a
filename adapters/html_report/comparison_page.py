"""Several runs beside each other as one HTML file."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np

from adapters.html_report.blocks import Column, chart, range_buttons, section, table
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.packing import pack_instants, pack_numbers
from adapters.html_report.page import whole_page
from adapters.html_report.reduction import rows_with_extremes
from adapters.html_report.written import NOTHING, day, exact_text, gain, money, percent, ratio
from application.results.comparing.differences import (
    Difference,
    differing_assumptions,
    differing_configuration,
    remarks_on,
)
from application.results.comparing.figures import ComparedFigure, Form, Number, compared_figures
from application.results.comparing.names import run_names
from application.results.comparing.trades import TradeDifferences, differing_trades
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.verdict import is_trustworthy

_N_POINTS_MAX: Final = 20_000
_SCRIPTS: Final = ("theme.js", "numbers.js", "series.js", "charts.js", "comparison.js")
_CHAPTERS: Final = (
    ("#figures", "Figures"),
    ("#curves", "Curves"),
    ("#configuration", "Configuration"),
    ("#assumptions", "Assumptions"),
    ("#trades", "Trades"),
)
_PRAISED: Final = (
    ("Total return", "returned most"),
    ("Deepest fall", "fell least from a high"),
    ("Sharpe ratio", "had the best Sharpe ratio"),
)
_KINDS: Final = (
    "Strategy",
    "The same",
    "Other exit",
    "Other size",
    "Other price or cost",
    "Only in the first",
)


def comparison_page(records: Sequence[RunRecord]) -> bytes:
    """Return several runs beside each other as a whole HTML file, UTF-8.

    Args:
        records: Two to six runs; the first is the one that the others are held against.
    """
    names = run_names(records)
    body = (
        _summary(records, names),
        _figures(records, names),
        _curves(),
        _differences("configuration", "What was configured differently", differing_configuration(records), names),
        _differences("assumptions", "What was assumed differently", _assumed(records), names),
        _trades(records, names),
    )
    return whole_page(
        title=" · ".join(names),
        chapters=_CHAPTERS,
        body=body,
        foot=f"{len(records)} runs, compared by autotrading {records[0].provenance.product_version}.",
        data={"runs": [_curve(record, name) for record, name in zip(records, names, strict=True)]},
        script_names=_SCRIPTS,
    )


def _summary(records: Sequence[RunRecord], names: Sequence[str]) -> Html:
    results = [record.result for record in records]
    remarks = [*remarks_on(records), *_untrusted(results, names)]
    return section(
        "summary",
        "Runs beside each other",
        element("ul", [_key(place, record) for place, record in enumerate(records)], class_="keys"),
        element("p", _best_in_words(results, names), class_="lead"),
        element("ul", [_remark(text) for text in remarks], class_="cautions") if remarks else None,
    )


def _key(place: int, record: RunRecord) -> Html:
    result = record.result
    return element(
        "li",
        element("span", "", class_=f"swatch run{place + 1}"),
        element("b", result.name or result.run_id),
        f" {result.run_id}, {day(result.start_ns)} to {day(result.end_ns)}, {', '.join(result.symbols)}",
    )


def _remark(text: str) -> Html:
    sign = element("span", "!", class_="sign", aria_hidden="true")
    return element("li", sign, element("span", text), class_="caution")


def _untrusted(results: Sequence[RunResult], names: Sequence[str]) -> list[str]:
    return [
        f"{name} must not be relied on: its books, its certificate or all of its strategies fail."
        for result, name in zip(results, names, strict=True)
        if not is_trustworthy(result)
    ]


def _best_in_words(results: Sequence[RunResult], names: Sequence[str]) -> str:
    figures = {each.name: each for each in compared_figures(results)}
    praise: dict[str, list[str]] = {}
    for figure, verb in _PRAISED:
        if best := figures[figure].best:
            praise.setdefault(" and ".join(names[place] for place in sorted(best)), []).append(verb)
    parts = [f"{who} {_listed(verbs)}" for who, verbs in praise.items()]
    return f"{'; '.join(parts)}." if parts else "The runs came out alike."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _figures(records: Sequence[RunRecord], names: Sequence[str]) -> Html:
    figures = compared_figures([record.result for record in records])
    columns = [Column("Figure", is_number=False), *map(Column, names)]
    return section("figures", "Figures", table(columns, map(_figure_row, figures)), intro="The best of each is marked.")


def _figure_row(figure: ComparedFigure) -> list[Content]:
    return [figure.name, *(_value(figure, place) for place in range(len(figure.values)))]


def _value(figure: ComparedFigure, place: int) -> Html:
    value = figure.values[place]
    is_best = place in figure.best
    shown = NOTHING if value is None else _WRITTEN[figure.form](value)
    exact = exact_text(value) if isinstance(value, Decimal) else "" if value is None else repr(value)
    mark = element("span", "●", class_="best-mark", aria_label="best") if is_best else None
    return element("span", element("data", shown, value=exact), mark, class_="best" if is_best else None)


_WRITTEN: Final[Mapping[Form, Callable[[Number], str]]] = {
    Form.MONEY: lambda value: gain(Decimal(value)),
    Form.COST: lambda value: money(Decimal(value)),
    Form.FRACTION: percent,
    Form.RATIO: ratio,
    Form.DAYS: lambda value: f"{value:,.1f} days",
    Form.COUNT: lambda value: f"{value:,}",
}


def _curves() -> Html:
    return section(
        "curves",
        "Growth and drawdown",
        chart("comparison", "Growth and drawdown of all runs", size="tall", controls=range_buttons("comparison")),
    )


def _curve(record: RunRecord, name: str) -> dict[str, object]:
    log, start = record.result.log, float(record.result.identity.start_equity)
    at_ns, equity = np.asarray(log.equity_at_ns, dtype=np.int64), np.asarray(log.equity, dtype=np.float64)
    if not equity.size:
        return {"name": name, "n": 0}
    kept = rows_with_extremes([equity], _N_POINTS_MAX)
    return {
        "name": name,
        "n": len(kept),
        "at": pack_instants(at_ns[kept]),
        "growth": pack_numbers(equity[kept] / start, "f8"),
    }


def _assumed(records: Sequence[RunRecord]) -> tuple[Difference, ...]:
    return differing_assumptions([record.result for record in records])


def _differences(identifier: str, title: str, found: Sequence[Difference], names: Sequence[str]) -> Html:
    if not found:
        return section(identifier, title, element("p", "Nothing.", class_="empty"))
    columns = [Column("What", is_number=False), *(Column(name, is_number=False) for name in names)]
    return section(identifier, title, table(columns, map(_difference, found)))


def _difference(each: Difference) -> list[Content]:
    return [element("code", each.name), *(NOTHING if value is None else value for value in each.values)]


def _trades(records: Sequence[RunRecord], names: Sequence[str]) -> Html:
    first, *others = records
    tables = [_trade_table(name, differing_trades(first, other)) for other, name in zip(others, names[1:], strict=True)]
    return section(
        "trades",
        "Trades of the same strategies",
        tables,
        intro=f"Beside {names[0]}. Trades of one instrument and direction that entered in the same bar are one pair.",
    )


def _trade_table(name: str, found: Sequence[TradeDifferences]) -> list[Html]:
    heading = element("h3", name)
    if not found:
        return [heading, element("p", "No strategy of the same name.", class_="empty")]
    columns = [Column(title, is_number=place > 0) for place, title in enumerate((*_KINDS, f"Only in {name}"))]
    return [heading, table(columns, [_trade_row(each) for each in found])]


def _trade_row(each: TradeDifferences) -> list[Content]:
    return [each.strategy, *(f"{count:,}" for count in each.counts)]
