"""Puts every order before the gate, with all that the gate has to be told."""

from attrs import define, field

from application.trading.account_view import AccountView
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.projections import Projector
from application.trading.risk_controller import RiskController
from domain.order import OrderTerms
from domain.risk.gate import RiskGate
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import OrderIntent, Projection, RiskSnapshot
from domain.risk.verdict import Approved, Refused


@define(eq=False)
class PreTradeCheck:
    """Judges orders on what the books and the market show now.

    Attributes:
        settings: Limits and the stress move.
        view: The account as limits see it.
        market: Daily risk of what is traded.
        controller: Says what forbids opening.
    """

    settings: RiskSettings
    view: AccountView
    market: MarketRisk
    controller: RiskController
    _gate: RiskGate = field(init=False, repr=False)
    _projector: Projector = field(init=False, repr=False)
    _n_intents: int = field(default=0, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._gate = RiskGate(self.settings.limits)
        self._projector = Projector(self.settings, self.view, self.market)

    def assess(
        self,
        book: InstrumentBook,
        terms: OrderTerms,
        purpose: str,
        *,
        strategy: str,
        now_ns: int,
    ) -> Approved | Refused:
        """Return the gate's verdict on an order.

        Args:
            book: Its instrument.
            terms: What is to be ordered.
            purpose: What for.
            strategy: Whose decision it is.
            now_ns: The instant that was told last.
        """
        passed = self._gate.pass_reducing(terms)
        if passed is not None:
            return passed
        self._n_intents += 1
        intent = OrderIntent(
            intent_id=str(self._n_intents),
            terms=terms,
            strategy=strategy,
            purpose=purpose,
            decided_at_ns=now_ns,
            environment=self.view.terms.environment,
        )
        return self._gate.assess(intent, self._snapshot(book, terms, now_ns))

    def _snapshot(self, book: InstrumentBook, terms: OrderTerms, now_ns: int) -> RiskSnapshot:
        elsewhere = self.view.worst_cases(now_ns, besides=book)
        before = after = Projection()
        if self.settings.limits.account.needs_estimates:
            after, before = self._projector.project(book, terms, now_ns)
        return RiskSnapshot(
            now_ns=now_ns,
            instrument=self.view.instrument_state(book, now_ns),
            account=self.view.account_state(book, elsewhere, self.market.model, now_ns, blocks=self.controller.blocks),
            projection=after,
            projection_before=before,
        )
