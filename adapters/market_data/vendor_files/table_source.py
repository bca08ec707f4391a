"""A file as a table of named columns, read in batches: what CSV, JSON, Parquet and Feather have in common."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Protocol

import pyarrow as pa


class Wanted(Enum):
    """What a column is wanted as. Sources may give it so already, or give text or what they have."""

    TIME = "time"
    FLOAT = "number"
    INT = "whole number"
    FLAG = "flag"
    TEXT = "text"


class TableSource(Protocol):
    """One file, open for reading."""

    @property
    def words(self) -> str:
        """What kind of file it is, in words."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns, as they stand there."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What is out of the ordinary about its form, one sentence each."""
        ...

    @property
    def share_read(self) -> float:
        """Share of the file that was read so far, 0 to 1."""
        ...

    def sample(self) -> pa.Table:
        """Return the first rows, some hundreds; of text files, as text.

        Raises:
            DataError: They cannot be read.
        """
        ...

    def batches(self, wanted: Mapping[str, Wanted]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of all rows in the order in which they stand there.

        Raises:
            DataError: The file is damaged, or a row has too many or too few fields.
        """
        ...
