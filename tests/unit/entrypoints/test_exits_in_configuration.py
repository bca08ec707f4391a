"""Exits as they are written in a configuration, what they mean, and the one line for what is wrong in them."""

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.exits import PLAIN, Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.time_units import NS_PER_HOUR
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.schema import configuration_schema
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.errors import ConfigurationError
from tests.unit.entrypoints.documents import make_document, with_value, write_document

WHOLE: Final[dict[str, PlainValue]] = {
    "stop": {"fraction": "0.03", "fraction_max": "0.1"},
    "trailing": {"distance": {"r": 2}, "activation": {"fraction": "0.01"}},
    "breakeven": {"at": {"r": 1}, "cost_fraction": "0.002"},
    "take_profit": [{"at": {"r": "1.5"}, "share": "0.3"}, {"at": {"r": 3}, "share": "0.35"}],
    "holding_max": "168h",
    "holding_min": "2h",
}


def with_exits(exits: PlainValue) -> dict[str, PlainValue]:
    return with_value(make_document(), "strategies.0.exits", exits)


def test_everything_that_may_be_said_is_understood() -> None:
    (strategy,) = structure(with_exits(WHOLE)).strategies

    assert strategy.exits.plan == ExitPlan(
        stop=FixedStop(fraction=Decimal("0.03"), fraction_max=Decimal("0.1")),
        trailing=TrailingStop(distance=RiskMultiple(Decimal(2)), activation=PriceFraction(Decimal("0.01"))),
        breakeven=Breakeven(at=RiskMultiple(Decimal(1)), cost_fraction=Decimal("0.002")),
        take_profit=(
            Rung(at=RiskMultiple(Decimal("1.5")), share=Decimal("0.3")),
            Rung(at=RiskMultiple(Decimal(3)), share=Decimal("0.35")),
        ),
        holding_max_ns=168 * NS_PER_HOUR,
        holding_min_ns=2 * NS_PER_HOUR,
    )


def test_without_the_section_stop_and_target_are_those_of_the_signal() -> None:
    assert structure(make_document()).strategies[0].exits.plan == PLAIN


numbers = st.decimals(min_value="0.001", max_value="0.99", places=3)
far = numbers.map(lambda number: {"r": number}) | numbers.map(lambda number: {"fraction": number})
sections = st.fixed_dictionaries(
    {},
    optional={
        "stop": st.fixed_dictionaries({}, optional={"fraction": numbers}),
        "trailing": st.fixed_dictionaries({"distance": far}, optional={"activation": st.none() | far}),
        "breakeven": st.fixed_dictionaries({"at": far}, optional={"cost_fraction": st.none() | numbers}),
        "take_profit": st.fixed_dictionaries({"at": far, "share": numbers}).map(lambda rung: [rung]),
        "holding_max": st.integers(3, 9).map(lambda n: f"{n}d"),
        "holding_min": st.integers(1, 9).map(lambda n: f"{n}h"),
    },
)


@given(exits=sections)
def test_what_is_understood_can_be_written_down_and_read_again_and_fits_the_schema(exits: PlainValue) -> None:
    configuration = structure(with_exits(exits))

    again = unstructure(configuration)

    assert structure(again) == configuration
    assert VALIDATOR.is_valid(without_decimals(with_exits(exits)))
    assert VALIDATOR.is_valid(without_decimals(make_document(strategies=again["strategies"])))


VALIDATOR: Final = Draft202012Validator(configuration_schema())


def without_decimals(value: PlainValue) -> object:
    if isinstance(value, dict):
        return {key: without_decimals(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_decimals(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize(
    ("exits", "said"),
    [
        ({"trailling": {}}, "trailling: unknown key; did you mean trailing?"),
        ({"trailing": {}}, "trailing.distance: this key is missing and has no default"),
        ({"trailing": {"distance": 2}}, "trailing.distance: expected {r: R}"),
        ({"trailing": {"distance": {"R": 2}}}, "trailing.distance.R: unknown key; did you mean r?"),
        ({"trailing": {"distance": {"r": 0}}}, "trailing.distance.r: expected a number above 0, got 0"),
        ({"stop": {"fraction": "1.5"}}, "stop.fraction: expected a number above 0 and below 1, got 1.5"),
        (
            {"stop": {"fraction": "0.2", "fraction_max": "0.1"}},
            "stop.fraction: 0.2 is more than fraction_max (0.1)",
        ),
        ({"take_profit": []}, "take_profit: expected at least one entry, got an empty list"),
        (
            {"take_profit": [{"at": {"r": 1}, "share": "1.2"}]},
            "take_profit[0].share: expected a number above 0 and at most 1, got 1.2",
        ),
        (
            {"take_profit": [{"at": {"r": 1}, "share": "0.6"}, {"at": {"r": 2}, "share": "0.6"}]},
            "take_profit: the shares sum to 1.2, more than 1",
        ),
        (
            {"take_profit": [{"at": {"r": 2}, "share": "0.1"}, {"at": {"r": 2}, "share": "0.1"}]},
            "take_profit: 2 is not farther than the 2 before it",
        ),
        ({"holding_max": "soon"}, "holding_max: not an interval such as 1m, 1h or 1d: 'soon'"),
        ({"holding_max": "2h", "holding_min": "2h"}, "holding_min: 2h is not below holding_max (2h)"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_that_names_the_key(tmp_path: Path, exits: PlainValue, said: str) -> None:
    path = write_document(tmp_path, with_exits(exits))

    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path, {})

    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}: strategies[0].exits.{said}")


def test_multiples_of_r_need_a_stop_from_somewhere(tmp_path: Path) -> None:
    document = with_exits({"breakeven": {"at": {"r": 1}}})
    path = write_document(tmp_path, with_value(document, "strategies.0.parameters.stop_atr", None))

    with pytest.raises(ConfigurationError, match=r"strategies\[0\]\.exits\.stop\.fraction: exits in multiples of r"):
        load_configuration(path, {})

    both = with_value(document, "strategies.0.exits.stop", {"fraction": "0.02"})
    assert load_configuration(write_document(tmp_path, both), {})[0].strategies[0].exits.plan.needs_stop
