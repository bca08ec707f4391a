"""A clause of the gate: one thing that must not come about, with its code, its control, and its words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import field, frozen

from domain.risk.limits import RiskLimits
from domain.risk.verdict import Breach, Figure, RefusalReason
from domain.risk.worst_case import WorstCase
from domain.time_units import NS_PER_SECOND

L = TypeVar("L")


def always(_: RiskLimits) -> tuple[()]:
    """Say that a clause holds whatever the limits are."""
    return ()


def nothing_measured(_: WorstCase) -> Figure:
    """Say that there is no figure: the subject tells it all."""
    return None


def in_ns(limit_s: float | None) -> int | None:
    """Return an age limit in the unit of instants, so that ages compare as whole numbers."""
    return None if limit_s is None else int(limit_s * NS_PER_SECOND)


def as_seconds(limit_ns: int, _: WorstCase) -> Figure:
    """Show an age limit in seconds."""
    return limit_ns / NS_PER_SECOND


def _as_figure(limit: object, _: WorstCase) -> Figure:
    return limit if isinstance(limit, Decimal | float | int) else None


@frozen(kw_only=True)
class Clause(Generic[L]):
    """One limit of the gate, as a value: what it protects is told, and what it needs is asked for once per gate.

    Attributes:
        reason: Code of its refusals.
        control: Number of the risk control that it carries out, such as ``R03``.
        protects: One line for people.
        subject: What it measures, in words, for the lines of refusals.
        is_broken: Whether an order breaks it, given the limit and the worst case.
        limit_of: What it compares with; None where the limits do not ask for it, and then it costs nothing.
        value_of: What it measured, asked for only when it is broken.
        shown: The limit as it is shown; None for what is never allowed.
        is_minimum: Whether at least as much as the limit is needed.
        needs_value: Whether it needs the numbers of the worst case, which need a price.
        breaches_of: All breaches, of a clause that one order can break in several ways.
    """

    reason: RefusalReason
    control: str
    protects: str
    subject: str
    is_broken: Callable[[L, WorstCase], bool]
    limit_of: Callable[[RiskLimits], L | None]
    value_of: Callable[[WorstCase], Figure] = nothing_measured
    shown: Callable[[L, WorstCase], Figure] = field(default=_as_figure)
    is_minimum: bool = False
    needs_value: bool = False
    breaches_of: Callable[[WorstCase], tuple[Breach, ...]] | None = None

    def breaches(self, limit: L, case: WorstCase) -> tuple[Breach, ...]:
        """Return what an order breaks, with its figures; a figure that cannot be worked out is unknown."""
        if self.breaches_of is not None:
            return self.breaches_of(case)
        try:
            value = self.value_of(case)
        except ArithmeticError:
            value = None
        return (Breach(self.reason, self.subject, value, self.shown(limit, case), self.is_minimum),)


AnyClause: TypeAlias = Clause[Any]
"""A clause beside others: each knows by itself what its limit is."""


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return part over whole for display; None where the whole is not positive."""
    return part / whole if whole > 0 else None
