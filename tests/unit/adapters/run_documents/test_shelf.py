"""Whole runs or nothing: what is killed in between leaves the one or the other."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.run_documents.shelf import Shelf
from application.errors import DataError
from tests.architecture.source_tree import ROOT
from tests.unit.adapters.run_documents.interrupted_shelf import AFTER, CONTENTS, RUN_ID


def interrupted(folder: Path, operation: str) -> Iterator[Shelf]:
    """Yield the shelf that each process left behind that was killed, and that of the last, which was not."""
    script = "tests.unit.adapters.run_documents.interrupted_shelf"
    subprocess.run([sys.executable, "-m", script, str(folder), operation], cwd=ROOT, check=True, timeout=120)
    for place in sorted(folder.iterdir(), key=lambda each: int(each.name)):
        yield Shelf(place)


def contents(shelf: Shelf) -> dict[str, bytes] | None:
    """Return the files of the run, None if there is no run."""
    if shelf.run_ids() == []:
        return None
    return {path.name: path.read_bytes() for path in shelf.found(RUN_ID).iterdir() if path.name in CONTENTS}


def leftovers(shelf: Shelf) -> list[str]:
    return [each.name for each in shelf.path.iterdir() if each.name not in {RUN_ID, ".lock"}]


def test_a_run_that_is_being_put_there_is_whole_or_not_there(tmp_path: Path) -> None:
    *killed, last = interrupted(tmp_path, "put")

    # Two files, their folder and the shelf are synced, one folder is made, one renamed: six steps at least.
    assert len(killed) >= 6
    assert contents(killed[0]) is None
    assert all(contents(shelf) in (None, CONTENTS) for shelf in killed)
    assert any(leftovers(shelf) for shelf in killed)
    assert contents(last) == CONTENTS
    for shelf in killed:
        shelf.put(RUN_ID, CONTENTS)
        shelf.put("bt-2", CONTENTS)
        assert contents(shelf) == CONTENTS
        assert leftovers(shelf) == ["bt-2"]


def test_a_file_that_is_being_replaced_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    *killed, last = interrupted(tmp_path, "replace")

    assert len(killed) >= 2
    assert {(contents(shelf) or {})["one"] for shelf in killed} == {CONTENTS["one"], AFTER}
    assert contents(last) == {**CONTENTS, "one": AFTER}


def test_a_run_that_is_being_taken_away_is_whole_or_gone(tmp_path: Path) -> None:
    *killed, last = interrupted(tmp_path, "take_away")

    assert len(killed) >= 4
    assert contents(killed[0]) == CONTENTS
    assert all(contents(shelf) in (None, CONTENTS) for shelf in killed)
    assert contents(last) is None
    assert leftovers(last) == []
    for shelf in killed:
        shelf.put("bt-2", CONTENTS)
        assert set(leftovers(shelf)) <= {"bt-2"}


def test_of_several_at_once_one_puts_a_run_there_and_the_others_find_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: Shelf(tmp_path).put(RUN_ID, CONTENTS), range(8)))

    assert sorted(done) == [False] * 7 + [True]
    assert contents(Shelf(tmp_path)) == CONTENTS
    assert leftovers(Shelf(tmp_path)) == []


def test_nobody_clears_away_what_another_is_writing(tmp_path: Path) -> None:
    names = [f"bt-{number}" for number in range(16)]

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: Shelf(tmp_path).put(name, CONTENTS), names))

    assert all(done)
    assert Shelf(tmp_path).run_ids() == sorted(names)


def test_others_may_read_a_run(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(RUN_ID, CONTENTS)

    assert shelf.found(RUN_ID).stat().st_mode & 0o755 == 0o755


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".lock", "bt 1", "ä"])
def test_a_name_that_is_no_folder_of_its_own_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not the name of a run"):
        Shelf(tmp_path).place_of(name)
