"""Reading margin brackets as the venue answers them."""

import json
from decimal import Decimal

import pytest

from adapters.instrument_rules.leverage_brackets import read_leverage_brackets
from application.errors import DataError
from domain.instrument import MarginSchedule
from tests.unit.adapters.instrument_rules.venue_answers import make_brackets

EXPECTED = MarginSchedule.from_rows(
    [
        (Decimal(0), Decimal(300_000), Decimal("0.004"), 125),
        (Decimal(300_000), Decimal(800_000), Decimal("0.005"), 100),
    ]
)


def read(document: object) -> MarginSchedule | None:
    return read_leverage_brackets(json.dumps(document).encode(), "file", {"BTCUSDT"})["BTCUSDT"].brackets


def refusal(document: object) -> str:
    with pytest.raises(DataError) as caught:
        read(document)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_list_and_a_single_contract_are_both_understood() -> None:
    assert read([make_brackets("ETHUSDT"), make_brackets()]) == EXPECTED
    assert read(make_brackets()) == EXPECTED


def test_the_order_of_the_rows_does_not_matter() -> None:
    entry = make_brackets()
    entry["brackets"].reverse()

    assert read([entry]) == EXPECTED


def test_brackets_adjusted_for_one_account_are_refused() -> None:
    assert refusal([make_brackets(notionalCoef=1.5)]) == (
        "file: BTCUSDT.notionalCoef: expected brackets that are not adjusted for one account, got Decimal('1.5')"
    )
    assert read([make_brackets(notionalCoef=1)]) == EXPECTED


def test_a_deduction_that_does_not_follow_from_the_rates_is_refused() -> None:
    assert refusal([make_brackets(cum=299)]) == (
        "file: BTCUSDT.brackets[1].cum: expected 300.000, which follows from the rates, got 299"
    )


def test_brackets_that_leave_a_gap_are_refused() -> None:
    entry = make_brackets()
    entry["brackets"][1]["notionalFloor"] = 400_000

    assert refusal([entry]) == "file: BTCUSDT: margin brackets leave a gap: 300000 to 400000"


def test_a_missing_key_is_named_with_its_place() -> None:
    entry = make_brackets()
    del entry["brackets"][1]["maintMarginRatio"]

    assert refusal([entry]) == "file: BTCUSDT.brackets[1]: maintMarginRatio is missing"


def test_an_error_of_the_venue_is_no_table() -> None:
    assert refusal({"code": -2014, "msg": "API-key format invalid."}) == (
        "file: the venue answered error -2014: API-key format invalid."
    )
