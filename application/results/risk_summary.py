"""What risk control did in a run: what it refused, what bound the sizes, where the ladder stood, what VaR was worth."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from application.results.result import RunResult
from application.results.risk_stretches import Stretch, level_stretches, state_stretches
from application.results.var_judgement import VarJudgement, judge_forecasts
from application.trading.records import Decision, Refusal
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.loss_limits import LossRule
from domain.risk.trading_state import TradingState
from domain.time_units import iso_utc

_EXIT: Final = "exit"
_MONTH_DIGITS: Final = len("2024-01")


@frozen
class RefusalGroup:
    """Everything that was refused for one reason.

    Attributes:
        source: Who refused, as in `Refusal.source`.
        reason: Stable code.
        count: How often.
        first_at_ns: When first.
        last_at_ns: When last.
        example: In words, with the numbers, of the first.
        by_symbol: How often in each instrument, in alphabetical order.
    """

    source: str
    reason: str
    count: int
    first_at_ns: int
    last_at_ns: int
    example: str
    by_symbol: Mapping[str, int]


@frozen
class Binding:
    """What bound sizes.

    Attributes:
        constraint: Code of the rule or limit.
        count: How many entries it bound.
        n_nothing: How many of them it left nothing.
    """

    constraint: str
    count: int
    n_nothing: int


@frozen(kw_only=True)
class RiskSummary:
    """What risk control did in a run.

    Attributes:
        refusals: By source and reason, the most frequent first; an order refused for two reasons counts in both.
        n_refused: Orders refused, each once.
        bindings: What bound the sizes of entries, the most frequent first.
        monthly_bindings: By UTC month such as ``2024-01``, in order of time, how many entries each constraint bound;
            months without an entry are left out.
        levels: Of the drawdown ladder, one after the other.
        states: What could be traded, one after the other.
        deepest_level: Of the ladder.
        last_level: At the end.
        last_state: At the end.
        n_breaches: Loss limits broken, by rule; rules that held are left out.
        forecasts: Value at risk against outcomes.
    """

    refusals: tuple[RefusalGroup, ...]
    n_refused: int
    bindings: tuple[Binding, ...]
    monthly_bindings: Mapping[str, Mapping[str, int]]
    levels: tuple[Stretch[DrawdownLevel], ...]
    states: tuple[Stretch[TradingState], ...]
    deepest_level: DrawdownLevel
    last_level: DrawdownLevel
    last_state: TradingState
    n_breaches: Mapping[LossRule, int]
    forecasts: VarJudgement

    @property
    def held_back_ns(self) -> int:
        """How long nothing could be opened."""
        return sum(each.length_ns for each in self.states if each.what is not TradingState.ACTIVE)


def risk_summary(result: RunResult) -> RiskSummary:
    """Work out what risk control did."""
    log = result.log
    entries = [decision for decision in log.decisions if decision.bound_by != _EXIT]
    levels = [DrawdownLevel.NONE, *(change.after for change in log.level_changes)]
    states = [TradingState.ACTIVE, *(change.after for change in log.state_changes)]
    use = result.risk_use
    return RiskSummary(
        refusals=refusal_groups(log.refusals),
        n_refused=len(log.refusals),
        bindings=_bindings(entries),
        monthly_bindings=_by_month(entries),
        levels=level_stretches(result),
        states=state_stretches(result),
        deepest_level=_deepest(levels),
        last_level=levels[-1],
        last_state=states[-1],
        n_breaches=Counter(breach.rule for breach in log.loss_breaches),
        forecasts=judge_forecasts(log.var_forecasts, None if use is None else use.var_confidence),
    )


def refusal_groups(refusals: Iterable[Refusal]) -> tuple[RefusalGroup, ...]:
    """Return refusals by source and reason, the most frequent first; one for two reasons is in both."""
    groups: dict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        for reason in dict.fromkeys(refusal.reasons):
            groups[refusal.source, reason].append(refusal)
    found = (
        RefusalGroup(
            source=source,
            reason=reason,
            count=len(group),
            first_at_ns=min(each.at_ns for each in group),
            last_at_ns=max(each.at_ns for each in group),
            example=group[0].detail,
            by_symbol=dict(sorted(Counter(each.symbol for each in group).items())),
        )
        for (source, reason), group in groups.items()
    )
    return tuple(sorted(found, key=lambda group: (-group.count, group.source, group.reason)))


def _bindings(entries: Iterable[Decision]) -> tuple[Binding, ...]:
    counts = Counter(entry.bound_by for entry in entries)
    nothing = Counter(entry.bound_by for entry in entries if entry.target_quantity == 0)
    found = (Binding(constraint, count, nothing[constraint]) for constraint, count in counts.items())
    return tuple(sorted(found, key=lambda binding: (-binding.count, binding.constraint)))


def _by_month(entries: Sequence[Decision]) -> Mapping[str, Mapping[str, int]]:
    months: dict[str, Counter[str]] = {}
    for entry in sorted(entries, key=lambda decision: decision.at_ns):
        months.setdefault(iso_utc(entry.at_ns)[:_MONTH_DIGITS], Counter())[entry.bound_by] += 1
    return months


def _deepest(levels: Sequence[DrawdownLevel]) -> DrawdownLevel:
    deepest = levels[0]
    for level in levels:
        deepest = level if level.is_deeper_than(deepest) else deepest
    return deepest
