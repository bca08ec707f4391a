"""The document as bytes, and its published schema."""

from typing import Any, Final

import msgspec

from adapters.run_documents.document import RunDocument
from application.errors import DataError

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_INDENT: Final = 2


def encode(document: RunDocument) -> bytes:
    """Return UTF-8 JSON, indented, keys in the document's own order: equal documents give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=_INDENT) + b"\n"


def decode(content: bytes) -> RunDocument:
    """Read a document strictly: every key is known, every value of its type, every decimal plain text.

    Raises:
        DataError: It is not such a document; the line names the key.
    """
    try:
        return msgspec.json.decode(content, type=RunDocument)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not a run document: {error}") from error


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    schema = msgspec.json.schema(RunDocument)
    about = {
        "$schema": _DIALECT,
        "title": "Result of an autotrading run",
        "description": "Money, quantities and prices are decimal text; a program reads them without binary floats.",
    }
    return about | schema
