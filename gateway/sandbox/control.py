"""The switches under /__sandbox/: for whoever sits on the same machine, and not counted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.endpoint import refusal
from gateway.sandbox.faults import read_faults
from gateway.sandbox.problem import Problem, bad_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from gateway.sandbox.endpoint import House

    Handler = Callable[[Request], Awaitable[Response]]


def control_routes(house: House) -> list[Route]:
    async def show_requests(_request: Request) -> Response:
        return Response(orjson.dumps(house.requests.report()), media_type="application/json")

    async def clear_requests(_request: Request) -> Response:
        house.requests.clear()
        return Response(status_code=204)

    async def set_faults(request: Request) -> Response:
        try:
            given = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            raise bad_request("Request body is not valid JSON") from None
        house.faults.set(read_faults(given))
        return Response(status_code=204)

    async def reset(_request: Request) -> Response:
        house.reset()
        return Response(status_code=204)

    return [
        Route("/__sandbox/requests", _on_loopback(show_requests), methods=["GET"]),
        Route("/__sandbox/requests", _on_loopback(clear_requests), methods=["DELETE"]),
        Route("/__sandbox/faults", _on_loopback(set_faults), methods=["PUT"]),
        Route("/__sandbox/reset", _on_loopback(reset), methods=["POST"]),
    ]


def _on_loopback(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if not _is_loopback(request):
            return refusal(Problem(403, "The switches are for the loopback interface only"))
        try:
            return await handler(request)
        except Problem as problem:
            return refusal(problem)

    return guarded


def _is_loopback(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
