"""The user's own dated table: what is stored comes back equal, and a slip in it is named."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.instrument_rules.rules_file import read_versions, write_versions
from application.errors import DataError
from domain.rule_book import RuleFigures, RuleVersion
from tests.property.test_rule_book_laws import FULL, figures

ROW = {"symbol": "BTCUSDT", "effective_at": "2026-03-31T08:00:00Z", "origin": "a list", "tick_size": "0.1"}

instants_us = st.integers(0, 4_000_000_000_000_000)
versions = st.builds(
    RuleVersion, instants_us.map(lambda us: us * 1_000), figures, st.text(st.characters(categories=["L"]), min_size=1)
)


def write_rows(folder: Path, *rows: object, **changes: object) -> Path:
    path = folder / "rules.json"
    path.write_text(json.dumps({"schema": "autotrading.rules", "version": 1, "rows": rows} | changes), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """Return what is said about a table, without the name of the file."""
    with pytest.raises(DataError) as caught:
        read_versions(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


@given(table=st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT", "币安人生USDT"]), st.tuples(versions, versions)))
def test_what_is_written_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, tuple[RuleVersion, ...]]
) -> None:
    path = tmp_path_factory.mktemp("data") / "rules" / "rules.json"

    write_versions(path, table)

    assert read_versions(path) == table


def test_every_figure_can_be_stored(tmp_path: Path) -> None:
    whole = RuleVersion(0, RuleFigures(funding_interval_h=4, funding_cap=Decimal("0.02")).over(FULL), "a list")

    write_versions(tmp_path / "rules.json", {"BTCUSDT": (whole,)})

    assert read_versions(tmp_path / "rules.json") == {"BTCUSDT": (whole,)}


def test_without_a_file_nothing_is_recorded(tmp_path: Path) -> None:
    assert read_versions(tmp_path / "rules.json") == {}


def test_a_table_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = write_rows(tmp_path, ROW)

    write_versions(path, {"ETHUSDT": (RuleVersion(0, FULL, "a list"),)})

    assert list(read_versions(path)) == ["ETHUSDT"]
    assert [each.name for each in tmp_path.iterdir()] == ["rules.json"]


def test_what_cannot_be_written_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_rows(tmp_path, ROW)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(DataError, match=r"cannot be written: No space left on device$"):
        write_versions(path, {})

    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["rules.json"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tick_size": "abc"}, "rows[1].tick_size: expected a number, got 'abc'"),
        ({"tick_size": "-1"}, "rows[1]: 'tick_size' must be > 0: -1"),
        ({"price_band": 1}, "rows[1]: 'price_band' must be < 1: 1"),
        ({"taker_rate": "-0.1"}, "rows[1]: 'taker_rate' must be >= 0: -0.1"),
        ({"tick_sise": "1"}, "rows[1]: unknown key 'tick_sise'"),
        (
            {"effective_at": "soon"},
            "rows[1].effective_at: expected a UTC time such as 2026-03-31T08:00:00Z, got 'soon'",
        ),
        ({"effective_at": "2026-03-31"}, "rows[1].effective_at: expected a UTC time with its Z, got '2026-03-31'"),
        ({"origin": ""}, "rows[1].origin: expected text on one line, got ''"),
        ({"funding_interval_h": 24}, "rows[1]: 'funding_interval_h' must be <= 8: 24"),
        ({"brackets": [["0", "10", "0.1"]]}, "rows[1].brackets[0]: expected [notional floor, "),
        ({"brackets": [["5", "10", "0.1", 5]]}, "rows[1]: margin brackets must begin at notional 0"),
        ({"brackets": []}, "rows[1]: margin brackets must begin at notional 0"),
    ],
)
def test_a_slip_in_a_row_is_named_with_its_place(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    assert refusal(write_rows(tmp_path, ROW, ROW | changes)).startswith(said)


def test_a_row_states_something(tmp_path: Path) -> None:
    row = {name: ROW[name] for name in ("symbol", "effective_at", "origin")}

    assert refusal(write_rows(tmp_path, row)) == "rows[0]: the rules of 2026-03-31T08:00:00Z state nothing"


def test_another_schema_is_refused(tmp_path: Path) -> None:
    assert refusal(write_rows(tmp_path, schema="x")) == "schema: expected 'autotrading.rules', got 'x'"
    assert refusal(write_rows(tmp_path, version=2)).startswith("version: expected version 1, the one that this product")
    assert refusal(write_rows(tmp_path, more=2)) == "unknown key 'more'"


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.json").mkdir()

    assert refusal(tmp_path / "rules.json") == "cannot be read: Is a directory"
