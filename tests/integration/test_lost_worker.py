"""A process that fits regimes and is killed: one line says what there is no model of, and nothing runs."""

import os
import signal
from array import array
from pathlib import Path

import pytest

from entrypoints import regime_judgements
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.configuration.keys import PlainValue
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from entrypoints.regime_judgements import JudgeResult, JudgeTask
from tests.unit.entrypoints.documents import make_document, with_value, write_document


def killed_at_the_second(task: JudgeTask) -> JudgeResult:
    symbol = task.chain.bars.symbol
    if symbol == "ETHUSDT":
        os.kill(os.getpid(), signal.SIGKILL)
    return JudgeResult(symbol, array("d"), (), {}, 0, "", ())


def test_a_worker_that_is_killed_ends_the_run_with_one_line_that_names_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(regime_judgements, "judge_one", killed_at_the_second)
    monkeypatch.setenv(DATA_DIRECTORY_VARIABLE, str(tmp_path))
    market: PlainValue = {"seed": 5, "bars": 700, "symbols": ["BTCUSDT", "ETHUSDT"]}
    document = make_document(synthetic=market, regimes={"workers": 1})
    path = write_document(tmp_path, with_value(document, "strategies.0.symbols", ["BTCUSDT", "ETHUSDT"]))

    assert commands.main(["backtest", str(path), "--quiet"]) == ExitCode.USAGE
    assert capsys.readouterr().err == (
        "autotrading: regimes.workers: a worker process ended before its work did, killed or out of memory; "
        "no models of ETHUSDT (fewer workers need less memory)\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == ["config.yaml"]
