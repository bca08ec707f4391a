"""Reads YAML text into plain values: safely, without guessing, and exactly.

Scalars are read as YAML 1.2 reads them: ``1e-4`` is a number, ``on`` and ``12:30`` are text. A number with a
point becomes the `Decimal` that is written there, never a float. Keys that appear twice are refused.
"""

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Final

import yaml
from typing_extensions import override

from entrypoints.configuration.keys import PlainValue, shown

_NULL: Final = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL: Final = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT: Final = re.compile(r"^[-+]?[0-9]+$")
_FLOAT: Final = re.compile(
    r"^[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$"
)
# Python refuses longer whole numbers anyway, with a message about itself.
_DIGITS_MAX: Final = 400
_KEY_LENGTH_MAX: Final = 60


class YamlTextError(ValueError):
    """Text that is not the YAML that we read; one line with line and column."""


class _ExactLoader(yaml.SafeLoader):
    """The safe loader with the scalars of YAML 1.2, exact numbers and no double keys."""

    # A table of its own: the inherited one makes dates of text and 90 of 1:30.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's name

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        self.flatten_mapping(node)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                problem = f"key {_as_written(key)} is not text"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            name = key.value
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {name} appears twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)

    def construct_exact_int(self, node: yaml.ScalarNode) -> int:
        """Return a whole number, always decimal."""
        text = str(self.construct_scalar(node))
        if len(text) > _DIGITS_MAX:
            raise yaml.constructor.ConstructorError(None, None, f"{len(text)} digits are too many", node.start_mark)
        return int(text)

    def construct_exact_number(self, node: yaml.ScalarNode) -> Decimal:
        """Return the number as written; NaN and infinities become decimals that no key takes."""
        text = str(self.construct_scalar(node)).lower()
        return Decimal(text.replace(".inf", "inf").replace(".nan", "nan"))


for _tag, _pattern, _first in (
    ("null", _NULL, ["~", "n", "N", ""]),
    ("bool", _BOOL, list("tTfF")),
    ("int", _INT, list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
):
    _ExactLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)
_ExactLoader.add_constructor("tag:yaml.org,2002:int", _ExactLoader.construct_exact_int)
_ExactLoader.add_constructor("tag:yaml.org,2002:float", _ExactLoader.construct_exact_number)


def _as_written(key: yaml.Node) -> str:
    if isinstance(key, yaml.ScalarNode):
        return shown(key.value)
    # The marks point into the text, which PyYAML keeps while it reads.
    text = " ".join(str(key.start_mark.buffer)[key.start_mark.pointer : key.end_mark.pointer].split())
    return text if len(text) <= _KEY_LENGTH_MAX else f"{text[:_KEY_LENGTH_MAX]}..."


def read_yaml(text: str) -> PlainValue:
    """Return the one document of a text as plain values.

    Raises:
        YamlTextError: The text is not YAML, holds a double key or a tag that we do not read.
    """
    try:
        value: PlainValue = yaml.load(text, Loader=_ExactLoader)  # noqa: S506  # a subclass of the safe loader
    except yaml.YAMLError as error:
        raise YamlTextError(_one_line(error)) from error
    except RecursionError as error:
        raise YamlTextError("nested too deeply") from error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A tag such as !!float in front of something else.
        raise YamlTextError(f"a value does not fit its tag: {error!r}") from error
    return value


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    text = f"{context}: {problem}" if context else str(problem)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return where + " ".join(text.split())
