"""`gateway.http.socket` around the tiny pipeline: from the upgrade to the last task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.auth.identify import Later
from gateway.errors import AuthUnavailable, Forbidden, Unauthenticated
from gateway.http.cors import Cors
from gateway.http.drain import Drain
from gateway.http.session import SocketLimits, told
from gateway.http.socket import GraphQLSocket
from gateway.http.streams import Streams
from gateway.http.transport_ws import Closing
from gateway.operation.request import IncrementalResult, OperationResult
from tests.http.talking import Talk, talking
from tests.http.tiny import identify, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, Json, OperationRequest

DEFERRED = '{ person { id ... @defer(label: "later") { born } } }'


def socket(**options: Any) -> GraphQLSocket:
    options = {"new_id": lambda: "made-id", "identify": identify} | options
    return GraphQLSocket(options.pop("run", run), options.pop("identify"), **options)


class Held:
    """Operations that last until they are let go."""

    def __init__(self) -> None:
        self.started = 0
        self.ended = 0
        self.go = asyncio.Event()

    async def run(self, request: OperationRequest) -> Answer:
        self.started += 1
        try:
            await self.go.wait()
        finally:
            await asyncio.sleep(0)
            self.ended += 1
        return OperationResult({"data": {"held": request.operation_name}})

    async def are(self, count: int) -> None:
        while self.started < count:  # noqa: ASYNC110 - it only counts
            await asyncio.sleep(0)

    async def were(self, count: int) -> None:
        while self.ended < count:  # noqa: ASYNC110 - it only counts
            await asyncio.sleep(0)


async def test_a_query_and_a_mutation_are_answered() -> None:
    async with talking(socket()) as talk:
        await talk.init()
        assert talk.accepted == {
            "type": "websocket.accept",
            "subprotocol": "graphql-transport-ws",
            "headers": [],
        }
        assert await talk.ask("{ hello }") == {"data": {"hello": "Hello world"}}
        named = await talk.ask("query A($n: String) { hello(name: $n) }", {"n": "you"})
        assert named == {"data": {"hello": "Hello you"}}
        assert await talk.ask('mutation { greet(name: "you") }') == {"data": {"greet": "Hello you"}}


async def test_an_error_of_a_field_stands_in_the_answer() -> None:
    async with talking(socket()) as talk:
        await talk.init()
        answer = await talk.ask("{ hello missing }")
    assert answer["data"] == {"hello": "Hello world", "missing": None}
    assert answer["errors"][0]["path"] == ["missing"]


async def test_what_is_not_executed_is_an_error_and_the_socket_stays() -> None:
    async with talking(socket()) as talk:
        await talk.init()
        (error,) = await talk.refused("{ nothing }")
        assert error["message"] == "Cannot query field 'nothing' on type 'Query'."
        assert await talk.ask("{ hello }") == {"data": {"hello": "Hello world"}}


async def test_operations_are_answered_as_they_end() -> None:
    held = Held()

    async def one_of(request: OperationRequest) -> Answer:
        return await (held.run(request) if request.operation_name == "A" else run(request))

    async with talking(socket(run=one_of)) as talk:
        await talk.init()
        talk.subscribe("a", "query A { hello }", operationName="A")
        talk.subscribe("b", "{ hello }")
        assert [message["type"] for message in await talk.answers("b")] == ["next", "complete"]
        held.go.set()
        assert [message["type"] for message in await talk.answers("a")] == ["next", "complete"]


async def test_what_is_deferred_comes_at_once_in_parts_only_where_that_is_asked() -> None:
    async def asked(request: OperationRequest) -> Answer:
        if request.incremental:
            return await run(request)
        return OperationResult({"data": {"in parts": False}})

    first = {"data": {"person": {"id": "1"}}}
    pending = {"pending": [{"id": "0", "path": ["person"], "label": "later"}], "hasNext": True}
    last = {
        "incremental": [{"data": {"born": 1815}, "id": "0"}],
        "completed": [{"id": "0"}],
        "hasNext": False,
    }
    older = {
        "incremental": [{"path": ["person"], "data": {"born": 1815}, "label": "later"}],
        "hasNext": False,
    }
    for accept, expected in (
        ("multipart/mixed", [first | pending, last]),
        ("multipart/mixed;deferSpec=20220824", [first | {"hasNext": True}, older]),
        ("application/json", [{"data": {"in parts": False}}]),
        (None, [{"data": {"in parts": False}}]),
    ):
        for headers, payload in (((("accept", accept or ""),), {}), ((), {"Accept": accept})):
            async with talking(socket(run=asked), *headers) as talk:
                await talk.init(payload)
                talk.subscribe("1", DEFERRED)
                *parts, end = await talk.answers("1")
            assert [part["payload"] for part in parts] == expected
            assert end == {"type": "complete"}


async def test_a_client_that_wants_no_more_cancels_its_operation_and_may_use_the_id_again() -> None:
    held = Held()
    async with talking(socket(run=held.run)) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        await held.are(1)
        talk.say({"id": "1", "type": "complete"})
        talk.say({"id": "never", "type": "complete"})
        talk.subscribe("1", "{ a }")
        await held.are(2)
        await held.were(1)
        held.go.set()
        assert await talk.answers("1") == [
            {"type": "next", "payload": {"data": {"held": None}}},
            {"type": "complete"},
        ]
        assert talk.silent


async def test_a_client_that_leaves_cancels_all_that_runs() -> None:
    held, drain, before = Held(), Drain(), asyncio.all_tasks()
    async with talking(socket(run=held.run, drain=drain)) as talk:
        await talk.init()
        for number in range(3):
            talk.subscribe(str(number), "{ a }")
        await held.are(3)
        assert drain.running == 3
    assert (held.ended, drain.running) == (3, 0)
    assert asyncio.all_tasks() == before
    assert talk.closed is None


async def test_a_client_that_leaves_between_parts_ends_the_rest() -> None:
    ended = asyncio.Event()

    async def parts() -> AsyncIterator[Json]:
        try:
            yield {"hasNext": True}
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def in_parts(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, parts())

    async with talking(socket(run=in_parts)) as talk:
        await talk.init({"accept": "multipart/mixed"})
        talk.subscribe("1", "{ a }")
        for _ in range(2):
            assert (await talk.heard())["type"] == "next"
    assert ended.is_set()


async def test_what_is_sent_to_a_client_that_has_left_is_let_go(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Held()
    async with talking(socket(run=held.run)) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        await held.are(1)
        talk.gone = True
        held.go.set()
        await held.were(1)
        talk.say({"type": "ping"})
    assert [record.getMessage() for record in caplog.records] == []


async def test_an_error_for_a_client_that_has_left_is_let_go(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Held()

    async def failing(request: OperationRequest) -> Answer:
        await held.run(request)
        raise LookupError("secret")

    async with talking(socket(run=failing)) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        await held.are(1)
        talk.gone = True
        held.go.set()
        await held.were(1)
    assert [record.getMessage() for record in caplog.records] == ["an operation failed"]


async def test_a_client_that_left_before_it_was_let_in_is_no_trouble() -> None:
    for subprotocols in (("graphql-transport-ws",), ()):
        talk = Talk(subprotocols=subprotocols)
        talk.gone = True
        await socket()(talk.scope, talk.receive, talk.send)
        assert talk.accepted is None


@pytest.mark.parametrize("offered", [(), ("graphql-ws",), ("graphql-transport-ws2", "soap")])
async def test_another_protocol_is_not_spoken(offered: tuple[str, ...]) -> None:
    async with talking(socket(), subprotocols=offered) as talk:
        assert await talk.ended() == (4406, "Subprotocol not acceptable")
    assert talk.accepted is not None
    assert talk.accepted["subprotocol"] is None


async def test_the_protocol_may_stand_among_others() -> None:
    async with talking(socket(), subprotocols=("graphql-ws", "graphql-transport-ws")) as talk:
        await talk.init()
    assert talk.accepted is not None
    assert talk.accepted["subprotocol"] == "graphql-transport-ws"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("x", 4400),
        (b"{}", 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": "{a}"}}, 4401),
        ("x" * 1001, 1009),
    ],
)
async def test_what_is_no_message_ends_the_socket(said: Any, code: int) -> None:
    async with talking(socket(limits=SocketLimits(message_bytes=1000))) as talk:
        talk.say(said)
        closed = await talk.ended()
    assert closed is not None
    assert closed[0] == code


async def test_a_second_greeting_and_a_second_operation_of_one_id_end_the_socket() -> None:
    held = Held()
    async with talking(socket(run=held.run)) as talk:
        await talk.init()
        talk.say({"type": "connection_init"})
        assert await talk.ended() == (4429, "Too many initialisation requests")
    async with talking(socket(run=held.run)) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        talk.subscribe("1", "{ a }")
        assert await talk.ended() == (4409, "Subscriber for 1 already exists")
    assert held.ended == held.started


async def test_who_does_not_greet_in_time_is_left() -> None:
    async with talking(socket(limits=SocketLimits(init_seconds=0.2))) as talk:
        talk.say({"type": "pong"})
        talk.say({"type": "ping"})
        assert await talk.heard() == {"type": "pong"}
        assert await talk.ended() == (4408, "Connection initialisation timeout")


async def test_who_has_greeted_is_not_left() -> None:
    async with talking(socket(limits=SocketLimits(init_seconds=0.2))) as talk:
        await talk.init()
        await asyncio.sleep(0.3)
        assert await talk.ask("{ hello }")


async def test_so_many_operations_run_at_once_on_one_socket() -> None:
    held = Held()
    async with talking(socket(run=held.run, limits=SocketLimits(operations=2))) as talk:
        await talk.init()
        for id_ in ("1", "2"):
            talk.subscribe(id_, "{ a }")
        (error,) = await talk.refused("{ a }")
        assert error == {
            "message": "Too many operations are under way on this socket.",
            "extensions": {
                "code": "TOO_MANY_OPERATIONS",
                "retryAfter": 1,
                "requestId": "made-id",
            },
        }
        talk.say({"id": "1", "type": "complete"})
        await held.were(1)
        held.go.set()
        assert len(await talk.answers("2")) == 2
        assert (await talk.ask("{ a }"))["data"] == {"held": None}


async def test_so_many_sockets_of_one_tenant_are_open() -> None:
    app = socket(streams=Streams(1))
    async with talking(app) as first:
        await first.init()
        async with talking(app) as second:
            second.say({"type": "connection_init"})
            why = "Too many WebSockets and event streams of yours are open."
            assert await second.ended() == (1013, why)
        assert await first.ask("{ hello }")
    async with talking(app) as third:
        await third.init()


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        (Unauthenticated("Who are you?"), (4401, "Who are you?")),
        (Forbidden("Not here."), (4403, "Not here.")),
        (AuthUnavailable("Later.", 3), (1013, "Later.")),
        (
            LookupError("secret"),
            (4500, "The gateway failed; its log has the request id. Request id: made-id"),
        ),
    ],
)
async def test_who_is_no_caller_is_told_why(error: Exception, closed: tuple[int, str]) -> None:
    def nobody(_: Headers) -> Caller:
        raise error

    async with talking(socket(identify=nobody)) as talk:
        talk.say({"type": "connection_init"})
        assert await talk.ended() == closed


async def test_a_caller_may_take_a_moment_to_be_found() -> None:
    async def found() -> Caller:
        await asyncio.sleep(0)
        return Caller("key-a", own_key=True)

    async with talking(socket(identify=lambda _: Later(found))) as talk:
        await talk.init()
        assert await talk.ask("{ hello }")


class Changing:
    """Who asks is somebody else later on."""

    def __init__(self) -> None:
        self.now: Caller | Exception = Caller("key-a", own_key=True)

    def __call__(self, _: Headers) -> Caller:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


async def test_who_asks_is_looked_at_again_for_each_operation() -> None:
    for then, closed in (
        (Unauthenticated("No more."), (4401, "No more.")),
        (Forbidden("Not here."), (4403, "Not here.")),
        (Caller("key-b", own_key=True), (4401, "The key or token is another tenant's now.")),
    ):
        who = Changing()
        async with talking(socket(identify=who)) as talk:
            await talk.init()
            assert await talk.ask("{ hello }")
            who.now = then
            talk.subscribe("1", "{ hello }")
            assert await talk.ended() == closed


async def test_of_two_reasons_to_end_a_socket_the_first_is_told() -> None:
    asked: asyncio.Queue[asyncio.Future[Caller]] = asyncio.Queue()

    async def found() -> Caller:
        answer: asyncio.Future[Caller] = asyncio.Future()
        asked.put_nowait(answer)
        return await answer

    async with talking(socket(identify=lambda _: Later(found))) as talk:
        greeting = asyncio.create_task(talk.init())
        (await asked.get()).set_result(Caller("key-a", own_key=True))
        await greeting
        talk.subscribe("1", "{ hello }")
        talk.subscribe("2", "{ hello }")
        first, second = await asked.get(), await asked.get()
        first.set_exception(Forbidden("Not here."))
        second.set_exception(Unauthenticated("No more."))
        assert await talk.ended() == (4403, "Not here.")


async def test_an_issuer_that_is_away_ends_an_operation_and_no_socket() -> None:
    who = Changing()
    async with talking(socket(identify=who)) as talk:
        await talk.init()
        who.now, caller = AuthUnavailable("Later.", 3), who.now
        (error,) = await talk.refused("{ hello }")
        assert error["extensions"]["code"] == "AUTH_UNAVAILABLE"
        who.now = caller
        assert await talk.ask("{ hello }")


@pytest.mark.parametrize("left", [0.05, 0.0, -5.0])
async def test_a_socket_ends_with_its_callers_token_whatever_runs(left: float) -> None:
    held = Held()
    caller = Caller("key-a", own_key=True, expires_at=1000 + left)
    app = socket(run=held.run, identify=lambda _: caller, clock=lambda: 1000.0)
    async with talking(app) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        assert await talk.ended() == (4401, "The time of the key or token is over.")
    assert held.started == held.ended


async def test_an_operation_that_takes_too_long_is_ended() -> None:
    held = Held()
    async with talking(socket(run=held.run, seconds=0.01)) as talk:
        await talk.init()
        (error,) = await talk.refused("{ a }")
        assert error["extensions"]["code"] == "OPERATION_TIMEOUT"
        assert held.ended == 1
        talk.say({"type": "ping"})
        assert await talk.heard() == {"type": "pong"}


async def test_a_client_that_does_not_read_is_left_and_one_message_at_a_time_waits_for_it() -> None:
    held = Held()
    held.go.set()
    app = socket(run=held.run, seconds=0.01, last_words=0.01)
    async with talking(app) as talk:
        await talk.init()
        talk.reads.clear()
        for number in range(5):
            talk.subscribe(str(number), "{ a }")
        await talk.served
        assert (held.started, talk.most_waiting) == (5, 1)
    assert talk.silent
    assert talk.closed is None


async def test_a_fault_while_it_is_read_is_told_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def failing(_: OperationRequest) -> Answer:
        raise LookupError("secret")

    async with talking(socket(run=failing)) as talk:
        await talk.init()
        assert await talk.refused("{ a }") == [
            {
                "message": "The gateway failed; its log has the request id.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
            }
        ]
        assert [record.getMessage() for record in caplog.records] == ["an operation failed"]


async def test_an_answer_that_is_no_json_is_an_error() -> None:
    async def odd(_: OperationRequest) -> Answer:
        return OperationResult({"data": {"odd": 2**64}})

    async with talking(socket(run=odd)) as talk:
        await talk.init()
        (error,) = await talk.refused("{ odd }")
    assert error["message"] == "The answer cannot be written as JSON."


OWN, OTHER = "http://gateway", "https://board.example"


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ([], ()),
        ([("origin", OWN)], ()),
        ([("origin", "https://GATEWAY")], ()),
        ([("origin", OTHER)], (OTHER,)),
        ([("origin", OTHER)], ("*",)),
        ([("origin", "https://public.example"), ("sec-fetch-site", "same-origin")], ()),
        ([("user-agent", "Mozilla/5.0")], ()),
    ],
)
async def test_a_page_that_is_known_may_open_one(headers: Any, named: tuple[str, ...]) -> None:
    async with talking(socket(cors=Cors(named)), *headers) as talk:
        await talk.init()
    assert talk.accepted is not None


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", OTHER)],
        [("origin", OTHER), ("sec-fetch-site", "cross-site")],
        [("origin", OTHER), ("sec-fetch-site", "same-site")],
        [("origin", "null")],
        [("origin", "")],
        [("origin", "http://gateway.evil.example")],
        [("origin", "http://evil.example/gateway")],
        [("origin", "http://gateway:81")],
        [("origin", OWN), ("origin", OWN)],
        [("origin", OTHER), ("x-requested-with", "x"), ("content-type", "application/json")],
        [("origin", OTHER), ("authorization", "Bearer key-a")],
    ],
)
async def test_a_page_of_somebody_else_opens_none(headers: list[tuple[str, str]]) -> None:
    async with talking(socket(cors=Cors(["https://another.example"])), *headers) as talk:
        await talk.ended()
    assert (talk.accepted, talk.status) == (None, 403)
    assert talk.refusal == {
        "errors": [
            {
                "message": "A page of this origin may not open a WebSocket here.",
                "extensions": {"code": "CSRF_PREVENTED", "requestId": "made-id"},
            }
        ]
    }
    assert talk.refusal_headers[b"cache-control"] == b"no-store"
    assert talk.refusal_headers[b"content-type"] == b"application/json; charset=utf-8"


async def test_a_server_that_takes_no_answer_to_an_upgrade_refuses_in_its_own_words() -> None:
    async with talking(socket(), ("origin", OTHER), says_why=False) as talk:
        assert await talk.ended() == (1000, "")
    assert (talk.accepted, talk.status) == (None, None)


async def test_another_host_name_is_not_answered() -> None:
    async with talking(socket(hosts=frozenset(["localhost"]))) as talk:
        await talk.ended()
    assert (talk.accepted, talk.status) == (None, 421)
    async with talking(socket(hosts=frozenset(["gateway"]))) as talk:
        await talk.init()


async def test_a_drain_ends_idle_sockets_at_once_and_others_when_they_are_idle() -> None:
    held, drain = Held(), Drain()
    app = socket(run=held.run, drain=drain)
    async with talking(app) as idle, talking(app) as silent, talking(app) as busy:
        await idle.init()
        await busy.init()
        busy.subscribe("1", "{ a }")
        await held.are(1)
        finishing = asyncio.create_task(drain.finish(grace=60))
        for talk in (idle, silent):
            assert await talk.ended() == (1001, "The gateway is shutting down.")
        assert not finishing.done()
        held.go.set()
        assert len(await busy.answers("1")) == 2
        assert await busy.ended() == (1001, "The gateway is shutting down.")
        assert await finishing == 0


async def test_what_outlasts_the_drain_is_told_why() -> None:
    held, drain = Held(), Drain()
    async with talking(socket(run=held.run, drain=drain)) as talk:
        await talk.init()
        talk.subscribe("1", "{ a }")
        await held.are(1)
        assert await drain.finish(grace=0) == 1
        (error,) = await talk.answers("1")
        assert error["payload"][0]["message"] == "The gateway is shutting down."
        assert await talk.ended() == (1001, "The gateway is shutting down.")


async def test_none_is_opened_while_the_gateway_drains() -> None:
    drain = Drain()
    drain.begin()
    async with talking(socket(drain=drain)) as talk:
        await talk.ended()
    assert (talk.accepted, talk.status) == (None, 503)


async def test_a_server_that_cancels_a_socket_ends_what_runs() -> None:
    held, talk = Held(), Talk()
    task = asyncio.create_task(socket(run=held.run)(talk.scope, talk.receive, talk.send))
    await talk.init()
    talk.subscribe("1", "{ a }")
    await held.are(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held.ended == 1


def test_what_the_greeting_says_takes_the_place_of_headers() -> None:
    sent = Headers(
        raw=[(b"authorization", b"Bearer a"), (b"accept", b"*/*"), (b"x-gateway-debug", b"1")]
    )
    assert told(sent, {}).raw == sent.raw
    assert told(sent, {"token": "x", "headers": {}, "Authorization": None}).raw == sent.raw
    assert told(sent, {"Authorization": "Bearer b"}).raw == [
        (b"accept", b"*/*"),
        (b"x-gateway-debug", b"1"),
        (b"authorization", b"Bearer b"),
    ]
    key = told(sent, {"X-API-Key": "k", "accept": "multipart/mixed"})
    assert key.raw == [
        (b"x-gateway-debug", b"1"),
        (b"x-api-key", b"k"),
        (b"accept", b"multipart/mixed"),
    ]
    twice = told(sent, {"Authorization": "Bearer b", "authorization": "Bearer c"})
    assert twice.getlist("authorization") == ["Bearer b", "Bearer c"]


@pytest.mark.parametrize("value", [1, True, ["Bearer a"], {"a": "b"}])
def test_a_header_in_the_greeting_is_a_text(value: object) -> None:
    with pytest.raises(Closing) as caught:
        told(Headers(raw=[]), {"Authorization": value})
    why = "`authorization` must be a text that is not long."
    assert (caught.value.code, caught.value.reason) == (4400, why)


def test_a_wish_is_not_longer_than_any_client_says_it() -> None:
    assert told(Headers(raw=[]), {"accept": "x" * 1024}).get("accept") == "x" * 1024
    with pytest.raises(Closing) as caught:
        told(Headers(raw=[]), {"Accept": "x" * 1025})
    why = "`accept` must be a text that is not long."
    assert (caught.value.code, caught.value.reason) == (4400, why)
    assert len(told(Headers(raw=[]), {"authorization": "x" * 9000})["authorization"]) == 9000
