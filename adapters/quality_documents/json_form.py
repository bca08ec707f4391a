"""The documents as bytes, and their published schema."""

from typing import Any, Final

import msgspec

from adapters.quality_documents.document import RepairPart, ValidationDocument

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_INDENT: Final = 2


def encode(document: ValidationDocument | RepairPart) -> bytes:
    """Return UTF-8 JSON, indented, keys in the document's own order: equal documents give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=_INDENT) + b"\n"


def validation_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    about = {
        "$schema": _DIALECT,
        "title": "What autotrading found in market data",
        "description": "Scores are 0 to 1; a series with an error never reaches 0.99.",
    }
    return about | msgspec.json.schema(ValidationDocument)
