"""JSON documents that say what they are and whether they are whole.

Numbers are written so that they read back as the same ones, to the last bit.
"""

import json
from hashlib import sha256
from typing import Any


class WrittenFormError(Exception):
    """The text is not what it is read as, or cannot be believed; one line that says why."""


def sealed(schema: str, version: int, key: str, part: str, plain: object) -> bytes:
    """Return the text of a document, UTF-8.

    Args:
        schema: What it is.
        version: Of its form.
        key: Of what is in it, so that a file under another name is noticed.
        part: Under which name the content stands.
        plain: The content, plain values.
    """
    document = {"schema": schema, "version": version, "key": key, "sha256": _checksum(plain), part: plain}
    return (json.dumps(document, allow_nan=False) + "\n").encode()


def unsealed(content: bytes, schema: str, version: int, key: str, part: str) -> Any:  # noqa: ANN401  # any JSON
    """Return the content of a text that `sealed` wrote with the same arguments.

    Raises:
        WrittenFormError: It is damaged, of another version or key, or something else.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WrittenFormError(f"no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise WrittenFormError("no JSON object")
    for name, expected in (("schema", schema), ("version", version), ("key", key)):
        if document.get(name) != expected:
            raise WrittenFormError(f"{name}: expected {expected!r}, found {document.get(name)!r}")
    plain = document.get(part)
    if document.get("sha256") != _checksum(plain):
        raise WrittenFormError("its checksum does not fit: it was changed or damaged")
    return plain


def shortest(plain: object) -> str:
    """Return plain values as JSON text in one way only: the same values are the same text."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def _checksum(plain: object) -> str:
    return sha256(shortest(plain).encode()).hexdigest()
