"""What would lose together with a position: the groups of instruments that move alike, at their worst cases."""

from collections.abc import Iterable, Mapping
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
    signs = _signs(model, symbol, threshold)
    if_long, if_short = _group(others, symbol, signs)
    for case in others:
        sign = signs.get(case.symbol)
        if sign == 0:
            continue
        longs, shorts = _group(others, case.symbol, _signs(model, case.symbol, threshold))
        if sign is None:
            longs = shorts = max(longs, shorts)
        elif sign < 0:
            longs, shorts = shorts, longs
        if_long, if_short = max(if_long, longs), max(if_short, shorts)
    return if_long, if_short


def _signs(model: RiskModel | None, center: str, threshold: float) -> Mapping[str, int]:
    """Return +1 for what moves like a center, -1 for the opposite, 0 for neither; what is unknown is missing."""
    return model.alike(center, threshold) if model is not None and model.knows(center) else {}


def _group(cases: Iterable[Worst], center: str, signs: Mapping[str, int]) -> _Sides:
    """Return what loses with the center where that falls, and where it rises."""
    longs = shorts = ZERO
    for case in cases:
        sign = 1 if case.symbol == center else signs.get(case.symbol)
        if sign is None:
            longs += case.larger_notional
            shorts += case.larger_notional
        elif sign > 0:
            longs += case.long_notional
            shorts += case.short_notional
        elif sign < 0:
            longs += case.short_notional
            shorts += case.long_notional
    return longs, shorts
