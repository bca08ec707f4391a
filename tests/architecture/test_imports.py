"""Which layer may import, ask or touch what. Import-linter says the same about indirect imports."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import LAYERS, place, python_files, syntax_nodes

MAY_IMPORT: Final[Mapping[str, frozenset[str]]] = {
    "domain": frozenset({"domain", "attrs", "numpy", "typing_extensions"}),
    "application": frozenset({"domain", "application", "attrs", "numpy", "loguru", "typing_extensions"}),
}
# Clocks, randomness, identity and the outside world: the domain is told, the application asks a port.
NOT_IN_THE_APPLICATION: Final = frozenset({"os", "random", "secrets", "socket", "subprocess", "time", "uuid"})
NOT_IN_THE_DOMAIN: Final = NOT_IN_THE_APPLICATION | {"asyncio", "logging", "pathlib", "threading"}
BANNED_STANDARD: Final = {"domain": NOT_IN_THE_DOMAIN, "application": NOT_IN_THE_APPLICATION}

READS_THE_CLOCK: Final = frozenset({"datetime.now", "datetime.today", "datetime.utcnow", "date.today"})
DRAWS_AT_RANDOM: Final = frozenset({"np.random", "numpy.random"})
TOUCHES_THE_WORLD: Final = frozenset({"eval", "exec", "input", "open", "print"})


def imported_modules(source: Path) -> Iterator[str]:
    """Yield the full name of each module that one file imports."""
    for node in syntax_nodes(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(source, node)}: import absolutely, so that the layer is named"
            yield str(node.module)


def last_two_names(node: ast.Attribute) -> str:
    """Return ``datetime.now`` for ``datetime.now`` as well as for ``datetime.datetime.now``."""
    match node.value:
        case ast.Name(id=owner) | ast.Attribute(attr=owner):
            return f"{owner}.{node.attr}"
        case _:
            return node.attr


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_inner_layers_import_only_what_they_may(layer: str) -> None:
    allowed = MAY_IMPORT[layer] | (sys.stdlib_module_names - BANNED_STANDARD[layer])

    strays = {
        (place(path), module)
        for path in python_files(layer)
        for module in imported_modules(path)
        if module.partition(".")[0] not in allowed or module.startswith("numpy.random")
    }

    assert not strays


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_inner_layers_neither_read_the_clock_nor_draw_at_random(layer: str) -> None:
    strays = {
        place(path, node): name
        for path in python_files(layer)
        for node in syntax_nodes(path)
        if isinstance(node, ast.Attribute) and (name := last_two_names(node)) in READS_THE_CLOCK | DRAWS_AT_RANDOM
    }

    assert not strays


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_inner_layers_open_no_file_and_print_nothing(layer: str) -> None:
    strays = {
        place(path, node): node.func.id
        for path in python_files(layer)
        for node in syntax_nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOUCHES_THE_WORLD
    }

    assert not strays


@pytest.mark.parametrize("layer", LAYERS)
def test_the_product_does_not_import_its_tests(layer: str) -> None:
    strays = {
        place(path)
        for path in python_files(layer)
        for module in imported_modules(path)
        if module.partition(".")[0] in {"tests", "pytest", "hypothesis"}
    }

    assert not strays
