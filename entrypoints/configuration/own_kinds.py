"""Puts the own strategies that a configuration names in the places of their names, before it gets its meaning."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from attrs import evolve

from application.ports.decision_watch import DECISION_LIMIT_S
from entrypoints.configuration.keys import KeyProblem, PlainValue, joined
from entrypoints.configuration.strategy_kinds import StrategyKind, unknown_kind
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.own_strategy import OwnStrategy


def with_own_strategies(document: PlainValue, folder: Path) -> Any:  # noqa: ANN401  # plain values, but for what is found
    """Return the document with own strategies, loaded, as kinds; what is no text at all stays as it is.

    Args:
        document: As written.
        folder: At which paths in it start.

    Raises:
        KeyProblem: A kind means nothing, or what it means cannot be found or loaded, or is no strategy.
    """
    sections = document.get("strategies") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(sections, list):
        return document
    limit_s = limit_of(document)
    own = [_own_kind(section, place, folder, limit_s) for place, section in enumerate(sections)]
    if not any(own):
        return document
    return document | {
        "strategies": [
            section if kind is None or not isinstance(section, dict) else {"parameters": {}} | section | {"kind": kind}
            for section, kind in zip(sections, own, strict=True)
        ]
    }


def limit_of(document: Mapping[str, PlainValue]) -> float | None:
    """Return how long a decision may take, which the making of a strategy may take as well.

    What is written there has not been checked yet: anything that is no limit is refused later.
    """
    limit_s = document.get("decision_limit_s", DECISION_LIMIT_S)
    if limit_s is None:
        return None
    if isinstance(limit_s, int | Decimal) and isfinite(limit_s) and limit_s > 0:
        return float(limit_s)
    return DECISION_LIMIT_S


def _own_kind(section: PlainValue, place: int, folder: Path, limit_s: float | None) -> OwnStrategy | None:
    written = section.get("kind") if isinstance(section, dict) else None
    if not isinstance(written, str) or written in {kind.value for kind in StrategyKind}:
        return None
    # Looking for installed packages takes a while, and most configurations name none.
    from entrypoints.own_code.finding import find_own  # noqa: PLC0415

    path = joined("strategies", joined(place, "kind"))
    try:
        own = find_own(written, folder)
    except OwnCodeError as error:
        raise KeyProblem(str(error), path) from error
    if own is None:
        raise KeyProblem(unknown_kind(written), path)
    return evolve(own, limit_s=limit_s)
