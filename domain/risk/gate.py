"""The gate that every order passes last before the wire."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from domain.errors import DomainError
from domain.order import OrderTerms
from domain.risk.clause import AnyClause
from domain.risk.clauses import account, activity, market, order, position, venue_rules
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import OrderIntent, RiskSnapshot
from domain.risk.verdict import Approved, Breach, RefusalReason, Refused
from domain.risk.worst_case import WorstCase, worst_case

CLAUSES: Final[tuple[AnyClause, ...]] = (
    *account.CLAUSES[:2],
    *market.CLAUSES,
    *order.CLAUSES,
    *position.CLAUSES,
    *account.CLAUSES[2:],
    *activity.CLAUSES,
    *venue_rules.CLAUSES,
)
"""Every clause of the gate, in the sequence in which refusals name them."""


_Check: TypeAlias = tuple[Callable[[Any, WorstCase], bool], Any, AnyClause]
"""How a clause is broken, the limit that it compares with (of the type that it asks for), and the clause itself."""


@frozen
class RiskGate:
    """Judges orders by limits: pure, total, and closed when in doubt.

    What can only reduce always passes: the way out is never refused. That it never flips a position (R13) is in its
    terms, which the venue carries out. Of all else every clause that applies is
    asked, on the worst case of what is held and working and the order itself, so that a refusal names every
    reason. An exposure clause refuses an order that makes the exposure worse and leaves it beyond the limit;
    what makes nothing worse passes even when the account is beyond the limit already.

    A tighter limit never approves more. A clause whose limit is None is not asked.

    Attributes:
        limits: What may be risked.
    """

    limits: RiskLimits
    _plain: tuple[_Check, ...] = field(init=False, repr=False, eq=False)
    _valued: tuple[_Check, ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_plain", self._checks(needs_value=False))
        object.__setattr__(self, "_valued", self._checks(needs_value=True))

    @property
    def clauses(self) -> tuple[AnyClause, ...]:
        """The clauses that these limits ask for."""
        return tuple(clause for clause in CLAUSES if clause.limit_of(self.limits) is not None)

    def _checks(self, *, needs_value: bool) -> tuple[_Check, ...]:
        asked = [clause for clause in self.clauses if clause.needs_value is needs_value]
        return tuple((clause.is_broken, clause.limit_of(self.limits), clause) for clause in asked)

    def pass_reducing(self, terms: OrderTerms) -> Approved | None:
        """Approve what can only reduce, for which nothing else need be known; None for anything else."""
        return Approved(terms) if terms.only_reduces else None

    def assess(self, intent: OrderIntent, snapshot: RiskSnapshot) -> Approved | Refused:
        """Judge one order; never raises.

        Args:
            intent: What is wanted.
            snapshot: The account and the market at the worst case of what is working, and the present time.
        """
        terms = intent.terms
        if terms.only_reduces:
            return Approved(terms)
        breaches: list[Breach] = []
        try:
            self._judge(worst_case(intent, snapshot), breaches)
        except Exception as error:  # noqa: BLE001  # whatever goes wrong while judging, nothing is opened
            breaches.append(
                Breach(RefusalReason.GATE_ERROR, "the gate cannot judge", f"{type(error).__name__}: {error}")
            )
        if not breaches:
            return Approved(terms)
        return Refused(terms, tuple(dict.fromkeys(breach.reason for breach in breaches)), tuple(breaches))

    def _judge(self, case: WorstCase, breaches: list[Breach]) -> None:
        for is_broken, limit, clause in self._plain:
            if is_broken(limit, case):
                breaches.extend(clause.breaches(limit, case))
        if not case.is_valued:
            if not breaches:
                raise DomainError("an order that cannot be valued broke no clause")
            return
        for is_broken, limit, clause in self._valued:
            if is_broken(limit, case):
                breaches.extend(clause.breaches(limit, case))
