"""Files that are replaced in one step: whoever reads sees the old content or the new one, also after a power cut.

No adapter to anything by itself: what adapters that keep files have in common.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO


@contextmanager
def replacing(path: Path, prefix: str = ".autotrading.") -> Iterator[BinaryIO]:
    """Open a temporary file beside another one, which it replaces if all goes well and leaves no trace if not.

    Args:
        path: What is replaced; its folder exists. A link is replaced itself, not what it points to.
        prefix: Of the temporary file's name, by which what a killed process left can be told.

    Raises:
        OSError: The disk does not take it.
    """
    # In the same folder, because a file can only be moved in one step within its file system.
    with NamedTemporaryFile(dir=path.parent, prefix=prefix, delete=False) as file:
        temporary = Path(file.name)
        try:
            yield file  # type: ignore[misc]  # a temporary file has all that a binary file has
            file.flush()
            # A temporary file is for its owner alone; what replaces it is not secret.
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def replace_file(path: Path, content: bytes, prefix: str = ".autotrading.") -> None:
    """Give a file another content in one step; arguments and errors as by `replacing`."""
    with replacing(path, prefix) as file:
        file.write(content)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
