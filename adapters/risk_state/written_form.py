"""Risk state as JSON text: schema, version, checksum and the state itself, whose decimals are text.

The checksum is over the state in its shortest form, so that a slip of one digit is noticed as surely as a lost half.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

from cattrs import Converter, transform_error

from application.trading.risk_state import RiskState
from domain.errors import DomainError

SCHEMA: Final = "autotrading.risk-state"
SCHEMA_VERSION: Final = 2

_KEYS: Final = ("schema", "version", "sha256", "state")


class WrittenFormError(Exception):
    """The text is no risk state that this version can believe; one line that says why."""


def encode(state: RiskState) -> bytes:
    """Return the text of a state, UTF-8."""
    plain = _CONVERTER.unstructure(state)
    document = {"schema": SCHEMA, "version": SCHEMA_VERSION, "sha256": _checksum(plain), "state": plain}
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()


def decode(content: bytes) -> RiskState:
    """Return the state of a text.

    Raises:
        WrittenFormError: It is damaged, of another version, or says less or more than a state does.
    """
    plain = _checked(_parsed(content))
    try:
        state = _CONVERTER.structure(plain, RiskState)
    except Exception as error:  # what cattrs collects is of many kinds, and each means the same
        raise WrittenFormError(_in_words(error)) from error
    # Left-out keys would come back as the defaults of a fresh state.
    missing = next(_missing(json.loads(json.dumps(_CONVERTER.unstructure(state))), plain, "state"), None)
    if missing is not None:
        raise WrittenFormError(f"{missing}: missing")
    return state


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise WrittenFormError(f"no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise WrittenFormError("no JSON object")
    return document


def _checked(document: dict[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    if document.get("schema") != SCHEMA:
        raise WrittenFormError(f"schema: expected {SCHEMA!r}, found {document.get('schema')!r}")
    if document.get("version") != SCHEMA_VERSION:
        raise WrittenFormError(
            f"version: expected {SCHEMA_VERSION}, the one that this product reads, found {document.get('version')!r}"
        )
    for key in _KEYS:
        if key not in document:
            raise WrittenFormError(f"{key}: missing")
    for key in document:
        if key not in _KEYS:
            raise WrittenFormError(f"{key}: unknown key")
    if document["sha256"] != _checksum(document["state"]):
        raise WrittenFormError("sha256: does not fit the state, which was damaged or changed by hand")
    return document["state"]


def _checksum(plain: object) -> str:
    return sha256(json.dumps(plain, separators=(",", ":")).encode()).hexdigest()


def _missing(whole: object, given: object, place: str) -> Iterator[str]:
    """Yield the places of the whole that were not given."""
    if isinstance(whole, dict) and isinstance(given, dict):
        for key, value in whole.items():
            if key not in given:
                yield f"{place}.{key}"
            else:
                yield from _missing(value, given[key], f"{place}.{key}")
    elif isinstance(whole, list) and isinstance(given, list):
        for index, (value, other) in enumerate(zip(whole, given, strict=True)):
            yield from _missing(value, other, f"{place}[{index}]")


def _in_words(error: BaseException) -> str:
    lines = transform_error(error, path="state", format_exception=_one_reason)
    return " ".join(lines[0].split())


def _one_reason(error: BaseException, _: type | None) -> str:
    return str(error) if isinstance(error, ValueError | TypeError | DomainError) else repr(error)


def _exactly(value: object, cls: type[Any]) -> Any:  # noqa: ANN401  # what cattrs asks for
    # `True` is a number to Python, and "12" to `int`; here neither is.
    if type(value) is not cls:
        raise ValueError(f"expected {cls.__name__}, found {value!r}")
    return value


def _decimal(value: object, _: type[Decimal]) -> Decimal:
    try:
        number = Decimal(_exactly(value, str))
    except InvalidOperation as error:
        raise ValueError(f"expected a decimal number, found {value!r}") from error
    if not number.is_finite():
        raise ValueError(f"expected a finite number, found {value!r}")
    return number


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for cls in (str, int, bool):
        converter.register_structure_hook(cls, _exactly)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_unstructure_hook(Decimal, str)
    return converter


_CONVERTER: Final = _converter()
