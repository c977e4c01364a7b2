"""`gateway.http.front`: what was answered before is sent as bytes, the rest goes on untouched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.auth.caller import Caller
from gateway.http.always import ALWAYS
from gateway.http.body import HttpLimits
from gateway.http.cors import Cors
from gateway.http.front import LONGEST_TELLING, MOST_MANNERS, Front
from gateway.operation.answers import Answers, Asked, Body
from gateway.telemetry.audit import Audit
from tests.http.tiny import endpoint, identify
from tests.http.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message

    from gateway.http.endpoint import GraphQLEndpoint

QUERY = "{ hello }"
BODY = orjson.dumps({"query": QUERY})
REMEMBERED = b'{"data":{"hello":"out of memory"}}'
VIEW = Caller("key-a", own_key=True).view


def remembering(*, in_parts: bool = False) -> Answers:
    """It knows the answer to one body."""
    answers = Answers(lambda _key, _entry: True, lambda: 0.0, most_bytes=100_000)
    answers.remember(Asked(VIEW, QUERY, None, b"{}"), Body(VIEW, in_parts, BODY), REMEMBERED, {})
    return answers


def front(behind: GraphQLEndpoint | None = None, **options: Any) -> Front:
    given: dict[str, Any] = {"most_bytes": 1000, "new_id": lambda: "made-id"} | options
    answers = given.pop("answers", None) or remembering()
    audit = given.pop("audit", None) or Audit(lambda _line: None, lambda: 0.0)
    return Front(behind or endpoint(), answers, audit, identify, **given)


async def text(app: Front, wire: Wire) -> str:
    await app(wire.scope, wire.receive, wire.send)
    return wire.text


async def test_a_body_that_came_before_is_answered_with_what_was_answered_then() -> None:
    wire = Wire(QUERY)
    assert (await text(front(), wire)).encode() == REMEMBERED
    assert wire.status == 200
    assert dict(wire.sent[0]["headers"]) == dict(ALWAYS) | {
        b"content-type": b"application/json; charset=utf-8",
        b"vary": b"accept",
        b"x-request-id": b"made-id",
        b"content-length": str(len(REMEMBERED)).encode(),
    }


async def test_the_id_that_a_client_gave_is_its_own() -> None:
    for app in (front(), front(answers=Answers(lambda *_: True, lambda: 0.0, most_bytes=0))):
        wire = Wire(QUERY, **{"x-request-id": "mine"})
        await text(app, wire)
        assert dict(wire.sent[0]["headers"])[b"x-request-id"] == b"mine"


async def test_another_body_is_answered_by_the_endpoint() -> None:
    wire = Wire('{ hello(name: "Ada") }')
    assert await text(front(), wire) == '{"data":{"hello":"Hello Ada"}}'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer stranger"}, 401),
        ({"content-type": "text/plain"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"accept": "text/plain"}, 406),
    ],
)
async def test_what_is_not_in_order_is_refused_as_ever(
    headers: dict[str, str], status: int
) -> None:
    wire = Wire(QUERY, **headers)
    await text(front(), wire)
    assert wire.status == status


@pytest.mark.parametrize("headers", [{"x-gateway-debug": "1"}, {"accept": "multipart/mixed"}])
async def test_what_must_be_made_anew_is(headers: dict[str, str]) -> None:
    asked = front(endpoint(debug_header=True))
    assert "Hello world" in await text(asked, Wire(QUERY, **headers))


async def test_a_debug_header_that_does_not_count_makes_nothing_anew() -> None:
    wire = Wire(QUERY, **{"x-gateway-debug": "1"})
    assert (await text(front(), wire)).encode() == REMEMBERED


async def test_a_client_that_takes_parts_is_another_matter() -> None:
    accept = "multipart/mixed, application/json"
    assert "Hello world" in await text(front(), Wire(QUERY, accept=accept))
    parts = front(answers=remembering(in_parts=True))
    assert (await text(parts, Wire(QUERY, accept=accept))).encode() == REMEMBERED


async def test_an_endpoint_that_explains_everything_is_always_asked() -> None:
    assert "Hello world" in await text(front(endpoint(always_explain=True)), Wire(QUERY))


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://board.example", True), ("https://evil.example", False)]
)
@pytest.mark.parametrize("query", [QUERY, "{ hello missing }", "{"])
async def test_pages_of_allowed_origins_alone_may_read_whichever_way_it_is_answered(
    origin: str, query: str, *, allowed: bool
) -> None:
    behind = endpoint(cors=Cors({"https://board.example"}))
    wire = Wire(query, origin=origin)
    assert (await text(front(behind), wire) == REMEMBERED.decode()) is (query == QUERY)
    headers = dict(wire.sent[0]["headers"])
    assert headers.get(b"access-control-allow-origin") == (origin.encode() if allowed else None)
    assert headers[b"vary"] == b"accept, origin"


async def test_a_browser_that_asks_before_it_sends_is_answered_before_all_else() -> None:
    behind = endpoint(cors=Cors({"https://board.example"}), hosts=frozenset({"nobody"}))
    asking = {"origin": "https://board.example", "access-control-request-method": "POST"}
    wire = Wire(**asking, authorization="Bearer stranger")
    wire.scope["method"] = "OPTIONS"
    assert await text(front(behind), wire) == ""
    assert wire.status == 200


class Pieces(Wire):
    """The body in pieces; after the last one, nothing comes until the client hangs up."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        super().__init__()
        self._pieces: Iterator[Message] = iter(
            {"type": "http.request", "body": piece, "more_body": not ends or at < len(pieces) - 1}
            for at, piece in enumerate(pieces)
        )

    async def receive(self) -> Message:
        for piece in self._pieces:
            return piece
        await self._left.wait()
        return {"type": "http.disconnect"}


async def test_a_body_in_pieces_is_the_same_body() -> None:
    wire = Pieces(BODY[:5], BODY[5:7], BODY[7:])
    assert (await text(front(), wire)).encode() == REMEMBERED


async def test_a_body_that_takes_its_time_is_read_by_the_endpoint_from_its_start() -> None:
    wire = Pieces(BODY[:5], ends=False)
    app = front(seconds=0.01)
    task = asyncio.create_task(text(app, wire))
    await asyncio.sleep(0.05)
    wire._pieces = iter([{"type": "http.request", "body": BODY[5:], "more_body": False}])
    wire._left.set()
    # The endpoint was waiting already: what woke it is a hang-up, as it would be on a socket.
    await task
    assert wire.sent == []


async def test_a_body_that_is_too_long_is_refused_by_the_endpoint() -> None:
    behind = endpoint(limits=HttpLimits(max_body_bytes=1000))
    for pieces in ((b"x" * 1001,), (b"x" * 600, b"x" * 600)):
        wire = Pieces(*pieces)
        await text(front(behind), wire)
        assert wire.status == 413


async def test_a_client_that_leaves_before_its_body_is_there_gets_nothing() -> None:
    wire = Pieces()
    wire.hang_up()
    await text(front(), wire)
    assert wire.sent == []


async def test_how_requests_are_answered_is_remembered_within_bounds() -> None:
    app = front()
    for number in range(MOST_MANNERS + 3):
        await text(app, Wire(QUERY, accept=f"application/json;q=0.{number}"))
    assert len(app._manners) == 3
    await text(app, Wire(QUERY, accept="application/json," + "x" * LONGEST_TELLING))
    assert len(app._manners) == 3


async def test_a_line_at_debug_tells_of_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await text(front(), Wire(QUERY))
    (record,) = [each for each in caplog.records if each.name == "gateway.http.front"]
    assert record.__dict__["request_id"] == "made-id"
    assert QUERY not in str(record.__dict__)
