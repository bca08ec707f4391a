"""A server laid out like the public archive, which misbehaves as it is told."""

import asyncio
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TypeAlias

from aiohttp import web
from attrs import define, field, frozen

from tests.servers.loopback import serving


@frozen
class Status:
    """Answers with a status instead of the file."""

    code: int
    retry_after: str | None = None


@frozen
class Cut:
    """Promises the whole file, sends so many bytes of what was asked for and hangs up."""

    after_bytes: int


@frozen
class Other:
    """Sends something else under the same name."""

    content: bytes


@frozen
class Slow:
    """Sends a piece, then nothing for so long, then the rest."""

    pause_s: float
    after_bytes: int = 0


@frozen
class ShiftedRange:
    """Sends other bytes of the file than those asked for, and says so; the whole file where all is asked for."""

    by: int = 1


Misbehavior: TypeAlias = Status | Cut | Other | Slow | ShiftedRange


def zipped(name: str, text: str) -> bytes:
    """Return a zip that holds one file; the same text gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


@define(eq=False)
class ArchiveServer:
    """What is published, how it misbehaves, and what it was asked for.

    Attributes:
        files: Content by path below the root.
        script: What happens to the next requests for a path, one each, before it behaves.
        always: What happens to every request for a path.
        with_ranges: Whether it can send the rest of a file.
        asked: Path and ``Range`` of every request, in order.
        n_open_max: How many were answered at the same time, at most.
    """

    files: dict[str, bytes] = field(factory=dict)
    script: defaultdict[str, list[Misbehavior]] = field(factory=lambda: defaultdict(list))
    always: dict[str, Misbehavior] = field(factory=dict)
    with_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(factory=list)
    n_open_max: int = 0
    _n_open: int = 0

    def publish(self, path: str, text: str = "1,2,3\n") -> bytes:
        """Put a zip and its checksum at a path; return the zip."""
        name = path.rpartition("/")[2]
        return self.publish_bytes(path, zipped(name.replace(".zip", ".csv"), text))

    def publish_bytes(self, path: str, content: bytes) -> bytes:
        """Put any bytes with their right checksum at a path."""
        name = path.rpartition("/")[2]
        self.files[path] = content
        self.files[f"{path}.CHECKSUM"] = f"{sha256(content).hexdigest()}  {name}\n".encode()
        return content

    def times_asked(self, path: str) -> int:
        """How often one file was asked for."""
        return sum(asked == path for asked, _ in self.asked)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve until the end of the block and give the address of the root."""

        def make_application() -> web.Application:
            application = web.Application()
            application.router.add_get("/{path:.*}", self._answer)
            return application

        with serving(make_application) as url:
            yield url

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append((path, request.headers.get("Range")))
        self._n_open += 1
        self.n_open_max = max(self.n_open_max, self._n_open)
        try:
            return await self._behave(request, path)
        finally:
            self._n_open -= 1

    async def _behave(self, request: web.Request, path: str) -> web.StreamResponse:
        act = self.script[path].pop(0) if self.script[path] else self.always.get(path)
        match act:
            case Status(code, retry_after):
                headers = {} if retry_after is None else {"Retry-After": retry_after}
                return web.Response(status=code, headers=headers)
            case Other(content):
                return web.Response(body=content)
            case _ if path not in self.files:
                return web.Response(status=404)
            case _:
                return await self._send(request, self.files[path], act)

    async def _send(
        self, request: web.Request, content: bytes, act: Cut | Slow | ShiftedRange | None
    ) -> web.StreamResponse:
        begin = self._begin(request)
        if begin >= len(content) > 0:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
        shift = act.by if begin and isinstance(act, ShiftedRange) else 0
        response = web.StreamResponse(status=206 if begin else 200)
        if begin:
            response.headers["Content-Range"] = f"bytes {begin + shift}-{len(content) - 1}/{len(content)}"
        rest = content[begin + shift :]
        response.content_length = len(rest)
        await response.prepare(request)
        await self._write(request, response, rest, act)
        return response

    def _begin(self, request: web.Request) -> int:
        wanted = request.headers.get("Range")
        if wanted is None or not self.with_ranges:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    async def _write(
        self, request: web.Request, response: web.StreamResponse, rest: bytes, act: Cut | Slow | ShiftedRange | None
    ) -> None:
        match act:
            case Cut(after_bytes):
                await response.write(rest[:after_bytes])
                # What was written has to leave before the line is cut.
                await asyncio.sleep(0.02)  # noqa: TID251  # the server lives in real time
                if request.transport is not None:  # the client may have hung up before us
                    request.transport.close()
            case Slow(pause_s, after_bytes):
                await response.write(rest[:after_bytes])
                await asyncio.sleep(pause_s)  # noqa: TID251  # the server lives in real time
                await response.write(rest[after_bytes:])
            case _:
                await response.write(rest)
