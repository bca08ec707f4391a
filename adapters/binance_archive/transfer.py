"""Brings one file of the archive here: resumed where it was cut off, and verified before it gets its name."""

import asyncio
import re
from pathlib import Path
from typing import Final

import aiohttp
from attrs import frozen

from adapters.binance_archive.connection import Connection, read_body
from adapters.binance_archive.folder import (
    check_archive,
    give_name,
    open_part,
    part_of,
    read_checksum,
    sha256_of,
    size_of_part,
    take_back,
    write_checksum,
)
from adapters.binance_archive.layout import ArchiveFile
from adapters.binance_archive.retrying import Retrying, TransientError
from application.download import DownloadedFile, FileOrigin
from application.errors import DataError, NetworkError
from application.ports.market_archive import DownloadWatch

_OK: Final = 200
_PARTIAL: Final = 206
_NOT_FOUND: Final = 404
_BEYOND_THE_END: Final = 416
_PIECE_BYTES: Final = 1 << 18
# A wrong sum may come from a bad transfer or from a file being replaced meanwhile; twice it is what is published.
_TRANSFERS_MAX: Final = 2
_CHECKSUM_BYTES_MAX: Final = 4096
_CHECKSUM: Final = re.compile(r"([0-9a-f]{64})[ \t]+\*?(\S+)\s*")
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")


class UnusableFileError(DataError):
    """One file is published, but wrong; the others may be right."""


@frozen
class Transfer:
    """Brings files, one at a time; several may run at once for different files.

    Attributes:
        connection: Asks the archive.
        retrying: Tries again.
        base_url: Root of the archive, without a slash at the end.
        folder: Download folder; files lie in it as they do below the root.
    """

    connection: Connection
    retrying: Retrying
    base_url: str
    folder: Path

    async def fetch(self, file: ArchiveFile, watch: DownloadWatch) -> DownloadedFile | None:
        """Return the file, which is whole, verified and a sound zip; None if it is not published.

        Raises:
            UnusableFileError: What is published is wrong.
            DataError: The folder cannot be written.
            NetworkError: The archive fails again and again.
        """
        path = self.folder / file.path
        if await asyncio.to_thread(_is_verified, path):
            return _downloaded(file, path, FileOrigin.KEPT)
        take_back(path)
        found, expected = "", ""
        for _ in range(_TRANSFERS_MAX):
            if not await self._transfer(file, path, watch):
                return None
            expected = await self._published_checksum(file)
            found = await asyncio.to_thread(sha256_of, part_of(path))
            if found == expected:
                await asyncio.to_thread(self._accept, file, path, expected)
                return _downloaded(file, path, FileOrigin.TRANSFERRED)
            part_of(path).unlink()
        raise UnusableFileError(f"{file}: SHA-256 is {found}, but {expected} is published beside it")

    async def _transfer(self, file: ArchiveFile, path: Path, watch: DownloadWatch) -> bool:
        return await self.retrying.run(
            f"{self.base_url}/{file}",
            attempt=lambda: self._transfer_once(file, path, watch),
            progress=lambda: size_of_part(path),
        )

    async def _transfer_once(self, file: ArchiveFile, path: Path, watch: DownloadWatch) -> bool:
        """Receive what is missing; return whether the file is published."""
        n_bytes = size_of_part(path)
        headers = {"Range": f"bytes={n_bytes}-"} if n_bytes else {}
        async with self.connection.get(f"{self.base_url}/{file}", headers) as response:
            match response.status:
                case status if status == _NOT_FOUND:
                    return False
                case status if status == _BEYOND_THE_END and n_bytes:
                    # All of it is there, or more than all: the checksum tells.
                    return True
                case status if status in {_OK, _PARTIAL}:
                    await _receive(response, path, watch, at_byte=_resumed_at(response, n_bytes))
                    return True
                case status:
                    raise NetworkError(f"{self.base_url}/{file}: answered {status} {response.reason}")

    async def _published_checksum(self, file: ArchiveFile) -> str:
        url = f"{self.base_url}/{file}.CHECKSUM"
        text = await self.retrying.run(url, attempt=lambda: self._checksum_text(url))
        if text is None:
            raise UnusableFileError(f"{file}: no checksum is published beside it, so it cannot be verified")
        match = _CHECKSUM.fullmatch(text.lower())
        if match is None or match[2] != file.name.lower():
            raise UnusableFileError(f"{file}.CHECKSUM: is not a SHA-256 of {file.name}: {text.strip()[:120]!r}")
        return match[1]

    async def _checksum_text(self, url: str) -> str | None:
        async with self.connection.get(url) as response:
            if response.status == _NOT_FOUND:
                return None
            if response.status != _OK:
                raise NetworkError(f"{url}: answered {response.status} {response.reason}")
            return (await read_body(response, _CHECKSUM_BYTES_MAX)).decode("utf-8", "replace")

    def _accept(self, file: ArchiveFile, path: Path, checksum: str) -> None:
        try:
            check_archive(part_of(path))
        except DataError as error:
            part_of(path).unlink()
            raise UnusableFileError(f"{file}: the published file {error}") from error
        write_checksum(path, checksum)
        give_name(path)


def _is_verified(path: Path) -> bool:
    """Whether the file is there and still is what the checksum kept beside it says."""
    text = read_checksum(path)
    match = None if text is None else _CHECKSUM.fullmatch(text.lower())
    return match is not None and match[1] == sha256_of(path)


def _downloaded(file: ArchiveFile, path: Path, origin: FileOrigin) -> DownloadedFile:
    return DownloadedFile(
        path=path, origin=origin, n_bytes=path.stat().st_size, start_ns=file.start_ns, end_ns=file.end_ns
    )


def _resumed_at(response: aiohttp.ClientResponse, wanted: int) -> int:
    """Return the byte at which the answer begins: the one asked for, or 0 where the server sends everything."""
    if response.status != _PARTIAL:
        return 0
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != wanted:
        said = response.headers.get("Content-Range", "nothing")
        raise TransientError(f"asked for bytes from {wanted} on, it sends {said}")
    return wanted


async def _receive(response: aiohttp.ClientResponse, path: Path, watch: DownloadWatch, *, at_byte: int) -> None:
    with open_part(path, at_byte=at_byte) as part:
        async for piece in response.content.iter_chunked(_PIECE_BYTES):
            part.append(piece)
            watch.receive(len(piece))
