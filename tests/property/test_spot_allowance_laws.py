"""Laws of what may be bought of a spot pair: what was sized is approved, one lot more is refused for what bound it."""

from decimal import Decimal
from typing import Final

from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.margin import MarginMode
from domain.numbers import ZERO
from domain.order import Side
from domain.position_sizer import Candidate, Constraint, Scaling, decide_size
from domain.risk.allowances import OpeningRequest, exposure_allowances
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import AccountState, InstrumentState
from domain.risk.spot_allowances import backing_allowances, cash_allowance
from domain.risk.verdict import RefusalReason
from tests.risk_cases import UNLIMITED, make_account, make_intent, make_snapshot, make_state, reasons, with_limits
from tests.support import make_instrument, make_terms

SPOT: Final = "BTCUSDT-SPOT"
PAIR: Final = make_instrument(SPOT, quantity_max="1000000")
LOT: Final = Decimal("0.001")
REFUSED_FOR: Final = {
    Constraint.INSUFFICIENT_BALANCE: RefusalReason.INSUFFICIENT_BALANCE,
    Constraint.MARGIN_RATIO: RefusalReason.MARGIN_RATIO,
    Constraint.LIQUIDATION_SAFETY: RefusalReason.LIQUIDATION_DISTANCE,
    Constraint.CONCENTRATION: RefusalReason.CONCENTRATION,
}

amounts: Final = st.integers(0, 20_000_000).map(lambda count: count * LOT)
shares: Final = st.sampled_from([Decimal(text) for text in ("0.05", "0.2", "0.5", "1")])
limits_of_spot: Final = st.builds(
    lambda ratio, distance, concentration: with_limits(
        UNLIMITED,
        account__margin_ratio_max=ratio,
        account__liquidation_distance_min=distance,
        position__concentration_max=concentration,
    ),
    st.none() | shares,
    st.none() | st.sampled_from([Decimal("0.05"), Decimal("0.2")]),
    st.none() | shares,
)


@st.composite
def accounts(draw: st.DrawFn) -> AccountState:
    spot, contracts = draw(amounts), draw(amounts)
    return make_account(
        equity=draw(amounts) + 1,
        gross_notional=spot + contracts,
        long_notional=spot,
        spot_notional=spot,
        maintenance_margin=contracts * Decimal("0.01"),
        cash=draw(amounts) - 1_000,
        margin_mode=draw(st.sampled_from(MarginMode)),
    )


states: Final = st.builds(
    lambda held, working, mark: make_state(
        instrument=PAIR, held_quantity=held, working_buys=working, mark_price=mark, last_price=mark
    ),
    st.integers(0, 50_000).map(lambda count: count * LOT),
    st.integers(0, 5_000).map(lambda count: count * LOT),
    st.integers(900, 1_100).map(lambda count: count * Decimal("0.1")),
)


def rooms(
    limits: RiskLimits, state: InstrumentState, account: AccountState, *, is_long: bool = True
) -> list[Candidate]:
    assert state.mark_price is not None
    request = OpeningRequest(direction=1 if is_long else -1, price=state.mark_price, strategy="trend")
    found = [cash_allowance(request, state, account), *exposure_allowances(limits, request, state, account)]
    if not account.is_isolated:
        found += backing_allowances(limits.account, request, state, account)
    return found


def refused_for(
    limits: RiskLimits, state: InstrumentState, account: AccountState, quantity: Decimal, side: Side = Side.BUY
) -> set[RefusalReason]:
    order = make_intent(make_terms(quantity, side, symbol=SPOT))
    return reasons(limits, order, make_snapshot(instrument=state, account=account))


BARELY: Final = make_account(equity=Decimal(10_000), cash=Decimal("1005.50250"))
"""Cash for ten coins at 100: 100 × 1.005 × 1.0005 is 100.55025 each."""

DISTANT: Final = with_limits(UNLIMITED, account__liquidation_distance_min=Decimal("0.1"))
BESIDE_CONTRACTS: Final = make_account(
    equity=Decimal(10_000),
    gross_notional=Decimal(20_000),
    maintenance_margin=Decimal(200),
    cash=Decimal(100_000),
)
"""A tenth of 20,000, and 1.1 times 200 of margin, are left out of the 10,000: 7,780."""


@example(limits=UNLIMITED, state=make_state(instrument=PAIR), account=BARELY)
@example(limits=DISTANT, state=make_state(instrument=PAIR), account=BESIDE_CONTRACTS)
@given(limits=limits_of_spot, state=states, account=accounts())
def test_what_was_sized_is_approved_and_a_lot_more_refused_for_what_bound_it(
    limits: RiskLimits, state: InstrumentState, account: AccountState
) -> None:
    found = rooms(limits, state, account)
    assert state.mark_price is not None
    wish = Candidate(Constraint.RULE, Decimal(10**9), "all that is allowed")
    size = decide_size([wish], found, Scaling(), price=state.mark_price, instrument=PAIR)
    assume(size.quantity < PAIR.quantity_max)

    if size.quantity > 0:
        assert refused_for(limits, state, account, size.quantity) == set()
    bound = min(found, key=lambda each: each.quantity)
    more = max(PAIR.floor_quantity(bound.quantity), ZERO) + LOT
    assert REFUSED_FOR[bound.constraint] in refused_for(limits, state, account, more)


@given(limits=limits_of_spot, state=states, account=accounts(), quantity=st.integers(1, 100_000))
def test_no_coin_is_sold_short_whatever_is_held_and_allowed(
    limits: RiskLimits, state: InstrumentState, account: AccountState, quantity: int
) -> None:
    short, *_ = rooms(limits, state, account, is_long=False)

    assert (short.constraint, short.quantity) == (Constraint.SHORT_NOT_ALLOWED, ZERO)
    reason = RefusalReason.INSUFFICIENT_BALANCE
    assert reason in refused_for(limits, state, account, quantity * LOT, Side.SELL)
    way_out = make_intent(make_terms(quantity * LOT, Side.SELL, symbol=SPOT, reduce_only=True))
    assert reasons(limits, way_out, make_snapshot(instrument=state, account=account)) == set()


@given(limits=limits_of_spot, state=states, account=accounts(), quantity=st.integers(1, 100_000), less=amounts)
def test_less_cash_and_more_spot_elsewhere_never_approve_more(
    limits: RiskLimits, state: InstrumentState, account: AccountState, quantity: int, less: Decimal
) -> None:
    before = refused_for(limits, state, account, quantity * LOT)

    poorer = evolve(account, cash=(account.cash or ZERO) - less)
    assert before <= refused_for(limits, state, poorer, quantity * LOT)
    more_spot = evolve(
        account, spot_notional=account.spot_notional + less, gross_notional=account.gross_notional + less
    )
    assert before <= refused_for(limits, state, more_spot, quantity * LOT)
