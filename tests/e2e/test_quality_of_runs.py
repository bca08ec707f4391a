"""Backtests refuse bars that cannot be believed, and say how good those were that they used."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import numpy as np
import pytest

from domain.time_units import NS_PER_MS
from entrypoints.cli.commands import main
from entrypoints.configuration.keys import PlainValue
from tests.bar_tables import COLUMNS, Columns, clean_columns, rows_of
from tests.e2e.command import assert_refused
from tests.unit.adapters.market_data.market_files import funding_columns, write_columns
from tests.unit.entrypoints.documents import make_data_document, write_document

N_HOURS: Final = 400

Backtest = Callable[..., CompletedProcess[str]]


def jumping(factor: float = 2.0) -> Columns:
    """Return bars that are another coin's from row 200 on."""
    columns = clean_columns(1, N_HOURS)
    for name in COLUMNS[1:5]:
        columns[name][200:] *= factor
    return columns


@pytest.fixture
def backtest(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Backtest:
    """Runs a backtest on bars, and perhaps marks, with further keys of the section `data`."""

    def run(bars: Columns, marks: Columns | None = None, **keys: PlainValue) -> CompletedProcess[str]:
        files: dict[str, PlainValue] = {"bars": "bars.csv", "funding": "funding.csv"}
        files |= {} if marks is None else {"mark": "mark.csv"}
        for name, columns in (("bars.csv", bars), ("mark.csv", marks or bars)):
            times = (columns["opened_at_ns"] // NS_PER_MS).tolist()
            write_columns(
                tmp_path / name, {"open_time": times} | {each: columns[each].tolist() for each in COLUMNS[1:]}
            )
        start_ms = int(bars["opened_at_ns"][0]) // NS_PER_MS
        write_columns(tmp_path / "funding.csv", funding_columns(N_HOURS // 8 + 1, start_ms=start_ms))
        config = write_document(tmp_path, make_data_document({"BTCUSDT": files}, **keys))
        arguments = ["backtest", str(config), "--json"]
        return CompletedProcess(arguments, main(arguments), *capfd.readouterr())

    return run


def assumptions(result: CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    assert result.returncode == 0, result.stderr
    stated = json.loads(result.stdout)["assumptions"]
    return {each["name"]: (each["value"], each["meaning"]) for each in stated}


def test_bars_that_change_their_level_are_refused_and_the_line_says_why(backtest: Backtest) -> None:
    said = assert_refused(backtest(jumping()), 3)

    assert "bars.csv: BTCUSDT bars: quality 0.3000 is below data.quality_min 0.9: At 1 row the price changes" in said
    assert "`autotrading data validate` lists everything; data.quality_min: 0 uses it anyway" in said


def test_marks_are_held_to_the_same(backtest: Backtest) -> None:
    bars = clean_columns(1, N_HOURS)
    # 80 of 400 hours have no mark: completeness 0.8.
    marks = rows_of(bars, np.delete(np.arange(N_HOURS), np.s_[100:180]))

    said = assert_refused(backtest(bars, marks), 3)

    assert "mark.csv: BTCUSDT mark: quality 0.8000 is below data.quality_min 0.9: 80 rows missing." in said


def test_bars_that_their_own_mark_price_does_not_bear_out_are_refused(backtest: Backtest) -> None:
    bars = clean_columns(1, N_HOURS)
    marks = bars | {name: bars[name] * 1.03 for name in COLUMNS[1:5]}

    assert "bars.csv: BTCUSDT bars: quality 0.0000" in assert_refused(backtest(bars, marks), 3)


def test_0_uses_them_anyway_and_the_run_says_what_they_are_like(backtest: Backtest) -> None:
    stated = assumptions(backtest(jumping(), quality_min=0))

    value, meaning = stated["BTCUSDT.bars.quality"]
    assert value == "0.3000 unusable"
    assert meaning.startswith("Worst found: At 1 row the price changes its level")
    assert stated["quality_min"][0] == "0"


def test_good_bars_are_used_and_said_to_be_good(backtest: Backtest) -> None:
    stated = assumptions(backtest(clean_columns(1, N_HOURS)))

    assert stated["BTCUSDT.bars.quality"] == ("1.0000 good", "Nothing counts against the series.")
    assert stated["quality_min"][0] == "0.9"


@pytest.mark.parametrize("limit", [Decimal("-0.1"), Decimal("1.1")])
def test_a_limit_that_is_no_score_is_refused(limit: Decimal, backtest: Backtest) -> None:
    assert "data.quality_min" in assert_refused(backtest(clean_columns(1, N_HOURS), quality_min=limit), 2)
