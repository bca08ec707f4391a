"""Bad input ends with one clear line, the right exit code, and nothing half-written. Never a traceback."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from entrypoints.configuration.keys import PlainValue
from tests.e2e.command import assert_refused, autotrading
from tests.unit.adapters.market_data.market_files import (
    bar_columns,
    funding_columns,
    without,
    write_columns,
)
from tests.unit.adapters.market_data.market_files import (
    with_value as with_cell,
)
from tests.unit.entrypoints.documents import make_data_document, make_document, with_value, write_document

N_BARS = 60


def write_run(
    folder: Path,
    bars: Mapping[str, Any] | None = None,
    funding: Mapping[str, Any] | None = None,
    *,
    suffix: str = "csv",
) -> Path:
    """Write a configuration with its files and return its path; what is not given is in order."""
    write_columns(folder / f"bars.{suffix}", bar_columns(N_BARS) if bars is None else bars)
    write_columns(folder / f"funding.{suffix}", funding_columns(8) if funding is None else funding)
    files: PlainValue = {"BTCUSDT": {"bars": f"bars.{suffix}", "funding": f"funding.{suffix}"}}
    return write_document(folder, make_data_document(files))


def refusal(path: Path, code: int) -> str:
    """Run the configuration with an output file; return the line that is said, and check that nothing was written."""
    output = path.parent / "run.json"
    before = sorted(each.name for each in path.parent.iterdir())

    said = assert_refused(autotrading("backtest", path, "--output", output), code)

    assert sorted(each.name for each in path.parent.iterdir()) == before
    return said


def test_good_input_runs(tmp_path: Path) -> None:
    result = autotrading("backtest", write_run(tmp_path), "--output", tmp_path / "run.json")

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "run.json").is_file()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "csv.gz"])
def test_a_missing_column_names_the_file_and_the_column(tmp_path: Path, suffix: str) -> None:
    said = refusal(write_run(tmp_path, without(bar_columns(N_BARS), "volume"), suffix=suffix), 3)

    assert str(tmp_path / f"bars.{suffix}") in said
    assert "volume" in said


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("close", "cheap", "row 6, column close: 'cheap' is not a number"),
        ("close", "", "row 6, column close: the value is missing"),
        ("close", "nan", "row 6, column close: nan is not a finite number"),
        ("open", float("inf"), "row 6, column open: inf is not a finite number"),
        ("low", -5.0, "row 6, column low: -5.0 "),
        ("volume", -1.0, "row 6, column volume: -1.0 "),
        ("volume", "nan", "row 6, column volume: nan is not a finite number"),
        ("high", 1.0, "row 6, column high: 1.0 "),
        ("open_time", 1_704_067_200_000, "row 6, column open_time: 1704067200000 goes back in time"),
        ("open_time", "noon", "row 6, column open_time: 'noon' is not a whole number"),
    ],
)
def test_a_bad_value_names_file_row_column_and_value(tmp_path: Path, column: str, value: object, said: str) -> None:
    line = refusal(write_run(tmp_path, with_cell(bar_columns(N_BARS), column, 5, value)), 3)

    assert line.startswith(f"{tmp_path / 'bars.csv'}: {said}")


def test_a_bad_funding_rate_names_file_row_column_and_value(tmp_path: Path) -> None:
    line = refusal(write_run(tmp_path, funding=with_cell(funding_columns(8), "funding_rate", 2, "high")), 3)

    assert line.startswith(f"{tmp_path / 'funding.csv'}: row 3, column funding_rate: 'high' ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = write_run(tmp_path)
    (tmp_path / "bars.csv").unlink()

    assert refusal(path, 3) == f"{tmp_path / 'bars.csv'}: there is no such file"


def test_funding_without_bars_is_named(tmp_path: Path) -> None:
    write_run(tmp_path)
    path = write_document(tmp_path, make_data_document({"BTCUSDT": {"funding": "funding.csv"}}))

    assert refusal(path, 3) == f"BTCUSDT: funding without bars: {tmp_path / 'funding.csv'}"


def test_bars_without_funding_are_named(tmp_path: Path) -> None:
    write_run(tmp_path)
    path = write_document(tmp_path, make_data_document({"BTCUSDT": {"bars": "bars.csv"}}))

    assert refusal(path, 3).startswith(f"BTCUSDT: bars without funding: {tmp_path / 'bars.csv'}")


def test_missing_funding_rates_are_named(tmp_path: Path) -> None:
    line = refusal(write_run(tmp_path, funding=funding_columns(2)), 3)

    assert line.startswith(
        f"{tmp_path / 'funding.csv'}: BTCUSDT: funding rates are missing from 2024-01-01T16:00:00Z on"
    )


def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path) -> None:
    path = write_run(tmp_path, suffix="parquet")
    (tmp_path / "bars.parquet").write_text("not parquet", encoding="utf-8")

    assert refusal(path, 3).startswith(f"{tmp_path / 'bars.parquet'}: cannot be read")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("risk.order.notional_mx", 1, "risk.order.notional_mx: unknown key; did you mean notional_max?"),
        ("account.equity", "much", "account.equity: expected a number, got 'much'"),
        ("account.equity", float("nan"), "account.equity: expected a number, got NaN"),
        ("account.equity", float("inf"), "account.equity: expected a number, got Infinity"),
        ("account.leverage", 0, "account.leverage: expected a number at least 1 and at most 125, got 0"),
        ("strategies.0.symbols.0", "BTCUSD", "strategies[0].symbols[0]: unknown symbol BTCUSD: "),
        ("synthetic.symbols.0", "XBTUSD", "synthetic.symbols[0]: the model does not hold XBTUSD; known: "),
    ],
)
def test_a_bad_key_names_file_key_and_value(tmp_path: Path, key: str, value: Any, said: str) -> None:  # noqa: ANN401
    path = write_document(tmp_path, with_value(make_document(), key, value))

    assert refusal(path, 2).startswith(f"{path}: {said}")


def test_an_instrument_without_rules_says_where_to_write_them(tmp_path: Path) -> None:
    write_run(tmp_path)
    document = make_data_document({"NOSUCHUSDT": {"bars": "bars.csv", "funding": "funding.csv"}})
    path = write_document(tmp_path, with_value(document, "strategies.0.symbols.0", "NOSUCHUSDT"))

    assert refusal(path, 2).startswith(f"{path}: instruments.NOSUCHUSDT: the rules of NOSUCHUSDT are not shipped")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name: [", "line 1, column 8"),
        ("name: a\nname: b\n", "line 2, column 1: key name appears twice"),
        ("name: !!python/object/apply:os.getcwd []\n", "line 1, column 7: could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")

    assert refusal(path, 2).startswith(f"{path}: {said}")


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml", 2) == f"{tmp_path / 'none.yaml'}: there is no such file"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backtes",), "backtes"),
        (("backtest",), "Missing argument 'CONFIG'"),
        (("demo", "--bars", "many"), "'many' is not a valid int"),
        (("demo", "--bars", "0"), "0 is not in the range"),
        (("demo", "--bars", "50001"), "50001 is not in the range"),
        (("backtest", "x.yaml", "--output", ""), "the name of the file is empty"),
        (("demo", "--seed", "-1"), "-1 is not in the range"),
        (("demo", "--nosuch"), "--nosuch"),
        (("demo", "extra"), "extra"),
        (("config", "chek", "x"), "chek"),
    ],
)
def test_a_mistyped_command_line_is_one_line_too(arguments: tuple[str, ...], said: str) -> None:
    assert said in assert_refused(autotrading(*arguments), 2)


def test_an_output_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    path = write_document(tmp_path, make_document())

    result = autotrading("backtest", path, "--output", tmp_path / "none" / "run.json")

    assert assert_refused(result, 2).startswith(f"--output {tmp_path / 'none' / 'run.json'}: there is no folder")


@pytest.mark.parametrize("name", ["config.yaml", "bars.csv"])
def test_an_output_over_an_input_is_refused_before_the_run(tmp_path: Path, name: str) -> None:
    path = write_run(tmp_path)
    before = (tmp_path / name).read_bytes()

    said = assert_refused(autotrading("backtest", path, "--output", tmp_path / name), 2)

    assert "is an input of this run" in said
    assert (tmp_path / name).read_bytes() == before


def test_an_output_that_was_there_survives_a_run_that_fails(tmp_path: Path) -> None:
    path = write_run(tmp_path, with_cell(bar_columns(N_BARS), "close", 5, "cheap"))
    output = tmp_path / "run.json"
    output.write_text("before", encoding="utf-8")

    refusal(path, 3)

    assert output.read_text(encoding="utf-8") == "before"


def test_an_environment_variable_for_no_key_is_named(tmp_path: Path) -> None:
    path = write_document(tmp_path, make_document())

    result = autotrading("backtest", path, environment={"AUTOTRADING__RISK__LEVERAGE": "2"})

    assert assert_refused(result, 2).startswith(
        "environment variable AUTOTRADING__RISK__LEVERAGE: risk.leverage: unknown"
    )


def test_the_check_names_files_that_are_not_there(tmp_path: Path) -> None:
    path = write_run(tmp_path)
    (tmp_path / "funding.csv").unlink()

    said = assert_refused(autotrading("config", "check", path), 3)

    assert said == f"{tmp_path / 'funding.csv'}: there is no such file (data.symbols.BTCUSDT.funding)"
