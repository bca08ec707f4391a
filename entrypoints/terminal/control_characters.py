"""Makes characters visible that a terminal would obey: text of strategies and of files is shown, never carried out."""

from typing import Final

_PICTURES: Final = 0x2400
_DELETE: Final = 0x7F
_NO_PICTURE: Final = "\N{REPLACEMENT CHARACTER}"
_VISIBLE: Final = (
    {code: chr(_PICTURES + code) for code in range(0x20) if chr(code) not in "\n\t"}
    | {_DELETE: "\N{SYMBOL FOR DELETE}"}
    | dict.fromkeys(range(0x80, 0xA0), _NO_PICTURE)
)


def visible(text: str) -> str:
    """Return the text with a picture in the place of each control character, but for ends of lines and tabulators."""
    return text if text.isprintable() else text.translate(_VISIBLE)
