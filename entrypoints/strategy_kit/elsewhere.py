"""What a strategy says in another process, in which text has other hashes: chance, clocks and orders of sets show.

Run as a program with the name of a strategy and its parameters as JSON it writes what is said to a file, as JSON:
standard output belongs to the strategy.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from application.strategy_kit.subject import NotElsewhereError, Spoken, spoken
from entrypoints.strategy_kit.subjects import make_subject
from entrypoints.strategy_kit.time_limit import TimeLimit

_MARKETS: Final = 3
_START_S: Final = 60.0
_OTHER_HASHES: Final = "4711"


def said_elsewhere(name: str, parameters: Mapping[str, object], folder: Path, walk_s: float) -> Spoken:
    """Return what a strategy says in a process of its own.

    Args:
        name: As a configuration names it.
        parameters: Plain values; exact numbers go there as text.
        folder: At which relative paths start.
        walk_s: Seconds that a walk through a market has.

    Raises:
        NotElsewhereError: It cannot be made there, or takes too long.
    """
    with TemporaryDirectory(prefix="autotrading-kit-") as answers:
        answer = Path(answers) / "answer.json"
        _ask(name, parameters, folder, walk_s, answer)
        try:
            heard: Spoken = json.loads(answer.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotElsewhereError("it ended there without an answer") from error
    return heard


def _ask(name: str, parameters: Mapping[str, object], folder: Path, walk_s: float, answer: Path) -> None:
    told = (name, json.dumps(parameters, default=str), str(folder), repr(walk_s), str(answer))
    # Also where the product is a checkout and not installed, and where modules lie beside the caller.
    environment = os.environ | {"PYTHONHASHSEED": _OTHER_HASHES, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        result = subprocess.run(  # noqa: S603  # this interpreter, this module
            [sys.executable, "-m", __name__, *told],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_START_S + _MARKETS * walk_s,
        )
    except subprocess.TimeoutExpired as error:
        raise NotElsewhereError("it took too long there") from error
    if result.returncode != 0:
        last = result.stderr.strip().rpartition("\n")[2]
        raise NotElsewhereError(f"it cannot be made there: {last}")


def _main(name: str, parameters: str, folder: str, walk_s: str, answer: str) -> None:
    limit_s = float(walk_s)
    subject = make_subject(name, json.loads(parameters), Path(folder), limit_s)
    heard = spoken(subject.make, TimeLimit(limit_s))
    Path(answer).write_text(json.dumps(heard), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
