"""Every strategy can be configured by its kind, with its own settings and no others, and trades what it is given."""

import json
from decimal import Decimal

import jsonschema
import pytest

from application.backtest import PairPlan
from domain.sizing import EquityFraction
from domain.strategies.range_trading import RangeTradingParameters
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.schema import configuration_schema
from entrypoints.configuration.sections import StrategySection
from entrypoints.configuration.strategy_kinds import KNOWN_STRATEGIES, StrategyKind
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.container import plan_backtest
from tests.unit.entrypoints.documents import make_document, with_value
from tests.unit.entrypoints.test_risk_checks import SOURCE

every_kind = pytest.mark.parametrize("kind", StrategyKind, ids=[kind.value for kind in StrategyKind])
ATR: dict[str, PlainValue] = {"atr_bars": 9, "stop_atr": Decimal("2.5")}


def of_kind(kind: StrategyKind, **parameters: PlainValue) -> dict[str, PlainValue]:
    document = with_value(make_document(), "strategies.0.kind", kind.value)
    return with_value(document, "strategies.0.parameters", parameters)


def fits(document: dict[str, PlainValue]) -> bool:
    validator = jsonschema.Draft202012Validator(configuration_schema())
    return bool(validator.is_valid(json.loads(json.dumps(document, default=float))))


@every_kind
def test_each_kind_has_its_own_settings(kind: StrategyKind) -> None:
    (section,) = structure(of_kind(kind, **ATR)).strategies

    assert type(section.parameters) is KNOWN_STRATEGIES[kind].parameters
    assert (getattr(section.parameters, "atr_bars"), getattr(section.parameters, "stop_atr")) == (9, 2.5)  # noqa: B009
    assert fits(of_kind(kind, **ATR))


@every_kind
def test_settings_of_another_kind_are_unknown(kind: StrategyKind) -> None:
    other = "fast_bars" if kind is not StrategyKind.TREND_FOLLOWING else "zone"

    with pytest.raises(KeyProblem, match=r"unknown key") as refused:
        structure(of_kind(kind, **{other: 5}))
    assert refused.value.path == f"strategies[0].parameters.{other}"
    assert not fits(of_kind(kind, **{other: 5}))


@every_kind
def test_defaults_are_those_of_the_kind_and_are_written_out(kind: StrategyKind) -> None:
    keys: dict[str, PlainValue] = {"name": "one", "kind": kind.value, "symbols": ["BTCUSDT"]}
    document = make_document(strategies=[{**keys, "sizing": {"equity_fraction": Decimal("0.3")}}])

    (section,) = structure(document).strategies
    assert section.parameters == KNOWN_STRATEGIES[kind].parameters()
    assert structure(unstructure(structure(document))) == structure(document)


@every_kind
def test_each_kind_is_what_trades(kind: StrategyKind) -> None:
    plan = plan_backtest(structure(of_kind(kind)), SOURCE)
    (strategy,) = plan.strategies

    assert not isinstance(strategy.make, PairPlan)
    built = strategy.make(plan.history)
    assert type(built) is KNOWN_STRATEGIES[kind].make
    assert built is not strategy.make(plan.history)


def test_a_setting_out_of_its_range_is_named_with_its_place() -> None:
    with pytest.raises(KeyProblem) as refused:
        structure(of_kind(StrategyKind.RANGE_TRADING, zone=1))

    assert refused.value.path == "strategies[0].parameters.zone"


def test_a_section_built_by_a_program_is_held_to_its_kind() -> None:
    with pytest.raises(TypeError, match="trend_following has TrendFollowingParameters, got RangeTradingParameters"):
        StrategySection(
            name="odd",
            kind=StrategyKind.TREND_FOLLOWING,
            symbols=("BTCUSDT",),
            parameters=RangeTradingParameters(),
            sizing=EquityFraction(Decimal("0.1")),
        )
