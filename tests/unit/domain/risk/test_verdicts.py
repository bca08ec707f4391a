"""What a verdict tells, and what the gate makes of itself: its clauses as a table, its errors as refusals."""

from decimal import Decimal

import pytest
from attrs import evolve

from domain.order import Side
from domain.risk.gate import CLAUSES, RiskGate
from domain.risk.snapshot import RiskSnapshot
from domain.risk.verdict import Approved, Breach, RefusalReason, Refused
from tests.risk_cases import (
    CAREFUL,
    UNLIMITED,
    buy,
    make_account,
    make_snapshot,
    make_state,
    sell,
    text_of,
    with_limits,
)
from tests.support import START_NS, make_terms

CODES_BEFORE = ["order_notional", "gross_leverage", "halted", "no_price", "account_unknown", "suspended"]
CODES_BEFORE += ["below_minimum", "given_up", "gate_error"]


def test_a_refusal_names_each_reason_with_its_number_and_its_limit() -> None:
    # 340 × 100 = 34,000: 3.4 times 10,000; a limit of 2,000, a fifth of equity, and 3.
    verdict = RiskGate(CAREFUL).assess(buy("340"), make_snapshot())

    assert isinstance(verdict, Refused)
    assert verdict.text == (
        "order notional 34000 of at most 2000; concentration 3.4 of at most 0.2; "
        "leverage of what moves alike 3.4 of at most 1; gross leverage 3.4 of at most 3"
    )
    assert verdict.reasons == tuple(breach.reason for breach in verdict.breaches)


@pytest.mark.parametrize(
    ("breach", "text"),
    [
        (Breach(RefusalReason.GROSS_LEVERAGE, "gross leverage", Decimal("3.40"), Decimal(3)), "3.4 of at most 3"),
        (Breach(RefusalReason.BELOW_MINIMUM, "notional", Decimal("4.9"), Decimal(5), True), "4.9 of at least 5"),
        (Breach(RefusalReason.VAR_DAILY, "value at risk", None, 0.02), "value at risk unknown, at most 0.02 allowed"),
        (Breach(RefusalReason.SUSPENDED, "suspended"), "suspended"),
        (Breach(RefusalReason.BLOCKED, "blocked", "daily_loss"), "blocked: daily_loss"),
        (Breach(RefusalReason.NO_EQUITY, "equity", Decimal("1E+999")), "equity: 1E+999"),
        (Breach(RefusalReason.NO_EQUITY, "equity", Decimal("NaN")), "equity: NaN"),
    ],
)
def test_a_breach_reads_as_one_line(breach: Breach, text: str) -> None:
    assert breach.text.endswith(text)


def test_a_distance_to_liquidation_is_told_as_the_distance_it_would_be() -> None:
    # 1,000 long on 10,000 less a fee of 0.05 % × 100,000 = 50: 9,950 − 1,000 x = 0.5 % × 1,000 (100 − x) − 50,
    # 9,500 = 995 x, x = 9.547739 of 100.
    limits = with_limits(account__liquidation_distance_min=Decimal("0.1"))

    assert text_of(limits, buy("1000"), make_snapshot()) == "distance to liquidation 0.09547739 of at least 0.1"


def test_a_position_that_every_price_liquidates_has_no_distance() -> None:
    limits = with_limits(account__liquidation_distance_min=Decimal("0.1"))
    broke = make_snapshot(account=make_account(equity=Decimal("0.5"), maintenance_margin=Decimal(50_000)))

    assert text_of(limits, sell("1"), broke) == "distance to liquidation 0 of at least 0.1"


@pytest.mark.parametrize("code", CODES_BEFORE)
def test_codes_that_were_stored_keep_their_meaning(code: str) -> None:
    assert RefusalReason(code).value == code


def test_every_clause_tells_what_it_protects_and_which_control_it_is() -> None:
    controls = {control for clause in CLAUSES for control in clause.control.split()}

    assert controls == {
        f"R{number:02}" for number in range(1, 19) if number != 13
    }  # R13: the terms say what only reduces
    for clause in CLAUSES:
        assert clause.protects.endswith(".")
        assert clause.subject


def test_a_limit_of_none_costs_nothing() -> None:
    unconditional = {clause.reason for clause in RiskGate(UNLIMITED).clauses}

    assert RefusalReason.GROSS_LEVERAGE not in unconditional
    assert RefusalReason.NO_PRICE in unconditional
    assert RefusalReason.GROSS_LEVERAGE in {clause.reason for clause in RiskGate(CAREFUL).clauses}


def test_whatever_goes_wrong_inside_is_a_refusal() -> None:
    snapshot = make_snapshot()
    object.__setattr__(snapshot, "account", None)

    verdict = RiskGate(CAREFUL).assess(buy(), snapshot)

    assert isinstance(verdict, Refused)
    assert verdict.reasons == (RefusalReason.GATE_ERROR,)
    assert verdict.text.startswith("the gate cannot judge: AttributeError")


def test_what_only_reduces_passes_even_a_gate_that_fails() -> None:
    snapshot = make_snapshot()
    object.__setattr__(snapshot, "account", None)
    terms = make_terms("1", Side.SELL, reduce_only=True)

    assert RiskGate(CAREFUL).assess(evolve(buy(), terms=terms), snapshot) == Approved(terms)


def test_reasons_of_market_and_order_stand_beside_a_missing_price() -> None:
    snapshot = RiskSnapshot(
        now_ns=START_NS,
        instrument=make_state(mark_price=None, is_trading=False),
        account=make_account(blocks=("halted",)),
    )

    verdict = RiskGate(UNLIMITED).assess(buy(), snapshot)

    assert isinstance(verdict, Refused)
    assert verdict.reasons == (RefusalReason.HALTED, RefusalReason.SUSPENDED, RefusalReason.NO_PRICE)
