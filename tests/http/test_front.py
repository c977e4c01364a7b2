"""`gateway.http.front`: what was answered before is sent as bytes, the rest goes on untouched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.auth.caller import Caller
from gateway.auth.identify import Later
from gateway.errors import RateLimited
from gateway.http.always import ALWAYS
from gateway.http.body import HttpLimits
from gateway.http.cors import Cors
from gateway.http.drain import Drain
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.front import LONGEST_TELLING, MOST_MANNERS, Front
from gateway.http.reply import Begun, Heading, Whole
from gateway.operation.answers import Answers, Asked, Body
from gateway.operation.rates import Left
from gateway.operation.request import OperationResult
from gateway.telemetry.audit import Audit, Reads
from tests.http.test_disconnect import Slow
from tests.http.test_drain import SHUTTING_DOWN, Gate
from tests.http.tiny import endpoint, identify
from tests.http.tiny import run as run_tiny
from tests.http.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.datastructures import Headers
    from starlette.types import Message

    from gateway.http.problem import Header
    from gateway.operation.request import Answer, OperationRequest

QUERY = "{ hello }"
BODY = orjson.dumps({"query": QUERY})
REMEMBERED = b'{"data":{"hello":"out of memory"}}'
VIEW = Caller("key-a", own_key=True).view


def remembering(*reads: Reads, in_parts: bool = False) -> Answers:
    """It knows the answer to one body."""
    answers = Answers(lambda _key, _entry: True, lambda: 0, lambda: 0.0, most_bytes=100_000)
    asked, body = Asked(VIEW, QUERY, None, b"{}"), Body(VIEW, in_parts, BODY)
    answers.remember(asked, body, REMEMBERED, {}, reads)
    return answers


def front(behind: GraphQLEndpoint | None = None, **options: Any) -> Front:
    given: dict[str, Any] = {"most_bytes": 1000, "new_id": lambda: "made-id"} | options
    answers = given.pop("answers", None) or remembering()
    audit = given.pop("audit", None) or Audit(lambda _line: None, lambda: 0.0)
    who = given.pop("identify", identify)
    return Front(behind or endpoint(), answers, audit, who, **given)


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
    for app in (
        front(),
        front(answers=Answers(lambda *_: True, lambda: 0, lambda: 0.0, most_bytes=0)),
    ):
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


async def test_what_is_remembered_is_for_who_asks_by_a_name_of_ours() -> None:
    app = front(endpoint(hosts=frozenset({"gateway"})))
    ours, other = Wire(QUERY, host="gateway"), Wire(QUERY, host="elsewhere")
    assert (await text(app, ours)).encode() == REMEMBERED
    assert "does not answer to this host name" in await text(app, other)
    assert (ours.status, other.status) == (200, 421)


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


# --- What a POST comes to ----------------------------------------------------------------------

HEADERS: tuple[Header, ...] = ((b"content-type", b"application/json; charset=utf-8"), *ALWAYS)
VARY = (b"vary", b"accept")
HEADING = Heading.of((*HEADERS, VARY))
FAILED = {
    "message": "The gateway failed; its log has the request id.",
    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
}
READS = Reads("Call", ("call-1",), ("transcript",))


def reply(app: Front, query: str = QUERY, **headers: str) -> Whole | Begun | None:
    given = {"content-type": "application/json"} | headers
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return app.reply(raw, orjson.dumps({"query": query}))


def whole(app: Front, query: str = QUERY, **headers: str) -> Whole:
    found = reply(app, query, **headers)
    assert isinstance(found, Whole)
    return found


def begun(app: Front) -> Begun:
    found = reply(app, "{ missing }")
    assert isinstance(found, Begun)
    return found


def failing(error: Exception) -> Callable[[OperationRequest], Awaitable[Answer]]:
    async def fail(_: OperationRequest) -> Answer:
        raise error

    return fail


async def never(_: OperationRequest) -> Answer:
    raise AssertionError("never reached")


async def test_what_was_answered_before_is_there() -> None:
    app = front(endpoint(run=never))
    assert whole(app) == (200, HEADING, b"made-id", REMEMBERED)
    assert whole(app, **{"x-request-id": "mine"}) == (200, HEADING, b"mine", REMEMBERED)


@pytest.mark.parametrize(
    ("query", "content"),
    [
        ('{ hello(name: "Ada") }', {"data": {"hello": "Hello Ada"}}),
        ('mutation { greet(name: "Ada") }', {"data": {"greet": "Hello Ada"}}),
        ("{ missing ", None),
        ("{ broken }", None),
    ],
)
async def test_what_needs_no_wait_is_there(query: str, content: object) -> None:
    status, heading, id_, given = whole(front(), query, **{"x-request-id": "mine"})
    assert (status, heading, id_) == (200, HEADING, b"mine")
    answer = orjson.loads(given)
    assert answer == content if content else "errors" in answer


async def test_headings_of_one_kind_are_the_same_in_both_forms() -> None:
    app = front()
    first, second = whole(app, "{ missing }").heading, whole(app, "{ broken }").heading
    assert first is second
    assert first.lines.splitlines() == [name + b": " + value for name, value in first.headers]


async def test_a_body_that_is_not_in_order_is_refused_at_once() -> None:
    found = front(endpoint(run=never)).reply([(b"content-type", b"application/json")], b"{")
    assert isinstance(found, Whole)
    status, heading, id_, content = found
    assert (status, heading, id_) == (400, HEADING, b"made-id")
    (error,) = orjson.loads(content)["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST", "requestId": "made-id"}


async def test_a_refusal_has_the_status_of_the_type_that_was_asked_for() -> None:
    accept = "application/graphql-response+json"
    status, heading, _, _ = whole(front(), "{", accept=accept)
    assert status == 400
    assert heading.headers[0] == (b"content-type", f"{accept}; charset=utf-8".encode())


async def test_a_fault_that_nobody_knows_is_told_without_its_words_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    behind = endpoint(run=failing(LookupError("secret")))
    status, heading, _, content = whole(front(behind), "{ missing }")
    assert (status, heading, orjson.loads(content)) == (500, HEADING, {"errors": [FAILED]})
    (record,) = caplog.records
    assert (record.message, record.__dict__["request_id"]) == ("an operation failed", "made-id")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


async def test_an_answer_that_has_more_to_say_says_it_in_its_headers() -> None:
    behind = endpoint(run=failing(RateLimited("Too much.", retry_after=2.5)))
    status, heading, _, _ = whole(front(behind), "{ missing }")
    assert (status, heading) == (
        429,
        Heading.of((HEADERS[0], (b"retry-after", b"3"), *ALWAYS, VARY)),
    )


async def test_what_a_caller_has_left_is_told_with_the_answer() -> None:
    async def counted(_: OperationRequest) -> Answer:
        return OperationResult({"data": {}}, left=Left(limit=10, window=60, remaining=7, reset=5))

    status, heading, _, content = whole(front(endpoint(run=counted)), "{ missing }")
    left = (b"ratelimit-policy", b'"caller";q=10;w=60'), (b"ratelimit", b'"caller";r=7;t=5')
    assert (status, content) == (200, b'{"data":{}}')
    assert heading == Heading.of((HEADERS[0], *left, *ALWAYS, VARY))


async def test_what_was_made_as_bytes_is_sent_as_it_is_with_all_that_it_has_to_say() -> None:
    async def said(**more: Any) -> tuple[int, Heading]:
        async def made(_: OperationRequest) -> Answer:
            return OperationResult({}, content=b"as it is", **more)

        status, heading, id_, content = whole(front(endpoint(run=made)), "{ missing }")
        assert (id_, content) == (b"made-id", b"as it is")
        return status, heading

    left = (b"ratelimit-policy", b'"caller";q=10;w=60'), (b"ratelimit", b'"caller";r=7;t=5')
    counted = Heading.of((HEADERS[0], *left, *ALWAYS, VARY))
    assert await said() == (200, HEADING)
    assert await said(left=Left(10, 60, 7, 5)) == (200, counted)
    assert await said(refused="request") == (400, HEADING)


async def test_what_has_to_be_waited_for_is_begun_once_and_goes_on() -> None:
    gate, asked = Gate(), list[str | None]()

    async def run(request: OperationRequest) -> Answer:
        asked.append(request.query)
        return await gate.run(request)

    found = begun(front(endpoint(run=run)))
    assert (found.id, asked) == ("made-id", ["{ missing }"])
    task = asyncio.create_task(found.whole())
    await asyncio.sleep(0)
    assert not task.done()
    gate.open()
    assert await task == (200, HEADING, b"made-id", b'{"data":{"done":true}}')
    assert asked == ["{ missing }"]


async def test_it_goes_on_for_a_server_that_knows_no_more_than_asgi() -> None:
    gate, wire = Gate(), Wire("{ missing }")
    app = front(endpoint(run=gate.run))
    task = asyncio.create_task(text(app, wire))
    await gate.full.wait()
    assert wire.sent == []
    gate.open()
    assert await task == '{"data":{"done":true}}'
    assert wire.status == 200
    assert dict(wire.sent[0]["headers"]) == dict(HEADING.headers) | {
        b"x-request-id": b"made-id",
        b"content-length": b"22",
    }


async def test_what_comes_after_a_wait_says_all_that_it_has_to_say() -> None:
    async def counted(_: OperationRequest) -> Answer:
        await asyncio.sleep(0)
        return OperationResult({"errors": []}, "method", left=Left(10, 60, 7, 5))

    status, heading, _, _ = await begun(front(endpoint(run=counted))).whole()
    left = (b"ratelimit-policy", b'"caller";q=10;w=60'), (b"ratelimit", b'"caller";r=7;t=5')
    assert status == 405
    assert heading == Heading.of((HEADERS[0], (b"allow", b"POST"), *left, *ALWAYS, VARY))


async def test_a_fault_after_a_wait_is_told_without_its_words() -> None:
    async def lost(_: OperationRequest) -> Answer:
        await asyncio.sleep(0)
        raise LookupError("secret")

    status, heading, _, content = await begun(front(endpoint(run=lost))).whole()
    assert (status, heading, orjson.loads(content)) == (500, HEADING, {"errors": [FAILED]})


async def test_what_was_begun_ends_when_its_time_is_over() -> None:
    slow = Slow()
    async with asyncio.timeout(10):
        status, _, _, content = await begun(front(endpoint(run=slow.run, seconds=0.01))).whole()
    (error,) = orjson.loads(content)["errors"]
    assert (status, error["extensions"]["code"]) == (504, "OPERATION_TIMEOUT")
    assert (slow.started, slow.ended) == (1, 1)


async def test_what_was_begun_ends_when_it_is_cancelled() -> None:
    slow = Slow()
    task = asyncio.create_task(begun(front(endpoint(run=slow.run))).whole())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (slow.started, slow.ended) == (1, 1)


async def test_what_was_begun_ends_when_its_client_leaves(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    slow, wire = Slow(), Wire("{ missing }")
    task = asyncio.create_task(text(front(endpoint(run=slow.run)), wire))
    await asyncio.sleep(0)
    wire.hang_up()
    assert await task == ""
    assert (slow.started, slow.ended, wire.sent) == (1, 1, [])
    (record,) = caplog.records
    assert (record.message, record.__dict__["request_id"]) == ("the client left", "made-id")


async def test_what_was_begun_is_waited_for_by_a_server_that_stops() -> None:
    gate, drain = Gate(), Drain()
    task = asyncio.create_task(begun(front(endpoint(run=gate.run, drain=drain))).whole())
    await asyncio.sleep(0)
    assert drain.running == 1
    assert await drain.finish(grace=0) == 1
    status, heading, _, content = await task
    assert (status, orjson.loads(content)) == (503, {"errors": [SHUTTING_DOWN]})
    assert (b"connection", b"close") in heading.headers
    assert drain.running == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer stranger"},
        {"content-type": "text/plain"},
        {"content-encoding": "gzip"},
        {"accept": "text/plain"},
        {"accept": "text/event-stream"},
        {"accept": "multipart/mixed, application/json"},
        {"x-gateway-debug": "1"},
        {"host": "elsewhere"},
    ],
)
async def test_nothing_is_said_of_what_the_endpoint_is_to_look_at(headers: dict[str, str]) -> None:
    behind = endpoint(run=never, debug_header=True, hosts=frozenset({"gateway"}))
    assert reply(front(behind), **{"host": "gateway"} | headers) is None


async def test_nothing_is_said_where_a_caller_cannot_be_named_at_once() -> None:
    async def find() -> Caller:
        raise AssertionError("never reached")

    def later(_: Headers) -> Caller | Later:
        return Later(find)

    assert reply(front(endpoint(run=never), identify=later)) is None


async def test_nothing_is_said_where_naming_a_caller_fails_and_the_endpoint_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_: Headers) -> Caller | Later:
        raise LookupError("secret")

    async def ask(asked: GraphQLEndpoint | Front) -> tuple[int, object]:
        wire = Wire(QUERY, **{"x-request-id": "made-id"})
        await asked(wire.scope, wire.receive, wire.send)
        return wire.status, orjson.loads(wire.text)

    behind = GraphQLEndpoint(never, fails)
    app = front(behind, identify=fails)
    assert reply(app) is None
    assert caplog.records == []
    for asked in (behind, app):
        assert await ask(asked) == (500, {"errors": [FAILED]})
    for record in caplog.records:
        told = record.message, record.__dict__["request_id"]
        assert told == ("an operation failed", "made-id")
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], LookupError)
    assert len(caplog.records) == 2


async def test_nothing_is_said_of_a_body_that_is_too_long() -> None:
    behind, headers = endpoint(run=never), [(b"content-type", b"application/json")]
    assert front(behind, most_bytes=len(BODY)).reply(headers, BODY) is not None
    assert front(behind, most_bytes=len(BODY) - 1).reply(headers, BODY) is None


async def test_what_was_remembered_in_parts_is_there_and_nothing_else_in_parts_is() -> None:
    accept = "multipart/mixed, application/json"
    app = front(endpoint(run=never), answers=remembering(in_parts=True))
    assert whole(app, accept=accept).content == REMEMBERED
    assert reply(app, "{ missing }", accept=accept) is None


async def test_what_is_remembered_of_persons_is_noted_each_time() -> None:
    lines: list[bytes] = []
    app = front(answers=remembering(READS), audit=Audit(lines.append, lambda: 0.0))
    for id_ in ("one", "two"):
        assert whole(app, **{"x-request-id": id_}).content == REMEMBERED
    noted = [orjson.loads(line) for line in lines]
    assert [(line["request_id"], line["found"], line["ids"]) for line in noted] == [
        ("one", "remembered", ["call-1"]),
        ("two", "remembered", ["call-1"]),
    ]


@pytest.mark.parametrize("error", [OSError("full"), ValueError("closed")])
async def test_what_is_remembered_and_cannot_be_noted_is_asked_of_the_endpoint(
    error: Exception,
) -> None:
    def full(_line: bytes) -> None:
        raise error

    audit = Audit(full, lambda: 0.0)
    asked: list[str | None] = []

    async def run(request: OperationRequest) -> Answer:
        asked.append(request.query)
        return await run_tiny(request)

    found = whole(front(endpoint(run=run), answers=remembering(READS), audit=audit))
    assert (found.content, asked) == (b'{"data":{"hello":"Hello world"}}', [QUERY])
    parts = front(endpoint(run=run), answers=remembering(READS, in_parts=True), audit=audit)
    assert reply(parts, accept="multipart/mixed, application/json") is None
    assert asked == [QUERY]
