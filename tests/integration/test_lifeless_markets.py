"""Markets that say little: constant prices, no volume, a handful of bars. Runs end well, and nothing is made up."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.strategy_kinds import StrategyKind
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from tests.unit.adapters.market_data.market_files import bar_columns, funding_columns, write_columns
from tests.unit.entrypoints.documents import make_data_document, write_document

SHORT_FITS: Final[dict[str, PlainValue]] = {
    "schedule": {"refit_bars": 100, "window_bars": 300, "bars_min": 300},
    "fit": {"n_starts": 1, "iterations_max": 10},
    "workers": 1,
}


def strategies() -> list[PlainValue]:
    """Return all four as they come."""
    return [
        {"name": kind.value, "kind": kind.value, "symbols": ["BTCUSDT"], "sizing": {"equity_fraction": Decimal("0.3")}}
        for kind in StrategyKind
    ]


def swinging(n_bars: int) -> list[float]:
    random, price, closes = Random(3), 100.0, []
    for _ in range(n_bars):
        price *= 1.0 + random.gauss(0.0, 0.01)
        closes.append(round(price, 2))
    return closes


def bars_of(closes: Sequence[float], volumes: Sequence[float]) -> Mapping[str, Sequence[object]]:
    opens = [closes[0], *closes[:-1]]
    return {
        **bar_columns(len(closes)),
        "open": opens,
        "high": [max(pair) for pair in zip(opens, closes, strict=True)],
        "low": [min(pair) for pair in zip(opens, closes, strict=True)],
        "close": list(closes),
        "volume": list(volumes),
    }


class Ran:
    """What a run left: its document, and what was said of it."""

    def __init__(self, document: dict[str, Any], said: str) -> None:
        self.document = document
        self.said = said


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    monkeypatch.setenv(DATA_DIRECTORY_VARIABLE, str(tmp_path))

    def ran(closes: Sequence[float], volumes: Sequence[float], regimes: PlainValue = None) -> Ran:
        write_columns(tmp_path / "bars.csv", bars_of(closes, volumes))
        write_columns(tmp_path / "funding.csv", funding_columns(len(closes) // 8 + 2))
        files: PlainValue = {"BTCUSDT": {"bars": "bars.csv", "funding": "funding.csv"}}
        document = make_data_document(files, quality_min=0)
        document |= {"strategies": strategies(), "allocation": {}}
        document |= {"regimes": SHORT_FITS} if regimes is None else {"regimes": regimes}
        path, output = write_document(tmp_path, document), tmp_path / "run.json"
        code = commands.main(["backtest", str(path), "--quiet", "--no-save", "--output", str(output)])
        said = capsys.readouterr().err
        assert code == ExitCode.DONE, said
        return Ran(json.loads(output.read_text(), parse_constant=refuse), said)

    return ran


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} in a document")


def test_constant_prices_open_nothing_and_it_is_said_that_no_regime_is_told(run: Any) -> None:  # noqa: ANN401
    ran = run([100.0] * 700, [10.0] * 700)

    assert ran.document["certificate"]["first_difference"] is None
    assert ran.said == (
        "autotrading: warning: BTCUSDT: regimes: 4 of 4 fits failed, NEUTRAL throughout: "
        "0 of 300 bars have an observation, 250 are needed\n"
    )
    assert trades(ran) == []


def test_constant_prices_are_refused_unless_somebody_asks_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_columns(tmp_path / "bars.csv", bars_of([100.0] * 700, [10.0] * 700))
    write_columns(tmp_path / "funding.csv", funding_columns(90))
    path = write_document(tmp_path, make_data_document({"BTCUSDT": {"bars": "bars.csv", "funding": "funding.csv"}}))

    assert commands.main(["backtest", str(path), "--quiet", "--no-save"]) == ExitCode.DATA
    said = capsys.readouterr().err
    assert said.startswith(f"autotrading: {tmp_path / 'bars.csv'}: BTCUSDT bars: quality ")
    assert "the prices stand still" in said
    assert said.count("\n") == 1


def test_bars_without_volume_are_no_observations_and_nothing_fails(run: Any) -> None:  # noqa: ANN401
    closes = swinging(900)
    volumes = [10.0 + row % 7 for row in range(400)] + [0.0] * 400 + [10.0 + row % 7 for row in range(100)]
    ran = run(closes, volumes)

    assert "fits failed, the model before stayed in use: " in ran.said
    assert "of 300 bars have an observation, 250 are needed" in ran.said
    assert trades(ran)


def test_too_few_bars_for_any_average_decide_nothing(run: Any) -> None:  # noqa: ANN401
    ran = run(swinging(10), [10.0] * 10)

    assert trades(ran) == []
    assert ran.said == "autotrading: warning: BTCUSDT: regimes: NEUTRAL throughout: too few bars for a first fit: 10\n"


def test_too_few_bars_for_a_fit_leave_the_neutral_scenario_and_strategies_go_on(run: Any) -> None:  # noqa: ANN401
    closes = swinging(400)
    ran = run(closes, [10.0 + row % 7 for row in range(400)], {"schedule": {"bars_min": 500}, "workers": 1})

    assert "regimes: NEUTRAL throughout: too few bars for a first fit: 400" in ran.said
    assert trades(ran)


def trades(ran: Ran) -> list[Any]:
    found: list[Any] = ran.document["trades"]
    return found
