"""Files that spare work: what is wrong with one is told, and costs nothing but the work."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from adapters.durable_files import replace_file
from adapters.model_cache.sealed_text import WrittenFormError

Content = TypeVar("Content")


@frozen
class KeptFiles:
    """Reads and writes them.

    Attributes:
        done_again: What becomes of a file that cannot be believed, such as ``fitted again``.
        tell: Is told in one line what is wrong with a file.
    """

    done_again: str
    tell: Callable[[str], None]

    def read(self, path: Path, make: Callable[[bytes], Content]) -> Content | None:
        """Return what a file means, None where it is not there or cannot be believed.

        Args:
            path: The file.
            make: Says what the bytes mean; raises `WrittenFormError` where they mean nothing.
        """
        try:
            return make(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            self.tell(f"{path}: cannot be read, {self.done_again}: {error.strerror}")
        except WrittenFormError as error:
            self.tell(f"{path}: {self.done_again}: {error}")
        return None

    def write(self, path: Path, content: bytes) -> None:
        """Write a file in one step, if the disk takes it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)
        except OSError as error:
            self.tell(f"{path}: cannot be written: {error.strerror}")
