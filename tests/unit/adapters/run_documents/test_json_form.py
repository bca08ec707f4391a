"""Writing and strict reading of the document, and its schema."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, ValidationError

from adapters.run_documents.from_result import to_document
from adapters.run_documents.json_form import decode, document_schema, encode
from application.errors import DataError
from application.results.result import RunResult
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import make_full_log, make_trade

VALIDATOR: Final = Draft202012Validator(document_schema())


def example() -> dict[str, Any]:
    result = make_result(make_full_log(), open_trades=[make_trade(exited_at_ns=None, exit_price=None)])
    document: dict[str, Any] = json.loads(encode(to_document(result)))
    return document


@given(result=results())
def test_what_is_written_reads_back_equal(result: RunResult) -> None:
    document = to_document(result)

    assert decode(encode(document)) == document


@given(result=results())
def test_every_document_is_valid_under_the_published_schema(result: RunResult) -> None:
    VALIDATOR.validate(json.loads(encode(to_document(result)), parse_constant=refuse_constant))


def refuse_constant(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


def test_equal_results_give_equal_bytes() -> None:
    first, second = (encode(to_document(make_result(make_full_log()))) for _ in range(2))

    assert first == second


def test_the_text_is_indented_utf_8_with_the_keys_in_the_document_s_sequence() -> None:
    content = encode(to_document(make_result(name="β")))

    assert content.decode().startswith('{\n  "schema_version": 3,\n  "run_id": "bt-0123456789ab",\n  "name": "β",\n')
    assert content.endswith(b"}\n")
    assert list(json.loads(content)) == [
        "schema_version",
        "run_id",
        "name",
        "synthetic",
        "period",
        "symbols",
        "identity",
        "certificate",
        "metrics",
        "assumptions",
        "trades",
        "refusals",
        "failures",
        "risk",
        "liquidations",
        "funding",
        "assumed_funding",
        "equity_curve",
        "by_symbol",
        "by_strategy",
        "strategies",
        "no_trade",
        "signals",
        "allocation",
        "regimes",
        "hashes",
    ]


def set_at(*path: str | int, value: object) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:  # noqa: ANN401  # parsed JSON
        *parents, last = path
        for key in parents:
            document = document[key]
        document[last] = value

    return spoil


def without(*path: str) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:  # noqa: ANN401  # parsed JSON
        *parents, last = path
        for key in parents:
            document = document[key]
        del document[last]

    return spoil


SPOILED: Final[dict[str, tuple[Callable[[Any], None], str]]] = {
    "money as a number": (set_at("identity", "fees", value=29.5), r"\$\.identity\.fees"),
    "money with an exponent": (set_at("identity", "fees", value="1E-8"), r"\$\.identity\.fees"),
    "money that is not a number": (set_at("trades", 0, "net_pnl", value="NaN"), r"\$\.trades\[0\]\.net_pnl"),
    "a figure as text": (set_at("metrics", "exposure", "average", value="0.5"), r"\$\.metrics\.exposure\.average"),
    "an instant without a zone": (set_at("period", "start", value="2024-01-01T00:00:00"), r"\$\.period\.start"),
    "an unknown side": (set_at("trades", 0, "side", value="flat"), r"\$\.trades\[0\]\.side"),
    "an unknown key": (set_at("identity", "bonus", value="1"), "unknown field `bonus`"),
    "a missing key": (without("certificate", "matched"), "missing required field `matched`"),
    "another version": (set_at("schema_version", value=1), r"\$\.schema_version"),
    "a negative count": (set_at("period", "bars", value=-1), r"\$\.period\.bars"),
    "a short hash": (set_at("hashes", "data", value="abc"), r"\$\.hashes\.data"),
}


@pytest.mark.parametrize(("spoil", "place"), SPOILED.values(), ids=SPOILED.keys())
def test_a_spoiled_document_is_refused_with_its_place(spoil: Callable[[Any], None], place: str) -> None:
    document = example()
    spoil(document)

    with pytest.raises(DataError, match=place):
        decode(json.dumps(document).encode())


@pytest.mark.parametrize("spoil", [spoil for spoil, _ in SPOILED.values()], ids=SPOILED.keys())
def test_the_schema_refuses_what_reading_refuses(spoil: Callable[[Any], None]) -> None:
    document = example()
    VALIDATOR.validate(document)
    spoil(document)

    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema_version": NaN}', b"\xff\xfe", b'{"name": "\xff"}'])
def test_what_is_no_document_at_all_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(DataError, match=r"\Anot a run document: .+\Z"):
        decode(content)


def test_the_schema_is_a_schema_and_names_its_dialect() -> None:
    schema = document_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]


@pytest.mark.parametrize(("name", "definition"), [*document_schema()["$defs"].items()])
def test_every_object_of_the_schema_is_described_and_closed(name: str, definition: Any) -> None:  # noqa: ANN401
    assert definition["description"], name
    if "enum" in definition:
        return
    assert definition["additionalProperties"] is False
    assert set(definition["required"]) == set(definition["properties"])
