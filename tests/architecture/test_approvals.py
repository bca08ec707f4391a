"""Nobody but the gate approves an order."""

import ast
from typing import Final

from tests.architecture.source_tree import LAYERS, place, python_files

MAY_APPROVE: Final = {"domain/risk/gate.py"}


def test_only_the_gate_makes_approvals() -> None:
    makers = {
        place(path)
        for path in python_files(*LAYERS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Approved"
    }

    assert makers == MAY_APPROVE
