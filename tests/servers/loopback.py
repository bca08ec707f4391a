"""Runs a web application on 127.0.0.1 in a thread, on a port that is free."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def serving(make_application: Callable[[], web.Application]) -> Iterator[str]:
    """Serve until the end of the block and give the address, such as ``http://127.0.0.1:40123``."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        runner, url = asyncio.run_coroutine_threadsafe(_start(make_application), loop).result(timeout=10)
        try:
            yield url
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _start(make_application: Callable[[], web.Application]) -> tuple[web.AppRunner, str]:
    # Those who are slow on purpose must not keep the test waiting at its end.
    runner = web.AppRunner(make_application(), access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"
