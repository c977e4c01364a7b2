"""`/livez` and `/readyz`: whether the process lives, and whether it wants requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from gateway.http.drain import Drain

_NO_STORE = {"cache-control": "no-store"}


def health_routes(drain: Drain) -> list[Route]:
    """The two routes; ready is what `drain` says it is."""

    async def livez(_: Request) -> JSONResponse:
        return JSONResponse({"status": "live"}, headers=_NO_STORE)

    async def readyz(_: Request) -> JSONResponse:
        status = 200 if drain.state == "ready" else 503
        return JSONResponse({"status": drain.state}, status, headers=_NO_STORE)

    return [Route("/livez", livez), Route("/readyz", readyz)]
