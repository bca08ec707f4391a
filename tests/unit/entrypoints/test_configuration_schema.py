"""The published schema says what the configuration takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import fields, has
from jsonschema import Draft202012Validator

from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.schema import configuration_schema
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import unstructure
from tests.architecture.source_tree import ROOT
from tests.unit.entrypoints.documents import make_configuration, make_data_document, make_document, with_value

SCHEMA = configuration_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def as_json(document: object) -> object:
    """Return the document as a JSON reader sees it, numbers with a point as text."""
    parsed: object = json.loads(json.dumps(document, default=str))
    return parsed


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def objects(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a schema; where a key depends on another one, what the key can be."""
    if isinstance(schema, dict):
        for depending in schema.get("allOf", ()):
            yield from objects(depending["then"]["properties"]["parameters"])
        if "properties" in schema:
            yield schema
        for key, inner in schema.items():
            yield from objects(inner) if key != "allOf" else ()
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


def test_no_object_of_the_schema_takes_unknown_keys() -> None:
    assert all(each["additionalProperties"] is False for each in objects(SCHEMA))


def test_every_key_is_described() -> None:
    described = [part for each in objects(SCHEMA) for part in each["properties"].values() if "description" not in part]

    # The number behind `assume` and the object behind `risk_fraction` stand for themselves.
    assert len(described) <= 1


def test_the_schema_has_the_keys_of_the_sections() -> None:
    assert list(SCHEMA["properties"]) == [attribute.name for attribute in fields(RunConfiguration)]
    for attribute in fields(RunConfiguration):
        if isinstance(attribute.type, type) and has(attribute.type):
            names = [inner.name for inner in fields(attribute.type)]
            assert list(SCHEMA["properties"][attribute.name]["properties"]) == names


def test_what_is_understood_fits_the_schema_with_every_key_filled_in() -> None:
    document = unstructure(make_configuration())
    del document["data"]

    assert list(VALIDATOR.iter_errors(as_json(document))) == []


@pytest.mark.parametrize("path", [ROOT / "config.example.yaml", *sorted((ROOT / "examples").glob("*.yaml"))])
def test_the_examples_fit_the_schema(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert list(VALIDATOR.iter_errors(as_json(document))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("riks", 1),
        ("account.equity", 0),
        ("account.equity", "lots"),
        ("account.leverage", 200),
        ("account.leverage", "5"),
        ("account.margin_mode", "both"),
        ("strategies", []),
        ("strategies.0.sizing", {"fixed_quantity": 1, "equity_fraction": 1}),
        ("strategies.0.parameters.stop_atr", -1),
        ("certificate.samples", 0),
        ("data", {"interval": "1h", "symbols": {}}),
    ],
)
def test_what_is_refused_does_not_fit_the_schema_either(path: str, value: PlainValue) -> None:
    assert not VALIDATOR.is_valid(as_json(with_value(make_document(), path, value)))


def test_a_configuration_on_files_fits() -> None:
    document = make_data_document(
        {"BTCUSDT": {"bars": "b.csv"}}, missing_funding={"assume": "0.0001"}, start="2024-01-01"
    )

    assert list(VALIDATOR.iter_errors(as_json(document))) == []


@pytest.mark.parametrize("form", ["catalog", {"catalog": "um"}, {"catalog": "spot", "detail_interval": "1m"}])
def test_a_configuration_on_the_catalogue_fits(form: PlainValue) -> None:
    assert list(VALIDATOR.iter_errors(as_json(make_data_document({"BTCUSDT": form})))) == []


def test_other_words_than_catalog_do_not_fit() -> None:
    assert not VALIDATOR.is_valid(as_json(make_data_document({"BTCUSDT": "files"})))
