"""What repair does with rows that contradict each other."""

from enum import Enum


class ConflictPolicy(Enum):
    """What becomes of rows that claim the same time with different values."""

    DROP = "drop"
    """All of them go: nobody knows which one is true."""

    MARK = "mark"
    """The first one found stays and is marked."""
