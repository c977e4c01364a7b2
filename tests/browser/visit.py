"""A visit to GraphiQL: the app that ships, served on loopback, and a page of Chromium on it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import uvicorn
from pydantic import SecretStr

from gateway.app import create_app
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import GatewaySettings, RetellSettings, Settings
from tests.world import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Request
    from starlette.types import ASGIApp

QUERY = ".graphiql-query-editor"
ANSWER = ".result-window"
VARIABLES = "[aria-label=Variables] >> .graphiql-editor:visible"
HEADERS = "[aria-label=Headers] >> .graphiql-editor:visible"
"""Where the editors are."""

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
"""What Chromium is started with."""

REPORT_VIOLATIONS = """
globalThis.violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective}: ${blockedURI}`));
"""

# An editor draws only the lines in sight: its model has them all.
_READ = """
(element) => __MONACO.editor.getEditors()
  .find((one) => element.contains(one.getDomNode())).getModel().getValue()
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
        self.page.locator(f"{QUERY} >> .view-line").first.wait_for()

    def tab(self, name: str) -> None:
        """Change to the tab of that name, and wait until GraphiQL has read its document: what is
        run before has the document of one tab and the operation of another."""
        self.page.locator(f".graphiql-tab-button[title='{name}']").click()
        for _ in range(200):
            if f"query {name}" in self.text(QUERY):
                break
            self.page.wait_for_timeout(20)
        self.page.wait_for_timeout(300)  # it reads a while after a change, and does not tell

    def run(self) -> None:
        self.page.get_by_role("button", name="Execute query").click()

    def text(self, editor: str) -> str:
        """What the editor holds, in sight or not."""
        element = self.page.locator(f"{editor} >> .monaco-editor").first.element_handle()
        text: str = self.page.evaluate(_READ, element)
        return text

    def answer(self, text: str) -> str:
        """The answer, once `text` is in the part of it that is in sight."""
        self.page.locator(f"{ANSWER} >> .view-lines").filter(has_text=text).wait_for()
        return self.text(ANSWER)

    def answer_with(self, text: str, times: int) -> str:
        """The answer, once `text` is in it so often: parts of it may still be on their way."""
        for _ in range(200):
            answer = self.text(ANSWER)
            if answer.count(text) >= times:
                break
            self.page.wait_for_timeout(50)
        return answer

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


def gateway_over_sandbox() -> ASGIApp:
    """As `make demo` has it, in one process, and in a present that stands still."""
    clock = Clock()
    return create_app(
        Settings(
            GatewaySettings(debug=True, introspection=True, graphiql=True),
            RetellSettings(api_key=SecretStr(KEYS[0]), base_url="https://retell.test"),
        ),
        transport=httpx.ASGITransport(create_sandbox(clock=clock)),
        clock=clock,
    )


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The origin at which the app is served from a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))  # a request made too soon waits in its queue
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="warning", lifespan="on")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
