"""The JSON Schema of the configuration, made from the sections themselves: types, bounds, defaults, docstrings."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin

from attrs import NOTHING, Attribute, fields, has

from domain.exits import Distance, PriceFraction, RiskMultiple
from domain.funding_schedule import FundingHolePolicy
from domain.sizing import EquityFraction, FixedQuantity, KellyAndRisk, RiskFraction, Sizing
from entrypoints.configuration.bounds import bounds_of, json_number, schema_of
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration, StrategySection, SymbolData
from entrypoints.configuration.strategy_kinds import KNOWN_STRATEGIES, AnyKind, StrategyKind, StrategyParameters
from entrypoints.configuration.structuring import FROM_CATALOG, plain_value

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DECIMAL_TEXT: Final = r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_OWN_CODE: Final = r"^.+\.py(:\w+)?$|^[\w.]+:\w+$"
_KEY_LINE: Final = re.compile(r"^    (\w+): (.*)$")

Schema = dict[str, Any]


def configuration_schema() -> Schema:
    """Return the JSON Schema of a configuration. What sections demand of each other it cannot say."""
    about: Schema = {"$schema": _DIALECT, "title": "Configuration of an autotrading run"}
    market: Schema = {"oneOf": [{"required": ["data"]}, {"required": ["synthetic"]}]}
    return about | _section(RunConfiguration) | market


def _section(cls: type) -> Schema:
    summary, descriptions = described(cls)
    return {
        "type": "object",
        "description": summary,
        "additionalProperties": False,
        "required": [attribute.name for attribute in fields(cls) if attribute.default is NOTHING],
        "properties": {attribute.name: _key(attribute, descriptions) for attribute in fields(cls)},
    }


def _key(attribute: "Attribute[Any]", descriptions: Mapping[str, str]) -> Schema:
    schema = _type(attribute.type)
    target = schema["anyOf"][0] if "anyOf" in schema and schema["anyOf"][-1] == {"type": "null"} else schema
    target |= schema_of(bounds_of(attribute))
    if attribute.name in descriptions:
        schema["description"] = descriptions[attribute.name]
    default = _default(attribute)
    if default is not NOTHING and default is not None:
        schema["default"] = default
    return schema


def _default(attribute: "Attribute[Any]") -> object:
    default = attribute.default
    if default is NOTHING:
        return NOTHING
    factory = getattr(default, "factory", None)
    if getattr(default, "takes_self", False):
        return NOTHING
    return _json_value(plain_value(default if factory is None else factory()))


def _json_value(value: PlainValue) -> object:
    if isinstance(value, dict):
        return {key: _json_value(each) for key, each in value.items()}
    return json_number(value) if isinstance(value, Decimal) else value


def _type(cls: Any) -> Schema:  # noqa: ANN401  # annotations have no common type
    """Return the schema of an annotation."""
    if isinstance(cls, UnionType):
        return _union(cls)
    if get_origin(cls) in (tuple, frozenset):
        unique = {"uniqueItems": True} if get_origin(cls) is frozenset else {}
        return {"type": "array", "minItems": 1, "items": _type(get_args(cls)[0])} | unique
    if get_origin(cls) is Mapping:
        return {"type": "object", "additionalProperties": _type(get_args(cls)[1])}
    if cls is StrategyParameters:
        return {"type": "object"}
    if cls is StrategySection:
        return _strategy()
    return _symbol_data() if cls is SymbolData else _section(cls) if has(cls) else _single(cls)


def _union(cls: UnionType) -> Schema:
    if cls == FundingHolePolicy:
        assume = {"type": "object", "additionalProperties": False, "required": ["assume"]}
        return {"anyOf": [{"enum": ["refuse", "skip"]}, assume | {"properties": {"assume": _number()}}]}
    if cls == AnyKind:
        return _kind()
    if cls == Sizing:
        numbers = (_alone("fixed_quantity", FixedQuantity), _alone("equity_fraction", EquityFraction))
        return {"oneOf": [*numbers, _rule("risk_fraction", RiskFraction), _rule("kelly_and_risk", KellyAndRisk)]}
    if cls == Distance:
        return {"oneOf": [_alone("r", RiskMultiple), _alone("fraction", PriceFraction)]}
    inner = [each for each in get_args(cls) if each is not NoneType]
    return {"anyOf": [_type(reduce(or_, inner)), {"type": "null"}]}


def _symbol_data() -> Schema:
    return {"anyOf": [{"const": FROM_CATALOG, "description": "Short for {catalog: um}."}, _section(SymbolData)]}


def _strategy() -> Schema:
    """Return the schema of a strategy, in which the kind decides about the parameters."""
    by_kind = [
        {
            "if": {"properties": {"kind": {"const": kind.value}}},
            "then": {"properties": {"parameters": _section(known.parameters)}},
        }
        for kind, known in KNOWN_STRATEGIES.items()
    ]
    return _section(StrategySection) | {"allOf": by_kind}


def _kind() -> Schema:
    """Return the schema of a kind: those that are known, those that are installed here, and own code of any name."""
    from entrypoints.own_code.finding import installed_names  # noqa: PLC0415  # looks through all that is installed

    known = [kind.value for kind in StrategyKind]
    own = {"type": "string", "pattern": _OWN_CODE, "description": "Own code: FILE.py, FILE.py:CLASS or MODULE:CLASS."}
    return {"anyOf": [{"enum": [*known, *(name for name in installed_names() if name not in known)]}, own]}


def _single(cls: type) -> Schema:
    if issubclass(cls, Enum):
        return {"enum": [each.value for each in cls]}
    if cls is Decimal or cls is float:
        return _number()
    if cls is datetime:
        return {"type": "string", "description": "ISO 8601, UTC: 2024-01-01 or 2024-01-01T08:00:00Z."}
    return {"type": {int: "integer", bool: "boolean", str: "string"}[cls]}


def _number() -> Schema:
    """Return the schema of an exact number, which may also be written as text."""
    return {"type": ["number", "string"], "pattern": _DECIMAL_TEXT}


def _alone(form: str, cls: type) -> Schema:
    (attribute,) = fields(cls)
    summary, _ = described(cls)
    number = _number() | schema_of(bounds_of(attribute)) | {"description": summary}
    return {"type": "object", "additionalProperties": False, "required": [form], "properties": {form: number}}


def _rule(form: str, cls: type) -> Schema:
    inner = {form: _section(cls)}
    return {"type": "object", "additionalProperties": False, "required": [form], "properties": inner}


def described(cls: type) -> tuple[str, dict[str, str]]:
    """Return the summary of a section and the descriptions of its keys, as its docstring has them."""
    lines = (cls.__doc__ or "").splitlines()
    descriptions: dict[str, str] = {}
    name = None
    for line in lines:
        stripped = line.removeprefix("    ")
        match = _KEY_LINE.match(stripped)
        if match:
            name = match[1]
            descriptions[name] = match[2]
        elif name is not None and stripped.startswith("        "):
            descriptions[name] += " " + stripped.strip()
        else:
            name = None
    return lines[0], descriptions
