"""Limits, the gate, and what is in use and left, for people."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from application.results.level_wording import action_in_words
from application.results.stated_limits import Form, StatedLimit
from domain.risk.drawdown_levels import DrawdownLevel, Rung
from entrypoints.risk_view import RiskView
from entrypoints.terminal.console import report_console
from entrypoints.terminal.risk_figures import figure_text, limit_text
from entrypoints.terminal.risk_in_use import in_use_parts
from entrypoints.terminal.tables import heading, line, listing


def print_risk(view: RiskView) -> None:
    """Print the limits, the ladder, the gate and its self-check, and what a run used."""
    console = report_console()
    for part in risk_parts(view):
        console.print(part)


def risk_parts(view: RiskView) -> Iterator[RenderableType]:
    """Yield the parts from top to bottom: what is in use last, where the reader's eye is when all is printed."""
    yield Text.assemble(("Risk limits of ", "dim"), (view.name, "bold"))
    yield from _limits(view)
    yield from _ladder(view)
    yield from _gate(view)
    yield from _self_check(view)
    yield from _caps(view)
    if view.run is not None:
        yield from in_use_parts(view.run, view.ladder)


def _limits(view: RiskView) -> Iterator[RenderableType]:
    groups: dict[str, list[StatedLimit]] = {}
    for limit in view.limits:
        groups.setdefault(limit.group, []).append(limit)
    for group, limits in groups.items():
        yield Text()
        yield heading(f"{group.capitalize()} (risk.{group})")
        rows = [_limit(limit, view.meanings[limit.key]) for limit in limits]
        yield listing(["limit"], ["value"], rows, "what is limited")


def _limit(limit: StatedLimit, meaning: str) -> list[str | Text]:
    text = limit_text(limit.value, limit.form)
    value = Text(text, "yellow") if limit.value is None else text
    return [limit.key.partition(".")[2], value, meaning]


def _ladder(view: RiskView) -> Iterator[RenderableType]:
    yield Text()
    yield heading("Drawdown ladder (risk.drawdown)")
    rows = [_rung(level, rung) for level, rung in view.ladder.rungs()]
    margin = figure_text(view.ladder.hysteresis, Form.FRACTION)
    yield listing(["level"], ["drawdown"], rows, "what is done")
    yield line(f"A level is left where the drawdown is smaller than its threshold by more than {margin}.", "dim")


def _rung(level: DrawdownLevel, rung: Rung) -> list[str]:
    beyond = "beyond" if level is DrawdownLevel.LIMIT else "from"
    return [level.value, f"{beyond} {figure_text(rung.threshold, Form.FRACTION)}", action_in_words(rung.action)]


def _gate(view: RiskView) -> Iterator[RenderableType]:
    yield Text()
    n_asked = sum(is_asked for _, is_asked in view.clauses)
    yield heading(f"Gate: {n_asked} of {len(view.clauses)} clauses in force, last before every order")
    rows = [
        [clause.control, clause.reason.value, "yes" if is_asked else Text("no", "yellow"), clause.protects]
        for clause, is_asked in view.clauses
    ]
    yield listing(["control", "code", "asked"], [], rows, "what it protects")
    yield line("What can only reduce always passes.", "dim")


def _self_check(view: RiskView) -> Iterator[RenderableType]:
    yield Text()
    yield heading("Self-check: bad orders put before this gate")
    n_refused = sum(order.is_refused for order in view.checked)
    said = f"{n_refused} of {len(view.checked)} bad orders were refused, each for its reason."
    yield line(said, "bold red" if view.passed else "green")
    for order in view.checked:
        if not order.is_refused and not order.is_excused:
            yield line(f"PASSED: an order {order.name}; {order.reason} should have refused it.", "bold red")
    excused = [order for order in view.checked if order.is_excused]
    for is_needed, said, style in (
        (False, "Not limited, and so not refused", "dim"),
        (True, "Needed outside research, and not limited", "yellow"),
    ):
        # A buy and a sale are refused for the same.
        reasons = dict.fromkeys(order.reason for order in excused if order.is_needed is is_needed)
        if reasons:
            yield line(f"{said}: {', '.join(reasons)}.", style)


def _caps(view: RiskView) -> Iterator[RenderableType]:
    yield Text()
    if view.caps is None:
        yield heading("Hard caps: none in force")
        yield line(f"There is no {view.caps_file}. Nothing but a backtest starts without it.", "yellow")
        return
    yield heading(f"Hard caps of {view.caps_file}")
    yield listing(["setting"], ["configured", "hard cap"], [[each.key, each.value, each.cap] for each in view.caps])
