import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from adapters.model_cache.cached_fitting import CachedFitting, fit_key
from adapters.model_cache.sealed_text import WrittenFormError
from adapters.model_cache.written_form import decode, encode, plain_model
from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from domain.regimes.regime_model import RegimeModel
from tests.regimes import make_regime_model

MODEL = make_regime_model(returns=(0.1, -1 / 3, 1e-17))
TASK = FitTask(
    rows=np.array([[0.1, 0.2, 0.3], [np.nan, np.nan, np.nan]]),
    fitted_from_ns=1,
    fitted_until_ns=9,
    settings=FitSettings(),
    former=MODEL,
)


@define
class CountingFitting(RegimeFitting):
    """Gives one outcome and counts how often it was asked."""

    outcome: RegimeModel | FitFailure = field(factory=lambda: MODEL)
    n_asked: int = 0

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        self.n_asked += 1
        return self.outcome


def make_cache(folder: Path, fitting: RegimeFitting, remarks: list[str], provenance: str = "v1") -> CachedFitting:
    return CachedFitting(fitting, folder / "fits", provenance, remarks.append)


def only_file(folder: Path) -> Path:
    return next(folder.rglob("*.json"))


def same(one: object, other: RegimeModel) -> bool:
    return isinstance(one, RegimeModel) and plain_model(one) == plain_model(other)


@given(returns=st.tuples(*[st.floats(-10.0, 10.0)] * 3))
def test_what_is_written_reads_back_as_the_same_numbers(returns: tuple[float, float, float]) -> None:
    model = make_regime_model(returns=returns)

    assert same(decode(encode(model, "k"), "k"), model)


@pytest.mark.parametrize("outcome", [MODEL, FitFailure(9, "log_return does not vary")])
def test_a_fit_is_done_once(tmp_path: Path, outcome: RegimeModel | FitFailure) -> None:
    fitting, remarks = CountingFitting(outcome), list[str]()

    first, again = (make_cache(tmp_path, fitting, remarks).fit(TASK) for _ in range(2))

    assert fitting.n_asked == 1
    assert remarks == []
    assert again == first if isinstance(outcome, FitFailure) else same(again, outcome)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": np.array([[0.1, 0.2, 0.30000000000000004], [np.nan, np.nan, np.nan]])},
        {"rows": np.array([[0.1, 0.2, 0.3]])},
        {"fitted_from_ns": 2},
        {"fitted_until_ns": 10},
        {"settings": FitSettings(seed=2)},
        {"settings": FitSettings(tolerance=0.25)},
        {"former": None},
        {"former": make_regime_model(returns=(0.1, -1 / 3, 2e-17))},
    ],
)
def test_whatever_the_outcome_depends_on_is_another_fit(change: dict[str, Any]) -> None:
    assert fit_key(evolve(TASK, **change), "v1") != fit_key(TASK, "v1")


def test_other_versions_are_another_fit() -> None:
    assert fit_key(TASK, "v2") != fit_key(TASK, "v1")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "no JSON document"),
        (lambda text: text.replace("0.98", "0.97", 1), "checksum"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version: expected 1, found 2"),
        (lambda _: "[]", "no JSON object"),
        (lambda text: text.replace("autotrading.regime-fit", "another"), "schema"),
        (lambda _: "", "no JSON document"),
    ],
)
def test_a_damaged_file_is_named_and_replaced(tmp_path: Path, damage: Callable[[str], str], words: str) -> None:
    fitting, remarks = CountingFitting(), list[str]()
    make_cache(tmp_path, fitting, remarks).fit(TASK)
    path = only_file(tmp_path)
    path.write_text(damage(path.read_text()))

    outcomes = [make_cache(tmp_path, fitting, remarks).fit(TASK) for _ in range(2)]

    assert fitting.n_asked == 2
    assert all(same(outcome, MODEL) for outcome in outcomes)
    assert len(remarks) == 1
    assert remarks[0].startswith(f"{path}: fitted again: ")
    assert words in remarks[0]


def test_a_model_under_another_name_is_not_believed(tmp_path: Path) -> None:
    remarks: list[str] = []
    make_cache(tmp_path, CountingFitting(), remarks).fit(TASK)
    key = fit_key(TASK, "v2")
    other = tmp_path / "fits" / key[:2] / f"{key}.json"
    other.parent.mkdir(exist_ok=True)
    only_file(tmp_path).rename(other)

    make_cache(tmp_path, CountingFitting(), remarks, "v2").fit(TASK)

    assert "key: expected" in remarks[0]


def test_a_checksum_does_not_make_a_model_of_what_is_none() -> None:
    document = json.loads(encode(MODEL, "k"))
    text = plain_model(MODEL).replace("0.01", "-0.01")
    document["outcome"] = json.loads(text)
    document["sha256"] = sha256(text.encode()).hexdigest()

    with pytest.raises(WrittenFormError, match="no valid outcome"):
        decode(json.dumps(document).encode(), "k")


def test_where_nothing_can_be_written_fits_go_on(tmp_path: Path) -> None:
    (tmp_path / "fits").write_text("a file where the folder should be")
    fitting, remarks = CountingFitting(), list[str]()

    assert same(make_cache(tmp_path, fitting, remarks).fit(TASK), MODEL)
    assert any("cannot be written" in remark for remark in remarks)


def test_nothing_but_whole_files_is_left_behind(tmp_path: Path) -> None:
    make_cache(tmp_path, CountingFitting(), []).fit(TASK)

    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".json"]
