"""Where a configuration comes from."""

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen


@frozen
class ConfigurationSource:
    """Where a configuration comes from, as far as messages and relative paths need it.

    Attributes:
        name: As the user wrote it.
        folder: Relative paths start here.
        environment: Variables that a path may begin with.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
