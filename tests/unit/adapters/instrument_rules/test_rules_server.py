"""Asking a server for its list: it answers on 127.0.0.1, and misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.instrument_rules import rules_server
from adapters.instrument_rules.rules_server import fetch
from application.errors import DataError, NetworkError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve one answer on a free port and yield its address."""
    app = web.Application()
    app.router.add_get("/list", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/list"
    finally:
        await runner.cleanup()


async def refusal(handler: Handler, *, timeout_s: float = 5.0) -> str:
    """Return what is said about an answer, without its address."""
    async with serving(handler) as url:
        with pytest.raises(NetworkError) as caught:
            await fetch(url, timeout_s=timeout_s)
        assert "\n" not in str(caught.value)
        return str(caught.value).removeprefix(f"{url}: ")


async def test_the_body_is_returned_whole() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"[1, 2]" * 100_000)

    async with serving(handler) as url:
        assert await fetch(url) == b"[1, 2]" * 100_000


@pytest.mark.parametrize("status", [403, 404, 418, 429, 500, 503])
async def test_an_error_status_is_named(status: int) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, body=b"{}")

    assert (await refusal(handler)).startswith(f"answered {status} ")


async def test_an_answer_that_stops_in_the_middle_is_no_answer() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"[1, 2")
        assert request.transport is not None
        request.transport.close()
        return response

    assert "payload" in (await refusal(handler)).lower()


async def test_an_answer_that_takes_too_long_is_given_up() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"[")
        await asyncio.sleep(30)  # noqa: TID251  # a server that hangs, cut off by the end of the test
        return response

    assert await refusal(handler, timeout_s=0.2) == "no whole answer within 0.2 s"


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_server, "CONTENT_BYTES_MAX", 1000)

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b" " * 1001)

    async with serving(handler) as url:
        with pytest.raises(DataError, match=r"answered more than 1,000 bytes$"):
            await fetch(url)


async def test_nobody_there_is_said_in_one_line() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    async with serving(handler) as url:
        pass

    with pytest.raises(NetworkError, match=r"^http://127\.0\.0\.1:\d+/list: Cannot connect to host 127\.0\.0\.1"):
        await fetch(url)


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/list", "http://", "http://[::1/list"])
async def test_what_is_no_address_is_said_in_one_line(url: str) -> None:
    with pytest.raises(NetworkError) as caught:
        await fetch(url)

    assert str(caught.value).startswith(f"{url}: ")
    assert "\n" not in str(caught.value)
