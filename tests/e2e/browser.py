"""A real browser for pages of ours: Debian's Chromium, without a screen and without a network."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Final

import pytest
from attrs import define, field
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DRAWN_MS_MAX: Final = 120_000


@define
class Visit:
    """One page in a browser, and everything that it did that it should not have done.

    Attributes:
        page: The page.
        complaints: Errors, warnings and messages of its scripts.
        requests: Addresses that it asked for, its own file apart.
    """

    page: Page
    complaints: list[str] = field(factory=list)
    requests: list[str] = field(factory=list)


def chromium_path() -> str:
    """Return the browser of this machine; without one skip, or fail where continuous integration must have it."""
    found = next((path for name in _NAMES if (path := which(name))), None)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium is installed, and CI must not skip the tests of the report in a browser")
    pytest.skip("no Chromium is installed (apt-get install chromium)")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser and end it again."""
    path = chromium_path()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def visit(started: Browser, file: Path, *, width: int = 1280, is_dark: bool = False) -> Iterator[Visit]:
    """Open a file from disk in a window of this width and wait until all charts are drawn."""
    context = started.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if is_dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(_DRAWN_MS_MAX)
    try:
        yield _opened(context, file)
    finally:
        context.close()


def _opened(context: BrowserContext, file: Path) -> Visit:
    made = Visit(context.new_page())
    address = file.resolve().as_uri()

    def answer(route: Route) -> None:
        url = route.request.url
        if url == address:
            route.continue_()
        else:
            made.requests.append(url)
            route.abort()

    def said(dialog: Dialog) -> None:
        made.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.route("**/*", answer)
    made.page.on("console", lambda message: made.complaints.append(f"{message.type}: {message.text}"))
    made.page.on("pageerror", lambda error: made.complaints.append(f"error: {error}"))
    made.page.on("dialog", said)
    made.page.goto(address)
    made.page.wait_for_selector("html[data-drawn=all]", state="attached")
    return made
