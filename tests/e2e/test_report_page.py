"""The report in a real browser, opened from disk: drawn, quiet, sortable, and silent towards the network."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from playwright.sync_api import Browser

from adapters.html_report.comparison_page import comparison_page
from adapters.html_report.page import report_page
from application.results.result import Assumption
from application.results.run_record import RunRecord
from application.trading.records import RunLog
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.e2e.browser import Visit, browser, visit
from tests.risk_records import make_forecast
from tests.support import START_NS, SYMBOL, make_bars
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.html_report.test_page import hostile_record
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_log, make_trade

CHARTS = (
    "timeline",
    "market-chart",
    "scenarios",
    "waterfall",
    "daily",
    "results",
    "adverse",
    "favorable",
    "ladder",
    "bindings",
    "var",
)
CHOOSE = """([id, value, event]) => {
    const chooser = document.getElementById(id);
    chooser.value = value;
    chooser.dispatchEvent(new Event(event));
}"""
COLORS = """() => [
    getComputedStyle(document.body).backgroundColor,
    document.getElementById("timeline").layout.font.color,
]"""
LOWEST_LABEL = """(id) => {
    const chart = document.getElementById(id);
    const labels = [...chart.querySelectorAll("g.xtick text")].map((label) => label.getBoundingClientRect().bottom);
    return [Math.max(...labels), chart.getBoundingClientRect().bottom];
}"""
FILTERS = ("text", "symbol", "strategy", "side", "result")


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tmp_path_factory.mktemp("report"), real_record())


@pytest.fixture(scope="module")
def opened(started: Browser, report: Path) -> Iterator[Visit]:
    with visit(started, report) as made:
        yield made


@pytest.fixture
def open_report(opened: Visit) -> Visit:
    """The page of a real run, filters and sequence as they were at first."""
    for name in FILTERS:
        choose(opened, f"filter-{name}", "")
    sort_by(opened, "symbol")
    sort_by(opened, "entered_at")
    return opened


def write_report(folder: Path, record: RunRecord) -> Path:
    file = folder / "report.html"
    file.write_bytes(report_page(record))
    return file


def choose(made: Visit, identifier: str, value: str, event: str = "input") -> None:
    made.page.evaluate(CHOOSE, [identifier, value, event])


def data_of(made: Visit) -> Any:  # noqa: ANN401  # whatever the page holds
    return json.loads(made.page.text_content("#report-data") or "")


def listed(made: Visit) -> list[Mapping[str, str]]:
    """Save the table and return its rows as a spreadsheet would read them."""
    with made.page.expect_download() as saved:
        made.page.click("#export")
    with Path(saved.value.path()).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(made: Visit) -> list[Mapping[str, str]]:
    columns = data_of(made)["trades"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def sort_by(made: Visit, key: str) -> None:
    made.page.click(f'#trades-table th[data-key="{key}"] button')


def column_of(rows: Sequence[Mapping[str, str]], name: str) -> list[Fraction]:
    return [Fraction(row[name]) for row in rows]


def test_the_page_opens_without_a_complaint_and_without_a_request(opened: Visit) -> None:
    assert opened.complaints == []
    assert opened.requests == []


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_with_its_data(opened: Visit, name: str) -> None:
    drawn = opened.page.evaluate(
        "id => { const c = document.getElementById(id);"
        " return [c.querySelectorAll('svg.main-svg').length,"
        " c.querySelectorAll('path.js-line, path.point, .bars path, .waterfalllayer path, .points path').length,"
        " c.getBoundingClientRect().width] }",
        name,
    )

    assert drawn[0] > 0
    assert drawn[1] > 0
    assert drawn[2] > 200


def test_all_trades_are_listed_at_first_and_their_sum_is_exact(open_report: Visit) -> None:
    rows = rows_of(open_report)

    assert listed(open_report) == sorted(rows, key=lambda row: row["entered_at"], reverse=True)
    shown = open_report.page.get_attribute("#trades-summary", "data-net")
    assert shown is not None
    assert Fraction(shown) == sum(column_of(rows, "net_pnl"))


@pytest.mark.parametrize("key", ["net_pnl", "fees", "entry_price", "quantity"])
def test_a_click_on_a_heading_sorts_and_another_turns_it_round(open_report: Visit, key: str) -> None:
    sort_by(open_report, key)
    down = column_of([row for row in listed(open_report) if row[key]], key)
    sort_by(open_report, key)
    up = column_of([row for row in listed(open_report) if row[key]], key)

    assert down == sorted(down, reverse=True)
    assert up == sorted(down)
    assert open_report.page.get_attribute(f'th[data-key="{key}"]', "aria-sort") == "ascending"


def test_filters_leave_what_fits_and_the_file_holds_just_that(open_report: Visit) -> None:
    choose(open_report, "filter-symbol", "BTCUSDT")
    choose(open_report, "filter-side", "short")
    choose(open_report, "filter-result", "losses")
    found = listed(open_report)
    wanted = [
        row
        for row in rows_of(open_report)
        if (row["symbol"], row["side"]) == ("BTCUSDT", "short") and row["exited_at"] and Fraction(row["net_pnl"]) < 0
    ]

    assert wanted
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    summary = open_report.page.inner_text("#trades-summary")
    assert summary.startswith(f"{len(wanted)} of ")


def test_words_are_searched_in_strategy_instrument_and_reason(open_report: Visit) -> None:
    choose(open_report, "filter-text", "VERSION eth stop")

    found = listed(open_report)

    assert found
    assert {(row["strategy"], row["symbol"], row["exit_reason"]) for row in found} == {("reversion", "ETHUSDT", "stop")}


@pytest.mark.parametrize("name", ["timeline", "market-chart"])
def test_days_and_years_below_a_chart_are_not_cut_off(open_report: Visit, name: str) -> None:
    lowest, end = open_report.page.evaluate(LOWEST_LABEL, name)

    assert lowest <= end


def test_regimes_stand_under_the_prices_of_each_instrument_as_often_as_they_changed(opened: Visit) -> None:
    for symbol, stretches in data_of(opened)["scenarios"]["stretches"].items():
        choose(opened, "market-symbol", symbol, "change")
        drawn = opened.page.evaluate(
            "() => document.getElementById('market-chart').data.filter((trace) => trace.yaxis === 'y2')"
            ".map((trace) => [trace.name, trace.x.length])"
        )

        counts = Counter(regime.capitalize() for regime in stretches["regime"])
        counts["High volatility"] = stretches["volatility"].count("high")
        assert dict(drawn) == {name: count for name, count in counts.items() if count}


def test_signals_are_filtered_and_those_of_a_trade_show_it(opened: Visit) -> None:
    signals = data_of(opened)["signals"]
    choose(opened, "signal-outcome", "opened")
    choose(opened, "signal-strategy", "trend")
    wanted = [
        row for row, what in enumerate(signals["outcome"]) if what == "opened" and signals["strategy"][row] == "trend"
    ]

    assert wanted
    assert opened.page.inner_text("#signals-summary").startswith(f"{len(wanted)} of ")
    opened.page.click("#signals-table tr[data-trade]")
    assert opened.page.input_value("#market-symbol") == signals["symbol"][wanted[-1]]
    choose(opened, "signal-text", "nothing like it")
    assert "No signal fits." in opened.page.inner_text("#signals-table")
    for name in ("signal-outcome", "signal-strategy", "signal-text"):
        choose(opened, name, "")


def test_where_nothing_fits_the_table_says_so(open_report: Visit) -> None:
    choose(open_report, "filter-text", "no such trade")

    assert open_report.page.inner_text("#trades-table tbody") == "No trade fits."
    assert listed(open_report) == []


def test_only_the_rows_in_sight_are_in_the_page_and_scrolling_brings_the_others(open_report: Visit) -> None:
    lines = "#trades-table tbody tr[data-row]"
    count = len(rows_of(open_report))
    first = open_report.page.locator(lines).count()
    open_report.page.evaluate("() => document.getElementById('trades-table').scrollTo(0, 1e6)")
    open_report.page.wait_for_timeout(200)
    last = open_report.page.locator(lines).last.locator("td").first.inner_text()

    assert first < count
    earliest = min(row["entered_at"] for row in rows_of(open_report))
    assert last == earliest[:16].replace("T", " ")


def test_a_click_on_a_trade_shows_it_in_its_market(open_report: Visit) -> None:
    choose(open_report, "filter-symbol", "XRPUSDT")
    open_report.page.locator("#trades-table tbody tr[data-row]").first.click()

    newest = max(row["entered_at"] for row in rows_of(open_report) if row["symbol"] == "XRPUSDT")
    begin, end = open_report.page.evaluate("() => document.getElementById('market-chart').layout.xaxis.range")
    assert open_report.page.input_value("#market-symbol") == "XRPUSDT"
    assert begin[:16] < newest[:16] < end[:16]


def test_buttons_choose_the_stretch_of_time(open_report: Visit) -> None:
    buttons = open_report.page.locator('[data-range-of="timeline"]')
    whole = open_report.page.evaluate("() => document.getElementById('timeline').data[0].x.length")
    buttons.get_by_text("Week").click()
    week = open_report.page.evaluate("() => document.getElementById('timeline').layout.xaxis.range.map(Date.parse)")
    points = open_report.page.evaluate("() => document.getElementById('timeline').data[0].x.length")
    buttons.get_by_text("All").click()

    assert week[1] - week[0] == 7 * 86_400_000
    assert 168 <= points <= 170
    assert open_report.page.evaluate("() => document.getElementById('timeline').data[0].x.length") == whole


def test_closer_up_prices_fill_their_chart_wherever_trades_began(started: Browser, tmp_path: Path) -> None:
    closes = [100.0 + hour % 7 for hour in range(1_000)]
    trade = make_trade("1", entry_price="50", exit_price="105", exited_at_ns=START_NS + 990 * NS_PER_HOUR)
    record = make_record(make_result(RunLog(trades=[trade])), {SYMBOL: make_bars(closes)})
    with visit(started, write_report(tmp_path, record)) as made:
        buttons = made.page.locator('[data-range-of="market-chart"]')
        buttons.get_by_text("Week").click()
        low, high = made.page.evaluate("() => document.getElementById('market-chart').layout.yaxis.range")
        buttons.get_by_text("All").click()
        whole_low, _ = made.page.evaluate("() => document.getElementById('market-chart').layout.yaxis.range")

    assert 95 < low < 100
    assert 106 < high < 110
    assert whole_low < 50


def test_no_extreme_of_the_equity_is_lost_in_the_drawing(open_report: Visit) -> None:
    drawn = open_report.page.evaluate(
        "() => { const y = document.getElementById('timeline').data[0].y; return [Math.min(...y), Math.max(...y)] }"
    )
    equity = real_record().result.log.equity

    assert drawn == [min(equity), max(equity)]


def test_the_button_turns_the_page_and_its_charts_dark(open_report: Visit) -> None:
    light = open_report.page.evaluate(COLORS)
    open_report.page.click("#theme")
    dark = open_report.page.evaluate(COLORS)
    open_report.page.click("#theme")

    assert light[0] != dark[0]
    assert light[1] != dark[1]
    assert open_report.page.evaluate(COLORS) == light


def test_what_the_system_prefers_is_followed(started: Browser, report: Path) -> None:
    with visit(started, report, is_dark=True) as made:
        red, green, blue = made.page.evaluate(
            "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )

    assert max(red, green, blue) < 64


def test_on_a_phone_nothing_sticks_out(started: Browser, report: Path) -> None:
    with visit(started, report, width=390) as made:
        widths = made.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
        wide = made.page.evaluate(
            "() => [...document.querySelectorAll('main > section, .chart, h2, p')]"
            ".filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.id || e.textContent)"
        )

    assert widths == [390, 390]
    assert wide == []


def test_on_a_phone_the_buttons_of_a_chart_stand_in_one_row(started: Browser, report: Path) -> None:
    with visit(started, report, width=390) as made:
        tops = made.page.evaluate(
            "() => [...document.querySelectorAll('.buttons')].map("
            "(row) => new Set([...row.children].map((button) => button.offsetTop)).size)"
        )

    assert tops
    assert set(tops) == {1}


def test_on_a_phone_a_hash_among_assumptions_does_not_widen_them(started: Browser, tmp_path: Path) -> None:
    own_code = Assumption("own.code", "own", f"SHA-256 {'0123456789abcdef' * 4}. It is trusted, not confined.")
    with visit(started, write_report(tmp_path, make_record(make_result(assumptions=[own_code]))), width=390) as made:
        width, room = made.page.evaluate(
            "() => ((table) => [table.offsetWidth, table.parentElement.clientWidth])"
            "(document.querySelector('#assumptions table'))"
        )

    assert width <= room


def test_on_a_phone_keys_leave_room_to_what_was_configured(started: Browser, tmp_path: Path) -> None:
    record = real_record()
    files = [f"strategies:\n- sizing:\n    risk_fraction:\n      leverage_max: {value}\n" for value in (1, 2)]
    records = [evolve(record, provenance=evolve(record.provenance, configuration=file)) for file in files]
    page = tmp_path / "comparison.html"
    page.write_bytes(comparison_page(records))
    with visit(started, page, width=390) as made:
        key = made.page.locator("#configuration tbody td").first.bounding_box()

    # It stays where it is while the values scroll beside it.
    assert key is not None
    assert key["x"] + key["width"] < 390 / 2


def test_names_that_look_like_markup_do_nothing(started: Browser, tmp_path: Path) -> None:
    with visit(started, write_report(tmp_path, hostile_record())) as made:
        text = made.page.inner_text("#trades-table")

        assert made.complaints == []
        assert made.requests == []
        assert '<script>alert("1")</script>' in text


def test_an_equity_that_never_moved_lies_on_axes_that_can_be_read(started: Browser, tmp_path: Path) -> None:
    curve = [(START_NS + hour * NS_PER_HOUR, 1000.0) for hour in range(50)]
    with visit(started, write_report(tmp_path, make_record(make_result(make_log(equity=curve))))) as made:
        ranges = made.page.evaluate(
            "() => ['yaxis', 'yaxis2'].map((axis) => document.getElementById('timeline').layout[axis].range)"
        )
        bars = made.page.evaluate("() => document.getElementById('daily').data[0].width")

    assert ranges == [[990, 1010], [-1, 0]]
    assert bars == pytest.approx(0.1)


def test_value_at_risk_is_drawn_over_its_own_days_and_no_others(started: Browser, tmp_path: Path) -> None:
    days = [START_NS + day * NS_PER_DAY for day in (0, 1, 5)]
    log = make_log(equity=[(START_NS, 1000.0)])
    log.var_forecasts += [
        make_forecast(outcome, at_ns=at) for outcome, at in zip((3.0, -11.0, -9.0), days, strict=True)
    ]
    with visit(started, write_report(tmp_path, make_record(make_result(log)))) as made:
        traces = made.page.evaluate(
            "() => Object.fromEntries(document.getElementById('var').data.filter((trace) => trace.name)"
            ".map(({name, y}) => [name, y]))"
        )

    assert traces == {
        "Outcome of the day": [3, -9],
        "Loss beyond value at risk": [-11],
        "Value at risk, as a loss": [-10, -10, -10, -10, None, -10, -10],
    }


def test_what_open_trades_count_with_is_said(started: Browser, tmp_path: Path) -> None:
    result = make_result(RunLog(trades=[make_trade("5")]), open_trades=[make_trade("2", exited_at_ns=None)])
    with visit(started, write_report(tmp_path, make_record(result))) as made:
        said = made.page.inner_text("#trades-summary")

    assert said == (
        "2 trades, net +7.00 USDT, 100.0% of the closed ones won, "
        "1 of them open and counted with what they have realized."
    )


def test_runs_that_left_little_behind_open_without_a_complaint(started: Browser, tmp_path: Path) -> None:
    nothing = make_record(make_result())
    one_bar = make_record(make_result(make_log(equity=[(START_NS, 1000.0)])), {SYMBOL: make_bars([5.0])})
    for record in (nothing, one_bar):
        with visit(started, write_report(tmp_path, record)) as made:
            assert made.complaints == []
