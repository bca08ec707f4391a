"""A run that fits regimes is the same in another process: with another seed of hashes and other numbers of threads."""

import json
from pathlib import Path
from typing import Final

from entrypoints.configuration.keys import PlainValue
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from tests.e2e.command import autotrading
from tests.unit.entrypoints.documents import make_document, write_document

REGIMES: Final[dict[str, PlainValue]] = {
    "synthetic": {"seed": 5, "bars": 700, "symbols": ["BTCUSDT"]},
    "regimes": {
        "schedule": {"refit_bars": 100, "window_bars": 300, "bars_min": 300},
        "fit": {"n_starts": 2, "iterations_max": 20},
    },
    "allocation": {},
    "certificate": {"samples": 4},
}
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def hashes_of(folder: Path, *, hash_seed: int, n_threads: int, workers: int) -> dict[str, str]:
    """Run in a process and a data directory of its own, so that everything is fitted anew, and return the hashes."""
    folder.mkdir()
    document = make_document(**REGIMES)
    regimes = document["regimes"]
    assert isinstance(regimes, dict)
    path = write_document(folder, document | {"regimes": regimes | {"workers": workers}})
    environment = {"PYTHONHASHSEED": str(hash_seed), DATA_DIRECTORY_VARIABLE: str(folder)}
    environment |= dict.fromkeys(_THREADS, str(n_threads))
    ran = autotrading("backtest", path, "--json", "--no-save", environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert list((folder / "regime-fits").rglob("*.json"))
    hashes: dict[str, str] = json.loads(ran.stdout)["hashes"]
    return hashes


def test_another_seed_of_hashes_and_other_threads_and_workers_give_the_same_run(tmp_path: Path) -> None:
    one = hashes_of(tmp_path / "one", hash_seed=1, n_threads=1, workers=1)

    assert hashes_of(tmp_path / "other", hash_seed=2, n_threads=2, workers=2) == one
