"""Packs columns of numbers for the page: little-endian values in base64, a third of what JSON text takes."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_MS, NS_PER_SECOND

Packed: TypeAlias = Mapping[str, object]

_FORMS: Final = {"f4": "<f4", "f8": "<f8"}


def pack_numbers(values: Float64Array, form: Literal["f4", "f8"] = "f4") -> Packed:
    """Return a column of numbers, shape (n_rows,), as what the page unpacks.

    Args:
        values: Finite numbers or NaN.
        form: ``f4`` keeps seven significant digits, enough to draw; ``f8`` keeps all.
    """
    return {"form": form, "bytes": _text(values.astype(_FORMS[form]).tobytes())}


def pack_instants(at_ns: Int64Array) -> Packed:
    """Return instants, ascending, shape (n_rows,), as a start in milliseconds and whole seconds from there."""
    start_ns = int(at_ns[0]) if at_ns.size else 0
    seconds = (at_ns - start_ns) // NS_PER_SECOND
    return {"start": start_ns / NS_PER_MS, "bytes": _text(seconds.astype("<i4").tobytes())}


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")
