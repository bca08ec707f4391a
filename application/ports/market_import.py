"""How files of market data are recognized, and how they get into the catalogue."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from application.market_import import ConflictPolicy, ImportedSeries, ReadingHints
from application.ports.market_catalog import MarketFile


class MarketFiles(Protocol):
    """Knows the forms in which market data comes."""

    def recognize(self, path: Path, hints: ReadingHints, /) -> MarketFile:
        """Look at the beginning of a file, and its name, and say what it is.

        Raises:
            DataError: It is none of the known forms, or leaves open whose or what data it holds; the line says what
                was looked for or which option would tell.
        """
        ...


class MarketImport(Protocol):
    """Puts files into the catalogue."""

    def __call__(
        self,
        paths: Sequence[Path],
        hints: ReadingHints,
        on_conflict: ConflictPolicy,
        progress: Callable[[float], None],
        /,
    ) -> tuple[ImportedSeries, ...]:
        """Import files; those of one series together, in the sequence given, all of them or none.

        Every file is recognized before anything is written. Importing the same files again changes nothing. A process
        that is killed leaves each series either as it was or with all of its files.

        Args:
            paths: The files.
            hints: What is known about all of them.
            on_conflict: What is done where two rows tell different things about one instant.
            progress: Is called with the share that is done, 0 to 1.

        Returns:
            What was done, by series, sorted by key as text.

        Raises:
            DataError: A file is not recognized or bad, or rows conflict. Series that were complete by then stay.
        """
        ...
