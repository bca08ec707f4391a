"""What is shipped: the four layers, their type markers, one command, and nothing of the workshop."""

import subprocess
import sys
from zipfile import ZipFile

import pytest

from tests.architecture.source_tree import LAYERS, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("autotrading-*.whl")
    return ZipFile(path)


def test_the_wheel_holds_every_module_of_the_four_layers_and_no_other(wheel: ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if name.endswith(".py")}

    assert shipped == {path.relative_to(ROOT).as_posix() for layer in LAYERS for path in (ROOT / layer).rglob("*.py")}


def test_the_wheel_holds_what_the_pages_are_made_of(wheel: ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if name.endswith((".css", ".js"))}

    assert len(shipped) > 1
    assert shipped == {
        path.relative_to(ROOT).as_posix()
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*")
        if path.suffix in {".css", ".js"}
    }


def test_the_wheel_tells_type_checkers_that_it_is_typed(wheel: ZipFile) -> None:
    assert {f"{layer}/py.typed" for layer in LAYERS} <= set(wheel.namelist())


def test_the_wheel_installs_one_command_and_its_license(wheel: ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    scripts = wheel.read(entry_points).decode().split()

    assert scripts == ["[console_scripts]", "autotrading", "=", "entrypoints.cli.main:run"]
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())
