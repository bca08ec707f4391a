"""How the bytes of a file are packed: plain, gzip, or a zip archive with one file in it; told by the bytes alone."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final, cast

from attrs import define, field, frozen

from application.errors import DataError

_MAGIC_LENGTH: Final = 8


class Packing(Enum):
    """How the bytes are packed, in words."""

    PLAIN = ""
    GZIP = ", gzip"
    ZIP = ", zip"


class Content(Enum):
    """What the unpacked bytes are, in words."""

    TEXT = "CSV"
    JSON = "JSON"
    PARQUET = "Parquet"
    FEATHER = "Feather"


@frozen
class PackedFile:
    """A file whose packing and content are known.

    Attributes:
        path: The file.
        packing: How its bytes are packed.
        content: What they are.
    """

    path: Path
    packing: Packing
    content: Content

    @property
    def words(self) -> str:
        """``CSV, zip``."""
        return f"{self.content.value}{self.packing.value}"


@define(eq=False)
class ByteStream:
    """The unpacked bytes of a file, and how much of the file was needed for them."""

    path: Path
    _raw: BinaryIO
    _unpacked: BinaryIO
    _n_bytes: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._n_bytes = max(1, self.path.stat().st_size)

    @property
    def share_read(self) -> float:
        """Share of the file that was read so far, 0 to 1."""
        return min(1.0, self._raw.tell() / self._n_bytes)

    def read(self, n_bytes: int) -> bytes:
        """Return the next bytes, fewer only at the end.

        Raises:
            DataError: The archive is damaged or cut.
        """
        with readable(self.path):
            return self._unpacked.read(n_bytes)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is read into one line.

    Raises:
        DataError: The file cannot be read, or its archive is damaged or cut.
    """
    try:
        yield
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read: {text}") from error


@contextmanager
def unpacked(file: PackedFile) -> Iterator[ByteStream]:
    """Open the unpacked bytes of a file.

    Raises:
        DataError: It cannot be opened, or a zip archive does not hold exactly one file.
    """
    with ExitStack() as stack:
        yield _open(file.path, file.packing, stack)


def _open(path: Path, packing: Packing, stack: ExitStack) -> ByteStream:
    with readable(path):
        raw = stack.enter_context(path.open("rb"))
        if packing is Packing.GZIP:
            return ByteStream(path, raw, cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=raw))))
        if packing is Packing.ZIP:
            archive = stack.enter_context(zipfile.ZipFile(raw))
            member = stack.enter_context(archive.open(_only_member(path, archive)))
            return ByteStream(path, raw, cast("BinaryIO", member))
        return ByteStream(path, raw, raw)


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise DataError(f"{path}: the archive holds {len(members)} files, not one; unpack it and import the files")
    return members[0]


def look_into(path: Path) -> PackedFile:
    """Say how a file is packed and what is in it.

    Raises:
        DataError: There is no such file, it is empty, or holds none of the known kinds of content.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    if not path.is_file():
        raise DataError(f"{path}: is not a file")
    with readable(path), path.open("rb") as file:
        magic = file.read(_MAGIC_LENGTH)
    packing = _packing(magic)
    if packing is not Packing.PLAIN:
        with unpacked(PackedFile(path, packing, Content.TEXT)) as stream:
            magic = stream.read(io.DEFAULT_BUFFER_SIZE)
    return PackedFile(path, packing, _content(path, magic, packing))


def _packing(magic: bytes) -> Packing:
    if magic.startswith(b"PK\x03\x04"):
        return Packing.ZIP
    return Packing.GZIP if magic.startswith(b"\x1f\x8b") else Packing.PLAIN


def _content(path: Path, magic: bytes, packing: Packing) -> Content:
    if not magic:
        raise DataError(f"{path}: is empty")
    if magic.startswith((b"PAR1", b"ARROW1", b"FEA1")):
        return _columnar(path, magic, packing)
    text = magic.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"[", b"{")):
        return Content.JSON
    if b"\x00" in magic:
        raise DataError(f"{path}: is none of CSV, JSON, Parquet, Feather, gzip or zip: it begins with {magic[:8]!r}")
    return Content.TEXT


def _columnar(path: Path, magic: bytes, packing: Packing) -> Content:
    if packing is not Packing.PLAIN:
        raise DataError(f"{path}: Parquet and Feather are read as they are, not packed; unpack it")
    if magic.startswith(b"FEA1"):
        raise DataError(f"{path}: Feather version 1 is not read; write it again as version 2, or as Parquet")
    return Content.PARQUET if magic.startswith(b"PAR1") else Content.FEATHER
