"""`text/event-stream`: single answers, parts, what goes wrong, and how long a stream lasts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.auth.caller import Caller
from gateway.errors import CostLimitExceeded
from gateway.http import sse
from gateway.http.drain import Drain
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.streams import Streams
from gateway.operation.request import IncrementalResult, OperationResult
from tests.http.serving import serving
from tests.http.tiny import client, endpoint, run
from tests.http.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, Json, OperationRequest

DEFERRED = '{ person { id ... @defer(label: "later") { born } } }'
EVENTS = "text/event-stream"
FAILED = {
    "message": "The gateway failed; its log has the request id.",
    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
}


async def ask(query: str, accept: str = EVENTS, **options: Any) -> httpx.Response:
    async with client(endpoint(**options)) as http:
        return await http.post("/graphql", json={"query": query}, headers={"accept": accept})


def events(text: str) -> list[Any]:
    """What the `next` events hold; the framing is checked to the byte."""
    opening, *framed, last, end = text.split("\n\n")
    assert (opening, last, end) == (":", "event: complete\ndata:", "")
    assert all(event.startswith("event: next\ndata: ") for event in framed), framed
    return [orjson.loads(event.removeprefix("event: next\ndata: ")) for event in framed]


async def test_one_answer_is_one_event_and_then_it_is_complete() -> None:
    answer = await ask("{ hello }")
    assert (answer.status_code, events(answer.text)) == (200, [{"data": {"hello": "Hello world"}}])
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-request-id"] == "made-id"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"


async def test_an_answer_that_is_remembered_as_bytes_is_sent_as_they_are() -> None:
    async def known(_: OperationRequest) -> Answer:
        return OperationResult({}, content=b'{"data":{"known":true}}')

    assert events((await ask("{ a }", run=known)).text) == [{"data": {"known": True}}]


@pytest.mark.parametrize(
    ("accept", "rest"),
    [
        (
            EVENTS,
            {
                "incremental": [{"data": {"born": 1815}, "id": "0"}],
                "completed": [{"id": "0"}],
                "hasNext": False,
            },
        ),
        (
            f"{EVENTS};deferSpec=20220824",
            {
                "incremental": [{"path": ["person"], "data": {"born": 1815}, "label": "later"}],
                "hasNext": False,
            },
        ),
    ],
)
async def test_what_is_deferred_is_an_event_of_its_own(accept: str, rest: Json) -> None:
    first, last = events((await ask(DEFERRED, accept)).text)
    assert (first["data"], first["hasNext"]) == ({"person": {"id": "1"}}, True)
    assert ("pending" in first) == (accept == EVENTS)
    assert last == rest


async def test_an_operation_that_is_not_executed_is_told_so_in_an_event() -> None:
    answer = await ask("{ nothing }")
    (event,) = events(answer.text)
    assert answer.status_code == 200
    assert [error["message"] for error in event["errors"]] == [
        "Cannot query field 'nothing' on type 'Query'."
    ]

    async def too_much(_: OperationRequest) -> Answer:
        raise CostLimitExceeded(2, 1)

    (event,) = events((await ask("{ a }", run=too_much)).text)
    assert event["errors"][0]["extensions"] == {
        "code": "COST_LIMIT_EXCEEDED",
        "cost": 2,
        "limit": 1,
        "requestId": "made-id",
    }


async def test_what_http_refuses_has_a_status_as_ever() -> None:
    async with client(endpoint()) as http:
        for content, headers, status in (
            ("{", {}, 400),
            ("{}", {"content-type": "text/plain"}, 415),
            ('{"query":"{a}"}', {"authorization": "Bearer stranger"}, 401),
        ):
            usual = {"accept": EVENTS, "content-type": "application/json"}
            answer = await http.post("/graphql", content=content, headers=usual | headers)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_only_a_post_is_answered_in_events() -> None:
    async with client(endpoint()) as http:
        answer = await http.get("/graphql?query={hello}", headers={"accept": EVENTS})
    assert answer.status_code == 406


async def test_who_takes_json_as_well_gets_json() -> None:
    for accept in (f"{EVENTS}, application/json", f"{EVENTS}, */*;q=0.1"):
        answer = await ask("{ hello }", accept)
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_fault_is_an_event_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(_: OperationRequest) -> Answer:
        raise LookupError("secret")

    assert events((await ask("{ a }", run=failing)).text) == [{"errors": [FAILED]}]
    assert [record.getMessage() for record in caplog.records] == ["an operation failed"]


class Endless:
    """An operation that only ends when it is cancelled, with or without a first part."""

    def __init__(self, *, in_parts: bool) -> None:
        self._in_parts = in_parts
        self.ended = asyncio.Event()

    async def run(self, _: OperationRequest) -> Answer:
        if self._in_parts:
            return IncrementalResult({"data": {}, "hasNext": True}, self._rest())
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        raise AssertionError("never reached")

    async def _rest(self) -> AsyncIterator[Json]:
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            self.ended.set()


@pytest.mark.parametrize("in_parts", [True, False])
async def test_a_stream_ends_with_its_callers_token(*, in_parts: bool) -> None:
    endless = Endless(in_parts=in_parts)
    caller = Caller("key-a", own_key=True, expires_at=1000.02)
    app = GraphQLEndpoint(
        endless.run, lambda _: caller, clock=lambda: 1000.0, new_id=lambda: "made-id"
    )
    async with client(app) as http:
        answer = await http.post("/graphql", json={"query": "{a}"}, headers={"accept": EVENTS})
    assert events(answer.text)[-1] == {
        "errors": [
            {
                "message": "The time of the key or token is over.",
                "extensions": {"code": "UNAUTHENTICATED", "requestId": "made-id"},
            }
        ]
    }
    assert endless.ended.is_set()


async def test_an_answer_in_parts_ends_with_its_callers_token() -> None:
    endless = Endless(in_parts=True)
    caller = Caller("key-a", own_key=True, expires_at=999.0)
    app = GraphQLEndpoint(endless.run, lambda _: caller, clock=lambda: 1000.0)
    async with client(app) as http:
        headers = {"accept": "multipart/mixed"}
        answer = await http.post("/graphql", json={"query": "{a}"}, headers=headers)
    *_, last, _end = answer.text.split("\r\n---")
    written = orjson.loads(last.split("\r\n\r\n")[1])
    assert written["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert written["hasNext"] is False


async def test_a_caller_whose_token_lives_on_gets_everything() -> None:
    caller = Caller("key-a", own_key=True, expires_at=2000.0)
    app = GraphQLEndpoint(run, lambda _: caller, clock=lambda: 1000.0)
    async with client(app) as http:
        answer = await http.post("/graphql", json={"query": DEFERRED}, headers={"accept": EVENTS})
    assert len(events(answer.text)) == 2


async def test_a_stream_that_takes_too_long_or_outlasts_the_drain_says_so() -> None:
    endless = Endless(in_parts=False)
    (event,) = events((await ask("{ a }", run=endless.run, seconds=0.01)).text)
    assert event["errors"][0]["extensions"]["code"] == "OPERATION_TIMEOUT"

    drain, wire = Drain(), Wire(accept=EVENTS)
    app = endpoint(run=Endless(in_parts=False).run, drain=drain)
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await wire.answering()
    assert await drain.finish(grace=0) == 1
    await task
    (event,) = events(wire.text)
    assert event["errors"][0]["message"] == "The gateway is shutting down."


async def test_so_many_streams_of_one_tenant_are_open() -> None:
    endless, streams = Endless(in_parts=False), Streams(1)
    app = endpoint(run=endless.run, streams=streams)
    wire, second = Wire(accept=EVENTS), Wire(accept=EVENTS)
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await wire.answering()
    await app(second.scope, second.receive, second.send)
    assert second.status == 429
    assert (b"retry-after", b"1") in second.sent[0]["headers"]
    assert orjson.loads(second.text)["errors"][0]["extensions"] == {
        "code": "TOO_MANY_STREAMS",
        "retryAfter": 1,
        "requestId": "made-id",
    }
    wire.hang_up()
    await task
    assert dict(streams.open) == {}


async def test_a_stream_is_kept_open_by_comments() -> None:
    wire, answered = Wire(accept=EVENTS), asyncio.Event()

    async def slow(_: OperationRequest) -> Answer:
        await answered.wait()
        return OperationResult({"data": {}})

    async def send(message: Any) -> None:
        await wire.send(message)
        if wire.text.count(":\n\n") == 4:
            answered.set()

    await endpoint(run=slow, heartbeat=0.001)(wire.scope, wire.receive, send)
    assert wire.text.startswith(":\n\n:\n\n:\n\n:\n\n")
    assert wire.text.endswith('event: next\ndata: {"data":{}}\n\nevent: complete\ndata:\n\n')


async def test_a_comment_that_nobody_takes_is_let_go() -> None:
    tried = asyncio.Event()

    async def send(_: bytes) -> None:
        tried.set()
        raise OSError

    before = asyncio.all_tasks()
    async with sse.kept_open(send, 0.001):
        await tried.wait()
    assert asyncio.all_tasks() == before


async def test_over_a_socket_an_event_is_there_at_once_and_hanging_up_ends_the_rest() -> None:
    endless = Endless(in_parts=True)
    async with serving(endpoint(run=endless.run)) as url, httpx.AsyncClient() as http:
        headers = {"accept": EVENTS}
        async with http.stream("POST", url, json={"query": "{ a }"}, headers=headers) as answer:
            heard = ""
            async for piece in answer.aiter_text():
                heard += piece
                if "hasNext" in heard:
                    break
            assert heard == ':\n\nevent: next\ndata: {"data":{},"hasNext":true}\n\n'
        async with asyncio.timeout(10):
            await endless.ended.wait()
