"""How the account is shared is configured as data, and what makes no sense of it is named by its key."""

from decimal import Decimal
from typing import Final

import pytest

from domain.allocation.allocation_settings import AllocationSettings
from domain.allocation.alpha_lifecycle import LifecyclePolicy, LifecycleStage
from domain.allocation.scenario import SCENARIOS
from domain.allocation.strategy_matrix import DEFAULT_MATRIX
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.container import plan_backtest
from tests.unit.entrypoints.documents import make_document
from tests.unit.entrypoints.test_risk_checks import SOURCE

EVEN: Final[dict[str, PlainValue]] = {"trend_following": Decimal("0.5"), "mean_reversion": Decimal("0.5")}
ROWS: Final[dict[str, PlainValue]] = {scenario.code: dict(EVEN) for scenario in SCENARIOS}


def shared(**keys: PlainValue) -> dict[str, PlainValue]:
    return make_document(allocation=keys)


def test_without_the_section_nothing_is_shared_out_and_an_empty_one_takes_the_defaults() -> None:
    assert plan_backtest(structure(make_document()), SOURCE).allocation is None
    assert plan_backtest(structure(shared()), SOURCE).allocation == AllocationSettings(matrix=DEFAULT_MATRIX)


def test_every_part_of_it_can_be_written_down() -> None:
    document = shared(
        matrix=ROWS,
        tilt=None,
        lifecycle={"window_days": 30, "factors": {stage.value: 0 for stage in LifecycleStage}},
        weight_min=0,
        disabled=["trend"],
    )
    settings = plan_backtest(structure(document), SOURCE).allocation

    assert settings is not None
    assert settings.matrix.kinds == ("trend_following", "mean_reversion")
    assert settings.lifecycle == LifecyclePolicy(window_days=30, factors=dict.fromkeys(LifecycleStage, 0.0))
    assert (settings.tilt, settings.weight_min, settings.disabled) == (None, 0.0, frozenset({"trend"}))
    assert structure(unstructure(structure(document))) == structure(document)


@pytest.mark.parametrize(
    ("keys", "path", "said"),
    [
        ({"matrix": {**ROWS, "bull_low": {**EVEN, "carry": Decimal("0.1")}}}, "allocation.matrix", "bull_low"),
        ({"matrix": {**ROWS, "bul_low": EVEN}}, "allocation.matrix", "bul_low is none of bull_low"),
        ({"matrix": {"bull_low": EVEN}}, "allocation.matrix", "there is no row for bull_high"),
        ({"tilt": {"strength": 1}}, "allocation.tilt.strength", "below 1"),
        ({"lifecycle": {"window_day": 3}}, "allocation.lifecycle.window_day", "did you mean window_days"),
        ({"disabled": ["tren"]}, "allocation.disabled", "there is no strategy tren; did you mean trend"),
        (
            {"matrix": {scenario.code: {"mean_reversion": 1} for scenario in SCENARIOS}},
            "strategies[0].kind",
            "allocation.matrix has weights for mean_reversion: write allocation.matrix with a weight for",
        ),
    ],
)
def test_what_makes_no_sense_is_named(keys: dict[str, PlainValue], path: str, said: str) -> None:
    with pytest.raises(KeyProblem) as refused:
        cross_check(structure(shared(**keys)))

    assert refused.value.path == path
    assert said in refused.value.problem
