"""Runs a web application on 127.0.0.1 in a thread, on a port that is free."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from aiohttp import web

# What a cancelled task closes is closed in the next turn of the loop, and let go of in the one after.
_LAST_TURNS: Final = 4


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
            asyncio.run_coroutine_threadsafe(_stop(runner), loop).result(timeout=10)
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


async def _stop(runner: web.AppRunner) -> None:
    """End it with nothing left open, also towards clients that no longer read or that have just come."""
    await runner.cleanup()
    # The server itself forgets those that are closing, and does not know yet those that have only been accepted.
    open_transports: Mapping[int, asyncio.Transport] = vars(asyncio.get_running_loop())["_transports"]
    for transport in list(open_transports.values()):
        # One that still has something to send would wait with its end until that is taken.
        transport.abort()
    unfinished = asyncio.all_tasks() - {asyncio.current_task()}
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
    for _ in range(_LAST_TURNS):
        await asyncio.sleep(0)  # noqa: TID251  # the server lives in real time
