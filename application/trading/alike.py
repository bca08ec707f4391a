"""What would lose together with a position: the groups of instruments that move alike, at their worst cases."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from application.trading.worst_cases import Worst
from domain.numbers import ZERO
from domain.risk.risk_model import RiskModel

_Sides: TypeAlias = tuple[Decimal, Decimal]


def alike_elsewhere(cases: Iterable[Worst], symbol: str, model: RiskModel | None, threshold: float) -> _Sides:
    """Return the value elsewhere that would lose together with a long position, and with a short one.

    Each instrument has a group: all that move like it, or opposite to it on the other side. A position counts in its
    own group and in those of all its neighbors, and the largest of them decides: two that do not move alike
    can both move like a third, which an order in one of them must not be the way around.

    Args:
        cases: Worst cases of all instruments.
        symbol: Of the position; what is there already does not count.
        model: Knows correlations; what it does not know may move either way.
        threshold: Correlation from which two move alike.
    """
    others = [case for case in cases if case.symbol != symbol]
    if not others:
        return ZERO, ZERO
    if_long, if_short = _group(others, symbol, model, threshold)
    for case in others:
        sign = _likeness(model, symbol, case.symbol, threshold)
        if sign == 0:
            continue
        longs, shorts = _group(others, case.symbol, model, threshold)
        if sign is None:
            longs = shorts = max(longs, shorts)
        elif sign < 0:
            longs, shorts = shorts, longs
        if_long, if_short = max(if_long, longs), max(if_short, shorts)
    return if_long, if_short


def _group(cases: Sequence[Worst], center: str, model: RiskModel | None, threshold: float) -> _Sides:
    """Return what loses with the center where that falls, and where it rises."""
    longs = shorts = ZERO
    for if_falls, if_rises in _losses(cases, center, model, threshold):
        longs += if_falls
        shorts += if_rises
    return longs, shorts


def _losses(cases: Iterable[Worst], center: str, model: RiskModel | None, threshold: float) -> Iterator[_Sides]:
    for case in cases:
        sign = _likeness(model, center, case.symbol, threshold)
        if sign is None:
            yield case.larger_notional, case.larger_notional
        elif sign > 0:
            yield case.long_notional, case.short_notional
        elif sign < 0:
            yield case.short_notional, case.long_notional


def _likeness(model: RiskModel | None, center: str, other: str, threshold: float) -> int | None:
    """Return +1 for alike, -1 for opposite, 0 for neither, None while it is unknown."""
    if center == other:
        return 1
    if model is None or not model.knows(center) or not model.knows(other):
        return None
    return model.alike(center, threshold).get(other, 0)
