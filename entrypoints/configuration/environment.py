"""Environment variables over the file: ``AUTOTRADING__RISK__GROSS_LEVERAGE_MAX=2``.

Two underscores part the keys, case does not matter, a number chooses an entry of a list. The value is read
as YAML, so that numbers, lists and ``{assume: 0.0001}`` work. What does not exist is refused.
"""

from collections.abc import Mapping
from typing import Final

from attrs import Factory, define

from entrypoints.configuration.keys import PlainValue, joined
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.errors import ConfigurationError

PREFIX: Final = "AUTOTRADING__"

# Below these the keys are symbols, which are written in capitals.
_KEYED_BY_SYMBOL: Final = frozenset({"symbols", "instruments"})


@define
class Overrides:
    """Plain values with the environment laid over them.

    Attributes:
        value: The document.
        variables: Name of the variable by the dotted path that it sets.
    """

    value: PlainValue
    variables: dict[str, str] = Factory(dict)

    def variable_of(self, path: str) -> str | None:
        """Return the variable that set this path or something around it."""
        for own, variable in self.variables.items():
            if path == own or path.startswith((f"{own}.", f"{own}[")):
                return variable
        return None

    def set(self, keys: list[str], value: PlainValue, variable: str) -> str:
        """Set a value in place and return its dotted path.

        Raises:
            ConfigurationError: There is no such place.
        """
        *parents, last = keys
        node, path = self.value, ""
        for key in parents:
            step = _step(node, key, path, variable)
            path = _joined(path, step)
            if isinstance(node, dict) and isinstance(step, str) and node.get(step) is None:
                node[step] = {}
                self.variables.setdefault(path, variable)
            node = _below(node, step)
        step = _step(node, last, path, variable)
        _put(node, step, value)
        return _joined(path, step)


def override(document: PlainValue, environment: Mapping[str, str]) -> Overrides:
    """Lay the variables that begin with the prefix over a document, in alphabetical order.

    Raises:
        ConfigurationError: A variable names no place, or its value is not YAML.
    """
    overrides = Overrides(document)
    for variable in sorted(environment):
        if variable.startswith(PREFIX):
            keys = variable.removeprefix(PREFIX).split("__")
            path = overrides.set(keys, _read(variable, environment[variable]), variable)
            overrides.variables[path] = variable
    return overrides


def _read(variable: str, text: str) -> PlainValue:
    try:
        return read_yaml(text)
    except YamlTextError as error:
        raise ConfigurationError(f"environment variable {variable}: {error}") from error


def _step(node: PlainValue, key: str, path: str, variable: str) -> str | int:
    """Return what the key of a variable means here: a name in a mapping, a place in a list."""
    if isinstance(node, dict):
        return _name(key, node, path)
    if isinstance(node, list):
        return _place(key, len(node), path, variable)
    raise ConfigurationError(f"environment variable {variable}: there are no keys below {path}")


def _below(node: PlainValue, step: str | int) -> PlainValue:
    if isinstance(node, dict) and isinstance(step, str):
        return node[step]
    return node[step] if isinstance(node, list) and isinstance(step, int) else None


def _put(node: PlainValue, step: str | int, value: PlainValue) -> None:
    # `_step` has made sure that they fit; the two cases are two for the type checker.
    if isinstance(step, str) and isinstance(node, dict):
        node[step] = value
    if isinstance(step, int) and isinstance(node, list):
        node[step] = value


def _joined(path: str, step: str | int) -> str:
    return joined(path, joined(step, "")) if path else joined(step, "")


def _name(key: str, node: Mapping[str, PlainValue], path: str) -> str:
    for name in node:
        if name.lower() == key.lower():
            return name
    return key.upper() if path.rpartition(".")[2] in _KEYED_BY_SYMBOL else key.lower()


def _place(key: str, length: int, path: str, variable: str) -> int:
    if not key.isascii() or not key.isdigit() or int(key) >= length:
        raise ConfigurationError(
            f"environment variable {variable}: {path} has {length} entries, counted from 0; there is no entry {key}"
        )
    return int(key)
