"""The app that ships over the sandbox, in one process: what end-to-end tests talk to."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from gateway.app import create_app, find_scopes
from gateway.auth.caller import Caller
from gateway.sandbox.app import create_sandbox
from gateway.settings import (
    AuthSettings,
    GatewaySettings,
    LimitSettings,
    RetellSettings,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from starlette.types import ASGIApp

    from gateway.auth.identify import Identify
    from gateway.sandbox.app import Sandbox
    from gateway.telemetry.audit import Write

find_scopes()  # resources declare them: tests name some before a gateway is made

NOW = 1_780_000_000.0
"""When every test begins: 2026-05-28T20:26:40Z."""

JsonObject = dict[str, Any]

EXECUTOR = os.environ.get("TEST_EXECUTOR", "compiled")
"""Which executor answers: every promise holds with either."""

GET_CALL, LIST_CALLS, GET_AGENT = "GET /v2/get-call", "POST /v3/list-calls", "GET /get-agent"
UPDATE_CALL, DELETE_CALL = "PATCH /v2/update-call", "DELETE /v2/delete-call"
"""What the sandbox calls its endpoints when it counts."""

IMPATIENT = {"retry-after": "300"}
"""Headers of a failure that is not worth waiting for: it is not tried again."""


class Clock:
    """Seconds since the epoch; stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Recorder(httpx.AsyncBaseTransport):
    """A transport that remembers what went through it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return await self._inner.handle_async_request(request)


@dataclass
class World:
    """A gateway, the sandbox behind it, and the clock of both."""

    sandbox: Sandbox
    clock: Clock
    app: ASGIApp
    http: httpx.AsyncClient
    sent: list[httpx.Request]
    """What was sent to Retell, whether it arrived or not."""
    audited: list[bytes]
    """The lines of the audit."""
    headers: dict[str, str] = field(default_factory=dict)

    async def post(
        self, query: str, variables: JsonObject | None = None, **headers: str
    ) -> httpx.Response:
        body = {"query": query, "variables": variables or {}}
        return await self.http.post("/graphql", json=body, headers=self.headers | headers)

    async def answer(
        self, query: str, variables: JsonObject | None = None, **headers: str
    ) -> JsonObject:
        """The whole answer, errors included."""
        response = await self.post(query, variables, **headers)
        answer: JsonObject = response.json()
        return answer

    async def data(
        self, query: str, variables: JsonObject | None = None, **headers: str
    ) -> JsonObject:
        """The data of an answer that has no errors."""
        answer = await self.answer(query, variables, **headers)
        assert "errors" not in answer, answer["errors"]
        data: JsonObject = answer["data"]
        return data

    async def errors(
        self, query: str, variables: JsonObject | None = None, **headers: str
    ) -> list[tuple[str, str]]:
        """Path, joined by dots, and code of each error of an answer, in the order of the paths."""
        answer = await self.answer(query, variables, **headers)
        return faults(answer)

    async def explained(self, query: str, variables: JsonObject | None = None) -> JsonObject:
        """The answer's `extensions.gateway`, which the debug header asks for."""
        answer = await self.answer(query, variables, **{"x-gateway-debug": "1"})
        explained: JsonObject = answer["extensions"]["gateway"]
        return explained

    def items(self, key: str = "sandbox-key-a") -> list[JsonObject]:
        """Every call of a key as Retell lists it now, newest first; not counted."""
        calls = self.sandbox.accounts[key].calls(int(self.clock() * 1000))
        return [call.item() for call in reversed(calls)]

    def settled(self, key: str = "sandbox-key-a") -> list[str]:
        """Ids of calls that are over for days, and whose URLs never expire; newest first."""
        over = (self.clock() - 86_400) * 1000
        return [
            item["call_id"]
            for item in self.items(key)
            if item.get("end_timestamp", over) < over and not item["opt_in_signed_url"]
        ]

    @property
    def requests(self) -> dict[str, int]:
        """How often each endpoint of Retell was asked."""
        return self.sandbox.requests.counts

    async def some_call_ids(self, count: int, **criteria: Any) -> list[str]:
        """Ids of calls of the first key that match, straight from the sandbox; not counted."""
        body = {"limit": count, "filter_criteria": criteria}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.sandbox), base_url="http://sandbox"
        ) as retell:
            answer = await retell.post(
                "/v3/list-calls", json=body, headers={"authorization": "Bearer sandbox-key-a"}
            )
        self.sandbox.requests.clear()
        return [item["call_id"] for item in answer.json()["items"]]


def faults(answer: JsonObject) -> list[tuple[str, str]]:
    """Path, joined by dots, and code of each error, in the order of the paths."""
    return sorted(
        (".".join(map(str, error.get("path", ()))), error["extensions"]["code"])
        for error in answer.get("errors", ())
    )


async def no_issuer(address: str) -> bytes:
    """Nobody signs tokens."""
    raise AssertionError(f"{address} was asked for")


def KEPT(_line: bytes) -> None:  # noqa: N802 - a value that is told by its name
    """Stands for the world's own list of the lines of the audit."""


@asynccontextmanager
async def world(
    *,
    api_key: str | None = "sandbox-key-a",
    calls: int = 200,
    transport: httpx.AsyncBaseTransport | None = None,
    scopes: Iterable[str] | None = None,
    audited: Write | None = KEPT,
    limits: dict[str, Any] | None = None,
    api_keys: dict[str, str] | None = None,
    auth: JsonObject | None = None,
    fetch_keys: Callable[[str], Awaitable[bytes]] = no_issuer,
    **settings: Any,
) -> AsyncIterator[World]:
    """A new one; `api_key=None` passes callers' own keys through; `limits` are of documents.

    `scopes` are what its caller has, where that is not everything; `audited` takes the lines of
    the audit in place of the world, or None lets them go where the settings say. `auth` has the
    settings that say who may ask, `api_keys` the keys of further tenants. The debug header counts.
    """
    clock = Clock()
    sandbox = create_sandbox(clock=clock, calls=calls)
    retell = RetellSettings(
        api_key=None if api_key is None else SecretStr(api_key),
        api_keys={tenant: SecretStr(key) for tenant, key in (api_keys or {}).items()},
        base_url="https://retell.test",
    )
    of_tests: JsonObject = {"executor": EXECUTOR, "debug_header": True}
    gateway = GatewaySettings(**of_tests | settings)
    recorder = Recorder(transport or httpx.ASGITransport(sandbox))
    lines: list[bytes] = []
    app = create_app(
        Settings(
            gateway,
            retell,
            AuthSettings(**auth or {}),
            LimitSettings(**limits or {}),
        ),
        transport=recorder,
        clock=clock,
        compile_from_use=1,
        audited=lines.append if audited is KEPT else audited,
        who=None if scopes is None else _limited(api_key or "", frozenset(scopes)),
        fetch_keys=fetch_keys,
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
    ):
        yield World(sandbox, clock, app, http, recorder.sent, lines)


def _limited(api_key: str, scopes: frozenset[str]) -> Identify:
    """Every caller has these scopes."""
    caller = Caller(api_key, own_key=False, name="limited", scopes=scopes)
    return lambda _headers: caller
