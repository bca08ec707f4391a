"""The shape of the checkout: four packages, silent ``__init__`` files, reasons for every exception."""

import ast
import importlib
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import LAYERS, ROOT, place, python_files

TYPE_IGNORE: Final = re.compile(r"#\s*type:\s*ignore")
TYPE_IGNORE_WITH_CODE_AND_REASON: Final = re.compile(r"# type: ignore\[[a-z0-9-]+(, [a-z0-9-]+)*\]  # \S")


def comments(source: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and text of each comment of one file, to the end of its line."""
    with tokenize.open(source) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_is_ours_and_not_a_namesake_from_elsewhere(layer: str) -> None:
    package = importlib.import_module(layer)

    assert Path(str(package.__file__)).parent == ROOT / layer


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_declares_its_types(layer: str) -> None:
    assert (ROOT / layer / "py.typed").is_file()


def test_there_is_no_fifth_top_level_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    modules = {path.name for path in ROOT.glob("*.py")}

    assert packages == {*LAYERS, "tests"}
    assert modules == set()


def test_the_wheel_is_told_to_hold_the_four_layers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(LAYERS)


def test_every_folder_with_python_files_is_a_package() -> None:
    folders = {path.parent for path in python_files(*LAYERS, "tests")}

    assert not {place(folder) for folder in folders if not (folder / "__init__.py").is_file()}


def test_every_init_file_holds_one_docstring_line_and_nothing_else() -> None:
    strays = set()
    for path in python_files(*LAYERS, "tests"):
        if path.name == "__init__.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docstring = ast.get_docstring(tree)
            if docstring is None or len(tree.body) != 1 or "\n" in docstring:
                strays.add(place(path))

    assert not strays


def test_every_ignored_type_error_has_its_code_and_a_reason() -> None:
    strays = {
        f"{place(path)}:{line}"
        for path in python_files(*LAYERS, "tests")
        for line, comment in comments(path)
        if TYPE_IGNORE.search(comment) and not TYPE_IGNORE_WITH_CODE_AND_REASON.search(comment)
    }

    assert not strays
