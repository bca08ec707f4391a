"""What a saved run says about where it comes from."""

from pathlib import Path

import pytest
import yaml

from application.backtest import run_backtest
from application.errors import DataError
from application.results.run_record import RunRecord
from domain.time_units import iso_utc
from entrypoints.cli.demo_run import demo_configuration
from entrypoints.cli.run_provenance import record_run
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.container import plan_backtest
from entrypoints.run_container import open_run_store
from tests.support import START_NS
from tests.unit.adapters.market_data.market_files import bar_columns, funding_columns, write_columns
from tests.unit.entrypoints.documents import make_data_document, write_document


def record_of(configuration: RunConfiguration, source: ConfigurationSource) -> RunRecord:
    plan = plan_backtest(configuration, source)
    return record_run(run_backtest(plan), plan.history, configuration, source, created_at_ns=START_NS)


def test_the_configuration_of_a_run_is_one_that_can_be_run_again(tmp_path: Path) -> None:
    configuration = demo_configuration(seed=11, bars=40)

    record = record_of(configuration, ConfigurationSource("demo", tmp_path, {}))

    again = tmp_path / "again.yaml"
    again.write_text(record.provenance.configuration, encoding="utf-8")
    assert load_configuration(again, {})[0] == configuration
    assert yaml.safe_load(record.provenance.configuration)["synthetic"]["seed"] == 11


def test_a_generated_market_is_named_with_its_seed(tmp_path: Path) -> None:
    record = record_of(demo_configuration(seed=11, bars=40), ConfigurationSource("demo", tmp_path, {}))

    assert {each.origin for each in record.provenance.sources} == {"synthetic market, seed 11"}
    assert {each.kind for each in record.provenance.sources} == {"bars", "mark", "funding"}
    assert sorted(record.prices) == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
    assert iso_utc(record.provenance.created_at_ns) == "2024-01-01T00:00:00Z"


def test_files_are_named_as_they_were_found(tmp_path: Path) -> None:
    write_columns(tmp_path / "bars.csv", bar_columns(60))
    write_columns(tmp_path / "funding.csv", funding_columns(8))
    document = make_data_document({"BTCUSDT": {"bars": "bars.csv", "funding": "funding.csv"}})

    record = record_of(*load_configuration(write_document(tmp_path, document), {}))

    assert [(each.kind, each.origin, each.n_rows) for each in record.provenance.sources] == [
        ("bars", str(tmp_path / "bars.csv"), 60),
        # Of the eight rates those within the 60 hours of bars are paid: every eighth hour from 8 to 56.
        ("funding", str(tmp_path / "funding.csv"), 7),
    ]


def test_without_a_home_the_variable_that_helps_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)

    with pytest.raises(DataError, match="set AUTOTRADING_DATA_DIR"):
        open_run_store({})
