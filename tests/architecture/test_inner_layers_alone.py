"""Without adapters and entrypoints the domain and the application still stand."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import ROOT

# An installed checkout puts its root on the search path; it is taken off, so that only the copy is found.
IMPORT_EVERY_MODULE: Final = """
import importlib, importlib.util, pkgutil, sys
from pathlib import Path

copy, checkout = sys.argv[1:]
sys.path[:] = [copy, *(entry for entry in sys.path if Path(entry).resolve() != Path(checkout))]
assert importlib.util.find_spec("adapters") is None
count = 0
for layer in ("domain", "application"):
    package = importlib.import_module(layer)
    assert Path(package.__file__).is_relative_to(copy), package.__file__
    for module in pkgutil.walk_packages(package.__path__, prefix=layer + "."):
        importlib.import_module(module.name)
        count += 1
print(count)
"""


def test_domain_and_application_import_when_the_outer_layers_are_deleted(tmp_path: Path) -> None:
    for layer in ("domain", "application"):
        shutil.copytree(ROOT / layer, tmp_path / layer, ignore=shutil.ignore_patterns("__pycache__"))

    result = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERY_MODULE, str(tmp_path), str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= len(list((tmp_path / "domain").glob("[!_]*.py")))
