"""The application put together: what each setting changes, and what is left when it has ended."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import parse
from pydantic import SecretStr

from gateway import resources
from gateway.app import _is_outage, _preparations, create_app, find_resources, schema
from gateway.cli import LOOPBACK_NAMES, _hosts
from gateway.errors import (
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    UpstreamBusy,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from gateway.sandbox.faults import Fault
from gateway.settings import GatewaySettings, RetellSettings, Settings
from gateway.upstream.client import ClientLimits
from tests.world import faults, world

LIST_BYTES = ClientLimits().list_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fastapi import FastAPI

    Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]

CALLS = "{ calls(first: 1) { nodes { callId } } }"
UPDATE = """mutation { updateCall(input: {callId: "call_1", customAttributes: {}}) {
  userErrors { message } } }"""


class Retell(httpx.AsyncBaseTransport):
    """A Retell of one handler; says when it was asked, and whether it was closed."""

    def __init__(self, handler: Handler, *, fails_to_close: bool = False) -> None:
        self._handler = handler
        self._fails_to_close = fails_to_close
        self.asked = asyncio.Event()
        self.cancelled = 0
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        try:
            return await self._handler(request)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def aclose(self) -> None:
        self.closed += 1
        if self._fails_to_close:
            raise LookupError


def page(*items: dict[str, Any]) -> Handler:
    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": items, "has_more": False})

    return answer


async def silent(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("never reached")


def app_over(retell: httpx.AsyncBaseTransport, **settings: Any) -> FastAPI:
    key = RetellSettings(api_key=SecretStr("key_a"), base_url="https://retell.test")
    return create_app(Settings(GatewaySettings(**settings), key), transport=retell)


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@asynccontextmanager
async def running(
    retell: httpx.AsyncBaseTransport, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    app = app_over(retell, **settings)
    async with app.router.lifespan_context(app), client(app) as http:
        yield http


async def ask(http: httpx.AsyncClient, query: str = CALLS) -> httpx.Response:
    return await http.post("/graphql", json={"query": query})


def test_every_resource_is_found() -> None:
    names = [resource.name for resource in find_resources()]
    assert {"Account", "Agent", "Call"} < set(names)
    files = [path for path in Path(resources.__file__).parent.glob("*.py") if path.stem[0] != "_"]
    assert len(names) == len(set(names)) == len(files)


def test_the_schema_is_built_once() -> None:
    assert schema() is schema()


def test_trusted_documents_are_compiled_from_their_first_use() -> None:
    executable = schema().executable
    for executor, uses in (("compiled", (2, 1)), ("interpreted", (None, None))):
        prepares = _preparations(GatewaySettings(executor=executor), executable, 2)
        made = [prepare(parse("{ account { orgName } }")) for prepare in prepares]
        assert tuple(getattr(each, "_from_use", None) for each in made) == uses


async def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETELL_BASE_URL", "https://retell.test")
    monkeypatch.setenv("RETELL_API_KEY", "key_of_the_environment")
    seen: list[tuple[str, str]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["authorization"], request.url.host))
        return httpx.Response(200, json={"items": [], "has_more": False})

    app = create_app(transport=Retell(answer))
    async with app.router.lifespan_context(app), client(app) as http:
        assert (await ask(http)).json() == {"data": {"calls": {"nodes": []}}}
    assert seen == [("Bearer key_of_the_environment", "retell.test")]


async def test_without_a_key_each_caller_brings_one() -> None:
    async with world(api_key=None, calls=5) as one:
        refused = await one.post(CALLS)
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert one.requests == {}
        assert await one.data(CALLS, authorization="Bearer sandbox-key-b")


async def test_answers_are_remembered_or_not() -> None:
    for cache, requests in (("memory://", 1), ("off", 2)):
        async with world(calls=5, cache=cache) as one:
            first, second = await one.data(CALLS), await one.data(CALLS)
            assert first == second
            assert one.requests == {"POST /v3/list-calls": requests}


async def test_graphiql_is_there_where_it_is_asked_for() -> None:
    html = {"accept": "text/html"}
    async with running(Retell(silent), graphiql=True) as http:
        assert (await http.get("/")).headers["location"] == "/graphql"
        assert (await http.get("/graphql", headers=html)).headers["content-type"] == (
            "text/html; charset=utf-8"
        )
    async with running(Retell(silent)) as http:
        assert (await http.get("/")).status_code == 404
        assert (await http.get("/graphql", headers=html)).status_code == 406


@pytest.mark.parametrize("debug", [True, False])
async def test_every_answer_is_explained_where_that_is_set(debug: bool) -> None:
    async with running(Retell(page()), debug=debug) as http:
        assert ("extensions" in (await ask(http)).json()) is debug


async def test_a_body_over_the_limit_is_refused() -> None:
    async with running(Retell(page()), body_bytes=100) as http:
        assert (await ask(http)).status_code == 200
        assert (await ask(http, CALLS + " " * 100)).status_code == 413


async def test_an_operation_waits_no_longer_than_it_may() -> None:
    async with running(Retell(silent), operation_seconds=0.01) as http:
        (error,) = (await ask(http)).json()["errors"]
    assert error["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert error["path"] == ["calls"]


async def test_readiness_follows_the_life_of_the_app() -> None:
    app = app_over(Retell(silent))
    async with client(app) as http:
        states = [(await http.get("/readyz")).json()["status"]]
        async with app.router.lifespan_context(app):
            states.append((await http.get("/readyz")).json()["status"])
        states.append((await http.get("/readyz")).json()["status"])
    assert states == ["starting", "ready", "draining"]


@pytest.mark.parametrize(
    ("padding", "code"), [(LIST_BYTES - 1000, None), (LIST_BYTES, "UPSTREAM_INVALID")]
)
async def test_a_list_page_is_read_up_to_what_the_event_loop_can_bear(
    padding: int, code: str | None
) -> None:
    assert LIST_BYTES == 16 * 1024 * 1024
    async with running(Retell(page({"call_id": "call_1", "pad": "x" * padding}))) as http:
        errors = (await ask(http)).json().get("errors", [])
    assert [error["extensions"]["code"] for error in errors] == ([code] if code else [])


# By which names it is reached.


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:4000", 200),
        ("127.0.0.1:4000", 200),
        ("[::1]:4000", 200),
        ("evil.example:4000", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::2]:4000", 421),
        ("", 421),
    ],
)
async def test_a_page_that_points_its_own_name_at_loopback_is_refused(
    host: str, status: int
) -> None:
    retell = Retell(page())
    key = RetellSettings(api_key=SecretStr("key_a"), base_url="https://retell.test")
    app = create_app(Settings(GatewaySettings(), key), transport=retell, hosts=LOOPBACK_NAMES)
    async with app.router.lifespan_context(app), client(app) as http:
        response = await http.post("/graphql", json={"query": CALLS}, headers={"host": host})
    assert response.status_code == status
    assert retell.asked.is_set() is (status == 200)


@pytest.mark.parametrize(
    ("host", "hosts", "names"),
    [
        ("localhost", "", LOOPBACK_NAMES),
        ("127.0.0.1", "Board.example, ", LOOPBACK_NAMES | {"board.example"}),
        ("127.0.0.1", "*", None),
        ("192.0.2.1", "", None),
        ("192.0.2.1", "board.example", LOOPBACK_NAMES | {"board.example"}),
        ("192.0.2.1", "*", None),
    ],
)
def test_names_are_checked_where_the_gateways_key_answers(
    host: str, hosts: str, names: frozenset[str] | None
) -> None:
    gateway = GatewaySettings(host=host, hosts=hosts)
    assert _hosts(Settings(gateway, RetellSettings(api_key=SecretStr("key")))) == names
    assert _hosts(Settings(gateway, RetellSettings())) is None


# Which pages may read and send.

BROWSER = {"sec-fetch-site": "cross-site", "user-agent": "Mozilla/5.0"}
BOARD = "https://board.example"


@pytest.mark.parametrize(
    ("key", "headers", "status"),
    [
        ("sandbox-key-a", BROWSER, 403),
        ("sandbox-key-a", BROWSER | {"origin": "https://evil.example"}, 403),
        ("sandbox-key-a", BROWSER | {"origin": BOARD}, 200),
        ("sandbox-key-a", BROWSER | {"sec-fetch-site": "same-origin"}, 200),
        ("sandbox-key-a", {}, 200),
        (None, BROWSER | {"authorization": "Bearer sandbox-key-a"}, 200),
        (None, BROWSER, 401),
    ],
)
async def test_other_sites_make_no_browser_ask_with_the_gateways_key(
    key: str | None, headers: dict[str, str], status: int
) -> None:
    async with world(calls=5, api_key=key, cors_origins=BOARD) as one:
        answer = await one.http.get("/graphql", params={"query": CALLS}, headers=headers)
        assert answer.status_code == status
        assert one.requests == ({"POST /v3/list-calls": 1} if status == 200 else {})


async def test_any_page_may_read_only_where_callers_bring_a_key() -> None:
    async with world(calls=5, api_key=None, cors_origins="*") as one:
        by = {"authorization": "Bearer sandbox-key-a", "origin": "https://any.example"}
        for _ in range(2):  # made, and remembered
            answer = await one.post(CALLS, None, **by)
            assert answer.headers["access-control-allow-origin"] == "*"
        assert one.requests == {"POST /v3/list-calls": 1}
    with pytest.raises(ValueError, match="name the origins"):
        app_over(Retell(silent), cors_origins="*")


# Who is asked when Retell does not answer.


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (UpstreamTimeout("x"), True),
        (UpstreamUnavailable("x"), True),
        (UpstreamInvalid("x"), True),
        (UpstreamBusy("x"), True),
        (OutcomeUnknown("x"), True),
        (RateLimited("x"), True),
        (UpstreamUnauthenticated("x"), False),
        (Unauthenticated("x"), False),
        (NotFound("x"), False),
        (LookupError("x"), False),
    ],
)
def test_old_answers_bridge_what_is_retells_trouble(error: Exception, outage: bool) -> None:
    assert _is_outage(error) is outage
    assert isinstance(error, GatewayError | LookupError)


async def test_a_refresh_that_fails_is_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(calls=5) as one:
        agents = "{ agents(first: 1) { nodes { agentId } } }"
        kept = await one.data(agents)
        one.sandbox.faults.set([Fault(status=400, message="secret words")])
        one.clock.forward(61)
        assert await one.data(agents) == kept
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
    (record,) = (r for r in caplog.records if r.levelno == logging.WARNING)
    assert (record.msg, record.__dict__["error"]) == ("a refresh failed", "BadUserInput")
    assert "secret words" not in str([r.__dict__ for r in caplog.records])


async def test_graphql_core_can_be_left_with_everything() -> None:
    query = "{ agents(first: 2) { nodes { agentId agentName } } }"
    async with world(calls=5, executor="interpreted") as one, world(calls=5) as other:
        answers = [await one.data(query) for _ in range(3)]
        assert answers == [await other.data(query) for _ in range(3)]


# Two in one process.


async def test_two_gateways_share_nothing_but_the_schema() -> None:
    query = "{ calls(first: 2) { nodes { callId } } }"
    known = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
    async with world(rate_limit=2) as one, world(rate_limit=1, introspection=True) as other:
        sent = {"query": query, "extensions": known}
        for _ in range(2):
            assert "data" in (await one.http.post("/graphql", json=sent)).json()
        unknown = (await other.http.post("/graphql", json={"extensions": known})).json()
        assert faults(unknown) == [("", "PERSISTED_QUERY_NOT_FOUND")]
        assert await one.errors("{ __schema { __typename } }") == [("", "INTROSPECTION_DISABLED")]
        assert await one.errors("{ account { orgName } }") == [("", "RATE_LIMITED")]
        assert await other.data("{ __schema { __typename } }")
        assert "data" in (await other.http.post("/graphql", json=sent)).json()
        assert one.requests == other.requests == {"POST /v3/list-calls": 1}


# What is left when it has ended.


async def test_nothing_runs_on_after_the_end() -> None:
    retell = Retell(silent)
    app = app_over(retell)
    async with client(app) as http:
        async with app.router.lifespan_context(app):
            asking = asyncio.create_task(ask(http))
            await retell.asked.wait()
        answer = await asking
    assert answer.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert (retell.cancelled, retell.closed) == (1, 1)
    await asyncio.sleep(0)  # what looked for the client ends in the loop's next turn
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_runs_on_for_a_caller_who_was_cancelled() -> None:
    retell = Retell(silent)
    async with running(retell) as http:
        asking = asyncio.create_task(ask(http))
        await retell.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert (retell.cancelled, retell.closed) == (1, 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_change_under_way_is_waited_for_before_the_connections_close() -> None:
    order: list[str] = []
    go = asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        await go.wait()
        order.append("answered")
        return httpx.Response(200, json={"call_id": "call_1"})

    class Watched(Retell):
        async def aclose(self) -> None:
            order.append("closed")
            await super().aclose()

    retell = Watched(slow)
    app = app_over(retell)
    async with client(app) as http:
        async with app.router.lifespan_context(app):
            asking = asyncio.create_task(ask(http, UPDATE))
            await retell.asked.wait()
            asyncio.get_running_loop().call_soon(go.set)
        await asking
    assert order == ["answered", "closed"]
    await asyncio.sleep(0)  # what was cancelled ends in the loop's next turn
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_all_is_closed_even_if_the_wait_for_a_change_is_cut_short() -> None:
    retell = Retell(silent)
    app = app_over(retell)
    opened = asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            opened.set()
            await retell.asked.wait()

    async with client(app) as http:
        living = asyncio.create_task(live())
        await opened.wait()
        asking = asyncio.create_task(ask(http, UPDATE))
        await retell.asked.wait()
        await asyncio.sleep(0)  # it waits for the change now
        living.cancel()
        with pytest.raises(asyncio.CancelledError):
            await living
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert (retell.cancelled, retell.closed) == (1, 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_start_that_is_cancelled_closes_what_was_opened() -> None:
    retell = Retell(silent)
    app = app_over(retell)

    async def live() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.Event().wait()

    living = asyncio.create_task(live())
    await asyncio.sleep(0)
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living
    assert retell.closed == 1
    assert app.state.drain.state == "draining"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_cannot_be_closed_is_told() -> None:
    retell = Retell(silent, fails_to_close=True)
    app = app_over(retell)
    with pytest.raises(LookupError):
        async with app.router.lifespan_context(app):
            pass
    assert retell.closed == 1


def test_a_base_url_that_keys_may_not_be_sent_to_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="must be https"):
        create_app(Settings(GatewaySettings(), RetellSettings(base_url="http://retell.test")))
