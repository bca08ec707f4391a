"""Builds HTML in which nothing that comes from a run can be anything but text."""

import json
from collections.abc import Iterable
from html import escape
from typing import Final, TypeAlias

from attrs import frozen

_VOID: Final = frozenset({"br", "hr", "input", "meta"})
# Inside a script element only these can end it or be taken for markup; in JSON all of them may be written as escapes.
_IN_SCRIPT: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_SCRIPT_TABLE: Final = str.maketrans(_IN_SCRIPT)


@frozen
class Html:
    """Text that is markup already. Only the functions of this module make it from anything else."""

    text: str


Content: TypeAlias = "Html | str | Iterable[Content] | None"
"""What an element may hold: plain strings are escaped, None is nothing."""


def element(name: str, *content: Content, **attributes: str | bool | None) -> Html:
    """Return an element.

    Args:
        name: Of the element, lower case.
        content: What it holds.
        attributes: Values are escaped. True stands for an attribute without a value; None and False leave it
            out. A trailing underscore is dropped and others become hyphens: ``class_``, ``data_value``.
    """
    opening = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{opening}>")
    return Html(f"<{name}{opening}>{joined(content).text}</{name}>")


def joined(content: Content) -> Html:
    """Return content as markup, one piece after the other."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(content))
    return Html("".join(joined(each).text for each in content))


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001  # an attribute without value is a flag
    if value is None or value is False:
        return ""
    name = key.removesuffix("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'


def embedded_json(identifier: str, value: object) -> Html:
    """Return a data block that scripts of the page read by its id; no value can end it early."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_SCRIPT_TABLE)
    return Html(f'<script type="application/json" id="{escape(identifier)}">{text}</script>')


def script(source: str) -> Html:
    """Return a script of our own or of a library, as it is.

    Raises:
        ValueError: The source would end its element early.
    """
    if "</script" in source.lower():
        raise ValueError("a script must not contain its own end tag")
    return Html(f"<script>{source}</script>")


def style(source: str) -> Html:
    """Return a style sheet of our own, as it is.

    Raises:
        ValueError: The source would end its element early.
    """
    if "</style" in source.lower():
        raise ValueError("a style sheet must not contain its own end tag")
    return Html(f"<style>{source}</style>")
