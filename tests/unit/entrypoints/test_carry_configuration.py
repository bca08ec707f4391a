"""Carry in a configuration: linked by `hedge`, both legs named, and one line for whatever does not fit."""

from decimal import Decimal

import pytest

from application.backtest import PairPlan
from domain.strategies.carry_hedge import CarryHedge
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from entrypoints.assumptions import carry_assumptions
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.container import maker_of
from tests.unit.entrypoints.documents import with_value
from tests.unit.entrypoints.test_spot_configuration import SPOT, make_both, refusal

NO_SIZE = "a hedged pair has no stop or record to be sized by: use fixed_quantity or equity_fraction"


def carry(**changes: PlainValue) -> dict[str, PlainValue]:
    """Return a configuration of carry on a perpetual and its coins, hedged where nothing else is said."""
    section: dict[str, PlainValue] = {
        "name": "carry",
        "kind": "funding_arbitrage",
        "symbols": ["BTCUSDT", SPOT],
        "parameters": {"hedge": {}},
        "sizing": {"equity_fraction": "0.5"},
    }
    return with_value(make_both(), "strategies", [section | changes])


def test_a_hedge_makes_a_pair_and_none_makes_directionalcarry_assumptions() -> None:
    hedged, plain = structure(carry()), structure(carry(parameters={}, symbols=["BTCUSDT"]))
    made = maker_of(hedged.strategies[0])

    assert isinstance(made, PairPlan)
    assert (made.rules.unhedged_bars_max, str(made.rules.unhedged_max)) == (3, "0.25")
    assert not isinstance(maker_of(plain.strategies[0]), PairPlan)
    assert [(each.name, each.value) for each in (*carry_assumptions(hedged), *carry_assumptions(plain))] == [
        ("carry.carry", "hedged"),
        ("carry.carry", "directional"),
    ]


def test_settings_of_the_hedge_reach_the_strategy_and_survive_being_written() -> None:
    document = carry(parameters={"hedge": {"basis_loss_bps": 75, "unhedged_bars_max": 5, "unhedged_max": "0.1"}})
    configuration = structure(document)

    assert structure(unstructure(configuration)) == configuration
    (section,) = configuration.strategies
    made = maker_of(section)
    assert isinstance(made, PairPlan)
    assert (made.rules.unhedged_bars_max, str(made.rules.unhedged_max)) == (5, "0.1")
    assert isinstance(section.parameters, FundingArbitrageParameters)
    assert section.parameters.hedge == CarryHedge(basis_loss_bps=75.0, unhedged_bars_max=5, unhedged_max=Decimal("0.1"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"symbols": ["BTCUSDT"]},
            f"strategies[0].symbols[0]: BTCUSDT is held against {SPOT}: name both",
        ),
        ({"symbols": [SPOT]}, f"strategies[0].symbols[0]: {SPOT} is held against BTCUSDT: name both"),
        (
            {"parameters": {}},
            f"strategies[0].symbols[1]: {SPOT} pays no funding: set parameters.hedge to hold it against BTCUSDT",
        ),
        (
            {"parameters": {"hedge": {}, "allow_short": False}},
            "strategies[0].parameters.hedge: a hedged contract is short, and allow_short is false",
        ),
        (
            {"exits": {"holding_max": "48h"}},
            "strategies[0].exits: a hedged pair leaves by parameters.hedge alone: leave this out",
        ),
        (
            {"sizing": {"risk_fraction": {"fraction": "0.01", "leverage_max": 1}}},
            "strategies[0].sizing: " + NO_SIZE,
        ),
        (
            {"parameters": {"hedge": {"basis_los_bps": 3}}},
            "strategies[0].parameters.hedge.basis_los_bps: unknown key; did you mean basis_loss_bps?",
        ),
    ],
    ids=["no coins", "no contract", "no hedge", "no shorts", "exits", "sizing", "unknown key"],
)
def test_what_does_not_fit_is_named_in_one_line(changes: dict[str, PlainValue], said: str) -> None:
    assert refusal(carry(**changes)) == said


def test_coins_of_another_contract_are_told_as_such() -> None:
    document = carry(symbols=["BTCUSDT", "ETHUSDT-SPOT"])
    document = with_value(document, "data.symbols", {"BTCUSDT": "catalog", "ETHUSDT-SPOT": {"catalog": "spot"}})

    assert refusal(document) == (
        f"strategies[0].symbols[0]: BTCUSDT is held against {SPOT}, and ETHUSDT-SPOT is of another coin: name both legs"
        " of each"
    )
