"""Where a configuration comes from."""

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from entrypoints.configuration.keys import PlainValue


@frozen
class ConfigurationSource:
    """Where a configuration comes from, as far as messages and relative paths need it.

    Attributes:
        name: As the user wrote it.
        folder: Relative paths start here.
        environment: Variables that a path may begin with.
        document: The configuration as it was written, variables over the file; None where it comes from no text.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
    document: PlainValue = field(default=None, repr=False)
