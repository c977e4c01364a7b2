"""A Chromium, the gateway on a free port of loopback, and a page that records its faults."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.browser.visit import FLAGS, REPORT_VIOLATIONS, Visit, gateway_over_sandbox, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Request
    from starlette.types import ASGIApp


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    """What is served to the browser: the one place that says so."""
    return gateway_over_sandbox()


@pytest.fixture(scope="module")
def origin(app: ASGIApp) -> Iterator[str]:
    with served(app) as origin:
        yield origin


# Of the module, not of the session: as long as it is open, Playwright's own event loop runs in this
# thread, and no asynchronous test can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        _missing("Chromium is not on the PATH")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("the package playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


# One for all visits: what it has loaded and compiled of GraphiQL, it need not load again.
@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.add_init_script(REPORT_VIOLATIONS)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, origin: str) -> Iterator[Visit]:
    """A first visit: nothing is stored."""
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    page.goto(f"{origin}/livez")
    page.evaluate("localStorage.clear()")
    visit = Visit(page, origin)
    page.on("console", lambda line: _note(visit, line.type, line.text))
    page.on("pageerror", lambda error: visit.complaints.append(f"uncaught: {error}"))
    page.on("requestfailed", lambda request: _note_failure(visit, request))
    page.on("request", lambda request: _note_request(visit, request))
    yield visit
    page.close()


def _note_request(visit: Visit, request: Request) -> None:
    visit.requests.append(request)


def _note_failure(visit: Visit, request: Request) -> None:
    visit.complaints.append(f"{request.failure}: {request.url}")


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        visit.complaints.append(f"{kind}: {text}")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":
        pytest.fail(f"REQUIRE_ALL_TESTS is set, but {reason}")
    pytest.skip(reason)
