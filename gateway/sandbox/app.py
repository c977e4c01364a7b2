"""The sandbox put together: routes as one list, two keys, one clock."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from gateway.sandbox.account import get_api_key_info, get_concurrency
from gateway.sandbox.agents import get_agent, list_agents
from gateway.sandbox.calls import delete_call, get_call, list_calls, update_call
from gateway.sandbox.control import control_routes
from gateway.sandbox.endpoint import Endpoint, House, Served, refusal
from gateway.sandbox.faults import Faults
from gateway.sandbox.problem import Problem
from gateway.sandbox.requests import RequestLog
from gateway.sandbox.store import Account

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

KEYS = ("sandbox-key-a", "sandbox-key-b")

ENDPOINTS = (
    Endpoint("GET", "/v2/get-call/{call_id}", get_call),
    Endpoint("POST", "/v3/list-calls", list_calls),
    Endpoint("PATCH", "/v2/update-call/{call_id}", update_call),
    Endpoint("DELETE", "/v2/delete-call/{call_id}", delete_call),
    Endpoint("GET", "/get-agent/{agent_id}", get_agent),
    Endpoint("POST", "/v2/list-agents", list_agents),
    Endpoint("GET", "/get-concurrency", get_concurrency),
    Endpoint("GET", "/get-api-key-info", get_api_key_info),
)


class Sandbox:
    """The ASGI application, with its switches in reach of tests that run in the same process."""

    def __init__(self, house: House) -> None:
        self._house = house
        routes = [
            Route(endpoint.path, Served(endpoint, house), methods=[endpoint.method])
            for endpoint in ENDPOINTS
        ]
        self._app = Starlette(
            routes=[*routes, *control_routes(house)],
            exception_handlers={HTTPException: _no_such_endpoint},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @property
    def requests(self) -> RequestLog:
        return self._house.requests

    @property
    def faults(self) -> Faults:
        return self._house.faults

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By key."""
        return self._house.accounts

    def reset(self) -> None:
        """As on the first day: nothing counted, failing, changed or deleted."""
        self._house.reset()


def create_sandbox(
    *,
    seed: int = 1,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    calls: int = 2000,
    keys: Sequence[str] = KEYS,
) -> Sandbox:
    """`calls` is the length of each key's history, which ends at the `clock`'s time now; the
    first key has Retell's example document besides."""
    anchor_ms = int(clock() * 1000)
    accounts = {
        key: Account(key, seed=seed, anchor_ms=anchor_ms, calls=calls, with_example=key == keys[0])
        for key in keys
    }
    return Sandbox(House(accounts, RequestLog(), Faults(), clock, sleep))


async def _no_such_endpoint(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refusal(Problem(status, f"Cannot {request.method} {request.url.path}"))
