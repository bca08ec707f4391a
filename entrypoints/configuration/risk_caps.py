"""Hard caps on the risk settings: a file of its own, which no configuration and no environment variable can exceed.

In research it may be missing. Whoever trades anywhere else does so within caps: `check_caps` is told where.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final, Self, get_args, get_origin

from attrs import Attribute, evolve, fields, frozen, has

from domain.risk.hard_caps import TIGHTER, Tighter, beyond_caps, on_traded, values_of
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Environment
from entrypoints.configuration.keys import KeyProblem, PlainValue, expected, joined, nearest
from entrypoints.configuration.structuring import structure_key
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.data_directory import data_directory
from entrypoints.errors import BeyondCapsError, ConfigurationError

CAPS_VARIABLE: Final = "AUTOTRADING_RISK_CAPS"


@frozen
class HardCaps:
    """The caps that are in force.

    Attributes:
        file: Where they are written.
        caps: The loosest that is allowed, by the key below ``risk``; None, like what is missing, caps nothing.
    """

    file: Path
    caps: Mapping[str, object]

    def on(self, traded: Collection[str]) -> Self:
        """Return what caps a run that trades only these instruments."""
        return evolve(self, caps=on_traded(self.caps, traded))


def caps_file(variables: Mapping[str, str]) -> Path:
    """Return the file of the caps: ``$AUTOTRADING_RISK_CAPS``, else ``risk-caps.yaml`` in the data directory."""
    chosen = variables.get(CAPS_VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else data_directory(variables) / "risk-caps.yaml"


def load_caps(variables: Mapping[str, str]) -> HardCaps | None:
    """Return the hard caps, None where nobody has set any.

    Raises:
        ConfigurationError: The file that was named is missing, or what is written there is no set of caps.
    """
    path = caps_file(variables)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        if variables.get(CAPS_VARIABLE, "").strip():
            raise ConfigurationError(f"{path}: there is no such file ({CAPS_VARIABLE} names it)") from error
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    try:
        return HardCaps(path, _structured(read_yaml(text)))
    except YamlTextError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    except KeyProblem as problem:
        where = f"{problem.path}: " if problem.path else ""
        raise ConfigurationError(f"{path}: {where}{problem.problem}") from problem


def check_caps(
    settings: RiskSettings,
    name: str,
    traded: Collection[str],
    variables: Mapping[str, str],
    environment: Environment = Environment.BACKTEST,
) -> HardCaps | None:
    """Refuse settings that are looser than the caps, and return these; None in research without any.

    Args:
        settings: Of the configuration.
        name: Of the configuration, for messages.
        traded: Its instruments, which alone are capped.
        variables: Of the process, which may name the file.
        environment: Where is to be traded; anywhere but in a backtest there have to be caps.

    Raises:
        BeyondCapsError: The line names the first of them, and how many more there are.
        ConfigurationError: The file of the caps is bad, or missing where there have to be caps.
    """
    caps = load_caps(variables)
    if caps is None:
        if environment is not Environment.BACKTEST:
            said = f"{environment.value} trading needs hard caps on its risk settings"
            raise ConfigurationError(f"{caps_file(variables)}: there is no such file, and {said}")
        return None
    caps = caps.on(traded)
    found = beyond_caps(values_of(settings), caps.caps)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise BeyondCapsError(f"{name}: risk.{found[0].text} of {caps.file}{more}")
    return caps


def _structured(document: PlainValue) -> dict[str, object]:
    if not isinstance(document, dict) or not document:
        raise expected("settings such as account, losses, drawdown", document)
    return dict(_caps_below(RiskSettings, document, ""))


def _caps_below(cls: type[Any], document: PlainValue, path: str) -> Iterator[tuple[str, object]]:
    """Yield the caps of a section, of which only what is capped is there."""
    if not isinstance(document, dict):
        raise KeyProblem("expected settings below this key", path)
    known = {attribute.name: attribute for attribute in fields(cls)}
    for name in document:
        if name not in known:
            raise KeyProblem(f"unknown key; {nearest(str(name), known)}", _below(path, name))
        yield from _caps_of(known[name], document, _below(path, name))


def _caps_of(attribute: "Attribute[Any]", document: Mapping[str, PlainValue], key: str) -> Iterator[tuple[str, object]]:
    of_name, of_value = (*get_args(attribute.type), None, None)[:2]
    if has(attribute.type or object):
        yield from _caps_below(attribute.type or object, document[attribute.name], key)
    elif get_origin(attribute.type) is Mapping and isinstance(of_name, type) and issubclass(of_name, Enum):
        yield from _caps_by_name(of_name, of_value, document[attribute.name], key)
    else:
        yield key, _cap(attribute, document, key)


def _caps_by_name(names: type[Enum], cls: type[Any], document: PlainValue, key: str) -> Iterator[tuple[str, object]]:
    if not isinstance(document, dict):
        raise KeyProblem("expected settings below this key", key)
    known = [str(each.value) for each in names]
    for name, section in document.items():
        if name not in known:
            raise KeyProblem(f"unknown key; {nearest(str(name), known)}", _below(key, name))
        yield from _caps_below(cls, section, _below(key, name))


def _cap(attribute: "Attribute[Any]", document: Mapping[str, PlainValue], key: str) -> object:
    if TIGHTER[key] is Tighter.NEITHER:
        raise KeyProblem("cannot be capped: neither more nor less of it is tighter in every case", key)
    try:
        value = structure_key(document, attribute)
    except KeyProblem as problem:
        raise KeyProblem(problem.problem, _below(key.removesuffix(f".{attribute.name}"), problem.path)) from problem
    if attribute.validator is not None:
        try:
            # Of a section that is there in parts only: settings that depend on others cannot be capped.
            attribute.validator(None, attribute, value)
        except ValueError as error:
            raise KeyProblem(str(error), key) from error
    return value


def _below(path: str, name: str) -> str:
    return joined(path, str(name)) if path else str(name)
