"""Saved runs by command: kept, listed, shown, called by name and deleted."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

from entrypoints.cli.commands import main
from tests.e2e.command import assert_refused, beside_short_history

SHORT: Final = ("demo", "--bars", "100")


SIGNALLING: Final = ("demo", "--bars", "400")


class Desk:
    """One user with a data directory of their own; commands run in this process, which starts once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, columns: int = 250) -> CompletedProcess[str]:
        out, err = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("AUTOTRADING_DATA_DIR", str(self.folder))
            patch.setenv("COLUMNS", str(columns))
            code = main(arguments)
        return CompletedProcess(arguments, code, _text(out), _text(err))

    def said(self, *arguments: str, columns: int = 250) -> str:
        result = self.run(*arguments, columns=columns)
        assert (result.returncode, beside_short_history(result.stderr)) == (0, "")
        return result.stdout

    def listed(self, *options: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = json.loads(self.said("runs", "list", "--json", *options))["runs"]
        return runs


def _text(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, list[str]]:
    """Make three runs; return what was printed, the first one first."""
    desk = Desk(tmp_path_factory.mktemp("data"))
    return desk, [desk.said(*SHORT, "--seed", str(seed)) for seed in (1, 2, 3)]


def test_a_run_says_where_it_is_kept_and_how_to_see_it_again(made: tuple[Desk, list[str]]) -> None:
    desk, printed = made
    run_id = desk.listed()[0]["run_id"]

    last = printed[-1].splitlines()[-1]

    assert last == f"Saved in {desk.folder}/runs/{run_id}; see it with autotrading report {run_id}"


def test_a_saved_run_is_shown_as_it_was_printed(made: tuple[Desk, list[str]]) -> None:
    desk, printed = made

    assert printed[-1].startswith(desk.said("runs", "show", "latest"))
    assert "Trades" in printed[-1]


def test_the_document_of_a_saved_run_is_the_one_that_is_printed(made: tuple[Desk, list[str]]) -> None:
    desk, _ = made

    shown = desk.said("runs", "show", "latest", "--json")

    assert shown == desk.said(*SHORT, "--seed", "3", "--no-save", "--json")


def test_the_list_begins_with_the_run_that_was_made_last(made: tuple[Desk, list[str]]) -> None:
    desk, printed = made
    runs = desk.listed()

    assert len(runs) == 3
    assert [run["created_at"] for run in runs] == sorted((run["created_at"] for run in runs), reverse=True)
    for run, text in zip(reversed(runs), printed, strict=True):
        assert run["run_id"] in text
    table = desk.said("runs", "list")
    assert [line.split()[0] for line in table.splitlines() if line.lstrip().startswith("bt-")] == [
        run["run_id"] for run in runs
    ]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits_the_terminal(made: tuple[Desk, list[str]], columns: int) -> None:
    desk, _ = made

    table = desk.said("runs", "list", columns=columns)

    assert max(map(len, table.splitlines())) <= columns
    assert desk.listed()[0]["run_id"] in table


def test_tags_name_a_run_filter_the_list_and_are_taken_away(made: tuple[Desk, list[str]]) -> None:
    desk, printed = made
    first = desk.listed()[-1]["run_id"]

    assert desk.said("runs", "tag", first, "good", "first") == f"{first}: good, first\n"

    assert printed[0].startswith(desk.said("runs", "show", "good"))
    assert [run["run_id"] for run in desk.listed("--tag", "first")] == [first]
    assert desk.listed("--tag", "unknown") == []
    assert desk.said("runs", "untag", first, "first") == f"{first}: good\n"
    assert "does not have the tag first; it has good" in assert_refused(desk.run("runs", "untag", first, "first"), 2)


def test_what_means_no_run_or_several_is_refused_in_one_line(made: tuple[Desk, list[str]]) -> None:
    desk, _ = made

    assert "'bt-' is the beginning of 3 runs: bt-" in assert_refused(desk.run("runs", "show", "bt-"), 2)
    assert "did you mean latest?" in assert_refused(desk.run("runs", "show", "lattest"), 2)
    assert "'latest' is no tag" in assert_refused(desk.run("runs", "tag", "latest", "latest"), 2)


def test_the_same_run_again_is_saved_once_keeps_its_tags_and_is_the_latest(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.said(*SHORT)
    run_id = desk.listed()[0]["run_id"]
    desk.said("runs", "tag", run_id, "good")
    desk.said(*SHORT, "--seed", "8")

    again = desk.said(*SHORT)

    runs = desk.listed()
    assert runs[0]["run_id"] == run_id
    assert len(runs) == 2
    assert runs[0]["tags"] == ["good"]
    assert runs[0]["created_at"] < runs[0]["last_made_at"]
    assert "Saved before" in again


def test_no_save_keeps_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")

    assert "Saved" not in desk.said(*SHORT, "--no-save")
    assert not desk.folder.exists()
    assert desk.said("runs", "list") == f"no runs are saved in {desk.folder}/runs\n"
    assert "no run is saved" in assert_refused(desk.run("runs", "show", "latest"), 2)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_run_is_shown_even_where_it_cannot_be_saved(tmp_path: Path, *, as_json: bool) -> None:
    place = tmp_path / "a file"
    place.write_text("not a folder", encoding="utf-8")

    result = Desk(place).run(*SHORT, *(["--json"] if as_json else []))

    assert result.returncode == 0
    assert beside_short_history(result.stderr) == f"autotrading: the run is not saved: {place}/runs: Not a directory\n"
    assert json.loads(result.stdout)["synthetic"] if as_json else "The books balance" in result.stdout
    assert place.read_text(encoding="utf-8") == "not a folder"


def test_a_damaged_run_is_named_and_the_others_are_still_listed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.said(*SHORT)
    desk.said(*SHORT, "--seed", "8")
    good, bad = (run["run_id"] for run in desk.listed())
    head = tmp_path / "runs" / bad / "record.json"
    head.write_bytes(head.read_bytes().replace(b"demo", b"Demo", 1))

    listing = desk.run("runs", "list", "--json")

    assert listing.returncode == 3
    assert listing.stderr == (
        f"autotrading: cannot read one run: {head}: is damaged: its checksum is not the one in manifest.json\n"
    )
    document = json.loads(listing.stdout)
    assert [run["run_id"] for run in document["runs"]] == [good]
    assert [run["run_id"] for run in document["unreadable"]] == [bad]
    assert str(head) in assert_refused(desk.run("runs", "show", bad), 3)
    assert desk.said("runs", "delete", bad, "--yes") == f"{bad}: deleted\n"
    assert [run["run_id"] for run in desk.listed()] == [good]


def test_where_every_run_is_damaged_nobody_says_that_none_is_saved(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.said(*SHORT)
    (only,) = (run["run_id"] for run in desk.listed())
    (tmp_path / "runs" / only / "manifest.json").unlink()

    listing = desk.run("runs", "list")

    assert (listing.returncode, listing.stdout) == (3, "")
    assert listing.stderr.startswith("autotrading: cannot read one run: ")


def test_where_nobody_can_be_asked_nothing_is_deleted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.said(*SHORT)

    assert "nobody can be asked here; say --yes" in assert_refused(desk.run("runs", "delete", "latest"), 2)

    assert len(desk.listed()) == 1


def test_nothing_is_deleted_where_one_of_several_is_not_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.said(*SHORT)

    assert_refused(desk.run("runs", "delete", "latest", "nosuchrun", "--yes"), 2)

    assert len(desk.listed()) == 1


def test_signals_of_a_run_are_written_as_csv_whole_or_not_at_all(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.said(*SIGNALLING, "--quiet")
    printed, file = desk.said("runs", "signals", "latest"), tmp_path / "signals.csv"
    desk.said("runs", "signals", "latest", "--output", str(file))

    names, *rows = printed.splitlines()
    assert names.startswith("at,symbol,strategy,action,strength,confidence,")
    assert len(rows) > 5
    assert file.read_text(encoding="utf-8") == printed
    assert "nobody" in assert_refused(desk.run("runs", "signals", "nobody"), 2)
    assert str(tmp_path) in assert_refused(desk.run("runs", "signals", "latest", "--output", str(tmp_path)), 2)
