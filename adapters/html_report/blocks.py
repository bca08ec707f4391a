"""The forms in which the page shows things: a section, a chart's place, a table, a list of facts."""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from adapters.html_report.markup import Content, Html, element

_FEW_COLUMNS: Final = 4


@frozen
class Column:
    """One column of a table.

    Attributes:
        title: Heading.
        is_number: Whether it stands to the right in figures of one width.
        is_whole: Whether its text is never broken into lines, as numbers never are.
    """

    title: str
    is_number: bool = True
    is_whole: bool = False


def when(title: str = "When (UTC)") -> Column:
    """Return a column of instants."""
    return Column(title, is_number=False, is_whole=True)


def section(identifier: str, title: str, *content: Content, intro: str | None = None) -> Html:
    """Return a section of the page with a heading and, where given, a sentence on what it shows."""
    return element(
        "section",
        element("h2", title),
        element("p", intro, class_="intro") if intro else None,
        content,
        id=identifier,
    )


def chart(identifier: str, label: str, *, size: str, controls: Content = None, empty: str | None = None) -> Html:
    """Return the place of a chart that a script of the page draws.

    Args:
        identifier: By which the script finds it.
        label: What it shows, for those who cannot see it.
        size: Style class that gives it its height.
        controls: Buttons above it.
        empty: Why there is nothing to draw; the chart is left out then.
    """
    if empty is not None:
        return element("p", empty, class_="empty")
    return element(
        "figure",
        element("div", controls, class_="controls") if controls else None,
        element("div", id=identifier, class_=f"chart {size}", role="img", aria_label=label),
        class_="drawn",
    )


def range_buttons(chart_identifier: str) -> Html:
    """Return the buttons that choose a stretch of time of a chart, and move it."""
    spans = (("all", "All"), ("365", "Year"), ("91", "Quarter"), ("30", "Month"), ("7", "Week"))
    moves = (("back", "←", "Earlier"), ("on", "→", "Later"))
    return element(
        "span",
        [element("button", text, type="button", data_span=days) for days, text in spans],
        [element("button", sign, type="button", data_move=way, aria_label=label) for way, sign, label in moves],
        class_="buttons",
        role="group",
        aria_label="Stretch of time",
        data_range_of=chart_identifier,
    )


def choice(identifier: str, whole: str, values: Iterable[str]) -> Html:
    """Return a list to choose one of these values from, or none of them.

    Args:
        identifier: By which the script finds it.
        whole: What is chosen where no value is.
        values: In the sequence in which they are listed.
    """
    options = [element("option", whole, value=""), *(element("option", each, value=each) for each in values)]
    return element("select", options, id=identifier, aria_label=whole)


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Content]],
    *,
    total: Sequence[Content] | None = None,
    class_: str = "",
) -> Html:
    """Return a table that scrolls sideways by itself where the screen is narrow.

    Few columns do not spread over a wide screen: a figure far from its name is read in the wrong line.
    """
    class_ = class_ or ("few" if len(columns) <= _FEW_COLUMNS else "")
    head = element("thead", element("tr", [_cell("th", column.title, column) for column in columns]))
    body = element("tbody", [_row(columns, row) for row in rows])
    foot = None if total is None else element("tfoot", _row(columns, total))
    return element("div", element("table", head, body, foot, class_=class_ or None), class_="scroll")


def _row(columns: Sequence[Column], row: Sequence[Content]) -> Html:
    return element("tr", [_cell("td", cell, column) for cell, column in zip(row, columns, strict=True)])


def _cell(name: str, content: Content, column: Column) -> Html:
    return element(name, content, class_="number" if column.is_number else "whole" if column.is_whole else None)


def facts(pairs: Iterable[tuple[str, Content]]) -> Html:
    """Return names and values, one below the other."""
    return element(
        "dl", [element("div", element("dt", name), element("dd", value)) for name, value in pairs], class_="facts"
    )


def whole(text: str) -> Html:
    """Return text that is not broken into lines: dates are not to be torn at their hyphens."""
    return element("span", text, class_="whole")


def folded(summary: str, *content: Content) -> Html:
    """Return content that is shown when asked for."""
    return element("details", element("summary", summary), content)
