"""States written down as JSON and read back, as strictly as an adapter does it."""

import json
from decimal import Decimal
from typing import Any, Final, TypeVar

from cattrs import Converter

_State = TypeVar("_State")


def written_and_read(state: _State) -> _State:
    """Return what comes back from JSON: every key known, every decimal text, nothing guessed."""
    text = json.dumps(_CONVERTER.unstructure(state), allow_nan=False)
    return _CONVERTER.structure(json.loads(text), type(state))


def _exactly(value: object, cls: type[Any]) -> Any:  # noqa: ANN401  # what cattrs asks for
    assert type(value) is cls, f"{value!r} is no {cls.__name__}"
    return value


def _converter() -> Converter:
    converter = Converter(detailed_validation=False, forbid_extra_keys=True)
    for cls in (str, int, bool):
        converter.register_structure_hook(cls, _exactly)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(_exactly(value, str)))
    converter.register_unstructure_hook(Decimal, str)
    return converter


_CONVERTER: Final = _converter()
