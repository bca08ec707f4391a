"""Asks the venue for its published list of contracts."""

from collections.abc import AsyncIterator
from typing import Final

from application.errors import DataError, NetworkError

TIMEOUT_S: Final = 30.0
CONTENT_BYTES_MAX: Final = 64 * 2**20
"""The list has a few megabytes; a server that sends more without end is not the venue."""

_OK: Final = 200


async def fetch(url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """Return the body of one answer, whole.

    Args:
        url: Address.
        timeout_s: For everything, in seconds.

    Raises:
        NetworkError: The server cannot be reached, takes too long, answers an error, or stops in the middle.
        DataError: The answer is too large.
    """
    # Here, because it takes a third of a second that only this needs.
    import aiohttp  # noqa: PLC0415

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s), trust_env=True) as session,
            session.get(url) as answer,
        ):
            if answer.status != _OK:
                raise NetworkError(f"{url}: answered {answer.status} {answer.reason}")
            return await _whole(answer.content.iter_any(), url)
    except TimeoutError as error:
        raise NetworkError(f"{url}: no whole answer within {timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise NetworkError(f"{url}: {said}") from error


async def _whole(pieces: AsyncIterator[bytes], url: str) -> bytes:
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > CONTENT_BYTES_MAX:
            raise DataError(f"{url}: answered more than {CONTENT_BYTES_MAX:,} bytes")
    return bytes(content)
