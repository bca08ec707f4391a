"""Hard caps on the limits: a file of its own, which no configuration and no environment variable can exceed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.risk.hard_caps import beyond_caps
from domain.risk.limits import RiskLimits
from entrypoints.configuration.keys import KeyProblem, PlainValue, expected
from entrypoints.configuration.structuring import structure_as
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.data_directory import data_directory
from entrypoints.errors import BeyondCapsError, ConfigurationError

CAPS_VARIABLE: Final = "AUTOTRADING_RISK_CAPS"

# What caps nothing: as loose as a limit can be.
_LOOSEST: Final[Mapping[str, Mapping[str, PlainValue]]] = {
    "order": {
        "notional_max": None,
        "price_collar": None,
        "price_age_max_s": None,
        "intent_age_max_s": None,
        "duplicate_window_s": None,
    },
    "position": {
        "concentration_max": None,
        "correlated_max": None,
        "correlation_threshold": 1,
        "strategy_leverage_max": None,
        "allow_short": True,
    },
    "account": {
        "leverage_max": None,
        "net_leverage_max": None,
        "margin_ratio_max": None,
        "liquidation_distance_min": None,
        "liquidation_probability_max": None,
        "var_daily_max": None,
        "cvar_daily_max": None,
        "capital_at_risk_max": None,
        "open_orders_max": None,
        "unknown_orders_max": None,
    },
    "activity": {
        "messages_per_second_max": None,
        "messages_per_10_seconds_max": None,
        "messages_per_minute_max": None,
        "reserved_fraction": 0,
        "orders_per_fill_max": None,
        "orders_per_fill_from": 1_000_000_000,
        "entries_per_hour_max": None,
    },
    "market": {"account_age_max_s": None, "clock_offset_max_s": None},
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
    whole: dict[str, PlainValue] = {group: dict(loosest) for group, loosest in _LOOSEST.items()}
    for group, limits in document.items():
        if group not in _LOOSEST:
            raise KeyProblem(f"unknown key; known: {', '.join(_LOOSEST)}", str(group))
        if not isinstance(limits, dict):
            raise KeyProblem("expected limits below this key", str(group))
        whole[group] = {**_LOOSEST[group], **limits}
    return structure_as(RiskLimits, whole)
