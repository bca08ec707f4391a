"""What risk control did: ladder, trading states, losses, refusals, what bound sizes, VaR against outcomes."""

from decimal import Decimal
from typing import Final

from adapters.html_report.blocks import Column, chart, facts, folded, range_buttons, section, table, when
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.risk_clearances import clearances
from adapters.html_report.risk_in_use import in_use
from adapters.html_report.risk_recoveries import recoveries
from adapters.html_report.written import day, duration, figure, moment, money, percent, ratio
from application.results.level_wording import change_in_words
from application.results.result import RunResult
from application.results.risk_summary import RefusalGroup, RiskSummary, risk_summary
from application.results.var_judgement import VarJudgement, in_words
from application.results.wording import counted
from application.trading.records import StateRecord
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.gate import CLAUSES
from domain.risk.loss_limits import LossBreach

_LISTED_MAX: Final = 200
_SHOWN_MAX: Final = 8
"""Longer lists are folded."""

_SOURCES: Final = {"gate": "gate", "size": "sizing", "venue": "venue", "netting": "netting", "exits": "exits"}
_CONTROLS: Final = {clause.reason.value: clause.control for clause in CLAUSES}


def risk_control(result: RunResult) -> Html:
    """Return the section on what risk control did."""
    summary = risk_summary(result)
    return section(
        "risk",
        "Risk control",
        _headline(summary),
        _ladder(result, summary),
        recoveries(result),
        _states(result),
        clearances(result),
        _breaches(result),
        _refusals(summary),
        _bindings(summary),
        _forecasts(summary),
        in_use(result),
        intro="What the limits of the account did in this run.",
    )


def _headline(summary: RiskSummary) -> Html:
    held_back = f"for {duration(summary.held_back_ns)}" if summary.held_back_ns else "never"
    judged = summary.forecasts
    pairs: list[tuple[str, Content]] = [
        ("Orders refused", figure("refused", Decimal(summary.n_refused), f"{summary.n_refused:,}")),
        ("Deepest level of the drawdown ladder", summary.deepest_level.value),
        ("Level at the end", summary.last_level.value),
        ("Trading at the end", summary.last_state.value),
        ("Opening was held back", held_back),
        ("Losses beyond value at risk", _hits(judged)),
    ]
    return facts(pairs)


def _hits(judged: VarJudgement) -> str:
    return f"{judged.n_hits:,} of {counted(judged.n_days, 'day')}" if judged.n_days else "no day had a forecast"


def _ladder(result: RunResult, summary: RiskSummary) -> Content:
    empty = None if result.log.equity else "The equity was never measured."
    drawn = chart(
        "ladder",
        "Drawdown with the levels of the ladder as bands, and trading states below",
        size="medium",
        controls=range_buttons("ladder"),
        empty=empty,
    )
    return [
        element("h3", "Drawdown ladder"),
        drawn,
        _levels(result, summary),
        _level_changes(result.log.level_changes),
    ]


def _levels(result: RunResult, summary: RiskSummary) -> Html:
    """Return how often and how long the account was at each level."""
    whole_ns = sum(stretch.length_ns for stretch in summary.levels)
    rows: list[list[Content]] = []
    for level in DrawdownLevel:
        stretches = [stretch for stretch in summary.levels if stretch.what is level]
        n_entered = sum(change.after is level for change in result.log.level_changes)
        if stretches or n_entered:
            length_ns = sum(stretch.length_ns for stretch in stretches)
            entered = figure(f"level.{level.value}.entered", Decimal(n_entered), f"{n_entered:,}")
            share = percent(length_ns / whole_ns) if whole_ns else percent(None)
            rows.append([level.value, entered, duration(length_ns), share])
    columns = [Column("Level", is_number=False), *map(Column, ("Entered", "Time in it", "Of the run"))]
    return table(columns, rows)


def _level_changes(changes: list[LevelChange]) -> Html | None:
    if not changes:
        return element("p", "The level never changed.", class_="note")
    columns = [
        when(),
        *(Column(name, is_number=False) for name in ("From", "To")),
        *map(Column, ("Drawdown", "Equity")),
        Column("Action carried out", is_number=False),
    ]
    rows = [
        [
            moment(each.changed_at_ns),
            each.before.value,
            each.after.value,
            percent(each.drawdown, 2),
            money(each.equity),
            change_in_words(each.action, is_deeper=each.is_deeper),
        ]
        for each in changes[:_LISTED_MAX]
    ]
    listed = _listed(counted(len(changes), "change") + " of level", len(changes), table(columns, rows))
    return element("div", element("h4", "Changes of level"), listed)


def _listed(title: str, number: int, content: Html) -> Html:
    """Return a list, folded where it is long, and with a word on what is left out."""
    more = f", the first {_LISTED_MAX} of them listed" if number > _LISTED_MAX else ""
    return content if number <= _SHOWN_MAX else folded(f"{title}{more}", content)


def _states(result: RunResult) -> Content:
    changes = result.log.state_changes
    heading = element("h3", "Trading states")
    if not changes:
        return [heading, element("p", "Trading was active all the time.", class_="empty")]
    columns = [when(), *(Column(name, is_number=False) for name in ("From", "To", "Causes", "In words"))]
    rows = [_state(each) for each in changes[:_LISTED_MAX]]
    listed = _listed(counted(len(changes), "change") + " of state", len(changes), table(columns, rows, class_="stack"))
    return [heading, listed]


def _state(each: StateRecord) -> list[Content]:
    causes = ", ".join(cause.replace("_", " ") for cause in each.causes) or "none any more"
    return [moment(each.at_ns), each.before.value, each.after.value, causes, "; ".join(each.reasons)]


def _breaches(result: RunResult) -> Content:
    breaches = result.log.loss_breaches
    heading = element("h3", "Loss limits")
    if not breaches:
        return [heading, element("p", "No loss limit was broken.", class_="empty")]
    columns = [
        when(),
        Column("Limit", is_number=False),
        *map(Column, ("Lost", "Of equity", "In a row")),
    ]
    rows = [_breach(each) for each in breaches[:_LISTED_MAX]]
    listed = _listed(counted(len(breaches), "loss limit") + " broken", len(breaches), table(columns, rows))
    return [heading, listed]


def _breach(each: LossBreach) -> list[Content]:
    share = percent(each.lost_fraction, 2)
    row = f"{each.streak:,}" if each.streak else ""
    return [moment(each.breached_at_ns), each.rule.value.replace("_", " "), money(each.lost), share, row]


def _refusals(summary: RiskSummary) -> Content:
    heading = element("h3", "Refusals by reason")
    if not summary.refusals:
        return [heading, element("p", "No order was refused.", class_="empty")]
    columns = [
        Column("Reason", is_number=False),
        Column("By", is_number=False, is_whole=True),
        *map(Column, ("Count", "First to last")),
        Column("Example", is_number=False),
    ]
    return [
        heading,
        table(columns, [_refusal(group) for group in summary.refusals], class_="stack"),
        element("p", "An order that was refused for two reasons counts in both.", class_="note"),
    ]


def _refusal(group: RefusalGroup) -> list[Content]:
    control = _CONTROLS.get(group.reason)
    source = _SOURCES.get(group.source, group.source)
    return [
        group.reason.replace("_", " "),
        source if control is None or group.source != "gate" else f"{source} {control}",
        figure(f"refused.{group.source}.{group.reason}", Decimal(group.count), f"{group.count:,}×"),
        _first_to_last(group),
        group.example,
    ]


def _first_to_last(group: RefusalGroup) -> str:
    first, last = day(group.first_at_ns), day(group.last_at_ns)
    return first if first == last else f"{first} to {last}"


def _bindings(summary: RiskSummary) -> Content:
    heading = element("h3", "What bound the sizes of entries")
    if not summary.bindings:
        return [heading, element("p", "Nothing was to be entered.", class_="empty")]
    total = sum(binding.count for binding in summary.bindings)
    rows: list[list[Content]] = [
        [
            binding.constraint.replace("_", " "),
            figure(f"bound.{binding.constraint}", Decimal(binding.count), f"{binding.count:,}"),
            percent(binding.count / total),
            figure(f"bound.{binding.constraint}.nothing", Decimal(binding.n_nothing), f"{binding.n_nothing:,}"),
        ]
        for binding in summary.bindings
    ]
    columns = [Column("Constraint", is_number=False), *map(Column, ("Entries", "Of all", "Left nothing"))]
    drawn = chart("bindings", "What bound the sizes of entries, month by month", size="small")
    return [heading, element("div", element("div", table(columns, rows)), drawn, class_="charts")]


def _forecasts(summary: RiskSummary) -> Content:
    judged = summary.forecasts
    drawn = None
    if judged.n_days:
        label = "Outcome of each day against its value at risk, losses beyond it marked"
        drawn = chart("var", label, size="medium", controls=range_buttons("var"))
    tests = None if judged.tested is None else _tests(summary)
    return [
        element("h3", "Value at risk against what came"),
        drawn,
        element("p", " ".join(in_words(judged)), class_="lead"),
        tests,
    ]


def _tests(summary: RiskSummary) -> Html | None:
    judged, tested = summary.forecasts, summary.forecasts.tested
    if tested is None:
        return None
    named = (("Kupiec: their number", tested.coverage), ("Christoffersen: clusters", tested.independence))
    pairs: list[tuple[str, Content]] = [
        ("Losses beyond it", figure("var.hits", Decimal(judged.n_hits), f"{judged.n_hits:,}")),
        ("Expected", ratio(tested.expected_hits)),
        ("Days with a forecast", figure("var.days", Decimal(judged.n_days), f"{judged.n_days:,}")),
    ]
    for name, test in named:
        words = "nothing can be said" if test is None else f"LR {ratio(test.statistic)}, p {test.p_value:.3g}"
        pairs.append((name, words))
    pairs.append(("Traffic light (Basel)", tested.traffic_light.zone.value))
    return facts(pairs)
