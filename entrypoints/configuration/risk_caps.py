"""Hard caps on the limits: a file of its own, which no configuration and no environment variable can exceed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.risk.hard_caps import TIGHTER, Tighter, beyond_caps, limit_keys
from domain.risk.limits import RiskLimits
from entrypoints.configuration.keys import KeyProblem, PlainValue, expected
from entrypoints.configuration.structuring import structure_as
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.data_directory import data_directory
from entrypoints.errors import BeyondCapsError, ConfigurationError

CAPS_VARIABLE: Final = "AUTOTRADING_RISK_CAPS"

# What caps nothing, of limits that cannot be switched off.
_LOOSEST: Final[Mapping[str, PlainValue]] = {
    "position.correlation_threshold": 1,
    "position.allow_short": True,
    "activity.reserved_fraction": 0,
    "activity.orders_per_fill_from": 1_000_000_000,
}


def caps_file(environment: Mapping[str, str]) -> Path:
    """Return the file of the caps: ``$AUTOTRADING_RISK_CAPS``, else ``risk-caps.yaml`` in the data directory."""
    chosen = environment.get(CAPS_VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else data_directory(environment) / "risk-caps.yaml"


def load_caps(environment: Mapping[str, str]) -> RiskLimits | None:
    """Return the hard caps, None where nobody has set any.

    Raises:
        ConfigurationError: The file that was named is missing, or what is written there is no set of limits.
    """
    path = caps_file(environment)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        if environment.get(CAPS_VARIABLE, "").strip():
            raise ConfigurationError(f"{path}: there is no such file ({CAPS_VARIABLE} names it)") from error
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    try:
        return _structured(read_yaml(text))
    except YamlTextError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    except KeyProblem as problem:
        raise ConfigurationError(f"{path}: {problem.path}: {problem.problem}") from problem


def check_caps(limits: RiskLimits, name: str, environment: Mapping[str, str]) -> None:
    """Refuse limits that are looser than the caps.

    Raises:
        BeyondCapsError: The line names the first of them, and how many more there are.
        ConfigurationError: The file of the caps is bad.
    """
    caps = load_caps(environment)
    found = () if caps is None else beyond_caps(limits, caps)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise BeyondCapsError(f"{name}: risk.{found[0].text} of {caps_file(environment)}{more}")


def _structured(document: PlainValue) -> RiskLimits:
    if not isinstance(document, dict) or not document:
        raise expected("limits such as account, order, position", document)
    whole = _uncapped()
    for group, limits in document.items():
        if group not in whole:
            raise KeyProblem(f"unknown key; known: {', '.join(whole)}", str(group))
        if not isinstance(limits, dict):
            raise KeyProblem("expected limits below this key", str(group))
        whole[group] |= limits
    return structure_as(RiskLimits, {**whole})


def _uncapped() -> dict[str, dict[str, PlainValue]]:
    """Return limits that cap nothing, as plain values by group and name."""
    whole: dict[str, dict[str, PlainValue]] = {}
    for key in limit_keys():
        group, name = key.split(".")
        nothing: PlainValue = {} if TIGHTER[key] is Tighter.LOWER_BY_INSTRUMENT else None
        whole.setdefault(group, {})[name] = _LOOSEST.get(key, nothing)
    return whole
