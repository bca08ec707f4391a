"""The first row of a CSV file that does not have as many fields as the others."""

import pyarrow.csv
from attrs import define


@define
class FirstInvalidRow:
    """Remembers the first row with too few or too many fields; pyarrow's own message names no row we count."""

    first: pyarrow.csv.InvalidRow | None = None

    def __call__(self, row: pyarrow.csv.InvalidRow) -> str:
        """Take a row that pyarrow cannot read, and say that the file cannot be read."""
        self.first = self.first or row
        return "error"
