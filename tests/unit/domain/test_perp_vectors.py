"""Every published or recomputed reference number for linear perpetuals under Binance's conventions.

The numbers live in ``reference/vectors/perp_economics.json`` of the shared folder; the identifiers are
repeated here, so that the tests have names where the folder is missing (they are then skipped) and so that
a case added to the file cannot be forgotten.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from domain.funding import annualized_rate, compounded_rate, funding_payment, funding_rate, time_weighted_premium
from domain.instrument import MarginBracket, MarginSchedule
from domain.margin import (
    Exposure,
    MarginAccount,
    bankruptcy_price,
    initial_margin,
    liquidation_price,
    liquidation_price_in_bracket,
)
from domain.pnl import annualized_basis, round_trip_pnl
from domain.position import Position

Inputs: TypeAlias = Mapping[str, Any]
Case: TypeAlias = Mapping[str, Any]

TESTED: Final = (
    "linear_pnl_0",
    "linear_pnl_1",
    "linear_pnl_2",
    "linear_pnl_3",
    "position_accounting",
    "funding_0",
    "funding_1",
    "funding_2",
    "funding_3",
    "funding_freqtrade_short_0",
    "funding_freqtrade_short_1",
    "funding_freqtrade_short_2",
    "funding_series",
    "funding_rate_0",
    "funding_rate_1",
    "funding_rate_2",
    "funding_rate_3",
    "funding_rate_4",
    "premium_twap",
    "funding_annualised_0.0001_8h",
    "funding_annualised_-0.0003_8h",
    "funding_annualised_5e-05_1h",
    "maintenance_amounts",
    "maintenance_margin_0",
    "maintenance_margin_1000",
    "maintenance_margin_49999.99",
    "maintenance_margin_50000",
    "maintenance_margin_175000",
    "maintenance_margin_600000",
    "maintenance_margin_2500000",
    "binance_iso_ETHUSDT",
    "binance_cross_ETHUSDT",
    "binance_iso_BTCUSDT",
    "binance_cross_BTCUSDT",
    "freqtrade_binance_0",
    "freqtrade_binance_1",
    "freqtrade_binance_2",
    "freqtrade_binance_3",
    "freqtrade_binance_4",
    "freqtrade_binance_5",
    "freqtrade_binance_6",
    "freqtrade_binance_7",
    "liq_tiered_0",
    "liq_tiered_1",
    "liq_tiered_2",
    "liq_tiered_3",
    "bankruptcy_0",
    "bankruptcy_1",
    "bankruptcy_2",
    "bankruptcy_3",
    "cross_account",
    "hedge_mode_cross",
    "initial_margin",
    "basis_annualised",
)

LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "an inverse contract: settled in the base coin, which USDⓈ-M is not": (
        "inverse_pnl_0",
        "inverse_pnl_1",
        "inverse_pnl_2",
        "inverse_isolated",
        "bybit_inverse_cross_example",
    ),
    "OKX and Gate: their formula adds the taker fee to the maintenance rate": (
        "freqtrade_okx_gate_0",
        "freqtrade_okx_gate_1",
        "freqtrade_okx_gate_2",
        "freqtrade_okx_gate_3",
    ),
    "Bybit: maintenance margin on the entry notional, Binance takes the notional at the liquidation price": (
        "freqtrade_bybit_0",
        "freqtrade_bybit_1",
        "freqtrade_bybit_2",
        "freqtrade_bybit_3",
        "freqtrade_bybit_4",
        "freqtrade_bybit_5",
        "freqtrade_bybit_6",
        "freqtrade_bybit_7",
        "bybit_usdt_example",
    ),
    "Phemex: maintenance margin and fees on the entry value": ("phemex_usdt_example",),
}

LEFT_OUT_PARTS: Final[Mapping[tuple[str, str], str]] = {
    ("basis_annualised", "compounded"): "the basis is reported as the simple yearly rate, like funding",
    ("basis_annualised", "continuous"): "the basis is reported as the simple yearly rate, like funding",
}


def _signed(inputs: Inputs) -> Decimal:
    quantity: Decimal = inputs["side"] * inputs["qty"]
    return quantity


def _linear_pnl(inputs: Inputs) -> object:
    result = round_trip_pnl(
        signed_quantity=_signed(inputs),
        entry_price=inputs["entry"],
        exit_price=inputs["exit"],
        fee_rate=inputs["fee_rate"],
    )
    return {
        "gross": result.gross,
        "fees": result.fees,
        "net": result.net,
        "break_even_exit": result.break_even_exit,
    }


def _position_from_fills(inputs: Inputs) -> object:
    position = Position("BTCUSDT")
    states = []
    for fill in inputs["fills"]:
        position.fill(_signed(fill), fill["price"])
        states.append(
            {
                "position": position.signed_quantity,
                "avg_entry": position.entry_price,
                "realised": position.realized_pnl,
            }
        )
    return states


def _funding_cashflows(inputs: Inputs) -> object:
    payments = [funding_payment(e["signed_qty"], e["mark_price"], e["rate"]) for e in inputs["events"]]
    return {"payments": payments, "total": sum(payments, Decimal(0))}


def _funding_annualised(inputs: Inputs) -> object:
    rate, interval_h = inputs["rate"], int(inputs["interval_hours"])
    return {"simple": annualized_rate(rate, interval_h), "compounded": compounded_rate(rate, interval_h)}


def _schedule(inputs: Inputs) -> MarginSchedule:
    return MarginSchedule.from_rows((tier["floor"], tier["cap"], tier["mmr"], 1) for tier in inputs["tiers"])


def _single_bracket(inputs: Inputs) -> MarginSchedule:
    return MarginSchedule(0, (MarginBracket(Decimal(0), Decimal(10**12), inputs["mmr"], inputs["cum"], 1),))


def _maintenance_margin(inputs: Inputs) -> object:
    schedule, notional = _schedule(inputs), inputs["notional"]
    bracket = schedule.bracket_at(notional)
    return {
        "mmr": bracket.maintenance_rate,
        "cum": bracket.maintenance_amount,
        "maintenance_margin": schedule.maintenance_margin(notional),
    }


def _liquidation_price_linear(inputs: Inputs) -> object:
    quantity = _signed(inputs)
    return liquidation_price_in_bracket(
        wallet_balance=inputs["wallet_balance"] + inputs["other_upnl"],
        legs=[(quantity, quantity * inputs["entry"], inputs["mmr"], inputs["cum"])],
        other_maintenance=inputs["other_maintenance"],
    )


def _liquidation_price_tiered(inputs: Inputs) -> object:
    schedule, quantity = _schedule(inputs), _signed(inputs)
    price = liquidation_price(
        wallet_balance=inputs["wallet_balance"],
        signed_quantity=quantity,
        cost=quantity * inputs["entry"],
        schedule=schedule,
    )
    assert price is not None
    bracket = schedule.bracket_at(abs(quantity) * price)
    return {
        "liquidation_price": price,
        "mmr": bracket.maintenance_rate,
        "cum": bracket.maintenance_amount,
        "maintenance_at_liquidation": schedule.maintenance_margin(abs(quantity) * price),
    }


def _liquidation_price_hedge(inputs: Inputs) -> object:
    long_quantity, short_quantity = inputs["long_qty"], -inputs["short_qty"]
    return liquidation_price_in_bracket(
        wallet_balance=inputs["wallet_balance"],
        legs=[
            (long_quantity, long_quantity * inputs["long_entry"], inputs["mmr"], inputs["cum_long"]),
            (short_quantity, short_quantity * inputs["short_entry"], inputs["mmr"], inputs["cum_short"]),
        ],
    )


def _cross_margin_account(inputs: Inputs) -> object:
    held = inputs["positions"]
    account = MarginAccount(
        inputs["wallet_balance"],
        tuple(Exposure(_signed(p), _signed(p) * p["entry"], p["mark"], _single_bracket(p)) for p in held),
    )
    by_symbol = {position["symbol"]: exposure for position, exposure in zip(held, account.exposures, strict=True)}
    return {
        "unrealised_pnl": {symbol: exposure.unrealized_pnl for symbol, exposure in by_symbol.items()},
        "equity": account.equity,
        "maintenance_margin": {symbol: exposure.maintenance_margin for symbol, exposure in by_symbol.items()},
        "total_maintenance": account.maintenance_margin,
        "margin_ratio": account.margin_ratio,
        "liquidation_prices": {symbol: account.liquidation_price(i) for i, symbol in enumerate(by_symbol)},
    }


CALCULATIONS: Final[Mapping[str, Callable[[Inputs], object]]] = {
    "linear_pnl": _linear_pnl,
    "position_from_fills": _position_from_fills,
    "funding_payment": lambda inputs: funding_payment(_signed(inputs), inputs["mark_price"], inputs["rate"]),
    "funding_cashflows": _funding_cashflows,
    "funding_rate": lambda inputs: funding_rate(inputs["avg_premium_index"], inputs["interest_rate"], inputs["clamp"]),
    "premium_index_time_weighted": lambda inputs: time_weighted_premium(inputs["premiums"]),
    "funding_annualised": _funding_annualised,
    "tier_maintenance_amounts": lambda inputs: [b.maintenance_amount for b in _schedule(inputs).brackets],
    "maintenance_margin": _maintenance_margin,
    "liquidation_price_linear": _liquidation_price_linear,
    "liquidation_price_tiered": _liquidation_price_tiered,
    "liquidation_price_hedge": _liquidation_price_hedge,
    "bankruptcy_price": lambda inputs: bankruptcy_price(
        wallet_balance=inputs["wallet_balance"],
        signed_quantity=_signed(inputs),
        cost=_signed(inputs) * inputs["entry"],
    ),
    "cross_margin_account": _cross_margin_account,
    "initial_margin": lambda inputs: initial_margin(inputs["qty"], inputs["price"], inputs["leverage"]),
    "annualised_basis": lambda inputs: {
        "simple": annualized_basis(inputs["future"], inputs["spot"], int(inputs["days"]))
    },
}


def _with_datasets(value: object, datasets: Mapping[str, object]) -> object:
    """Put the datasets in where a case refers to them by name."""
    if isinstance(value, dict):
        if set(value) == {"$dataset"}:
            return datasets[value["$dataset"]]
        return {key: _with_datasets(part, datasets) for key, part in value.items()}
    return value


def _mismatches(expected: object, got: object, tolerance: Mapping[str, Decimal], path: str) -> list[str]:
    """List where two results differ; every part of what is expected must be there, and nothing else."""
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return [f"{path}: expected {sorted(expected)}, got {got}"]
        parts = (_mismatches(expected[key], got[key], tolerance, f"{path}.{key}") for key in expected)
        return list(chain.from_iterable(parts))
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{path}: expected {len(expected)} values, got {got}"]
        pairs = enumerate(zip(expected, got, strict=True))
        return list(chain.from_iterable(_mismatches(e, g, tolerance, f"{path}[{i}]") for i, (e, g) in pairs))
    assert isinstance(expected, Decimal)
    allowed = tolerance["abs"] + tolerance["rel"] * abs(expected)
    # A result that is not exact has lost its way through the domain: floats do not count as equal.
    if not isinstance(got, Decimal) or abs(got - expected) > allowed:
        return [f"{path}: expected {expected} within {allowed}, got {got!r}"]
    return []


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> Mapping[str, Case]:
    text = (shared_data / "reference" / "vectors" / "perp_economics.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    datasets = document["datasets"]
    return {case["id"]: {**case, "inputs": _with_datasets(case["inputs"], datasets)} for case in document["cases"]}


@pytest.mark.parametrize("case_id", TESTED)
def test_the_domain_reproduces_the_reference_number(case_id: str, cases: Mapping[str, Case]) -> None:
    case = cases[case_id]
    expected = case["expected"]
    if isinstance(expected, dict):
        expected = {key: part for key, part in expected.items() if (case_id, key) not in LEFT_OUT_PARTS}

    got = CALCULATIONS[case["function"]](case["inputs"])

    problems = _mismatches(expected, got, case["tol"], case["function"])
    assert not problems, f"{case_id}: {problems}; source: {case['source']}"


def test_every_case_of_the_file_is_tested_or_left_out_for_a_reason(cases: Mapping[str, Case]) -> None:
    named = [*TESTED, *chain.from_iterable(LEFT_OUT.values())]

    assert sorted(named) == sorted(cases)


def test_nothing_is_left_out_that_the_domain_could_calculate(cases: Mapping[str, Case]) -> None:
    left_out = chain.from_iterable(LEFT_OUT.values())

    assert not [case_id for case_id in left_out if cases[case_id]["function"] in CALCULATIONS]
    assert all(part in cases[case_id]["expected"] for case_id, part in LEFT_OUT_PARTS)
