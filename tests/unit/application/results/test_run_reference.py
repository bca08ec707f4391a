"""What people call a saved run, and which one they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.errors import RunReferenceError
from application.results.run_reference import checked_tag, find_run
from application.results.run_store import KeptRuns, RunSummary, UnreadableRun
from tests.support import START_NS


def saved(run_id: str, *tags: str) -> RunSummary:
    return RunSummary(
        run_id=run_id,
        name="test",
        tags=tags,
        created_at_ns=START_NS,
        last_made_at_ns=START_NS,
        is_synthetic=False,
        symbols=("BTCUSDT",),
        start_ns=START_NS,
        end_ns=START_NS + 1,
        total_return=0.1,
        max_drawdown=0.2,
        n_trades=3,
        product_version="0.1.0",
    )


KEPT = KeptRuns(
    (
        saved("bt-aa11", "good", "draft"),
        saved("bt-aa22", "draft"),
        saved("bt-bb33", "bt-aa11x"),
        saved("bt-cc44", "bb"),
    ),
    (UnreadableRun("bt-dd55", "broken"),),
)


@pytest.mark.parametrize(
    ("reference", "run_id"),
    [
        ("bt-aa11", "bt-aa11"),
        ("latest", "bt-aa11"),
        ("good", "bt-aa11"),
        ("bt-aa2", "bt-aa22"),
        ("aa2", "bt-aa22"),
        # A tag goes before the beginning of an id.
        ("bb", "bt-cc44"),
        ("bt-bb", "bt-bb33"),
        ("bt-dd55", "bt-dd55"),
        ("dd", "bt-dd55"),
    ],
)
def test_a_run_is_called_by_id_beginning_tag_or_as_the_latest(reference: str, run_id: str) -> None:
    assert find_run(reference, KEPT) == run_id


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("draft", "'draft' is a tag of 2 runs: bt-aa11, bt-aa22"),
        ("bt-aa", "'bt-aa' is the beginning of 2 runs: bt-aa11, bt-aa22"),
        ("goood", "there is no run 'goood'; did you mean good?"),
        ("lates", "there is no run 'lates'; did you mean latest?"),
        ("bt-cc45", "there is no run 'bt-cc45'; did you mean bt-cc44?"),
        ("", "there is no run ''; the last one is bt-aa11"),
        ("xyz", "there is no run 'xyz'; the last one is bt-aa11"),
    ],
)
def test_what_means_none_or_several_is_refused_with_what_is_near(reference: str, said: str) -> None:
    with pytest.raises(RunReferenceError, match=f"^{re.escape(said)}$"):
        find_run(reference, KEPT)


def test_of_many_runs_with_a_tag_only_some_are_named() -> None:
    kept = KeptRuns(tuple(saved(f"bt-{number}", "old") for number in range(9)))

    with pytest.raises(RunReferenceError, match=r"9 runs: bt-0, bt-1, bt-2, bt-3, bt-4 and 4 more$"):
        find_run("old", kept)


@pytest.mark.parametrize("reference", ["latest", "bt-1", ""])
def test_without_runs_nothing_is_meant(reference: str) -> None:
    with pytest.raises(RunReferenceError, match="no run is saved"):
        find_run(reference, KeptRuns(()))


@given(reference=st.text(max_size=200))
def test_whatever_is_said_a_run_is_found_or_one_line_is_said(reference: str) -> None:
    said = ""
    try:
        found = find_run(reference, KEPT)
    except RunReferenceError as error:
        found, said = "", str(error)

    assert found in {"bt-aa11", "bt-aa22", "bt-bb33", "bt-cc44", "bt-dd55"} or said.isprintable()


@pytest.mark.parametrize("tag", ["good", "v1.2", "año_2024", "a" * 40, "7+1"])
def test_a_plain_word_is_a_tag(tag: str) -> None:
    assert checked_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", " ", "two words", "-x", "a/b", "a" * 41, "latest", "bt-123", "a,b", "line\nbreak"])
def test_what_is_hard_to_write_or_means_a_run_is_no_tag(tag: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        checked_tag(tag)
