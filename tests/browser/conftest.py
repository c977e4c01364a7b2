"""A Chromium, a gateway on a free port of loopback, and a page that records its faults."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import uvicorn

from tests.browser import stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request
    from starlette.types import ASGIApp

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_REPORT_VIOLATIONS = """
globalThis.violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective}: ${blockedURI}`));
"""

_WRITE = """
([element, text]) => {
  const editor = __MONACO.editor.getEditors().find((one) => element.contains(one.getDomNode()));
  const range = editor.getModel().getFullModelRange();
  editor.executeEdits('test', [{ range, text }]);
}
"""

_STORED = """
([key, text]) => new Promise((resolve) => {
  const look = () => (localStorage[key]?.includes(text) ? resolve() : setTimeout(look, 20));
  look();
})
"""


@dataclass
class Visit:
    """A browser's page on the gateway, and what happened on it."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def open(self) -> None:
        """Go to the page, or reload it, and wait until the editors are there."""
        self.page.goto(f"{self.origin}/graphql")
        self.page.locator(".graphiql-query-editor .view-line").first.wait_for()

    def run(self) -> None:
        self.page.get_by_role("button", name="Execute query").click()

    def text(self, editor: str) -> str:
        """What the editor of that name shows."""
        lines = self.page.locator(f"{editor} >> .view-lines").inner_text()
        return lines.replace("\N{NO-BREAK SPACE}", " ").rstrip()

    def answer(self, text: str) -> str:
        """The answer on display, once `text` is in it."""
        self.page.locator(".result-window .view-lines").filter(has_text=text).wait_for()
        return self.text(".result-window")

    def write(self, editor: str, text: str) -> None:
        """Put `text` in place of what the editor holds; typed, brackets would close themselves."""
        element = self.page.locator(f"{editor} >> .monaco-editor").first.element_handle()
        self.page.evaluate(_WRITE, [element, text])

    def wait_until_stored(self, key: str, text: str) -> None:
        """GraphiQL stores half a second after an edit; `wait_for_function` would need `eval`."""
        self.page.evaluate(_STORED, [key, text])

    def stored(self) -> dict[str, str]:
        """What the page left in local storage."""
        stored: dict[str, str] = self.page.evaluate("({ ...localStorage })")
        return stored

    def violations(self) -> list[str]:
        """What the policy refused, as far as the page itself was told."""
        violations: list[str] = self.page.evaluate("violations")
        return violations


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    """What is served to the browser: the one place that says so."""
    return stand_in.app()


@pytest.fixture(scope="module")
def origin(app: ASGIApp) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))  # a request made too soon waits in its queue
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


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


@pytest.fixture
def context_options() -> dict[str, Any]:
    """What a test may ask of its browser window."""
    return {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def visit(browser: Browser, origin: str, context_options: dict[str, Any]) -> Iterator[Visit]:
    """A first visit: nothing is stored."""
    context = browser.new_context(**context_options)
    context.add_init_script(_REPORT_VIOLATIONS)
    context.set_default_timeout(20_000)
    page = context.new_page()
    visit = Visit(page, origin)
    page.on("console", lambda line: _note(visit, line.type, line.text))
    page.on("pageerror", lambda error: visit.complaints.append(f"uncaught: {error}"))
    page.on("requestfailed", lambda request: _note_failure(visit, request))
    context.on("request", lambda request: _note_request(visit, request))
    yield visit
    context.close()


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
