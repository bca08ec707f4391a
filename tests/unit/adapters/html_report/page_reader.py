"""Reads a page as a program does that knows nothing of the code that made it."""

import json
from collections import defaultdict
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override


class PageReader(HTMLParser):
    """What a page says: its figures by name with exact and shown value, its data, its text.

    Args:
        page: A whole file, UTF-8.
    """

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.exact: dict[str, str] = {}
        self.shown: dict[str, str] = defaultdict(str)
        self.cautions: list[str] = []
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.data: Any = None
        self._figure: str | None = None
        self._script: str | None = None
        self.feed(page.decode("utf-8"))
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "data" and (name := attributes.get("data-figure")):
            exact = attributes["value"] or ""
            assert self.exact.setdefault(name, exact) == exact, f"{name} has two values"
            self._figure = name
            self.shown[name] = ""
        if caution := attributes.get("data-caution"):
            self.cautions.append(caution)
        if tag in {"script", "style"}:
            self._script = attributes.get("id") or tag

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            self._figure = None
        if tag in {"script", "style"}:
            self._script = None

    @override
    def handle_data(self, data: str) -> None:
        if self._script == "report-data":
            self.data = json.loads(data)
        elif self._script is None:
            self.text += data
            if self._figure is not None:
                self.shown[self._figure] += data
