"""Turns plain values into sections and back: exact numbers, no unknown keys, and the full path of what is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args, get_origin

from attrs import NOTHING, Attribute, AttrsInstance, fields, has
from cattrs import Converter

from application.held_decimals import held_decimals
from application.market_series import Market
from domain.exits import Distance, PriceFraction, RiskMultiple
from domain.funding_schedule import AssumeRate, FundingHolePolicy, RefuseHoles, SkipHoles
from domain.sizing import EquityFraction, FixedQuantity, KellyAndRisk, RiskFraction, Sizing
from entrypoints.configuration.bounds import check_bounds
from entrypoints.configuration.keys import KeyProblem, PlainValue, expected, nearest, shown
from entrypoints.configuration.own_kinds import with_own_strategies
from entrypoints.configuration.sections import RunConfiguration, StrategySection, SymbolData
from entrypoints.configuration.strategy_kinds import KNOWN_STRATEGIES, AnyKind, StrategyKind
from entrypoints.own_code.errors import NoStrategyMadeError, OwnCodeError
from entrypoints.own_code.own_strategy import OwnStrategy
from entrypoints.own_code.source_loading import told

_Any = TypeVar("_Any")
_Section = TypeVar("_Section", bound=AttrsInstance)

_Alone = TypeVar("_Alone", FixedQuantity, EquityFraction, RiskMultiple, PriceFraction)

_DECIMAL: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_NAMED_FIRST: Final = re.compile(r"(?:Length of )?'?(\w+)'?(?:: )?")
FROM_CATALOG: Final = "catalog"
"""Stands for ``{catalog: um}``."""

# More would not survive a multiplication in 28 significant digits.
_SIGNIFICANT_DIGITS_MAX: Final = 20
_EXPONENT_MAX: Final = 20


def structure(value: PlainValue, folder: Path = Path()) -> RunConfiguration:
    """Return the configuration that plain values mean. Own strategies that it names are loaded, which runs them.

    Args:
        value: As written.
        folder: At which paths of own strategies start.

    Raises:
        KeyProblem: An unknown or missing key, a wrong type, a value out of range, own code that is no strategy.
    """
    return _CONVERTER.structure(with_own_strategies(value, folder), RunConfiguration)


def structure_as(cls: type[_Section], value: PlainValue) -> _Section:
    """Return the section of another document that plain values mean.

    Raises:
        KeyProblem: As by `structure`.
    """
    return _CONVERTER.structure(value, cls)


def unstructure(configuration: RunConfiguration) -> dict[str, PlainValue]:
    """Return the configuration as plain values with every default filled in; `structure` gives it back."""
    plain: dict[str, PlainValue] = _CONVERTER.unstructure(configuration)
    return plain


def unstructure_as(section: AttrsInstance) -> dict[str, Any]:
    """Return a section as plain values with every default filled in; `structure_as` gives it back."""
    plain: dict[str, Any] = _CONVERTER.unstructure(section)
    return plain


def plain_value(value: object) -> PlainValue:
    """Return one value of a configuration as a plain value."""
    plain: PlainValue = _CONVERTER.unstructure(value)
    return plain


# Sections, lists, mappings: whatever adds to the path


def _structure_section(
    value: object, cls: type[_Section], types: Mapping[str, type[AttrsInstance]] = MappingProxyType({})
) -> _Section:
    """Build a section, of whose keys some mean what is said here and not what their annotations say."""
    if not isinstance(value, dict):
        raise expected(f"keys such as {', '.join(_names(cls)[:3])}", value)
    for name in value:
        if name not in _names(cls):
            raise KeyProblem(f"unknown key; {nearest(str(name), _names(cls))}", str(name))
    _refuse_missing([each.name for each in fields(cls) if each.name not in value and each.default is NOTHING])
    parts = {
        attribute.name: structure_key(value, attribute, types.get(attribute.name))
        for attribute in fields(cls)
        if attribute.name in value
    }
    try:
        return cls(**parts)
    except ValueError as error:
        raise _named(error, cls) from error


def _structure_symbol_data(value: object, cls: type[SymbolData]) -> SymbolData:
    """Build the data of one instrument, for which the word ``catalog`` may stand alone."""
    if isinstance(value, str):
        if value != FROM_CATALOG:
            raise KeyProblem(f"expected {FROM_CATALOG}, or keys such as bars, got {shown(value)}")
        return SymbolData(catalog=Market.UM)
    return _structure_section(value, cls)


def _structure_strategy(value: object, cls: type[StrategySection]) -> StrategySection:
    """Build a strategy, whose kind says which settings it has."""
    named = value.get("kind") if isinstance(value, dict) else None
    if isinstance(named, OwnStrategy):
        return _structure_own(value, cls, named)
    # A kind that is none is found before its settings are looked at.
    parameters = next((known.parameters for kind, known in KNOWN_STRATEGIES.items() if kind.value == named), None)
    return _structure_section(value, cls, {} if parameters is None else {"parameters": parameters})


def _structure_own(value: object, cls: type[StrategySection], own: OwnStrategy) -> StrategySection:
    """Build an own strategy, and one instance of it: what its constructor refuses is said before anything runs."""
    try:
        with held_decimals():
            section = _structure_section(value, cls, {"parameters": own.parameters})
            own.make(section.parameters)
    except OwnCodeError as error:
        key = "kind" if isinstance(error, NoStrategyMadeError) else "parameters"
        raise KeyProblem(str(error), key) from error
    except KeyProblem:
        raise
    except Exception as error:
        # Validators and converters of own parameters may raise anything.
        raise KeyProblem(told(error, own.path), "parameters") from error
    return section


def _structure_kind(value: object, _: object) -> AnyKind:
    return value if isinstance(value, OwnStrategy) else StrategyKind(_structure_choice(value, StrategyKind))


def _names(cls: type[AttrsInstance]) -> list[str]:
    return [attribute.name for attribute in fields(cls)]


def _refuse_missing(names: Sequence[str]) -> None:
    """Name every missing key of a section at once, so that writing a file takes one try and not one for each."""
    if names:
        first, *others = names
        so_are = f"; so {'is' if len(others) == 1 else 'are'} {', '.join(others)}" if others else ""
        raise KeyProblem(f"this key is missing and has no default{so_are}", first)


def structure_key(value: Mapping[str, object], attribute: "Attribute[Any]", cls: type | None = None) -> object:
    """Return what the key of an attribute means, its bounds checked.

    Args:
        value: The section.
        attribute: Of the class that it becomes.
        cls: What it means, where the annotation does not say.

    Raises:
        KeyProblem: It means nothing; the path begins with the key.
    """
    try:
        part: object = _CONVERTER.structure(value[attribute.name], cls or attribute.type or object)
        check_bounds(attribute, part)
    except KeyProblem as problem:
        raise problem.under(attribute.name) from problem
    return part


def _named(error: ValueError, cls: type[AttrsInstance]) -> KeyProblem:
    """Return the problem that a validator states, at the key that it names first."""
    text = str(error)
    match = _NAMED_FIRST.match(text)
    if match is None or match[1] not in _names(cls):
        return KeyProblem(text)
    return KeyProblem(text[match.end() :] if match[0].endswith(": ") else text, match[1])


def _structure_list(value: object, cls: type[tuple[_Any, ...]]) -> tuple[_Any, ...]:
    return tuple(_structured_entries(value, get_args(cls)[0]))


def _structured_entries(value: object, cls: type[_Any]) -> list[_Any]:
    if not isinstance(value, list):
        raise expected("a list", value)
    if not value:
        raise KeyProblem("expected at least one entry, got an empty list")
    return [_structure_place(each, place, cls) for place, each in enumerate(value)]


def _structure_set(value: object, cls: type[frozenset[_Any]]) -> frozenset[_Any]:
    return frozenset(_structured_entries(value, get_args(cls)[0]))


def _structure_mapping(value: object, cls: type[Mapping[str, _Any]]) -> dict[str, _Any]:
    if not isinstance(value, dict):
        raise expected("keys with sections below them", value)
    of_key, of_value = get_args(cls)
    return {_structure_name(name, of_key): _structure_place(each, name, of_value) for name, each in value.items()}


def _structure_name(name: str, cls: type[_Any]) -> _Any | str:
    """Return a key of a mapping: as it is written, unless it has to be one of several."""
    return _CONVERTER.structure(name, cls) if _is_choice(cls) else name


def _structure_place(value: object, place: str | int, cls: type[_Any]) -> _Any:
    try:
        return _CONVERTER.structure(value, cls)
    except KeyProblem as problem:
        raise problem.under(place) from problem


# Single values


def _structure_decimal(value: object, _: type[Decimal]) -> Decimal:
    number = _read_decimal(value)
    if number is None or not number.is_finite():
        raise expected("a number", value)
    if len(number.as_tuple().digits) > _SIGNIFICANT_DIGITS_MAX or abs(number.adjusted()) > _EXPONENT_MAX:
        raise expected(f"a number of at most {_SIGNIFICANT_DIGITS_MAX} digits", value)
    return Decimal(plain_decimal(number))


def _read_decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return None


def _structure_float(value: object, _: type[float]) -> float:
    return float(_structure_decimal(value, Decimal))


def _structure_int(value: object, _: type[int]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected("a whole number", value)
    return value


def _structure_bool(value: object, _: type[bool]) -> bool:
    if not isinstance(value, bool):
        raise expected("true or false", value)
    return value


def _structure_text(value: object, _: type[str]) -> str:
    if not isinstance(value, str):
        raise expected("text", value)
    if not value.strip() or not value.isprintable():
        raise expected("text on one line", value)
    if "${" in value:
        raise KeyProblem(f"{shown(value)}: ${{...}} is not filled in here; set AUTOTRADING__SECTION__KEY instead")
    return value


def _structure_choice(value: object, cls: type[Enum]) -> Enum:
    known = [str(each.value) for each in cls]
    if value not in known:
        hint = f"; {nearest(value, known)}" if isinstance(value, str) else ""
        raise KeyProblem(f"expected one of {', '.join(known)}, got {shown(value)}{hint}")
    return cls(value)


def _structure_instant(value: object, _: type[datetime]) -> datetime:
    what = "a UTC time such as 2024-01-01 or 2024-01-01T08:00:00Z"
    if not isinstance(value, str):
        raise expected(what, value)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise expected(what, value) from error
    if instant.tzinfo is None and (instant.hour, instant.minute, instant.second, instant.microsecond) != (0, 0, 0, 0):
        raise expected(f"{what}, with its Z", value)
    return instant.astimezone(UTC) if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _structure_hole_policy(value: object, _: type[FundingHolePolicy]) -> FundingHolePolicy:
    if value == "refuse":
        return RefuseHoles()
    if value == "skip":
        return SkipHoles()
    if not isinstance(value, dict) or list(value) != ["assume"]:
        raise expected("refuse, skip or {assume: RATE}", value)
    rate = _structure_place(value["assume"], "assume", Decimal)
    try:
        return AssumeRate(rate)
    except ValueError as error:
        raise KeyProblem(str(error), "assume") from error


def _structure_sizing(value: object, _: type[Sizing]) -> Sizing:
    if not isinstance(value, dict) or len(value) != 1:
        raise expected("exactly one of fixed_quantity, equity_fraction, risk_fraction and kelly_and_risk", value)
    ((form, inner),) = value.items()
    match form:
        case "fixed_quantity":
            return _structure_alone(inner, form, FixedQuantity)
        case "equity_fraction":
            return _structure_alone(inner, form, EquityFraction)
        case "risk_fraction":
            return _structure_place(inner, form, RiskFraction)
        case "kelly_and_risk":
            return _structure_place(inner, form, KellyAndRisk)
        case _:
            known = ("fixed_quantity", "equity_fraction", "risk_fraction", "kelly_and_risk")
            raise KeyProblem(f"unknown key; {nearest(str(form), known)}", str(form))


def _structure_distance_or_none(value: object, _: object) -> Distance | None:
    return None if value is None else _structure_distance(value, None)


def _structure_distance(value: object, _: object) -> Distance:
    if not isinstance(value, dict) or len(value) != 1:
        raise expected(
            "{r: R}, a multiple of the distance to the first stop, or {fraction: F} of the entry price", value
        )
    ((form, inner),) = value.items()
    if form not in ("r", "fraction"):
        raise KeyProblem(f"unknown key; {nearest(str(form), ('r', 'fraction'))}", str(form))
    return _structure_alone(inner, form, RiskMultiple) if form == "r" else _structure_alone(inner, form, PriceFraction)


def _structure_alone(value: object, form: str, cls: type[_Alone]) -> _Alone:
    """Build a class of one number, which is written without the name of its attribute."""
    (attribute,) = fields(cls)
    number = _structure_place(value, form, Decimal)
    try:
        check_bounds(attribute, number)
    except KeyProblem as problem:
        raise problem.under(form) from problem
    return cls(number)


# And back


def plain_decimal(value: Decimal) -> str:
    """Return the shortest plain text of a decimal: 0.10 and 1e-1 are both ``0.1``."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _unstructure_instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _is_section(cls: object) -> bool:
    return isinstance(cls, type) and has(cls)


def _is_list(cls: object) -> bool:
    origin: object = get_origin(cls)
    return origin is tuple


def _is_set(cls: object) -> bool:
    origin: object = get_origin(cls)
    return origin is frozenset


def _is_mapping(cls: object) -> bool:
    origin: object = get_origin(cls)
    return origin is Mapping


def _is_choice(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, Enum)


def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook_func(_is_section, _structure_section)
    converter.register_structure_hook_func(_is_list, _structure_list)
    converter.register_structure_hook_func(_is_set, _structure_set)
    converter.register_structure_hook_func(_is_mapping, _structure_mapping)
    converter.register_structure_hook_func(_is_choice, _structure_choice)
    converter.register_structure_hook(SymbolData, _structure_symbol_data)
    converter.register_structure_hook(StrategySection, _structure_strategy)
    converter.register_structure_hook(AnyKind, _structure_kind)
    converter.register_structure_hook(Decimal, _structure_decimal)
    converter.register_structure_hook(float, _structure_float)
    converter.register_structure_hook(int, _structure_int)
    converter.register_structure_hook(bool, _structure_bool)
    converter.register_structure_hook(str, _structure_text)
    converter.register_structure_hook(datetime, _structure_instant)
    converter.register_structure_hook(FundingHolePolicy, _structure_hole_policy)
    converter.register_structure_hook(Sizing, _structure_sizing)
    converter.register_structure_hook(Distance, _structure_distance)
    converter.register_structure_hook(Distance | None, _structure_distance_or_none)
    _register_the_way_back(converter)
    return converter


def _register_the_way_back(converter: Converter) -> None:
    converter.register_unstructure_hook_func(_is_list, _as_list)
    converter.register_unstructure_hook_func(_is_set, sorted)
    converter.register_unstructure_hook(Decimal, lambda value: value)
    converter.register_unstructure_hook(float, lambda value: Decimal(repr(value)))
    converter.register_unstructure_hook(datetime, _unstructure_instant)
    converter.register_unstructure_hook(OwnStrategy, lambda own: own.written)
    converter.register_unstructure_hook(RefuseHoles, lambda _: "refuse")
    converter.register_unstructure_hook(SkipHoles, lambda _: "skip")
    converter.register_unstructure_hook(AssumeRate, lambda policy: {"assume": policy.rate})
    converter.register_unstructure_hook(FixedQuantity, lambda each: {"fixed_quantity": each.quantity})
    converter.register_unstructure_hook(EquityFraction, lambda each: {"equity_fraction": each.fraction})
    converter.register_unstructure_hook(RiskMultiple, lambda each: {"r": each.multiple})
    converter.register_unstructure_hook(PriceFraction, lambda each: {"fraction": each.fraction})
    converter.register_unstructure_hook(
        RiskFraction,
        lambda each: {"risk_fraction": {"fraction": each.fraction, "leverage_max": each.leverage_max}},
    )


def _as_list(value: tuple[object, ...]) -> list[object]:
    return [_CONVERTER.unstructure(each) for each in value]


_CONVERTER: Final = _converter()
