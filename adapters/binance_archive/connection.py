"""One HTTP client for a download: time-outs on everything, and failures sorted by whether trying again may help.

It imports aiohttp, which takes a while: import it inside the function that connects.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from attrs import frozen

from adapters.binance_archive.retrying import TransientError
from application.errors import NetworkError
from domain.time_units import NS_PER_SECOND

_WEIGHT_EXCEEDED: Final = 429
_BANNED: Final = 418
_TIMED_OUT: Final = 408
_SERVER_ERROR: Final = 500
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
# Where a server bars us without saying for how long: its limits are counted by the minute.
_UNTOLD_WAIT_NS: Final = 60 * NS_PER_SECOND
_BARRED_PLACE: Final = frozenset({403, 451})


@frozen(kw_only=True)
class TimeLimits:
    """How long is waited for a server, seconds.

    Attributes:
        connect_s: Until a connection stands.
        read_s: From one piece of the answer to the next; a transfer as a whole may take as long as it does.
    """

    connect_s: float = 15.0
    read_s: float = 30.0


@frozen
class Connection:
    """Asks servers over HTTP; made by `connect`."""

    _session: aiohttp.ClientSession

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask for something and give the answer while it comes in; its status is not one of those below.

        Raises:
            TransientError: No answer, a broken one, or one of 408, 418, 429 and 5xx, also while it is being read.
            NetworkError: 403 or 451: this place is not served.
        """
        try:
            async with self._session.get(url, headers=headers) as response:
                _check_status(response)
                yield response
        except TimeoutError as error:
            raise TransientError("no answer in time") from error
        except aiohttp.ClientPayloadError as error:
            raise TransientError("the answer was cut off") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise TransientError(_in_words(error)) from error


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status in {_WEIGHT_EXCEEDED, _BANNED}:
        raise TransientError(_answered(response), wait_ns=asked_wait_ns(response.headers) or _UNTOLD_WAIT_NS)
    if status == _TIMED_OUT or status >= _SERVER_ERROR:
        raise TransientError(_answered(response), wait_ns=asked_wait_ns(response.headers))
    if status in _BARRED_PLACE:
        raise NetworkError(f"{response.url}: {_answered(response)}")


def _answered(response: aiohttp.ClientResponse) -> str:
    return f"answered {response.status} {response.reason or ''}".rstrip()


def asked_wait_ns(headers: Mapping[str, str]) -> int | None:
    """Return how long ``Retry-After`` asks to wait, nanoseconds; None where it is not a number of seconds."""
    text = headers.get("Retry-After", "").strip()
    return int(text) * NS_PER_SECOND if _SECONDS.fullmatch(text) else None


async def read_body(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """Return the whole answer.

    Raises:
        NetworkError: It is longer than anything that was asked for.
    """
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > bytes_max:
            raise NetworkError(f"{response.url}: the answer is longer than {bytes_max} bytes")
    return bytes(body)


def _in_words(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        return f"cannot connect: {os.strerror(cause.errno) if cause.errno and cause.errno > 0 else cause}"
    return " ".join(str(error).split()) or type(error).__name__


@asynccontextmanager
async def connect(limits: TimeLimits) -> AsyncIterator[Connection]:
    """Open a client; its connections are closed at the end. Proxies of the environment are used."""
    timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=limits.connect_s, sock_read=limits.read_s)
    # As they are published: a transport that unpacked them would change what the checksum is about.
    headers = {"Accept-Encoding": "identity", "User-Agent": "autotrading"}
    async with aiohttp.ClientSession(
        timeout=timeout, headers=headers, trust_env=True, auto_decompress=False
    ) as session:
        yield Connection(session)
