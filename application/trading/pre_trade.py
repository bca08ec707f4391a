"""Puts every order before the gate, with all that the gate has to be told."""

from attrs import define, field

from application.trading.account_view import AccountView
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.order_activity import ActivityRecord, OrderActivity
from application.trading.order_origin import OrderOrigin
from application.trading.projections import Projector
from application.trading.risk_controller import RiskController
from domain.order import ClientOrderId, OrderTerms
from domain.risk.gate import RiskGate
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import ActivityState, OrderIntent, Projection, RiskSnapshot
from domain.risk.verdict import Approved, Refused


@define(eq=False)
class PreTradeCheck:
    """Judges orders on what the books and the market show now.

    Attributes:
        settings: Limits and the stress move.
        view: The account as limits see it.
        market: Daily risk of what is traded.
        controller: Says what forbids opening.
        gate: Judges every order; the one that was checked before trading began.
        activity: What was sent lately; None where no limit asks for it.
    """

    settings: RiskSettings
    view: AccountView
    market: MarketRisk
    controller: RiskController
    gate: RiskGate
    activity: OrderActivity | None = field(init=False)
    _projector: Projector = field(init=False, repr=False)
    _n_intents: int = field(default=0, init=False, repr=False)
    # What was judged last keeps its name when it is sent.
    _judged: OrderIntent | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        limits = self.settings.limits
        self._projector = Projector(self.settings, self.view, self.market)
        is_limited = limits.activity.limits_anything or limits.order.duplicate_window_s is not None
        self.activity = OrderActivity(limits) if is_limited else None

    def assess(
        self, book: InstrumentBook, terms: OrderTerms, purpose: str, origin: OrderOrigin, now_ns: int
    ) -> Approved | Refused:
        """Return the gate's verdict on an order.

        Args:
            book: Its instrument.
            terms: What is to be ordered.
            purpose: What for.
            origin: Whose decision it is.
            now_ns: The instant that was told last.
        """
        passed = self.gate.pass_reducing(terms)
        if passed is not None:
            return passed
        intent = self._judged = self._intent(terms, purpose, origin)
        verdict = self.gate.assess(intent, self._snapshot(book, intent, origin, now_ns))
        if self.activity is not None and isinstance(verdict, Refused):
            self.activity.refused(origin.openers, verdict.reasons)
        return verdict

    def note_sent(
        self, order_id: ClientOrderId, terms: OrderTerms, purpose: str, origin: OrderOrigin, now_ns: int
    ) -> None:
        """Remember an order that goes out."""
        if self.activity is not None:
            judged = self._judged
            is_judged = judged is not None and judged.terms is terms
            intent = judged if judged and is_judged else self._intent(terms, purpose, origin)
            self.activity.sent(order_id, intent, origin.openers, now_ns)

    @property
    def intents_made(self) -> int:
        """How many intents were numbered so far."""
        return self._n_intents

    def restore(self, activity: ActivityRecord | None, *, intents_made: int) -> None:
        """Go on from what was sent before a restart; limits that ask for nothing remember nothing."""
        self._n_intents = intents_made
        if self.activity is not None and activity is not None:
            self.activity = OrderActivity.restored(activity, self.settings.limits)

    def _intent(self, terms: OrderTerms, purpose: str, origin: OrderOrigin) -> OrderIntent:
        self._n_intents += 1
        return OrderIntent(
            intent_id=str(self._n_intents),
            terms=terms,
            strategy="+".join(origin.strategies),
            purpose=purpose,
            decided_at_ns=origin.decided_at_ns,
            environment=self.view.terms.environment,
        )

    def _snapshot(self, book: InstrumentBook, intent: OrderIntent, origin: OrderOrigin, now_ns: int) -> RiskSnapshot:
        worst_cases = self.view.worst_cases(now_ns)
        before = after = Projection()
        if self.settings.account.needs_estimates:
            after, before = self._projector.project(book, intent.terms, worst_cases, now_ns)
        activity = self.activity
        model = self.market.model if worst_cases and self.settings.position.correlated_max is not None else None
        return RiskSnapshot(
            now_ns=now_ns,
            instrument=self.view.instrument_state(book, now_ns),
            account=self.view.account_state(
                book, worst_cases, model, now_ns, order=intent.terms, blocks=self.controller.blocks
            ),
            activity=ActivityState() if activity is None else activity.state(intent, origin.openers, now_ns),
            projection=after,
            projection_before=before,
        )
