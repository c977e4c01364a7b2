"""What pages of other origins can make a real browser do, where the gateway's own key answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from gateway.app import create_app
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import GatewaySettings, RetellSettings, Settings
from tests.browser.visit import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from gateway.sandbox.app import Sandbox

pytestmark = pytest.mark.browser

FETCH = """
([url, options]) => fetch(url, options).then(
  async (answer) => ({
    status: answer.status,
    body: await answer.text(),
    left: answer.headers.get('ratelimit'),
    id: answer.headers.get('x-request-id'),
  }),
  (error) => ({ error: error.name }),
)
"""
ANY = Starlette(routes=[Route("/", lambda _: HTMLResponse("<!doctype html><title>page</title>"))])
QUERY = "{ account { orgName } }"
GET = "/graphql?query=%7B%20account%20%7B%20orgName%20%7D%20%7D"
JSON = {"content-type": "application/json"}
POST: dict[str, Any] = {
    "method": "POST",
    "headers": JSON,
    "body": '{"query":"{ account { orgName } }"}',
}
UNREADABLE = {"error": "TypeError"}


@pytest.fixture(scope="module")
def board() -> Iterator[str]:
    """An origin that is named."""
    with served(ANY) as origin:
        yield origin


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """One that is not, and another site."""
    with served(ANY) as origin:
        yield origin.replace("127.0.0.1", "localhost")


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(calls=5)


@pytest.fixture
def gateway(sandbox: Sandbox, board: str) -> Iterator[str]:
    settings = Settings(
        GatewaySettings(cors_origins=board, rate_limit=6000, graphiql=True, introspection=True),
        RetellSettings(api_key=SecretStr(KEYS[0]), base_url="https://retell.test"),
    )
    with served(create_app(settings, transport=httpx.ASGITransport(sandbox))) as origin:
        yield origin


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def fetch(page: Page, url: str, **options: Any) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate(FETCH, [url, options])
    return seen


def test_a_named_page_reads_by_get_and_post(page: Page, board: str, gateway: str) -> None:
    page.goto(board)
    for options in ({}, POST, POST, POST | {"headers": JSON | {"x-request-id": "mine"}}):
        answer = fetch(page, f"{gateway}{GET if not options else '/graphql'}", **options)
        assert answer["status"] == 200
        assert json.loads(answer["body"])["data"] == {"account": {"orgName": "Sandbox of A"}}
    assert answer["id"] == "mine"
    other = fetch(page, f"{gateway}/graphql?query=%7B%20concurrency%20%7B%20__typename%20%7D%20%7D")
    assert str(other["left"]).startswith('"caller";r=')


def test_a_named_page_reads_errors(page: Page, board: str, gateway: str) -> None:
    page.goto(board)
    assert fetch(page, f"{gateway}/graphql")["status"] == 400
    simple = POST | {"headers": {"content-type": "text/plain"}}
    assert fetch(page, f"{gateway}/graphql", **simple)["status"] == 415


def test_a_page_of_the_gateways_own_origin_asks_by_get(page: Page, gateway: str) -> None:
    page.goto(f"{gateway}/graphql")
    assert fetch(page, GET)["status"] == 200


def test_a_query_that_is_typed_into_the_address_bar_is_answered(page: Page, gateway: str) -> None:
    answer = page.goto(f"{gateway}{GET}")
    assert answer is not None
    assert answer.status == 200


def test_another_page_reads_nothing_and_causes_nothing(
    page: Page, evil: str, gateway: str, sandbox: Sandbox
) -> None:
    page.goto(evil)
    assert fetch(page, f"{gateway}{GET}") == UNREADABLE
    assert fetch(page, f"{gateway}/graphql", **POST) == UNREADABLE
    for simple in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"content-type": simple}
        assert fetch(page, f"{gateway}/graphql", **POST | {"headers": headers}) == UNREADABLE
    # Not even an answer that nobody could look into: `cross-origin-resource-policy`.
    assert fetch(page, f"{gateway}{GET}", mode="no-cors") == UNREADABLE
    page.evaluate(
        """([url, body]) => navigator.sendBeacon(url, new Blob([body], {type: 'application/json'}))
        """,
        [f"{gateway}/graphql", POST["body"]],
    )
    for tag in ("img", "script", "iframe"):
        page.evaluate(
            """([tag, url]) => new Promise((resolve) => {
              const element = document.createElement(tag);
              element.onload = element.onerror = resolve;
              element.src = url;
              document.body.append(element);
            })""",
            [tag, f"{gateway}{GET}"],
        )
    assert dict(sandbox.requests.counts) == {}


def test_a_link_and_a_form_of_another_page_cause_nothing(
    page: Page, evil: str, gateway: str, sandbox: Sandbox
) -> None:
    page.goto(evil)
    with page.expect_navigation() as followed:
        page.evaluate("(url) => { location.href = url }", f"{gateway}{GET}")
    assert followed.value is not None
    assert followed.value.status == 403
    page.goto(evil)
    with page.expect_navigation() as sent:
        page.evaluate(
            """([url, query]) => {
              const form = document.createElement('form');
              Object.assign(form, { method: 'post', action: url, enctype: 'text/plain' });
              const field = document.createElement('input');
              Object.assign(field, { name: '{"query":"' + query + '","x":"', value: '"}' });
              form.append(field);
              document.body.append(form);
              form.submit();
            }""",
            [f"{gateway}/graphql", QUERY],
        )
    assert sent.value is not None
    assert sent.value.status == 415
    assert dict(sandbox.requests.counts) == {}
