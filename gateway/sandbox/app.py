"""The sandbox put together: the routes of all its modules, two keys, one clock."""

from __future__ import annotations

import asyncio
import pkgutil
import time
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from gateway import sandbox
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


def find_endpoints() -> list[Endpoint]:
    """The `ENDPOINTS` of every module beside this one."""
    names = [module.name for module in pkgutil.iter_modules(sandbox.__path__)]
    modules = [import_module(f"{sandbox.__name__}.{name}") for name in names]
    return [each for module in modules for each in getattr(module, "ENDPOINTS", ())]


class Sandbox:
    """The ASGI application, with its switches in reach of tests that run in the same process."""

    def __init__(self, house: House) -> None:
        self._house = house
        routes = [
            Route(endpoint.path, Served(endpoint, house), methods=[endpoint.method])
            for endpoint in find_endpoints()
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
