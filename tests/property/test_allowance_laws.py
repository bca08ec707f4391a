"""Laws of what limits leave: what was sized within them is approved by the gate, and no lot more than they allow."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.margin import MarginMode
from domain.market import Float64Array as Matrix
from domain.numbers import ZERO
from domain.order import Side
from domain.position_sizer import Candidate, Constraint, Scaling, SizeDecision, decide_size
from domain.risk.allowances import (
    OpeningRequest,
    bracket_allowances,
    budget_allowances,
    capital_at_risk_allowance,
    exposure_allowances,
    liquidation_allowance,
    margin_allowance,
    order_allowances,
)
from domain.risk.capital_at_risk import Leg, StressMove, capital_at_risk
from domain.risk.limits import RiskLimits
from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel
from domain.risk.snapshot import AccountState, InstrumentState
from domain.risk.verdict import RefusalReason
from tests.property.gate_inputs import LIMIT_VALUES, accounts, instruments, set_limits
from tests.risk_cases import UNLIMITED, make_account, make_intent, make_snapshot, make_state, reasons, with_limits
from tests.support import START_NS, SYMBOL, make_terms

STRATEGY: Final = "trend"
REFUSED_FOR: Final[Mapping[Constraint, set[RefusalReason]]] = {
    Constraint.ORDER_NOTIONAL: {RefusalReason.ORDER_NOTIONAL},
    Constraint.ORDER_QUANTITY: {RefusalReason.ORDER_QUANTITY},
    Constraint.SHORT_NOT_ALLOWED: {RefusalReason.SHORT_NOT_ALLOWED},
    Constraint.POSITION_NOTIONAL: {RefusalReason.POSITION_NOTIONAL},
    Constraint.CONCENTRATION: {RefusalReason.CONCENTRATION},
    Constraint.CORRELATED: {RefusalReason.CORRELATED},
    Constraint.STRATEGY_LEVERAGE: {RefusalReason.STRATEGY_LEVERAGE},
    Constraint.LEVERAGE: {RefusalReason.GROSS_LEVERAGE},
    Constraint.NET_LEVERAGE: {RefusalReason.NET_LEVERAGE},
    Constraint.MARGIN_RATIO: {RefusalReason.MARGIN_RATIO},
    Constraint.LIQUIDATION_SAFETY: {RefusalReason.LIQUIDATION_DISTANCE},
    Constraint.VENUE_MAXIMUM: {RefusalReason.LEVERAGE_BRACKET, RefusalReason.VENUE_QUANTITY},
}
OF_EXPOSURE: Final = frozenset().union(*REFUSED_FOR.values())
KEYS: Final = (
    "order.notional_max",
    "order.quantity_max",
    "position.notional_max",
    "position.concentration_max",
    "position.correlated_max",
    "position.strategy_leverage_max",
    "position.allow_short",
    "account.leverage_max",
    "account.net_leverage_max",
    "account.margin_ratio_max",
    "account.liquidation_distance_min",
)
LOOSENED: Final = tuple(key for key in KEYS if key.endswith("_max") and "quantity" not in key and "notional" not in key)

directions: Final = st.sampled_from([1, -1])
limits_of_exposure: Final = st.lists(
    st.sampled_from(KEYS).flatmap(lambda key: st.tuples(st.just(key), LIMIT_VALUES[key])), min_size=1, max_size=4
).map(lambda chosen: set_limits(dict(chosen)))


@frozen(kw_only=True)
class Case:
    """One opening that is sized and then judged."""

    limits: RiskLimits
    state: InstrumentState
    account: AccountState
    direction: int = 1

    @property
    def price(self) -> Decimal:
        assert self.state.mark_price is not None
        return self.state.mark_price

    @property
    def request(self) -> OpeningRequest:
        return OpeningRequest(direction=self.direction, price=self.price, strategy=STRATEGY)

    def rooms(self) -> list[Candidate]:
        limits, request, state, account = self.limits, self.request, self.state, self.account
        schedule = state.instrument.margin_at(START_NS)
        found = [
            *order_allowances(limits, request, SYMBOL),
            *exposure_allowances(limits, request, state, account),
            *bracket_allowances(request, state, account, schedule),
        ]
        ratio, distance = limits.account.margin_ratio_max, limits.account.liquidation_distance_min
        if ratio is not None:
            found.append(margin_allowance(request, state, account, schedule, ratio))
        if distance is not None:
            found.append(liquidation_allowance(request, state, account, schedule, distance))
        return found

    def by_name(self) -> dict[Constraint, Decimal]:
        return {each.constraint: each.quantity for each in self.rooms()}

    def size(self) -> SizeDecision:
        wish = Candidate(Constraint.RULE, Decimal(10**9), "all that is allowed")
        return decide_size([wish], self.rooms(), Scaling(), price=self.price, instrument=self.state.instrument)

    def refused_for(self, quantity: Decimal) -> set[RefusalReason]:
        """Return for which limits on exposure the gate refuses an order of this size."""
        used = self.account.strategy_notional.get(STRATEGY, ZERO)
        account = evolve(
            self.account,
            strategy_notional={STRATEGY: used + quantity * self.price},
            strategy_notional_before={STRATEGY: used},
        )
        order = make_intent(make_terms(quantity, Side.BUY if self.direction > 0 else Side.SELL))
        return reasons(self.limits, order, make_snapshot(instrument=self.state, account=account)) & OF_EXPOSURE

    def worsens(self, quantity: Decimal) -> bool:
        """Whether an order of this size makes the larger of the two worst cases larger."""
        mirrored = evolve(self.request, direction=-self.direction)
        return self.request.worst_held(self.state) + quantity > mirrored.worst_held(self.state)


def tightest_of(decision: SizeDecision) -> Candidate:
    """Return the candidate that binds before the venue's minimum is judged."""
    compared = [each for each in decision.candidates if each.constraint is not Constraint.VENUE_MINIMUM]
    return min(compared, key=lambda each: each.quantity)


with_equity: Final = accounts.filter(lambda account: account.equity > 0)
cases: Final = st.builds(Case, limits=limits_of_exposure, state=instruments, account=with_equity, direction=directions)


def plain_case(limits: RiskLimits, *, direction: int = 1, equity: str = "10000", **changes: Any) -> Case:  # noqa: ANN401
    return Case(
        limits=limits,
        state=make_state(**changes),
        account=make_account(equity=Decimal(equity), strategy_notional={}),
        direction=direction,
    )


FEE_AT_THE_MARGIN: Final = plain_case(with_limits(account__margin_ratio_max=Decimal("0.005")))
"""Without the fee, 10,000 would carry 12,500 at 0.4 %; the fee of opening takes some of what backs it."""


@example(case=FEE_AT_THE_MARGIN)
@given(case=cases)
def test_whatever_is_sized_within_the_allowances_the_gate_approves(case: Case) -> None:
    decision = case.size()

    assert decision.quantity == 0 or case.refused_for(decision.quantity) == set()


@example(case=FEE_AT_THE_MARGIN)
@given(case=cases)
def test_one_lot_more_than_what_binds_is_refused_for_exactly_that(case: Case) -> None:
    decision = case.size()
    instrument = case.state.instrument
    tightest = tightest_of(decision)
    beyond = max(instrument.floor_quantity(tightest.quantity), ZERO) + instrument.lot_size
    # On the smaller side nothing gets worse; with a margin of its own an order also brings some.
    assume(case.worsens(beyond))
    assume(
        not case.account.is_isolated
        or tightest.constraint not in {Constraint.MARGIN_RATIO, Constraint.LIQUIDATION_SAFETY}
    )

    assert case.refused_for(beyond) & REFUSED_FOR[tightest.constraint]


small: Final = st.integers(-20, 20).map(Decimal)
working: Final = st.integers(0, 10).map(Decimal)
light_states: Final = st.builds(
    make_state, held_quantity=small, working_buys=working, working_sells=working, isolated_equity=small.map(abs)
)
margin_limits: Final = st.sampled_from(
    [
        with_limits(account__margin_ratio_max=Decimal("0.005")),
        with_limits(account__margin_ratio_max=Decimal("0.1")),
        with_limits(account__liquidation_distance_min=Decimal("0.04")),
        with_limits(account__liquidation_distance_min=Decimal("0.5")),
    ]
)
margin_accounts: Final = st.builds(
    make_account,
    maintenance_margin=st.sampled_from([Decimal(0), Decimal(20)]),
    margin_mode=st.sampled_from(MarginMode),
    leverage=st.sampled_from([1, 7, 20]),
)


@given(case=st.builds(Case, limits=margin_limits, state=light_states, account=margin_accounts, direction=directions))
def test_what_margin_leaves_the_gate_approves_and_of_a_shared_wallet_no_lot_more(case: Case) -> None:
    decision, instrument = case.size(), case.state.instrument
    tightest = tightest_of(decision)
    beyond = max(instrument.floor_quantity(tightest.quantity), ZERO) + instrument.lot_size

    assert decision.quantity == 0 or case.refused_for(decision.quantity) == set()
    if not case.account.is_isolated and case.worsens(beyond):
        assert case.refused_for(beyond) & REFUSED_FOR[tightest.constraint]


@given(case=cases, more=st.integers(1, 10_000).map(Decimal))
def test_more_equity_never_leaves_less(case: Case, more: Decimal) -> None:
    richer = evolve(case, account=evolve(case.account, equity=case.account.equity + more))

    before, after = case.by_name(), richer.by_name()

    assert all(after[name] >= room for name, room in before.items())


@given(case=cases, more=st.integers(1, 10_000).map(Decimal))
def test_more_that_is_held_elsewhere_never_leaves_more(case: Case, more: Decimal) -> None:
    account = case.account
    fuller = evolve(
        account,
        gross_notional=account.gross_notional + more,
        long_notional=account.long_notional + more,
        short_notional=account.short_notional + more,
        alike_if_long=account.alike_if_long + more,
        alike_if_short=account.alike_if_short + more,
        maintenance_margin=account.maintenance_margin + more / 100,
        strategy_notional={STRATEGY: account.strategy_notional.get(STRATEGY, ZERO) + more},
    )

    before, after = case.by_name(), evolve(case, account=fuller).by_name()

    assert all(after[name] <= room for name, room in before.items())


@given(case=cases, more=st.integers(1, 400).map(Decimal))
def test_more_that_is_held_or_working_on_its_side_leaves_no_more(case: Case, more: Decimal) -> None:
    side = "working_buys" if case.direction > 0 else "working_sells"
    fuller = evolve(case, state=evolve(case.state, **{side: getattr(case.state, side) + more}))
    own_margin = {Constraint.MARGIN_RATIO, Constraint.LIQUIDATION_SAFETY} if case.account.is_isolated else set()

    before, after = case.by_name(), fuller.by_name()

    assert all(after[name] <= room for name, room in before.items() if name not in own_margin)


@given(case=cases, key=st.sampled_from(LOOSENED), tight=st.integers(1, 10), factor=st.integers(2, 10))
def test_a_looser_limit_never_leaves_less(case: Case, key: str, tight: int, factor: int) -> None:
    def room(percent: int) -> Decimal:
        limits = with_limits(case.limits, **{key.replace(".", "__"): Decimal(percent) / 100})
        return min(each.quantity for each in evolve(case, limits=limits).rooms())

    assert room(tight) <= room(tight * factor)


@given(case=cases, near=st.integers(1, 40), farther=st.integers(1, 40))
def test_the_farther_a_liquidation_has_to_be_the_less_is_left(case: Case, near: int, farther: int) -> None:
    def room(percent: int) -> Decimal:
        schedule = case.state.instrument.margin_at(START_NS)
        return liquidation_allowance(case.request, case.state, case.account, schedule, Decimal(percent) / 100).quantity

    # A falling mark also takes margin away, but never more than it takes of equity.
    assert room(near + farther) <= max(room(near), ZERO)


def mirrored(case: Case) -> Case:
    return evolve(case, direction=-case.direction, state=case.state.mirrored, account=case.account.mirrored)


@given(case=cases)
def test_long_and_short_are_left_the_same_but_for_where_a_liquidation_is(case: Case) -> None:
    one, other = case.by_name(), mirrored(case).by_name()

    for constraint in set(one) & set(other) - {Constraint.LIQUIDATION_SAFETY}:
        assert one[constraint] == other[constraint]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        # 10,000 at 100 each: 20 % of it is 2,000.
        (with_limits(position__concentration_max=Decimal("0.2")), "20"),
        (with_limits(order__notional_max=Decimal(1_500)), "15"),
        (with_limits(position__notional_max={SYMBOL: Decimal(700)}), "7"),
        (with_limits(account__leverage_max=Decimal(3)), "300"),
        # v × 0.004 = 0.005 × (10,000 − 0.0005 v): v = 50 / 0.0040025 = 12,492.19, 124.921 lots of 0.001.
        (FEE_AT_THE_MARGIN.limits, "124.921"),
        # Long: 10,000 − 0.0005 v − 0.5 v = 0.5 × 0.004 v in the first bracket, that of 0.5 v:
        # 10,000 = v × (0.5 + 0.0005 + 0.5 × 0.004) = 0.5025 v: v = 19,900.49.
        (with_limits(account__liquidation_distance_min=Decimal("0.5")), "199.004"),
    ],
)
def test_what_each_limit_leaves_by_hand(limits: RiskLimits, expected: str) -> None:
    assert plain_case(limits).size().quantity == Decimal(expected)


def test_a_short_has_less_room_because_its_margin_grows_with_the_loss() -> None:
    # 10,000 - 0.0005 v - 0.5 v = 1.5 v x 0.004: v = 10,000 / 0.5065 = 19,743.33.
    limits = with_limits(account__liquidation_distance_min=Decimal("0.5"))

    assert plain_case(limits, direction=-1).size().quantity == Decimal("197.433")


def test_what_is_held_on_the_other_side_makes_no_room() -> None:
    # 5 short may be closed by something else before the long is filled: the long alone must fit 2,000.
    limits = with_limits(position__concentration_max=Decimal("0.2"))

    assert plain_case(limits, held_quantity=Decimal(-5)).size().quantity == 20
    assert plain_case(limits, held_quantity=Decimal(5)).size().quantity == 15


def test_an_isolated_position_under_water_leaves_nothing() -> None:
    limits = with_limits(account__liquidation_distance_min=Decimal("0.05"))
    sound = Case(
        limits=limits,
        state=make_state(),
        account=make_account(leverage=5, margin_mode=MarginMode.ISOLATED),
    )
    # Each unit brings 20 of its 100, more than the 5 and the margin that a move of 5 % takes.
    assert sound.by_name()[Constraint.LIQUIDATION_SAFETY] == Decimal("Infinity")

    # 10 held brought 200 and have 2 left: 2 − 50 is below nothing, and one more brings 20.
    under_water = evolve(sound, state=make_state(held_quantity=Decimal(10), isolated_equity=Decimal(2)))
    assert under_water.by_name()[Constraint.LIQUIDATION_SAFETY] == 0
    assert under_water.refused_for(Decimal(1)) == {RefusalReason.LIQUIDATION_DISTANCE}


# Budgets

OTHERS: Final = ("AAA", "BBB")
NAMES: Final = (SYMBOL, *OTHERS)
loadings: Final = st.lists(st.integers(-50, 50), min_size=9, max_size=9).map(
    lambda numbers: np.array(numbers, dtype=np.float64).reshape(3, 3) / 1_000
)
ends: Final = st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000)).map(sorted)
reached: Final = st.dictionaries(st.sampled_from(OTHERS), ends.map(lambda pair: Reach(float(pair[0]), float(pair[1]))))
budgets: Final = st.sampled_from([0.005, 0.01, 0.02, 0.05])


def model_of(matrix: Matrix, scale: float = 1.0) -> RiskModel:
    return RiskModel(NAMES, (matrix @ matrix.T + 1e-6 * np.eye(3)) * scale**2, 1.6, 2.1)


def var_room(case: Case, held: Mapping[str, Reach], model: RiskModel | None) -> Candidate:
    (room,) = budget_allowances(case.limits, case.request, case.state, float(case.account.equity), held, model)
    return room


def own_reach(case: Case, opened: Decimal = ZERO) -> Reach:
    """Return what can come to be held of the instrument itself, with more opened."""
    values = {}
    for sign in (1, -1):
        more = opened if sign == case.direction else ZERO
        values[sign] = float((evolve(case.request, direction=sign).worst_held(case.state) + more) * case.price)
    return Reach(-values[-1], values[1])


@given(
    state=light_states,
    direction=directions,
    matrix=loadings,
    elsewhere=reached,
    budget=budgets,
)
def test_a_size_within_the_budget_keeps_value_at_risk_within_it_or_no_worse(
    state: InstrumentState, direction: int, matrix: Matrix, elsewhere: dict[str, Reach], budget: float
) -> None:
    limits = with_limits(account__var_daily_max=budget)
    case = Case(limits=limits, state=state, account=make_account(), direction=direction)
    model, held = model_of(matrix), {**elsewhere, SYMBOL: own_reach(case)}

    opened = var_room(case, held, model).quantity

    after = {**elsewhere, SYMBOL: own_reach(case, max(opened, ZERO))}
    at_risk, before = (1.6 * model.largest_deviation(each) / float(case.account.equity) for each in (after, held))
    assert opened <= 0 or at_risk <= max(budget, before)


@given(case=cases, matrix=loadings, elsewhere=reached, budget=budgets, scale=st.sampled_from([1.1, 2.0, 5.0]))
def test_more_volatility_never_leaves_more_of_a_budget(
    case: Case, matrix: Matrix, elsewhere: dict[str, Reach], budget: float, scale: float
) -> None:
    case = evolve(case, limits=with_limits(account__var_daily_max=budget))

    calm, wild = (var_room(case, elsewhere, model_of(matrix, each)).quantity for each in (1.0, scale))

    assert max(wild, ZERO) <= max(calm, ZERO) * (1 + Decimal("1e-9"))


@pytest.mark.parametrize("held", [{}, {"UNHEARDOF": Reach(0.0, 1_000.0)}])
def test_without_an_estimate_of_everything_there_is_no_budget(held: dict[str, Reach]) -> None:
    case = plain_case(with_limits(account__var_daily_max=0.02))
    model = RiskModel(OTHERS, np.eye(2) * 1e-4, 1.6, 2.1) if not held else model_of(np.eye(3) * 0.01)

    room = var_room(case, held, model)

    assert (room.constraint, room.quantity) == (Constraint.ESTIMATE_MISSING, ZERO)


def test_a_short_that_is_to_be_reversed_does_not_enlarge_the_budget_of_the_long() -> None:
    # 1.6 × 2 % of a value may be 2 % of 10,000: 6,250, 62.5 units; the 50 short go first and count no more.
    case = plain_case(with_limits(account__var_daily_max=0.02), held_quantity=Decimal(-50))
    model = RiskModel((SYMBOL,), np.array([[0.0004]]), 1.6, 2.1)

    assert float(var_room(case, {SYMBOL: Reach(-5_000.0, -5_000.0)}, model).quantity) == pytest.approx(62.5)


def test_where_no_loss_is_to_be_expected_a_budget_does_not_bind() -> None:
    case = plain_case(with_limits(account__var_daily_max=0.02))

    assert var_room(case, {}, RiskModel((SYMBOL,), np.array([[0.0004]]), 0.0, 0.0)).quantity == Decimal("Infinity")


# Capital at risk

STRESS: Final = StressMove()
legs_held: Final = st.lists(
    st.builds(
        Leg,
        signed_quantity=st.integers(-20, 20).filter(bool).map(float),
        mark_price=st.integers(50, 150).map(float),
        stop_price=st.none() | st.integers(40, 160).map(float),
    ),
    max_size=4,
)


@given(
    legs=legs_held,
    direction=directions,
    stop=st.none() | st.integers(1, 30),
    limit=st.sampled_from([0.05, 0.25, 1.0]),
)
def test_a_size_within_capital_at_risk_keeps_it_within_the_limit(
    legs: list[Leg], direction: int, stop: int | None, limit: float
) -> None:
    equity, price = 10_000.0, Decimal(100)
    stop_price = None if stop is None else price - direction * stop
    request = OpeningRequest(direction=direction, price=price, strategy=STRATEGY, stop_price=stop_price)
    present = capital_at_risk(legs, equity, STRESS)

    room = capital_at_risk_allowance(limit, request, equity, present, STRESS)
    assume(0 < room.quantity < 10**9)

    opened = Leg(
        signed_quantity=direction * float(room.quantity),
        mark_price=100.0,
        stop_price=None if stop_price is None else float(stop_price),
    )
    after = capital_at_risk([*legs, opened], equity, STRESS)
    assert after is not None
    loss = after.if_down if direction > 0 else after.if_up
    assert loss <= limit * equity
    assert loss == pytest.approx(limit * equity)


def test_unknown_capital_at_risk_leaves_nothing() -> None:
    request = OpeningRequest(direction=1, price=Decimal(100), strategy=STRATEGY)

    assert capital_at_risk_allowance(0.25, request, 10_000.0, None, STRESS).quantity == 0


def test_without_limits_only_the_venue_itself_binds() -> None:
    assert plain_case(UNLIMITED).size().binding is Constraint.VENUE_MAXIMUM
