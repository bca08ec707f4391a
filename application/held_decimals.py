"""The decimal context of a run: the same whoever starts it, and nothing that code of a strategy can change.

Everybody's money is rounded by the one context of a thread. Own code that sets its precision for itself would round
the books of all, without any error. So a run holds a context that refuses to be changed, at the line that tries to.
Replacing it whole is noticed where it is held, once and not with every bar.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    getcontext,
    setcontext,
)
from typing import Any, Final, NoReturn

from typing_extensions import override

from application.trading.share import Share
from domain.as_of import AsOfView
from domain.signal import Signal

_ADVICE: Final = "everything is rounded by it; use decimal.localcontext() for your own arithmetic"


class DecimalContextError(Exception):
    """Code of a strategy changes the decimal context, or has done so. The message says what of it."""


class _HeldTraps(dict[Any, bool]):
    """What raises, to be read."""

    @override
    def __setitem__(self, signal: object, is_set: object) -> NoReturn:
        raise DecimalContextError(f"sets traps of the decimal context: {_ADVICE}")

    @override
    def update(self, *_: object, **__: object) -> NoReturn:
        raise DecimalContextError(f"sets traps of the decimal context: {_ADVICE}")


class _HeldContext(Context):
    """A context whose attributes stay as they are; a local one made from it is free."""

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise DecimalContextError(f"sets {name} of the decimal context: {_ADVICE}")

    @override
    def __delattr__(self, name: str) -> NoReturn:
        raise DecimalContextError(f"deletes {name} of the decimal context: {_ADVICE}")

    @override
    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        return _HeldTraps(value) if name == "traps" else value

    @override
    def clear_traps(self) -> NoReturn:
        raise DecimalContextError(f"clears the traps of the decimal context: {_ADVICE}")


def _new_context() -> Context:
    """Return the context of every run: that of Python, in which mixing floats and decimals raises as well."""
    traps = [InvalidOperation, DivisionByZero, Overflow, FloatOperation]
    return _HeldContext(
        prec=28, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, capitals=1, clamp=0, traps=traps
    )


def _settings(context: Context) -> tuple[object, ...]:
    """Return by what a context rounds and raises; what its flags have seen is no part of that."""
    numbers = (context.prec, context.rounding, context.Emin, context.Emax, context.capitals, context.clamp)
    return *numbers, dict(context.traps)


_SETTINGS: Final = _settings(_new_context())


@contextmanager
def held_decimals() -> Iterator[None]:
    """Hold the decimal context of a run; afterwards the one of before is back, whatever was done to it in between.

    Raises:
        DecimalContextError: It was replaced in between, or changed by a way around its refusal.
    """
    before = getcontext()
    setcontext(_new_context())
    try:
        yield
    finally:
        is_changed = _is_changed()
        setcontext(before)
        # Raised over what else was raised, which may have come of it; who interrupts is obeyed.
        if is_changed and not isinstance(sys.exception(), KeyboardInterrupt):
            raise DecimalContextError(f"replaces the decimal context: {_ADVICE}")


def hold_decimals() -> None:
    """Hold the decimal context from here on, in a process that does nothing but make decisions again.

    What replaces it there replaces it in the run as well, where it is noticed.
    """
    setcontext(_new_context())


def _is_changed() -> bool:
    context = getcontext()
    return type(context) is not _HeldContext or _settings(context) != _SETTINGS


def look_after_each(shares: Iterable[Share]) -> None:
    """Have every strategy fail that replaces the context in an answer; the one of the run is back for the others.

    That takes time with every bar: it is for a run that is made again, to find out who it was.
    """
    for share in shares:
        share.on_bar = _looked_after(share.on_bar)


def _looked_after(on_bar: Callable[[AsOfView], Signal | None]) -> Callable[[AsOfView], Signal | None]:
    def ask(view: AsOfView) -> Signal | None:
        with held_decimals():
            return on_bar(view)

    return ask
