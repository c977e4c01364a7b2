"""One endpoint of the stand-in API: counted, made to fail where asked, and behind a bearer key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.faults import damaged
from gateway.sandbox.forms import form
from gateway.sandbox.problem import Problem, bad_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from gateway.sandbox.faults import Faults
    from gateway.sandbox.requests import RequestLog
    from gateway.sandbox.store import Account


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a route sees it: whose, when, and for what."""

    account: Account
    now_ms: int
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


Answer = dict[str, Any] | bytes | None
"""What a route gives back: JSON, JSON that is encoded already, or nothing (204)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    answer: Callable[[Ask], Answer]
    form: bool = False
    """Its body is a form, not JSON."""

    @property
    def name(self) -> str:
        """How it is called in counters and faults: `GET /v2/get-call`."""
        return f"{self.method} {self.path.partition('/{')[0]}"


@dataclass(frozen=True, slots=True)
class House:
    """What all endpoints share."""

    accounts: Mapping[str, Account]
    requests: RequestLog
    faults: Faults
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]

    def reset(self) -> None:
        self.requests.clear()
        self.faults.clear()
        for account in self.accounts.values():
            account.reset()


class Served:
    """The ASGI application of one endpoint."""

    def __init__(self, endpoint: Endpoint, house: House) -> None:
        self._endpoint = endpoint
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with self._house.requests.counted(self._endpoint.name) as visit:
            body = await request.body()
            fault = self._house.faults.strike(self._endpoint.name, request.url.path)
            if fault is not None and fault.latency_ms:
                stayed = await _stays(receive, self._house.sleep(fault.latency_ms / 1000))
                if not stayed:
                    visit.left = True
                    return
            # A status stands for a request that did not get through: nothing is changed by it.
            blocked = None if fault is None else fault.refusal()
            response = blocked or self._response(request, body)
            if fault is not None:
                response = damaged(response, fault, self._house.sleep)
            await response(scope, receive, send)

    def _response(self, request: Request, body: bytes) -> Response:
        try:
            answer = self._endpoint.answer(
                Ask(
                    account=self._account(request),
                    now_ms=int(self._house.clock() * 1000),
                    path=request.path_params,
                    query=request.query_params,
                    body=self._read(request, body),
                )
            )
        except Problem as problem:
            return refusal(problem)
        if answer is None:
            return Response(status_code=204)
        encoded = answer if isinstance(answer, bytes) else orjson.dumps(answer)
        return Response(encoded, media_type="application/json")

    def _read(self, request: Request, body: bytes) -> object:
        if self._endpoint.form:
            return form(request.headers.get("content-type", ""), body)
        return _json(body)

    def _account(self, request: Request) -> Account:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = self._house.accounts.get(key.strip())
        if scheme.lower() != "bearer" or account is None:
            raise Problem(401, "Invalid API key")
        return account


def refusal(problem: Problem) -> Response:
    return Response(orjson.dumps(problem.body()), problem.status, media_type="application/json")


def _json(body: bytes) -> object:
    if not body:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("Request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise bad_request("Request body must be an object")
    return value


async def _stays(receive: Receive, pause: Awaitable[object]) -> bool:
    """Wait, unless the client leaves first: False then. The body must have been read."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    waiting = asyncio.ensure_future(pause)
    leaving = asyncio.ensure_future(gone())
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        return waiting.done()
    finally:
        waiting.cancel()
        leaving.cancel()
