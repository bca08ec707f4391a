"""The command `data validate`, as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import jsonschema
import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from application.errors import DataError
from entrypoints.cli.commands import main
from tests.bar_tables import Columns, clean_columns, rows_of
from tests.catalogs import write_csv
from tests.e2e.command import assert_refused, autotrading
from tests.unit.adapters.market_data.market_files import funding_columns, write_columns

N_HOURS: Final = 400
HEADER: Final = "open_time,open,high,low,close,volume,quote_volume"

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs commands in this process, because one of their own takes half a second each; their data lie in a folder."""
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str | Path) -> CompletedProcess[str]:
        code = main([str(argument) for argument in arguments])
        return CompletedProcess(arguments, code, *capfd.readouterr())

    return run_here


def hourly(path: Path, columns: Columns) -> Path:
    """Write bars with quote volumes, which only files have, as CSV."""
    prices = (columns[name].tolist() for name in ("open", "high", "low", "close", "volume"))
    quote = (columns["close"] * columns["volume"]).tolist()
    times = (columns["opened_at_ns"] // 1_000_000).tolist()
    return write_csv(path, list(zip(times, *prices, quote, strict=True)), HEADER)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return hourly(tmp_path / "um" / "BTCUSDT-1h.csv", clean_columns(1, N_HOURS))


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """Row 5 twice, row 10 without a close, rows 20 to 22 missing, row 30 twice with different volumes."""
    rows = np.delete(np.insert(np.arange(N_HOURS), [6, 31], [5, 30]), [21, 22, 23])
    columns = rows_of(clean_columns(1, N_HOURS), rows)
    columns["close"][11] = np.nan
    columns["volume"][29] *= 2
    return hourly(tmp_path / "um" / "ETHUSDT-1h.csv", columns)


def refuse_to_write(*_: object) -> None:
    raise DataError("catalog: cannot be written")


def document(result: CompletedProcess[str], code: int = 0) -> Any:  # noqa: ANN401  # JSON is what it is
    assert result.returncode == code, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def found(series: Any) -> dict[str, int]:  # noqa: ANN401  # JSON is what it is
    return {each["code"]: each["rows"] for each in series["findings"]}


class TestVerdict:
    def test_clean_data_are_good_and_the_command_ends_with_0(self, clean: Path, run: Run) -> None:
        result = run("data", "validate", clean)

        assert (result.returncode, result.stderr) == (0, "")
        assert "Good to trade on." in result.stdout
        assert "1.0000" in result.stdout

    def test_errors_are_shown_with_their_places_and_the_command_ends_with_3(self, dirty: Path, run: Run) -> None:
        result = run("data", "validate", dirty)

        assert (result.returncode, result.stderr) == (3, "")
        # Row 5 stands again behind itself: counted from 1 without the header that is row 7.
        assert "duplicate: row 7, " in result.stdout
        assert "not_finite: row 12, " in result.stdout
        assert "close nan" in result.stdout
        assert "Repair removes every error." in result.stdout

    @pytest.mark.usefixtures("dirty")
    def test_one_bad_file_among_several_is_enough_and_good_ones_are_only_listed(self, clean: Path, run: Run) -> None:
        result = run("data", "validate", clean.parent)

        assert result.returncode == 3
        assert result.stdout.count("BTCUSDT-1h.csv") == 1
        assert result.stdout.count("ETHUSDT-1h.csv") == 2
        assert run("data", "validate", clean.parent, "--verbose").stdout.count("BTCUSDT-1h.csv") == 2

    def test_quiet_names_only_what_must_not_be_used(self, clean: Path, dirty: Path, run: Run) -> None:
        good, bad = run("data", "validate", clean, "--quiet"), run("data", "validate", clean, dirty, "--quiet")

        assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
        assert (bad.returncode, bad.stdout) == (3, "")
        assert bad.stderr.startswith(f"autotrading: {dirty}: Doubtful")
        assert bad.stderr.count("\n") == 1

    def test_a_process_of_its_own_does_the_same(self, dirty: Path, tmp_path: Path, run: Run) -> None:
        environment = {"AUTOTRADING_DATA_DIR": str(tmp_path / "store"), "COLUMNS": "160"}

        there = autotrading("data", "validate", dirty, environment=environment)
        here = run("data", "validate", dirty)

        assert (there.returncode, there.stdout) == (3, here.stdout)
        assert "\x1b" not in there.stdout


class TestDocument:
    def test_it_says_all_that_was_found_and_keeps_its_schema(self, dirty: Path, run: Run) -> None:
        everything = document(run("data", "validate", dirty, "--json"), 3)
        schema = document(run("data", "validate", "--schema"))

        jsonschema.validate(everything, schema)
        (series,) = everything["series"]
        assert not everything["is_usable"]
        assert (series["series"], series["rows"]) == ("um/klines/ETHUSDT/1h", N_HOURS - 1)
        # Row 10 is there, although its values are worth nothing: it is no gap.
        assert found(series) == {"gap": 3, "not_finite": 1, "duplicate": 1, "conflicting_duplicate": 1}
        assert [gap["rows"] for gap in series["gaps"]] == [3]
        # Rows count from 1 without the header: row 5 and its twin are 6 and 7, so that row 10 is 12.
        (empty,) = (each for each in series["findings"] if each["code"] == "not_finite")
        assert [place["row"] for place in empty["occurrences"]] == [12]
        assert series["verdict"] == "doubtful"
        assert series["repair"] is None

    def test_a_document_that_says_more_breaks_the_schema(self, clean: Path, run: Run) -> None:
        everything = document(run("data", "validate", clean, "--json"))
        schema = document(run("data", "validate", "--schema"))

        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(everything | {"more": 1}, schema)


class TestCatalogue:
    def test_a_series_is_judged_as_of_its_import_and_the_catalogue_remembers_the_verdict(
        self, clean: Path, run: Run
    ) -> None:
        run("data", "import", clean)
        (series,) = document(run("data", "validate", "um/klines/BTCUSDT/1h", "--json"))["series"]
        (listed,) = document(run("data", "list", "--json"))["series"]

        assert series["source"] == "um/klines/BTCUSDT/1h"
        assert series["as_of"] is not None
        assert (listed["quality"]["score"], listed["quality"]["verdict"]) == (1.0, "good")
        assert listed["quality"]["worst"] == ""
        assert not listed["quality"]["is_outdated"]

    def test_the_catalogue_remembers_the_worst_that_was_found(self, tmp_path: Path, run: Run) -> None:
        columns = rows_of(clean_columns(1, N_HOURS), np.delete(np.arange(N_HOURS), 100))
        run("data", "import", hourly(tmp_path / "um" / "BTCUSDT-1h.csv", columns))
        run("data", "validate", "um/klines/BTCUSDT/1h")

        (listed,) = document(run("data", "list", "--json"))["series"]

        assert (listed["quality"]["errors"], listed["quality"]["warnings"]) == (0, 1)
        assert listed["quality"]["worst"].startswith("1 row missing.")

    def test_the_verdict_is_renewed_once_the_series_has_grown(self, clean: Path, tmp_path: Path, run: Run) -> None:
        columns = clean_columns(1, N_HOURS)
        less = hourly(tmp_path / "less" / "BTCUSDT-1h.csv", rows_of(columns, np.arange(N_HOURS - 5)))
        run("data", "import", less)
        run("data", "validate", "um/klines/BTCUSDT/1h")
        run("data", "import", clean)

        (listed,) = document(run("data", "list", "--json"))["series"]
        assert listed["rows"] == N_HOURS
        assert not listed["quality"]["is_outdated"]

    def test_a_catalogue_that_takes_nothing_is_judged_all_the_same(
        self, clean: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("data", "import", clean)
        # Nobody can take the right to write from the superuser, as whom tests may run.
        monkeypatch.setattr("adapters.market_data.catalog.parquet_catalog.writing", refuse_to_write)

        result = run("data", "validate", "um/klines/BTCUSDT/1h")

        assert result.returncode == 0
        assert "Good to trade on." in result.stdout
        assert result.stderr == (
            "autotrading: warning: the catalogue does not remember the verdict: catalog: cannot be written\n"
        )

    def test_a_series_that_is_not_there_is_refused(self, run: Run) -> None:
        said = assert_refused(run("data", "validate", "um/klines/BTCUSDT/1h"), 3)

        assert "um/klines/BTCUSDT/1h: the catalogue has no such series" in said


class TestAsOf:
    def test_bars_that_close_later_were_not_finished(self, clean: Path, run: Run) -> None:
        opened_ns = int(clean_columns(1, N_HOURS)["opened_at_ns"][-1])
        as_of = str(np.datetime64(opened_ns, "ns"))[:19]

        (series,) = document(run("data", "validate", clean, "--json", "--as-of", as_of), 3)["series"]

        assert found(series) == {"unfinished_bar": 1}

    def test_what_is_no_time_is_refused(self, clean: Path, run: Run) -> None:
        assert "not a time such as" in assert_refused(run("data", "validate", clean, "--as-of", "tomorrow"), 2)


class TestAgainst:
    @pytest.fixture
    def spot(self, tmp_path: Path) -> Path:
        return hourly(tmp_path / "spot" / "BTCUSDT-1h.csv", clean_columns(1, 600))

    def test_spot_bars_that_claim_to_be_a_perpetual_are_found_out(self, spot: Path, tmp_path: Path, run: Run) -> None:
        claimed = hourly(tmp_path / "um" / "BTCUSDT-1h.csv", clean_columns(1, 600))

        (alone,) = document(run("data", "validate", claimed, "--json"))["series"]
        (series,) = document(run("data", "validate", claimed, "--against", spot, "--json"), 3)["series"]

        assert any("Spot or perpetual cannot be told" in note for note in alone["notes"])
        assert found(series) == {"spot_as_perpetual": 600}
        assert (series["verdict"], series["against"]) == ("unusable", str(spot))

    def test_another_instrument_tells_nothing(self, clean: Path, dirty: Path, run: Run) -> None:
        said = assert_refused(run("data", "validate", clean, "--against", dirty), 3)

        assert f"{clean}: holds BTCUSDT, but {dirty} to compare with holds ETHUSDT" in said

    def test_funding_is_no_second_source(self, clean: Path, tmp_path: Path, run: Run) -> None:
        funding = write_columns(tmp_path / "um-BTCUSDT-funding.csv", funding_columns(4))

        assert "cannot be compared with funding" in assert_refused(
            run("data", "validate", clean, "--against", funding), 3
        )

    def test_only_one_at_a_time(self, clean: Path, dirty: Path, run: Run) -> None:
        said = assert_refused(run("data", "validate", clean, "--against", dirty.parent), 2)

        assert "--against" in said
        assert "these are 2" in said


class TestRepair:
    def test_only_what_can_be_believed_is_written_with_all_its_columns(
        self, dirty: Path, tmp_path: Path, run: Run
    ) -> None:
        before, out = dirty.read_bytes(), tmp_path / "out.csv"

        (series,) = document(run("data", "validate", dirty, "--repair", out, "--json"))["series"]

        repair = series["repair"]
        deeds = [(each["deed"], each["reason"], each["rows"]) for each in repair["actions"]]
        # The second of the equal rows, the row without a close, both rows that contradict each other.
        assert deeds == [
            ("dropped", "not_finite", 1),
            ("dropped", "duplicate", 1),
            ("dropped", "conflicting_duplicate", 2),
        ]
        assert [len(each["at"]) for each in repair["actions"]] == [1, 1, 2]
        assert (repair["rows_before"], repair["rows_after"]) == (N_HOURS - 1, N_HOURS - 5)
        left = pyarrow.csv.read_csv(out).to_pydict()
        assert len(left["open_time"]) == N_HOURS - 5
        np.testing.assert_allclose(left["quote_volume"], np.multiply(left["close"], left["volume"]))
        assert dirty.read_bytes() == before

    def test_what_was_written_is_believed_and_can_be_imported(self, dirty: Path, tmp_path: Path, run: Run) -> None:
        out = tmp_path / "um" / "ETHUSDT-1h.parquet"
        run("data", "validate", dirty, "--repair", out, "--quiet")

        again = document(run("data", "validate", out, "--repair", tmp_path / "again.csv", "--json"))
        (imported,) = document(run("data", "import", out, "--json"))["series"]

        assert again["series"][0]["repair"]["actions"] == []
        assert set(found(again["series"][0])) == {"gap"}
        assert imported["rows"] == N_HOURS - 5

    def test_what_was_done_is_recorded_beside_it(self, dirty: Path, tmp_path: Path, run: Run) -> None:
        out = tmp_path / "out.csv"
        (series,) = document(run("data", "validate", dirty, "--repair", out, "--json"))["series"]

        assert json.loads((tmp_path / "out.csv.repairs").read_text()) == series["repair"]

    def test_marking_keeps_one_of_what_contradicts_itself(self, dirty: Path, tmp_path: Path, run: Run) -> None:
        out = tmp_path / "out.parquet"

        result = run("data", "validate", dirty, "--repair", out, "--conflicts", "mark")

        assert result.returncode == 0
        assert "their column doubtful is true" in result.stdout
        left = pyarrow.parquet.read_table(out).to_pydict()
        assert len(left["doubtful"]) == N_HOURS - 4
        # Row 30 stands behind 20 to 22 and 10, which are not there any more.
        assert [row for row, is_marked in enumerate(left["doubtful"]) if is_marked] == [30 - 4]

    def test_errors_that_dropping_cannot_mend_remain(self, tmp_path: Path, run: Run) -> None:
        columns = clean_columns(1, N_HOURS)
        for name in ("open", "high", "low", "close"):
            columns[name][200:] *= 1_000
        file = hourly(tmp_path / "um" / "BTCUSDT-1h.csv", columns)

        (series,) = document(run("data", "validate", file, "--repair", "out.csv", "--json"), 3)["series"]

        assert series["repair"]["verdict"] == "unusable"

    def test_funding_is_repaired_too(self, tmp_path: Path, run: Run) -> None:
        columns = funding_columns(5)
        rows = [0, 2, 1, 1, 3, 4]
        messy = {name: [values[row] for row in rows] for name, values in columns.items()}
        messy["funding_rate"][5] = 0.5
        file = write_columns(tmp_path / "um-BTCUSDT-funding.csv", messy)

        (series,) = document(run("data", "validate", file, "--repair", "out.csv", "--json"))["series"]

        assert found(series) == {"order": 1, "duplicate": 1, "absurd_rate": 1}
        assert pyarrow.csv.read_csv(tmp_path / "out.csv").to_pydict()["funding_time"] == columns["funding_time"][:4]

    @pytest.mark.parametrize(
        ("out", "said"),
        [
            ("out.xlsx", "must end in .csv or .parquet"),
            ("nowhere/out.csv", "there is no folder nowhere"),
            ("um", "must end in"),
        ],
    )
    def test_a_place_that_takes_no_file_is_refused(self, out: str, said: str, dirty: Path, run: Run) -> None:
        assert said in assert_refused(run("data", "validate", dirty, "--repair", out), 2)

    def test_the_source_is_never_written_over(self, dirty: Path, run: Run) -> None:
        before = dirty.read_bytes()

        said = assert_refused(run("data", "validate", dirty, "--repair", dirty), 2)

        assert "is an input of this run" in said
        assert dirty.read_bytes() == before

    def test_several_sources_do_not_fit_into_one_file(self, clean: Path, dirty: Path, run: Run) -> None:
        assert "these are 2" in assert_refused(run("data", "validate", clean, dirty, "--repair", "out.csv"), 2)

    def test_nothing_is_written_where_no_row_is_left(self, tmp_path: Path, run: Run) -> None:
        file = write_csv(tmp_path / "um" / "BTCUSDT-1h.csv", [(1_704_067_200_000, -1, -1, -1, -1, 1)])

        said = assert_refused(run("data", "validate", file, "--repair", "out.csv"), 3)

        assert "repair leaves no rows" in said
        assert sorted(path.name for path in tmp_path.iterdir()) == ["um"]

    def test_rows_of_another_interval_are_not_thrown_away(self, clean: Path, tmp_path: Path, run: Run) -> None:
        said = assert_refused(run("data", "validate", clean, "--interval", "4h", "--repair", "out.csv"), 3)

        assert "another interval, 1h, than 4h" in said
        assert not (tmp_path / "out.csv").exists()


class TestWrongInput:
    def test_what_is_neither_file_nor_series(self, run: Run) -> None:
        said = assert_refused(run("data", "validate", "nothing"), 3)

        assert said == "nothing: there is no such file, nor is that a series such as um/klines/BTCUSDT/1h"

    def test_nothing_at_all(self, run: Run) -> None:
        assert "FILE_OR_SERIES" in assert_refused(run("data", "validate"), 2)

    def test_a_file_of_something_else(self, tmp_path: Path, run: Run) -> None:
        (tmp_path / "letter.csv").write_text("dear,sir\n1,2\n")

        assert "letter.csv: is none of what was looked for" in assert_refused(run("data", "validate", "letter.csv"), 3)

    def test_a_value_that_is_no_number(self, tmp_path: Path, run: Run) -> None:
        file = write_csv(tmp_path / "um" / "BTCUSDT-1h.csv", [(1_704_067_200_000, 1, 1, 1, "cheap", 1)])

        assert "row 1, column close: 'cheap' is not a number" in assert_refused(run("data", "validate", file), 3)

    def test_a_kind_that_cannot_be_judged(self, tmp_path: Path, run: Run) -> None:
        file = write_columns(tmp_path / "um-BTCUSDT-funding.csv", funding_columns(3))

        said = assert_refused(run("data", "validate", file, "--kind", "metrics"), 3)

        assert str(file) in said

    def test_the_interval_that_a_name_tells_is_a_claim_that_is_checked(self, tmp_path: Path, run: Run) -> None:
        file = hourly(tmp_path / "um" / "BTCUSDT-4h.csv", clean_columns(1, N_HOURS))

        (series,) = document(run("data", "validate", file, "--json"), 3)["series"]

        assert "interval_mismatch" in found(series)
        assert series["inferred_interval"] == "1h"

    def test_a_column_that_no_series_has(self, clean: Path, run: Run) -> None:
        assert "--column closing" in assert_refused(run("data", "validate", clean, "--column", "closing=x"), 2)
