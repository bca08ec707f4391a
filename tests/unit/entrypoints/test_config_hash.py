"""The hash of a configuration stands for what was understood, not for how or where it was written."""

import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from application.catalog_request import with_what_is_there
from application.market_import import ReadingHints
from application.market_series import Market
from domain.time_units import NS_PER_HOUR
from entrypoints.configuration.files import data_root, history_request
from entrypoints.configuration.identity import config_hash
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.errors import ConfigurationError
from tests.catalogs import catalog_in, import_files, write_csv
from tests.unit.adapters.market_data.market_files import HOUR_MS, START_MS
from tests.unit.entrypoints.documents import make_configuration, make_data_document


def hash_on_files(folder: Path, **keys: PlainValue) -> str:
    """Return the hash of a configuration whose files lie in a folder."""
    symbols: PlainValue = {"BTCUSDT": {"bars": "bars.csv", "funding": "funding.csv"}}
    configuration = structure(make_data_document(symbols, **keys))
    assert configuration.data is not None
    request = history_request(configuration.data, ConfigurationSource("c.yaml", folder, {}))
    return config_hash(configuration, request.files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "here"
    path.mkdir()
    (path / "bars.csv").write_text("bars", encoding="utf-8")
    (path / "funding.csv").write_text("funding", encoding="utf-8")
    return path


def test_how_a_number_is_written_does_not_matter() -> None:
    first = make_configuration(account={"equity": Decimal("100000.00")})
    second = make_configuration(account={"equity": "1e5", "leverage": 20})

    assert config_hash(first, {}) == config_hash(second, {})


def test_how_many_processes_fit_regimes_does_not_matter_but_what_they_fit_does() -> None:
    one, four = (make_configuration(regimes={"workers": workers}) for workers in (1, 4))
    other = make_configuration(regimes={"workers": 1, "schedule": {"refit_bars": 24}})

    assert config_hash(one, {}) == config_hash(four, {})
    assert len({config_hash(each, {}) for each in (one, other, make_configuration())}) == 3


def test_every_setting_matters() -> None:
    configurations = [
        make_configuration(),
        make_configuration(name="other"),
        make_configuration(account={"equity": 100_001}),
        make_configuration(venue={"latency_ms": 101}),
        make_configuration(certificate={"samples": 21}),
        make_configuration(instruments={"BTCUSDT": {"tick_size": 1}}),
    ]

    assert len({config_hash(each, {}) for each in configurations}) == len(configurations)


def test_the_same_files_elsewhere_give_the_same_hash(tmp_path: Path, folder: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere)

    assert hash_on_files(folder) == hash_on_files(elsewhere) == hash_on_files(tmp_path, root="here")


def test_other_content_gives_another_hash(folder: Path) -> None:
    before = hash_on_files(folder)
    (folder / "funding.csv").write_text("other", encoding="utf-8")

    assert hash_on_files(folder) != before


def configured_root(root: str | None) -> RunConfiguration:
    """Return a configuration with a data root."""
    return structure(make_data_document({"BTCUSDT": {"bars": "b.csv"}}, root=root))


@pytest.mark.parametrize(
    ("root", "meant"),
    [
        (None, "/configs"),
        ("data", "/configs/data"),
        ("/abs", "/abs"),
        ("$MARKET", "/market"),
        ("$MARKET/um", "/market/um"),
        ("a/$MARKET", "/configs/a/$MARKET"),
    ],
)
def test_the_root_begins_at_the_configuration_or_at_a_variable(root: str | None, meant: str) -> None:
    source = ConfigurationSource("c.yaml", Path("/configs"), {"MARKET": "/market"})
    data = configured_root(root).data
    assert data is not None

    assert data_root(data, source) == Path(meant)


def test_a_home_folder_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/desk")
    data = configured_root("~/data").data
    assert data is not None

    assert data_root(data, ConfigurationSource("c.yaml", Path("/configs"), {})) == Path("/home/desk/data")


def test_a_variable_that_is_not_set_is_named() -> None:
    data = configured_root("$MARKET/um").data
    assert data is not None

    with pytest.raises(ConfigurationError, match=r"c\.yaml: data\.root: .* variable MARKET, which is not set"):
        data_root(data, ConfigurationSource("c.yaml", Path("/configs"), {}))


def test_a_series_of_the_catalogue_counts_by_its_values_not_by_its_files(tmp_path: Path) -> None:
    rows = [(START_MS + hour * HOUR_MS, 1, 1, 1, 1, 1) for hour in range(4)]
    other = [*rows[:3], (START_MS + 3 * HOUR_MS, 1, 1, 1, 1, 2)]

    whole = hash_on_catalog(tmp_path / "whole", rows)
    in_parts = hash_on_catalog(tmp_path / "parts", rows[:2], rows[1:])

    assert in_parts == whole
    assert hash_on_catalog(tmp_path / "other", other) != whole


def hash_on_catalog(folder: Path, *parts: Sequence[tuple[int, ...]]) -> str:
    catalog = catalog_in(folder)
    for number, part in enumerate(parts):
        path = write_csv(folder / f"{number}" / "BTCUSDT-1h.csv", part)
        import_files(catalog, path, hints=ReadingHints(market=Market.UM, interval_ns=NS_PER_HOUR))
    configuration = structure(make_data_document({"BTCUSDT": "catalog"}, allow_no_funding=True))
    assert configuration.data is not None
    request = history_request(configuration.data, ConfigurationSource("c.yaml", folder, {}))
    return config_hash(configuration, with_what_is_there(request, catalog).files, catalog)


def test_how_long_a_decision_may_take_does_not_matter() -> None:
    limits: list[PlainValue] = [10, Decimal("0.5"), None]

    assert len({config_hash(make_configuration(decision_limit_s=limit), {}) for limit in limits}) == 1
