"""The command `data import`."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from adapters.market_data.vendor_files.column_names import KNOWN_AS
from adapters.market_data.vendor_files.recognition import VendorFiles
from application.errors import DataError
from application.market_import import ConflictPolicy, ReadingHints
from entrypoints.cli.data_documents import imported_document, write_json
from entrypoints.configuration.keys import nearest
from entrypoints.data_container import market_import
from entrypoints.errors import ConfigurationError
from entrypoints.terminal.progress import TerminalProgress

# What is taken from a folder; a file that is named itself may be called anything.
_ENDINGS: Final = (".csv", ".csv.gz", ".zip", ".json", ".json.gz", ".parquet", ".feather")


def run_import(
    paths: Sequence[Path],
    hints: ReadingHints,
    on_conflict: ConflictPolicy,
    *,
    skip_unrecognized: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Import files, and say what became of each series."""
    check_columns(hints)
    files = list(dict.fromkeys(found for path in paths for found in files_meant(path)))
    skipped: list[str] = []
    if skip_unrecognized:
        files, skipped = _recognizable(files, hints)
    with TerminalProgress("import") as progress:
        imported = market_import(os.environ)(files, hints, on_conflict, _silent if quiet else progress)
    if as_json:
        write_json(imported_document(imported, skipped))
    elif not quiet:
        from entrypoints.terminal.catalog_tables import print_imported  # noqa: PLC0415

        print_imported(imported, skipped)


def _silent(_: float) -> None:
    return


def check_columns(hints: ReadingHints) -> None:
    """Refuse names for columns that no series has.

    Raises:
        ConfigurationError: One of them is unknown.
    """
    for known_as in hints.columns:
        if known_as not in KNOWN_AS:
            raise ConfigurationError(f"--column {known_as}: unknown column; {nearest(known_as, KNOWN_AS)}")


def files_meant(path: Path) -> Iterator[Path]:
    """Yield the files that a path, a folder or a pattern means, in a fixed order.

    Raises:
        DataError: A folder holds no data, or nothing matches a pattern.
    """
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and _is_data(each))
        if not found:
            raise DataError(f"{path}: holds no files that end in {', '.join(_ENDINGS)}")
        yield from found
    elif not path.exists() and glob.has_magic(str(path)):
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  # a pattern may be absolute
        if not matches:
            raise DataError(f"{path}: no file is called like that")
        for each in matches:
            yield from files_meant(Path(each))
    else:
        yield path


def _is_data(path: Path) -> bool:
    return path.name.lower().endswith(_ENDINGS) and not path.name.startswith(".")


def _recognizable(files: Sequence[Path], hints: ReadingHints) -> tuple[list[Path], list[str]]:
    """Return the files that are recognized, and what there is to say about the others."""
    known, skipped = [], []
    for path in files:
        try:
            VendorFiles().recognize(path, hints)
        except DataError as error:
            skipped.append(str(error))
        else:
            known.append(path)
    if not known:
        raise DataError(f"none of {len(files)} files is recognized; the first: {skipped[0] if skipped else 'none'}")
    return known, skipped
