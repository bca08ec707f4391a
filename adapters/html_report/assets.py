"""The style sheet and the scripts of the page, and plotly's script, which draws the charts."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from adapters.html_report.markup import Html, script, style

_CHOSEN: Final = ':root[data-theme="dark"]'
_NOT_LIGHT: Final = ':root:not([data-theme="light"])'
_PACKAGE: Final = "adapters.html_report"
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'"
)


def content_policy() -> str:
    """Return what a browser lets the page do: run what it holds, and ask nobody for anything."""
    return _POLICY


def style_sheet() -> Html:
    """Return the style sheet of all pages; they are dark where the reader, or else the system, wants them so."""
    chosen = _asset("dark.css")
    preferred = f"@media (prefers-color-scheme: dark) {{\n{chosen.replace(_CHOSEN, _NOT_LIGHT)}}}\n"
    return style(f"{_asset('report.css')}\n{preferred}{chosen}")


def scripts(names: Iterable[str]) -> Html:
    """Return scripts of our own by file name, in this order."""
    return script("\n".join(_asset(name) for name in names))


def charting_script() -> Html:
    """Return plotly's script from the installed wheel; a page holds it once."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415  # only pages need it, and loading it takes time

    return script(get_plotlyjs())


def _asset(name: str) -> str:
    return files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
