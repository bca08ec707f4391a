"""Writes a file as a whole or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from entrypoints.errors import ConfigurationError


def check_writable(path: Path) -> None:
    """Refuse a place where nothing can be written, before the work is done.

    Raises:
        ConfigurationError: The folder does not exist or takes no files, or the path is a folder itself.
    """
    if path.is_dir():
        raise ConfigurationError(f"--output {path}: is a folder")
    if not path.parent.is_dir():
        raise ConfigurationError(f"--output {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise ConfigurationError(f"--output {path}: the folder {path.parent} takes no files")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there with all its content or as it was before, also after a power cut.

    Raises:
        ConfigurationError: The disk does not take it.
    """
    try:
        # In the same folder, because a file can only be moved in one step within its file system.
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                _write(file.fileno(), content)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigurationError(f"--output {path}: {error.strerror}") from error


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    # A temporary file is for its owner alone; a report is not secret.
    os.fchmod(descriptor, 0o644)
    os.fsync(descriptor)
