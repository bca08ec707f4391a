"""The checkout as the architecture tests see it: its root, its layers, its files, their syntax."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LAYERS: Final = ("domain", "application", "adapters", "entrypoints")


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below these folders of the checkout, in a fixed order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def syntax_nodes(source: Path) -> Iterator[ast.AST]:
    """Walk through everything that is written in one file."""
    return ast.walk(ast.parse(source.read_text(encoding="utf-8"), filename=str(source)))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Return ``domain/order.py`` or ``domain/order.py:12``, as editors and people read it."""
    line = getattr(node, "lineno", None)
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"
