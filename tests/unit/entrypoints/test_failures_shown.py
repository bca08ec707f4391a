"""Strategies that fail, as whoever runs a command sees it: a warning each, every output, and a code where all did."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from entrypoints.cli.exit_codes import ExitCode
from entrypoints.cli.main import main
from entrypoints.configuration.keys import PlainValue
from tests.unit.entrypoints.documents import make_document, write_document

RAISES: Final = """
class Raises:
    lookback_bars = 1

    def on_bar(self, view):
        if view.n_bars == 50:
            raise ValueError("no number")
"""
HANGS: Final = """
class Hangs:
    lookback_bars = 1

    def on_bar(self, view):
        while view.n_bars == 50:
            pass
"""
TREND: Final[dict[str, PlainValue]] = {"kind": "trend_following", "parameters": {"fast_bars": 5, "slow_bars": 20}}


def write_run(folder: Path, *strategies: dict[str, PlainValue], **sections: PlainValue) -> str:
    """Write a configuration of these strategies, and their files beside it; return its path."""
    (folder / "raises.py").write_text(RAISES, encoding="utf-8")
    (folder / "hangs.py").write_text(HANGS, encoding="utf-8")
    common: dict[str, PlainValue] = {"symbols": ["BTCUSDT"], "sizing": {"fixed_quantity": 1}}
    listed: PlainValue = [{"name": f"s{place}", **common, **each} for place, each in enumerate(strategies)]
    return str(write_document(folder, make_document(strategies=listed, **sections)))


def test_one_that_raises_is_named_and_the_run_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path, {"kind": "raises.py:Raises"}, TREND)

    assert main(["backtest", path, "--no-save"]) == ExitCode.DONE

    out, err = capsys.readouterr()
    said = (
        "strategy s0 in BTCUSDT failed at 2024-01-03 02:00 UTC: ValueError: no number (raises.py:7); "
        "it held nothing, the others went on"
    )
    assert err == f"autotrading: warning: {said}\n"
    assert "Strategies that failed: 1" in out
    assert said in " ".join(out.split())


def test_programs_read_it_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path, {"kind": "raises.py:Raises"}, TREND)

    main(["backtest", path, "--no-save", "--json"])

    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure == {
        "at": "2024-01-03T02:00:00Z",
        "strategy": "s0",
        "symbol": "BTCUSDT",
        "kind": "raised",
        "error": "ValueError",
        "message": "no number",
        "where": "raises.py:7",
        "left": 1,
    }


def test_one_that_hangs_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path, {"kind": "hangs.py:Hangs"}, TREND, decision_limit_s=Decimal("0.2"))

    assert main(["backtest", path, "--no-save"]) == ExitCode.DONE

    err = capsys.readouterr().err
    assert "s0 in BTCUSDT took too long at 2024-01-03 02:00 UTC" in err
    assert "StrategyBlockedError: no answer within 0.2 s (hangs.py:" in err
    assert err.count("\n") == 1


def test_a_run_of_which_every_strategy_failed_is_shown_and_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_run(tmp_path, {"kind": "raises.py:Raises"})

    assert main(["backtest", path, "--no-save"]) == ExitCode.REFUSED

    out, err = capsys.readouterr()
    assert "EVERY STRATEGY FAILED" in out
    assert err.splitlines()[-1] == "autotrading: every strategy failed: the run proves nothing"


TAKES_LAST: Final = """
made = []

class FailsLater:
    lookback_bars = 1

    def __init__(self):
        made.append(self)
        if len(made) > {n_made}:
            raise RuntimeError("no more of these")

    def on_bar(self, view):
        return None
"""


@pytest.mark.parametrize("n_made", [1, 2])
def test_one_that_cannot_be_made_once_more_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], n_made: int
) -> None:
    """Once it is made for the check of the configuration, then for the run, then for its certificate."""
    (tmp_path / "later.py").write_text(TAKES_LAST.format(n_made=n_made), encoding="utf-8")
    path = write_run(tmp_path, {"kind": "later.py"}, TREND)

    assert main(["backtest", path, "--no-save"]) == ExitCode.USAGE

    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("later.py:10: RuntimeError: no more of these\n")
    assert err.count("\n") == 1


REPLACES: Final = """
import decimal

asked = []


class Replaces:
    @property
    def lookback_bars(self):
        # Once where it is made, and once more by whoever makes its view: only then.
        asked.append(self)
        if len(asked) > 1 and len(asked) % 2:
            decimal.setcontext(decimal.Context(prec=13))
        return 1

    def on_bar(self, view):
        return None
"""


def test_a_context_that_is_replaced_other_than_in_an_answer_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "replaces.py").write_text(REPLACES, encoding="utf-8")
    path = write_run(tmp_path, {"kind": "replaces.py"}, TREND)

    assert main(["backtest", path, "--no-save"]) == ExitCode.REFUSED

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(
        "autotrading: own code (replaces.py) replaces the decimal context: everything is rounded by it;"
    )
    assert err.count("\n") == 1


NEVER_MADE: Final = """
class NeverMade:
    lookback_bars = 1

    def __init__(self):
        while True:
            pass

    def on_bar(self, view):
        return None
"""


@pytest.mark.parametrize("command", [["config", "check"], ["backtest", "--no-save"]])
def test_one_that_is_never_made_is_refused_after_the_time_of_a_decision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (tmp_path / "never.py").write_text(NEVER_MADE, encoding="utf-8")
    path = write_run(tmp_path, {"kind": "never.py"}, TREND, decision_limit_s=Decimal("0.2"))

    assert main([*command, path]) == ExitCode.USAGE

    err = capsys.readouterr().err
    assert err.endswith("NeverMade is not made within 0.2 s\n")
    assert "never.py:" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("limit", ["0", "-1", "86401", ".nan", "soon"])
def test_a_limit_that_is_none_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: str
) -> None:
    path = Path(write_run(tmp_path, TREND))
    path.write_text(f"{path.read_text(encoding='utf-8')}decision_limit_s: {limit}\n", encoding="utf-8")

    assert main(["config", "check", str(path)]) == ExitCode.USAGE

    err = capsys.readouterr().err
    assert "decision_limit_s" in err
    assert err.count("\n") == 1
