"""Puts the own strategies that a configuration names in the places of their names, before it gets its meaning."""

from pathlib import Path
from typing import Any

from entrypoints.configuration.keys import KeyProblem, PlainValue, joined
from entrypoints.configuration.strategy_kinds import StrategyKind
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.own_strategy import OwnStrategy


def with_own_strategies(document: PlainValue, folder: Path) -> Any:  # noqa: ANN401  # plain values, but for what is found
    """Return the document with own strategies, loaded, as kinds; what is no kind at all stays as it is.

    Args:
        document: As written.
        folder: At which paths in it start.

    Raises:
        KeyProblem: What a kind means cannot be found or loaded, or is no strategy.
    """
    sections = document.get("strategies") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(sections, list):
        return document
    own = [_own_kind(section, place, folder) for place, section in enumerate(sections)]
    if not any(own):
        return document
    return document | {
        "strategies": [
            section if kind is None or not isinstance(section, dict) else {"parameters": {}} | section | {"kind": kind}
            for section, kind in zip(sections, own, strict=True)
        ]
    }


def _own_kind(section: PlainValue, place: int, folder: Path) -> OwnStrategy | None:
    written = section.get("kind") if isinstance(section, dict) else None
    if not isinstance(written, str) or written in {kind.value for kind in StrategyKind}:
        return None
    # Looking for installed packages takes a while, and most configurations name none.
    from entrypoints.own_code.finding import find_own  # noqa: PLC0415

    try:
        return find_own(written, folder)
    except OwnCodeError as error:
        raise KeyProblem(str(error), joined("strategies", joined(place, "kind"))) from error
