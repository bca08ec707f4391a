"""Laws of the gate: the way out is open, tighter is never laxer, no number breaks it, and nothing else decides."""

from copy import deepcopy
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.margin import MarginMode, liquidation_price
from domain.numbers import ZERO
from domain.order import Side
from domain.risk.gate import RiskGate
from domain.risk.hard_caps import beyond_caps, limit_keys, values_of
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import OrderIntent, RiskSnapshot
from domain.risk.verdict import Approved, RefusalReason, Refused
from tests.property.gate_inputs import (
    LIMIT_VALUES,
    all_limits,
    amounts,
    number_fields,
    opening_intents,
    quantities,
    reducing_intents,
    set_limits,
    snapshots,
)
from tests.risk_cases import CAREFUL, UNLIMITED, buy, make_account, make_snapshot, make_state, reasons, sell
from tests.support import make_instrument, make_terms
from tests.unit.domain.risk.limit_edges import EDGES, Edge

NUMBERS = list(number_fields())
NOT_NUMBERS = ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity"]
weird_numbers = st.sampled_from([*NOT_NUMBERS, "0", "-0", "-1", "1E+999999", "-1E+999999", "1E-999999"])


def with_number(snapshot: RiskSnapshot, part: str, name: str, value: object) -> RiskSnapshot:
    """Return the same snapshot with one number replaced."""
    holder = getattr(snapshot, part)
    if isinstance(getattr(holder, name), dict) or name.startswith("strategy_notional"):
        value = {"trend": value}
    change: dict[str, Any] = {name: value}
    return evolve(snapshot, **{part: evolve(holder, **change)})


def number(text: str, kind: type) -> object:
    return float(text.replace("sNaN", "NaN")) if kind is float else Decimal(text)


@given(limits=all_limits, intent=reducing_intents, snapshot=snapshots)
def test_the_way_out_is_always_open(limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot) -> None:
    assert RiskGate(limits).assess(intent, snapshot) == Approved(intent.terms)


@given(intent=reducing_intents, broken=st.sampled_from(NUMBERS), text=weird_numbers)
def test_the_way_out_is_open_even_when_the_account_cannot_be_valued(
    intent: OrderIntent, broken: tuple[str, str, type], text: str
) -> None:
    part, name, kind = broken
    snapshot = with_number(make_snapshot(), part, name, number(text, kind))

    assert RiskGate(CAREFUL).assess(intent, snapshot) == Approved(intent.terms)


def is_at_most_as_loose(limits: RiskLimits, others: RiskLimits) -> bool:
    return not beyond_caps(values_of(limits), values_of(others))


def test_every_limit_has_values_to_be_tried_with() -> None:
    assert set(LIMIT_VALUES) == set(limit_keys())


@settings(max_examples=100)
@given(data=st.data(), key=st.sampled_from(limit_keys()), limits=all_limits, intent=opening_intents, snapshot=snapshots)
def test_a_tighter_limit_never_approves_more(
    data: st.DataObject, key: str, limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot
) -> None:
    """Whichever of two values is the tighter one: every reason of the looser gate is one of the tighter gate."""
    one, other = (set_in(limits, key, data.draw(LIMIT_VALUES[key])) for _ in range(2))
    tight, loose = (one, other) if is_at_most_as_loose(one, other) else (other, one)
    assume(is_at_most_as_loose(tight, loose))

    assert reasons(loose, intent, snapshot) <= reasons(tight, intent, snapshot)


@pytest.mark.parametrize("edge", EDGES, ids=[f"{number}-{edge.key}" for number, edge in enumerate(EDGES)])
@pytest.mark.parametrize("name", ["passes", "breaks"])
def test_tightening_the_limit_of_an_order_at_its_edge_never_lets_it_pass(edge: Edge, name: str) -> None:
    """For every limit, about the very place where it decides: the looser half never has a reason more."""
    intent, snapshot = getattr(edge, name)
    beside = {key.replace("__", "."): value for key, value in edge.beside.items()}
    values = [edge.limit, *nearby(edge.limit)]
    gates = [set_limits({**beside, edge.key: value}) for value in values]

    for tight, loose in product(gates, gates):
        if is_at_most_as_loose(tight, loose):
            assert reasons(loose, intent, snapshot) <= reasons(tight, intent, snapshot)


def nearby(limit: Any) -> list[Any]:  # noqa: ANN401  # of whatever kind the limit is
    """Return a tighter and a looser value, whichever is which."""
    if isinstance(limit, bool):
        return [not limit]
    if isinstance(limit, frozenset):
        return [frozenset(), limit | {"OTHERUSDT"}, None]
    if isinstance(limit, dict):
        return [{symbol: value * factor for symbol, value in limit.items()} for factor in (Decimal("0.5"), 2)] + [{}]
    if isinstance(limit, int):
        return [max(1, limit - 1), limit + 1]
    return [limit / 2, limit * (Decimal("1.5") if isinstance(limit, Decimal) else 1.5)]


def set_in(limits: RiskLimits, key: str, value: object) -> RiskLimits:
    group, limit = key.split(".")
    change: dict[str, Any] = {limit: value}
    return evolve(limits, **{group: evolve(getattr(limits, group), **change)})


@given(data=st.data(), key=st.sampled_from(limit_keys()), intent=opening_intents, snapshot=snapshots)
def test_a_limit_only_adds_reasons_to_those_that_hold_without_any(
    data: st.DataObject, key: str, intent: OrderIntent, snapshot: RiskSnapshot
) -> None:
    limits = set_limits({key: data.draw(LIMIT_VALUES[key])})

    added = reasons(limits, intent, snapshot) - reasons(UNLIMITED, intent, snapshot)

    assert len(added) <= 2  # its own, and a last price that it needs
    assert RefusalReason.GATE_ERROR not in added


@pytest.mark.parametrize(("part", "name", "kind"), NUMBERS, ids=[f"{part}-{name}" for part, name, _ in NUMBERS])
@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_nothing_is_opened_on_what_is_no_number(part: str, name: str, kind: type, text: str) -> None:
    """On an account that is otherwise in good order, by limits and without any."""
    broken = with_number(make_snapshot(), part, name, number(text, kind))

    for intent, limits in product((buy(), sell(), buy(price="99"), buy(trigger_price="101")), (CAREFUL, UNLIMITED)):
        verdict = RiskGate(limits).assess(intent, broken)
        assert isinstance(verdict, Refused)
        assert verdict.text


@given(broken=st.sampled_from(NUMBERS), text=weird_numbers, intent=opening_intents, limits=all_limits)
def test_no_number_makes_the_gate_raise(
    broken: tuple[str, str, type], text: str, intent: OrderIntent, limits: RiskLimits
) -> None:
    part, name, kind = broken

    verdict = RiskGate(limits).assess(intent, with_number(make_snapshot(), part, name, number(text, kind)))

    assert isinstance(verdict, Approved | Refused)


@given(limits=all_limits, intent=opening_intents, snapshot=snapshots)
def test_the_same_question_has_the_same_answer_and_leaves_nothing_behind(
    limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot
) -> None:
    gate, before = RiskGate(limits), deepcopy((limits, intent, snapshot))

    first = gate.assess(intent, snapshot)

    assert gate.assess(intent, snapshot) == first
    assert RiskGate(limits).assess(intent, snapshot) == first
    assert (limits, intent, snapshot) == before


@given(limits=all_limits, intent=opening_intents, snapshot=snapshots)
def test_a_refusal_carries_the_order_and_each_reason_once_with_its_figures(
    limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot
) -> None:
    verdict = RiskGate(limits).assess(intent, snapshot)

    assert verdict.terms is intent.terms
    if isinstance(verdict, Refused):
        assert RefusalReason.GATE_ERROR not in verdict.reasons
        assert len(set(verdict.reasons)) == len(verdict.reasons) > 0
        assert set(verdict.reasons) == {breach.reason for breach in verdict.breaches}
        assert all(breach.text for breach in verdict.breaches)


# What asks for less from a larger order: its least value, and the granularity of its quantity.
_NOT_OF_SIZE = {RefusalReason.BELOW_MINIMUM, RefusalReason.VENUE_QUANTITY}


@given(limits=all_limits, intent=opening_intents, snapshot=snapshots, more=quantities, cash=amounts)
def test_a_smaller_order_and_a_richer_account_are_never_worse(
    limits: RiskLimits, intent: OrderIntent, snapshot: RiskSnapshot, more: Decimal, cash: Decimal
) -> None:
    found = reasons(limits, intent, snapshot)
    larger = evolve(intent, terms=evolve(intent.terms, quantity=intent.terms.quantity + more))
    richer = evolve(snapshot, account=evolve(snapshot.account, equity=snapshot.account.equity + cash))

    assert found - _NOT_OF_SIZE <= reasons(limits, larger, snapshot)
    assert reasons(limits, intent, richer) <= found


@given(
    side=st.sampled_from(Side),
    quantity=quantities,
    held=amounts,
    equity=st.integers(1, 40_000).map(Decimal),
    elsewhere=st.integers(0, 5_000).map(Decimal),
    distance=st.integers(1, 100).map(lambda percent: percent * Decimal("0.01")),
)
def test_the_distance_to_liquidation_is_that_of_the_venues_formula(
    side: Side, quantity: Decimal, held: Decimal, equity: Decimal, elsewhere: Decimal, distance: Decimal
) -> None:
    """The gate moves the mark by the limit and looks; the formula solves for the price. They have to agree."""
    instrument = make_instrument(taker_rate="0")
    state = make_state(instrument=instrument, held_quantity=side.sign * held)
    snapshot = make_snapshot(instrument=state, account=make_account(equity=equity, maintenance_margin=elsewhere))
    limits = set_limits({"account.liquidation_distance_min": distance})
    signed, mark = side.sign * (held + quantity), Decimal(100)

    price = liquidation_price(
        wallet_balance=equity,
        signed_quantity=signed,
        cost=signed * mark,
        schedule=instrument.margins[0],
        other_maintenance=elsewhere,
    )
    is_alive = equity > elsewhere + instrument.margins[0].maintenance_margin(abs(signed) * mark)
    is_far = is_alive and (price is None or side.sign * (mark - price) >= distance * mark)

    refused = reasons(limits, evolve(buy(), terms=make_terms(quantity, side)), snapshot)
    assert (RefusalReason.LIQUIDATION_DISTANCE not in refused) == is_far


_OF_BOTH_SIDES = {
    RefusalReason.POSITION_NOTIONAL,
    RefusalReason.CONCENTRATION,
    RefusalReason.GROSS_LEVERAGE,
    RefusalReason.MARGIN_RATIO,
}


@given(limits=all_limits, side=st.sampled_from(Side), quantity=quantities, more=amounts, snapshot=snapshots)
def test_what_makes_the_worst_case_no_worse_is_refused_for_no_exposure_that_counts_it(
    limits: RiskLimits, side: Side, quantity: Decimal, more: Decimal, snapshot: RiskSnapshot
) -> None:
    """At least as much is held on the other side: however far beyond the limits the account is already."""
    state = evolve(
        snapshot.instrument, held_quantity=-side.sign * (quantity + more), working_buys=ZERO, working_sells=ZERO
    )
    cross = evolve(snapshot.account, margin_mode=MarginMode.CROSS)
    order = evolve(buy(), terms=make_terms(quantity, side))

    found = reasons(limits, order, evolve(snapshot, instrument=state, account=cross))

    assert not found & _OF_BOTH_SIDES


@given(limits=all_limits, quantity=quantities, snapshot=snapshots)
def test_long_and_short_mirror(limits: RiskLimits, quantity: Decimal, snapshot: RiskSnapshot) -> None:
    """But for the distance to liquidation: a fall lets the maintenance margin fall too, a rise lets it rise."""
    both_ways = set_in(set_in(limits, "account.liquidation_distance_min", None), "position.allow_short", value=True)
    without_own = evolve(snapshot.instrument, resting_buy_max=None, resting_sell_min=None)
    snapshot = evolve(snapshot, instrument=without_own)

    long = reasons(both_ways, evolve(buy(), terms=make_terms(quantity, Side.BUY)), snapshot)
    short = reasons(both_ways, evolve(buy(), terms=make_terms(quantity, Side.SELL)), snapshot.mirrored)

    assert long == short


@given(limits=all_limits, intent=opening_intents, opening=quantities, held=quantities, snapshot=snapshots)
def test_the_opening_part_of_a_flip_is_judged_as_if_nothing_were_held(
    limits: RiskLimits, intent: OrderIntent, opening: Decimal, held: Decimal, snapshot: RiskSnapshot
) -> None:
    """A flip goes out as a reduce-only close and an opening; the second may not count what the first closes."""
    terms = evolve(intent.terms, quantity=opening)
    flat = evolve(snapshot.instrument, held_quantity=ZERO, working_buys=ZERO, working_sells=ZERO)
    against = evolve(flat, held_quantity=-terms.side.sign * held)

    from_flat = reasons(limits, evolve(intent, terms=terms), evolve(snapshot, instrument=flat))
    from_against = reasons(limits, evolve(intent, terms=terms), evolve(snapshot, instrument=against))

    assert from_against <= from_flat
    if opening > held:
        assert from_against == from_flat
