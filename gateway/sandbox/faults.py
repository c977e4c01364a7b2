"""Faults on demand: slow, failing, rare or one-off, and bodies that are not what they should be."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, get_args

import orjson
from starlette.responses import Response, StreamingResponse

from gateway.sandbox.problem import bad_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

Body = Literal["truncated", "dripping", "huge", "gzip_bomb", "not_json", "wrong_shape", "empty"]

ANY = "*"
_CHUNK = b" " * 65_536


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do to which requests; the defaults do nothing, to all of them."""

    endpoint: str = ANY
    """A name as the counter has it, `GET /v2/get-call`, or `*`."""
    path: str | None = None
    """One path only, for instance that of one call."""
    latency_ms: float = 0
    status: int | None = None
    """Answered instead of the endpoint, which is not asked."""
    message: str = "Injected by the sandbox"
    headers: dict[str, str] = field(default_factory=dict)
    """Added to the answer: `Retry-After`, or `Location` for a redirect."""
    body: Body | None = None
    bytes: int = 64 * 1024 * 1024
    """The size of a `huge` body or of an unpacked `gzip_bomb`."""
    interval_ms: float = 200
    """Between the bytes of a `dripping` body."""
    rate: float = 1.0
    """The share of requests that are hit, spread evenly: 0.25 hits every fourth."""
    times: int | None = None
    """Struck so often, then spent: 1 for a one-off. None for always."""

    def refusal(self) -> Response | None:
        """What is answered instead of the endpoint."""
        if self.status is None:
            return None
        if self.status in (204, 304):
            return Response(status_code=self.status)
        message = orjson.dumps({"status": "error", "message": self.message})
        return Response(message, self.status, media_type="application/json")


class Faults:
    """The faults in force, in order: the first that hits a request is the only one."""

    def __init__(self) -> None:
        self._rules: list[tuple[Fault, _Tally]] = []

    def set(self, faults: Sequence[Fault]) -> None:
        """In place of all that were in force."""
        self._rules = [(fault, _Tally()) for fault in faults]

    def clear(self) -> None:
        self._rules = []

    def strike(self, endpoint: str, path: str) -> Fault | None:
        for fault, tally in self._rules:
            meant = fault.endpoint in (ANY, endpoint) and fault.path in (None, path)
            if meant and tally.hits(fault):
                return fault
        return None


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    struck: int = 0

    def hits(self, fault: Fault) -> bool:
        if fault.times is not None and self.struck >= fault.times:
            return False
        self.seen += 1
        hit = int(self.seen * fault.rate + 1e-9) > int((self.seen - 1) * fault.rate + 1e-9)
        self.struck += hit
        return hit


_SHAPES: dict[str, tuple[type, ...]] = {
    "endpoint": (str,),
    "path": (str, type(None)),
    "latency_ms": (int, float),
    "status": (int, type(None)),
    "message": (str,),
    "headers": (dict,),
    "body": (str, type(None)),
    "bytes": (int,),
    "interval_ms": (int, float),
    "rate": (int, float),
    "times": (int, type(None)),
}


def read_faults(given: object) -> list[Fault]:
    """From JSON: one fault, or a list of them; an empty list ends all faults."""
    return [_fault(one) for one in (given if isinstance(given, list) else [given])]


def _fault(given: object) -> Fault:
    if not isinstance(given, dict):
        raise bad_request("A fault must be an object")
    known = {each.name for each in fields(Fault)}
    for name, value in given.items():
        if name not in known:
            raise bad_request(f"A fault has no property {name}")
        if isinstance(value, bool) or not isinstance(value, _SHAPES[name]):
            raise bad_request(f"{name} of a fault is of the wrong type")
    if given.get("body") not in (None, *get_args(Body)):
        raise bad_request(f"body of a fault must be one of {', '.join(get_args(Body))}")
    if not 0 <= given.get("rate", 1) <= 1:
        raise bad_request("rate of a fault must be between 0 and 1")
    if not 200 <= (given.get("status") or 200) <= 599:
        raise bad_request("status of a fault must be between 200 and 599")
    if not all(isinstance(value, str) for value in given.get("headers", {}).values()):
        raise bad_request("headers of a fault must map names to strings")
    return Fault(**given)


def damaged(
    response: Response, fault: Fault, sleep: Callable[[float], Awaitable[object]]
) -> Response:
    """The answer as the fault wants it."""
    if fault.body is not None:
        response = _with_body(response, fault, sleep)
    response.headers.update(fault.headers)
    return response


def _with_body(
    response: Response, fault: Fault, sleep: Callable[[float], Awaitable[object]]
) -> Response:
    whole, status = bytes(response.body), response.status_code
    kind = "application/json"
    match fault.body:
        case "truncated":
            # The length of the whole is promised, so that a real connection breaks off.
            promised = {"content-length": str(len(whole))}
            return Response(whole[: len(whole) // 2], status, promised, kind)
        case "dripping":
            drops = _drip(whole, fault.interval_ms / 1000, sleep)
            return StreamingResponse(drops, status, media_type=kind)
        case "huge":
            return StreamingResponse(_spaces(fault.bytes), status, media_type=kind)
        case "gzip_bomb":
            packed = {"content-encoding": "gzip"}
            return StreamingResponse(_bomb(fault.bytes), status, packed, kind)
        case "not_json":
            return Response("<html><body>Bad gateway</body></html>", status, media_type="text/html")
        case "wrong_shape":
            return Response(b"[]", status, media_type=kind)
        case _:
            return Response(b"", status, media_type=kind)


async def _drip(
    body: bytes, interval_s: float, sleep: Callable[[float], Awaitable[object]]
) -> AsyncIterator[bytes]:
    for place in range(len(body)):
        yield body[place : place + 1]
        await sleep(interval_s)


async def _spaces(size: int) -> AsyncIterator[bytes]:
    """Valid JSON, in the end: an empty object behind very much white space."""
    for start in range(0, size - 2, len(_CHUNK)):
        yield _CHUNK[: size - 2 - start]
    yield b"{}"


async def _bomb(size: int) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    async for chunk in _spaces(size):
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()
