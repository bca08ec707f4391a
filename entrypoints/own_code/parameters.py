"""What the parameters of an own strategy may be made of: what a configuration can say and check."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import attrs
from attrs import AttrsInstance, frozen

from entrypoints.own_code.errors import OwnCodeError

_SINGLE: Final = (bool, int, float, str, Decimal, datetime)
WHAT_MAY_BE: Final = "bool, int, float, str, Decimal, datetime, an Enum, an attrs class, tuple[X, ...] or X | None"
"""Types that a parameter may have, in words."""


@frozen
class NoParameters:
    """Of a strategy whose constructor takes none."""


def check_parameters(cls: type, owner: str) -> type[AttrsInstance]:
    """Return the class of parameters, its annotations resolved.

    Args:
        cls: As it is annotated.
        owner: What takes it, for the message.

    Raises:
        OwnCodeError: It is no attrs class, or a key has a type that no configuration can be held to.
    """
    if not attrs.has(cls):
        raise OwnCodeError(f"{owner}: its argument has to be annotated with an attrs class of parameters, is {cls!r}")
    for name, annotation in _keys_of(cls, owner):
        if not _can_be_configured(annotation, owner):
            raise OwnCodeError(f"{owner}: parameter {name} is {annotation!r}; it may be {WHAT_MAY_BE}")
    return cls


def _keys_of(cls: type[AttrsInstance], owner: str) -> Iterator[tuple[str, Any]]:
    try:
        attrs.resolve_types(cls)
    except (NameError, TypeError) as error:
        raise OwnCodeError(f"{owner}: {cls.__name__}: {error}") from error
    yield from ((attribute.name, attribute.type) for attribute in attrs.fields(cls))


def _can_be_configured(annotation: Any, owner: str) -> bool:  # noqa: ANN401  # annotations have no common type
    inner = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        known = [each for each in inner if each is not NoneType]
        return len(known) == 1 and len(inner) > 1 and _can_be_configured(known[0], owner)
    if get_origin(annotation) is tuple:
        return inner[1:] == (...,) and _can_be_configured(inner[0], owner)
    if not isinstance(annotation, type):
        return False
    if attrs.has(annotation):
        return check_parameters(annotation, owner) is annotation
    return annotation in _SINGLE or issubclass(annotation, Enum)
