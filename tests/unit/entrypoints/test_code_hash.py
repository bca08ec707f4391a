"""The hash of what a module comes to import changes with that and with nothing else; its work loads no other source."""

import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.code_hash import LAYERS, code_hash, hash_of_imports, imported_sources

FITTING = "entrypoints.regime_fits"
JUDGING = "entrypoints.regime_judgements"
ON_TOO_FEW_BARS = """
import sys
import numpy as np
from application.ports.regime_fitting import FitSettings
from application.regimes.refit_schedule import RefitSchedule
from domain.market import BarSeries
IMPORTS

times, prices = 3_600_000_000_000 * np.arange(3), np.ones(3)
bars = BarSeries("TESTUSDT", 3_600_000_000_000, times, prices, prices, prices, prices, prices)
chain = ChainTask(bars, RefitSchedule(), FitSettings(), None, "")
WORK
print(*sys.modules)
"""

SOURCES = {
    "domain/__init__.py": "",
    "domain/numbers.py": "import math\n",
    "domain/unused.py": "",
    "application/__init__.py": "",
    "application/work/__init__.py": "",
    "application/work/first.py": "def run():\n    from application.work import second\n    return second\n",
    "application/work/second.py": "import domain.numbers as numbers\nfrom application.work.first import run\n",
}


def write_layers(folder: Path, sources: dict[str, str] = SOURCES) -> dict[str, Path]:
    for name, source in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return {layer: folder / layer for layer in ("domain", "application")}


@pytest.mark.parametrize("name", SOURCES)
def test_it_changes_with_every_module_that_is_come_to_and_with_no_other(tmp_path: Path, name: str) -> None:
    before = hash_of_imports("application.work.first", write_layers(tmp_path))

    after = hash_of_imports("application.work.first", write_layers(tmp_path, {name: SOURCES[name] + "# changed\n"}))

    assert (after == before) is (name == "domain/unused.py")


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no module application\.nothing"):
        hash_of_imports("application.nothing", write_layers(tmp_path))


def test_it_is_not_the_hash_of_everything_and_the_same_each_time() -> None:
    assert hash_of_imports(FITTING) == hash_of_imports(FITTING) != code_hash()


@pytest.mark.parametrize(
    ("module", "imports", "work"),
    [
        (
            FITTING,
            "from entrypoints.regime_fits import ChainTask, chain_fitting",
            "chain_fitting(chain, [])",
        ),
        (
            JUDGING,
            """
from domain.regimes.detector import DetectorSettings
from entrypoints.regime_fits import ChainTask
from entrypoints.regime_judgements import JudgeTask, judge_one
""",
            "judge_one(JudgeTask(chain, DetectorSettings(), ''))",
        ),
    ],
)
def test_whatever_a_process_loads_for_its_work_is_come_to(module: str, imports: str, work: str) -> None:
    command = [sys.executable, "-c", ON_TOO_FEW_BARS.replace("IMPORTS", imports).replace("WORK", work)]
    loaded = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.split()

    of_ours = {name for name in loaded if name.partition(".")[0] in LAYERS}
    assert {"adapters.hmmlearn.state_fitting", "adapters.arch.garch_fitting", module} <= of_ours
    assert of_ours <= imported_sources(module).keys()
