"""Builders for the gate: an account in good order, to which a test tells what is different.

10,000 of equity, nothing held, one instrument at a mark of 100 whose ticks are 0.1 and lots 0.001, decided and
heard of just now. Careful limits: orders up to 2,000, three times leverage; all else by default.
"""

from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from domain.order import OrderTerms, Side
from domain.risk.gate import RiskGate
from domain.risk.limits import AccountLimits, OrderLimits, RiskLimits
from domain.risk.snapshot import (
    AccountState,
    ActivityState,
    InstrumentState,
    OrderIntent,
    Projection,
    RiskSnapshot,
)
from domain.risk.verdict import RefusalReason, Refused
from tests.risk import only_limits
from tests.support import START_NS, make_instrument, make_terms

CAREFUL: Final = RiskLimits(
    order=OrderLimits(notional_max=Decimal(2_000)), account=AccountLimits(leverage_max=Decimal(3))
)
UNLIMITED: Final = only_limits(None, None).limits
"""Every limit that can be switched off is."""

CALM: Final = Projection(var_daily=0.01, cvar_daily=0.015, liquidation_probability=0.0, capital_at_risk=0.05)

Changes = Any  # any fields of the state that is made; their types are checked where they are used


def make_intent(terms: OrderTerms | None = None, **changes: Changes) -> OrderIntent:
    """A market order to buy one, decided now."""
    intent = OrderIntent(
        intent_id="i-1",
        terms=make_terms("1") if terms is None else terms,
        strategy="trend",
        purpose="open",
        decided_at_ns=START_NS,
    )
    return evolve(intent, **changes)


def make_state(**changes: Changes) -> InstrumentState:
    """Nothing held, mark and last price at 100 just now."""
    state = InstrumentState(
        instrument=make_instrument(),
        held_quantity=Decimal(0),
        mark_price=Decimal(100),
        mark_at_ns=START_NS,
        last_price=Decimal(100),
        last_at_ns=START_NS,
    )
    return evolve(state, **changes)


def make_account(**changes: Changes) -> AccountState:
    """10,000 of equity, and nothing else."""
    account = AccountState(equity=Decimal(10_000), at_ns=START_NS, strategy_notional={"trend": Decimal(100)})
    return evolve(account, **changes)


def make_snapshot(
    *,
    instrument: InstrumentState | None = None,
    account: AccountState | None = None,
    activity: ActivityState | None = None,
    projection: Projection = CALM,
    projection_before: Projection = CALM,
    now_ns: int = START_NS,
) -> RiskSnapshot:
    """An account in good order but for the parts given."""
    return RiskSnapshot(
        now_ns=now_ns,
        instrument=make_state() if instrument is None else instrument,
        account=make_account() if account is None else account,
        activity=ActivityState() if activity is None else activity,
        projection=projection,
        projection_before=projection_before,
    )


def with_limits(limits: RiskLimits = UNLIMITED, /, **changes: Changes) -> RiskLimits:
    """Return the limits with some changed, told by group and name: ``order__notional_max=...``."""
    for path, value in changes.items():
        group, name = path.split("__")
        limits = evolve(limits, **{group: evolve(getattr(limits, group), **{name: value})})
    return limits


def reasons(limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot) -> set[RefusalReason]:
    """Return why an order is refused; nothing if it is approved."""
    verdict = RiskGate(limits).assess(intent, snapshot)
    return set(verdict.reasons) if isinstance(verdict, Refused) else set()


def text_of(limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot) -> str:
    """Return the line of a refusal, empty if the order is approved."""
    verdict = RiskGate(limits).assess(intent, snapshot)
    return verdict.text if isinstance(verdict, Refused) else ""


def buy(quantity: str | Decimal = "1", **terms: Changes) -> OrderIntent:
    return make_intent(make_terms(quantity, Side.BUY, **terms))


def sell(quantity: str | Decimal = "1", **terms: Changes) -> OrderIntent:
    return make_intent(make_terms(quantity, Side.SELL, **terms))
