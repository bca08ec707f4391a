"""What a strategy says in another process, in which text has other hashes: chance, clocks and orders of sets show.

Run as a program with the name of a strategy and its parameters as JSON it prints what is said, as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
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
    command = [sys.executable, "-m", __name__, name, json.dumps(parameters, default=str), str(folder), repr(walk_s)]
    # Also where the product is a checkout and not installed, and where modules lie beside the caller.
    environment = os.environ | {"PYTHONHASHSEED": _OTHER_HASHES, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        result = subprocess.run(  # noqa: S603  # this interpreter, this module
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=environment,
            timeout=_START_S + _MARKETS * walk_s,
        )
    except subprocess.TimeoutExpired as error:
        raise NotElsewhereError("it took too long there") from error
    if result.returncode != 0:
        last = result.stderr.strip().rpartition("\n")[2]
        raise NotElsewhereError(f"it cannot be made there: {last}")
    heard: Spoken = json.loads(result.stdout.strip().rpartition("\n")[2])
    return heard


def _main(name: str, parameters: str, folder: str, walk_s: str) -> None:
    limit_s = float(walk_s)
    subject = make_subject(name, json.loads(parameters), Path(folder), limit_s)
    heard = spoken(subject.make, TimeLimit(limit_s))
    sys.stdout.write("\n" + json.dumps(heard) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
