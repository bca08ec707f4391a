"""The validators of the model's parameters: each message names parameter, value and range on one line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import Attribute

Validator: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]


def within(low: float, high: float) -> Validator:
    """Accept numbers from ``low`` to ``high``, both included; NaN and infinities are refused."""

    def check(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError(f"{attribute.name}: {value!r} is not a number from {low} to {high}")

    return check


def whole_within(low: int, high: int) -> Validator:
    """Accept whole numbers from ``low`` to ``high``, both included."""

    def check(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{attribute.name}: {value!r} is not a whole number from {low} to {high}")

    return check


def decimal_within(low: str, high: str) -> Validator:
    """Accept exact decimals from ``low`` to ``high``, both included."""

    def check(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, Decimal) or not value.is_finite() or not Decimal(low) <= value <= Decimal(high):
            raise ValueError(f"{attribute.name}: {value!r} is not a decimal from {low} to {high}")

    return check
