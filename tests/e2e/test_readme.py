"""What the README shows works as shown."""

import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from tests.architecture.source_tree import ROOT
from tests.e2e.command import clean_environment

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_embedding_example_runs_and_signals_a_crossing() -> None:
    (_, example) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    printed = StringIO()

    with redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})  # noqa: S102  # our own example, read from our own tree

    # Closes 96, 99: averages 97.5 of two against 97.5 of four touch; 99, 103: 101 against 98.75 cross upwards.
    # True ranges 2, 2, 2, 2, 4 (100 - 96), 5 (104 - 99): ATR of two is 2, 2, 2, then 3, then 4.
    # Strength (103 - 98.75) / (2 * 4) = 0.53.
    assert printed.getvalue() == "6 enter_long 2-bar average crossed above 4-bar, strength 0.53\n"


def test_a_strategy_of_ones_own_runs_with_regimes_in_less_than_15_lines(tmp_path: Path) -> None:
    (example, _) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert (ROOT / "examples" / "embedding.py").read_text(encoding="utf-8") == example
    assert len([line for line in example.splitlines() if line.strip()]) < 15
    (tmp_path / "mine.py").write_text(example, encoding="utf-8")

    result = subprocess.run(
        [sys.executable, "mine.py"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
    )

    assert (result.returncode, result.stderr) == (0, "")
    trades, figures = result.stdout.splitlines()
    assert re.fullmatch(r"\d+ trades, [1-9]\d* changes of regime", trades)
    assert re.fullmatch(r"return -?\d+\.\d%, Sharpe ratio -?\d+\.\d\d", figures)


def test_a_fresh_machine_needs_exactly_two_commands() -> None:
    start = README.partition("## Start")[2].partition("## Backtest")[0]
    (commands,) = re.findall(r"```sh\n(.*?)```", start, flags=re.DOTALL)

    assert commands.splitlines() == ["make demo", "make test"]
