"""What a saved run used of its limits at its end, and what its instruments bore, for people."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from application.results.headroom import Headroom
from application.results.recovery_wording import recoveries_in_words
from application.results.safe_leverages import SafeLeverage
from application.results.standstill import is_for_good
from application.results.stated_limits import Form
from application.trading.risk_use import InstrumentUse, RiskUse
from domain.risk.drawdown_levels import LadderPolicy
from entrypoints.risk_view import RunUse
from entrypoints.terminal.figures import moment, money
from entrypoints.terminal.risk_figures import UNKNOWN, figure_text, limit_text, used_text
from entrypoints.terminal.tables import heading, line, listing


def in_use_parts(run: RunUse, ladder: LadderPolicy) -> Iterator[RenderableType]:
    """Yield what was in use at the end of a run, from top to bottom."""
    use = run.use
    yield Text()
    yield heading(f"In use at the end of {run.run_id}, {moment(use.at_ns)} UTC")
    yield line(f"Equity {money(use.equity)}, {money(use.high)} at the high; level {use.level.value}.")
    if use.capital_at_risk is not None:
        at_risk = use.capital_at_risk * float(use.equity)
        yield line(f"If every stop were jumped over in one move: {at_risk:,.2f} lost of that equity.")
    yield from _state(use)
    yield listing(["limit"], ["in use", "limit", "left"], [_room(room) for room in run.rooms], "of")
    if any(room.is_beyond for room in run.rooms):
        yield line("Red: beyond the limit. Nothing that makes it worse is let through; what reduces is.", "red")
    yield line(f"New sizes are multiplied by {ladder.action_at(use.level).size_factor} at this level.", "dim")
    recovered = recoveries_in_words(use)
    if recovered is not None:
        yield line(f"Recoveries: {recovered}.", "dim")
    yield from _instruments(use.instruments)
    yield from _leverages(run)


def _state(use: RiskUse) -> Iterator[RenderableType]:
    yield line(f"Trading is {use.state.value}.", "green" if not use.holds else "bold red")
    for hold in use.holds:
        ends = "until a person clears it" if is_for_good(hold, use) else "ends by itself"
        yield line(f"{hold.cause.value} since {moment(hold.since_ns)}: {hold.reason} ({ends})", "red")


def _room(room: Headroom) -> list[str | Text]:
    limit = limit_text(room.limit, room.form) if not _is_deepest(room) else "deepest level"
    left = "" if room.left is None else figure_text(room.left, room.form)
    style = "bold red" if room.is_beyond else ""
    # No distance at all is what one would wish for, and not an estimate that is missing.
    used = "none" if room.is_minimum and room.used is None else used_text(room.used, room.form)
    return [room.key, Text(used, style), limit, Text(left, style), room.subject]


def _is_deepest(room: Headroom) -> bool:
    return room.key.startswith("drawdown.") and room.limit is None


def _instruments(instruments: tuple[InstrumentUse, ...]) -> Iterator[RenderableType]:
    """Yield where the value at risk comes from; nothing where nothing was held or working."""
    if not instruments:
        return
    yield Text()
    yield heading("Where value at risk of a day comes from")
    figures = ["held", "worst case", "VaR alone", "part of VaR"]
    rows = [
        [
            each.symbol,
            money(each.held_notional),
            money(each.worst_notional),
            _share(each.var_alone),
            _share(each.var_part),
        ]
        for each in instruments
    ]
    yield listing(["instrument"], figures, rows)
    yield line("Over equity. Parts sum to the whole; a hedge takes away from it.", "dim")


def _share(fraction: float | None) -> str:
    """Return a small share with two decimals, so that shares below each other can be compared."""
    return UNKNOWN if fraction is None else f"{fraction:z.2%}"


def _leverages(run: RunUse) -> Iterator[RenderableType]:
    if not run.leverages:
        return
    yield Text()
    yield heading(f"Leverage that is safe, of at most {figure_text(run.leverage_max, Form.TIMES)}")
    figures = ["volatility a day", "by way to liquidation", "by volatility"]
    yield listing(["instrument"], figures, [_leverage(each) for each in run.leverages])
    yield line("All of it where liquidation is three daily deviations away, and up to 5% volatility a day.", "dim")


def _leverage(each: SafeLeverage) -> list[str | Text]:
    return [
        each.symbol,
        _share(each.daily_volatility),
        figure_text(each.by_distance, Form.TIMES),
        figure_text(each.by_volatility, Form.TIMES),
    ]
