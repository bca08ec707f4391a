"""A run whose markets are judged by regimes: fitted in other processes, kept, and the same again without the future."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from adapters.model_cache.written_form import decode
from application.backtest import BacktestPlan, run_backtest
from application.results.result import RunResult
from application.trading.records import RegimeChange
from domain.allocation.scenario import NOTHING_KNOWN
from domain.regime import MarketRegime
from domain.regimes.regime_model import RegimeModel
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from entrypoints.run_regimes import FitsDoneBefore
from tests.unit.entrypoints.documents import make_document

PARAMETERS: Final[dict[str, dict[str, PlainValue]]] = {
    "trend_following": {"fast_bars": 5, "slow_bars": 20, "strength_min": 0},
    "mean_reversion": {"band_width": Decimal("1.5")},
}
SHARED: Final[dict[str, PlainValue]] = {
    "synthetic": {"seed": 5, "bars": 1_400, "symbols": ["BTCUSDT", "ETHUSDT"]},
    "regimes": {
        "schedule": {"refit_bars": 168, "window_bars": 500, "bars_min": 400},
        "fit": {"n_starts": 1, "iterations_max": 20},
    },
    "allocation": {"tilt": None},
    "strategies": [
        {
            "name": kind,
            "kind": kind,
            "symbols": ["BTCUSDT", "ETHUSDT"],
            "sizing": {"equity_fraction": Decimal("0.5")},
            "parameters": parameters,
        }
        for kind, parameters in PARAMETERS.items()
    ],
    "certificate": {"samples": 6},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data-directory")


@pytest.fixture(scope="module")
def plan(home: Path) -> BacktestPlan:
    return plan_backtest(structure(make_document(**SHARED)), source(home))


@pytest.fixture(scope="module")
def result(plan: BacktestPlan) -> RunResult:
    return run_backtest(plan)


def source(home: Path) -> ConfigurationSource:
    environment: Mapping[str, str] = {DATA_DIRECTORY_VARIABLE: str(home)}
    return ConfigurationSource("c.yaml", home, environment)


def changes(result: RunResult) -> list[RegimeChange]:
    return result.log.regime_changes


def test_markets_are_judged_and_decisions_are_the_same_without_the_future(result: RunResult) -> None:
    assert result.certificate.is_clean
    assert result.certificate.matched == 6
    assert {change.symbol for change in changes(result)} == {"BTCUSDT", "ETHUSDT"}
    assert len({change.regime for change in changes(result)}) >= 3


def test_nothing_is_known_before_the_first_model(plan: BacktestPlan, result: RunResult) -> None:
    # The first week that ends with 400 bars or more behind it.
    first_ns = plan.history.start_ns + 400 * 3_600 * 10**9

    assert min(change.at_ns for change in changes(result)) > first_ns
    assert NOTHING_KNOWN.regime is MarketRegime.NEUTRAL


def test_the_run_foresaw_every_fit_that_it_asked_for(plan: BacktestPlan, result: RunResult) -> None:
    """Rows that are made bar by bar are those that the models were fitted on, to the last bit."""
    assert changes(result)
    assert plan.regimes is not None
    fitting = plan.regimes(plan.history).fitting
    assert isinstance(fitting, FitsDoneBefore)
    models = [decode(text, key) for key, text in fitting.texts.items()]
    assert all(isinstance(model, RegimeModel) for model in models)
    # Weeks that end behind bar 400 of 1,400: six, in each of two instruments.
    assert 10 <= len(models) <= 14
    # The certificate asks detectors that learn on the way, and nobody had to fit anything anew for them.
    assert len(fitting.models) >= 10
    assert fitting.models.keys() <= fitting.texts.keys()


def test_sizes_follow_the_scenario(result: RunResult) -> None:
    reasons = {decision.size_reason.partition(":")[0] for decision in result.log.decisions}

    assert "rule" in reasons
    assert len({d.candidates for d in result.log.decisions}) > 10


def test_fits_that_were_kept_give_the_same_run(home: Path, result: RunResult) -> None:
    kept = sorted(path.name for path in (home / "regime-fits").rglob("*.json"))
    again = run_backtest(evolve(plan_backtest(structure(make_document(**SHARED)), source(home)), n_samples=0))

    assert again.hashes.result == result.hashes.result
    assert changes(again) == changes(result)
    assert sorted(path.name for path in (home / "regime-fits").rglob("*.json")) == kept


def test_how_the_account_is_shared_is_noted_as_scenarios_change(result: RunResult) -> None:
    changed = {(change.at_ns, change.symbol) for change in changes(result)}
    noted = {(change.at_ns, change.symbol) for change in result.log.weight_changes}

    # A row of the matrix may share the account as the one before did.
    assert len(noted & changed) > len(changed) / 2
    assert all(sum(dict(each.weights).values()) == pytest.approx(1.0) for each in result.log.weight_changes)
