from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.model_cache.kept_judgements import Judgement, KeptJudgements
from application.regimes.judged_bars import JudgedBars, ScenarioChange
from domain.allocation.scenario import SCENARIOS
from domain.market import BarSeries

HOUR_NS = 3_600_000_000_000
FRACTIONS = st.floats(0.0, 1.0)
CHANGES = st.builds(
    ScenarioChange, st.sampled_from(SCENARIOS), FRACTIONS, st.none() | st.floats(1e-9, 1.0), st.text(max_size=20)
)


def bars_of(n_bars: int) -> BarSeries:
    times, prices = HOUR_NS * np.arange(n_bars), np.ones(n_bars)
    return BarSeries("TESTUSDT", HOUR_NS, times, prices, prices, prices, prices, prices)


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    confidence = draw(st.lists(FRACTIONS, min_size=1, max_size=20))
    rows = sorted(draw(st.sets(st.integers(0, len(confidence) - 1), max_size=5)))
    changes = tuple((row, draw(CHANGES)) for row in rows)
    fits = tuple(draw(st.lists(st.text("0123456789abcdef", min_size=4, max_size=8), max_size=3)))
    judged = JudgedBars(bars_of(len(confidence)), array("d", confidence), changes)
    return Judgement(judged, fits, draw(st.integers(0, 9)), draw(st.text(max_size=9)))


def make_judgement() -> Judgement:
    changes = ((0, ScenarioChange(SCENARIOS[0], 0.1, None, "")), (2, ScenarioChange(SCENARIOS[3], 1 / 3, 0.02, "why")))
    return Judgement(JudgedBars(bars_of(3), array("d", [0.1, 0.1, 1 / 3]), changes), ("aa11", "bb22"), 1, "because")


def parts(judgement: Judgement | None) -> tuple[object, ...]:
    assert judgement is not None
    judged = judgement.judged
    return judged.confidence, judged.changes, judgement.fits, judgement.n_failed, judgement.why


@given(judgement=judgements())
def test_what_is_kept_reads_back_as_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, judgement: Judgement
) -> None:
    remarks: list[str] = []
    store = KeptJudgements(tmp_path_factory.mktemp("kept"), remarks.append)

    store.keep("abcd", judgement)

    kept = store.kept("abcd", judgement.judged.bars)
    assert parts(kept) == parts(judgement)
    assert kept is not None
    assert kept.judged.bars is judgement.judged.bars
    assert remarks == []


def test_nothing_is_said_of_what_was_never_kept(tmp_path: Path) -> None:
    remarks: list[str] = []

    assert KeptJudgements(tmp_path, remarks.append).kept("abcd", bars_of(3)) is None
    assert remarks == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "no JSON document"),
        (lambda text: text.replace("0.02", "0.03", 1), "checksum"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version: expected 1, found 2"),
        (lambda text: text.replace("autotrading.judged-bars", "another"), "schema"),
        (lambda text: text.replace('"key": "abcd"', '"key": "dcba"'), "key"),
        (lambda _: "[]", "no JSON object"),
    ],
)
def test_a_damaged_file_is_named_and_missed(tmp_path: Path, damage: Callable[[str], str], words: str) -> None:
    remarks: list[str] = []
    store = KeptJudgements(tmp_path, remarks.append)
    store.keep("abcd", make_judgement())
    path = next(tmp_path.rglob("*.json"))
    path.write_text(damage(path.read_text()))

    assert store.kept("abcd", bars_of(3)) is None
    assert len(remarks) == 1
    assert remarks[0].startswith(f"{path}: judged again: ")
    assert words in remarks[0]


def test_what_was_said_of_fewer_bars_is_not_taken(tmp_path: Path) -> None:
    remarks: list[str] = []
    store = KeptJudgements(tmp_path, remarks.append)
    store.keep("abcd", make_judgement())

    assert store.kept("abcd", bars_of(4)) is None
    assert "no valid judgement: ValueError('3 confidences for 4 bars')" in remarks[0]


def test_a_disk_that_does_not_take_it_is_named(tmp_path: Path) -> None:
    remarks: list[str] = []
    (tmp_path / "judged").write_text("a file where a folder has to be")

    KeptJudgements(tmp_path, remarks.append).keep("abcd", make_judgement())

    assert "cannot be written" in remarks[0]
