"""A run says which dated rules it used and where it had to assume, in a few lines per instrument."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.instrument_rules.catalog import shipped_book
from domain.rule_book import RuleFigures
from domain.time_units import to_ns
from entrypoints.rule_assumptions import rule_assumptions


def instant(text: str) -> int:
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


def said(symbol: str, start: str, end: str, changed: RuleFigures | None = None) -> dict[str, tuple[str, str]]:
    """Return value and meaning of each assumption, by name without the symbol."""
    book = shipped_book(symbol) if changed is None else shipped_book(symbol).with_everywhere(changed)
    lines = list(rule_assumptions(book, instant(start), instant(end)))
    assert all("\n" not in each.value + each.meaning for each in lines)
    return {each.name.removeprefix(f"{symbol}."): (each.value, each.meaning) for each in lines}


def test_steps_are_said_with_the_dates_of_their_changes() -> None:
    value, meaning = said("SOLUSDT", "2021-12-01", "2023-12-31")["rules"]

    assert value == "tick 0.001, lot 1; tick 0.01, lot 1 from 2021-12-13; tick 0.001, lot 1 from 2022-11-09"
    assert meaning == (
        "Trading rules of 2021-07-22, 2021-12-13, 2022-11-09, 2023-08-01, 2026-01-01; "
        "each holds until the next one known."
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (
            "2021-07-21",
            (
                "quantity limits, smallest notional, price band, liquidation fee of 2021-07-22; "
                "brackets of 2023-08-01; fees of 2026-01-01"
            ),
        ),
        ("2023-07-31", "brackets of 2023-08-01; fees of 2026-01-01"),
        ("2023-08-01", "fees of 2026-01-01"),
        ("2026-01-01", "nothing"),
    ],
)
def test_what_had_to_be_assumed_at_the_start_is_said_with_where_it_is_from(start: str, expected: str) -> None:
    assert said("BTCUSDT", start, "2026-12-31")["rules_assumed"][0] == expected


def test_what_is_configured_is_not_assumed() -> None:
    lines = said("BTCUSDT", "2024-01-01", "2024-02-01", RuleFigures(maker_rate=Decimal(0), taker_rate=Decimal("0.001")))

    assert lines["rules_assumed"][0] == "nothing"
    assert lines["fees"][0] == "0 / 0.001 / 0.012"
    assert "some as configured" in lines["rules"][1]


def test_a_fee_that_changes_is_said_with_its_date() -> None:
    assert said("BTCUSDT", "2024-01-01", "2026-12-31")["fees"][0] == (
        "0.0002 / 0.0005 / 0.012; 0.0002 / 0.0005 / 0.02 from 2026-03-31"
    )


def test_funding_terms_are_said_over_time() -> None:
    assert said("BTCUSDT", "2024-01-01", "2024-02-01")["funding_terms"][0] == "8 h, at most 0.003"
    assert said("SOLUSDT", "2022-11-01", "2022-12-01")["funding_terms"][0] == (
        "8 h; 8 h, at most 0.0075 from 2022-11-09; 4 h, at most 0.015 from 2022-11-09; "
        "4 h, at most 0.02 from 2022-11-09; 2 h, at most 0.02 from 2022-11-10; 8 h, at most 0.02 from 2022-11-18"
    )
