"""What may change about a saved run: its tags, and when it was last made."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from application.errors import DataError

LABELS_NAME: Final = "labels.json"


class Labels(Struct, frozen=True, forbid_unknown_fields=True):
    """The labels of a run."""

    tags: tuple[str, ...]
    last_made_at_ns: int


def encode_labels(labels: Labels) -> bytes:
    """Return UTF-8 JSON."""
    return msgspec.json.encode(labels) + b"\n"


def read_labels(folder: Path) -> Labels:
    """Return the labels in a folder.

    Raises:
        DataError: They are damaged.
        OSError: They cannot be read.
    """
    path = folder / LABELS_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Labels)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: is damaged: {error}") from error
