"""`gateway.http.reply` over real sockets: what is at hand is answered by the connection itself, and
everything else by the application, as ever."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gateway.http.always import ALWAYS
from gateway.http.connection import ConnectionLimits, connection
from gateway.http.reply import Begun, Heading, Whole
from gateway.http.replying import LONGEST_HEAD, MOST_HEADS
from tests.http.driven import Driven
from tests.http.serving import serving
from tests.http.test_connection import ENDINGS, LARGE, raw
from tests.http.test_front import BODY, front

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from gateway.http.problem import Header
    from gateway.http.reply import Reply
    from tests.http.test_connection import Raw

SHORT = ConnectionLimits(head_seconds=0.2, stalled_seconds=0.05)
HEADING = Heading.of(((b"content-type", b"application/json; charset=utf-8"), *ALWAYS))
HEAD = b"POST /graphql HTTP/1.1\r\nhost: gateway\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"
"""A first piece of a body that has no length."""


class Answered(NamedTuple):
    """One answer, as it came."""

    status: bytes
    headers: list[Header]
    body: bytes


class Application:
    """Answers with the body that it got; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes, list[Header], bytes]] = []
        self.called = asyncio.Event()

    @property
    def bodies(self) -> list[bytes]:
        return [body for *_, body in self.asked]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.called.set()
        body, more = b"", True
        while more:
            message = await receive()
            assert message["type"] == "http.request"
            body, more = body + message["body"], message["more_body"]
        target = scope["path"].encode() + b"?" + scope["query_string"]
        self.asked.append((scope["method"], target.rstrip(b"?"), scope["headers"], body))
        content = b"application: " + body
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers before it has read anything."""
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hasty"})


class Asked:
    """Finds what it was told to, one after the other, and from then on an answer at once."""

    def __init__(self, *found: Whole | Begun | None) -> None:
        self._found = iter(found)
        self.heard: list[tuple[list[Header], bytes]] = []

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.heard]

    def __call__(self, headers: list[Header], body: bytes, /) -> Whole | Begun | None:
        self.heard.append((list(headers), body))
        return next(self._found, whole(b"at once: " + body))


class Operation:
    """One that was begun, and ends when it may."""

    def __init__(self) -> None:
        self.goes_on, self.may_end, self.cancelled = (asyncio.Event() for _ in range(3))
        self.begun = Begun(self._whole, "id-1")

    async def _whole(self) -> Whole:
        self.goes_on.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return whole(b"later")


def whole(content: bytes, status: int = 200) -> Whole:
    return Whole(status, HEADING, b"id-1", content)


def post(body: bytes, *lines: bytes, path: bytes = b"/graphql", version: bytes = b"1.1") -> bytes:
    """All of a request, `lines` among those of its head."""
    head = [b"POST %b HTTP/%b" % (path, version), b"host: gateway", *lines]
    return b"\r\n".join([*head, b"content-length: %d" % len(body), b"", body])


async def answer(client: Raw) -> Answered:
    """The next one, to its last byte."""
    async with asyncio.timeout(10):
        head = await client._reader.readuntil(b"\r\n\r\n")
        status, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        pairs = [line.split(b": ", 1) for line in lines]
        headers = [(name, value) for name, value in pairs]
        body = await client._reader.readexactly(int(dict(headers)[b"content-length"]))
    return Answered(status, headers, body)


async def bodies(client: Raw, count: int) -> list[bytes]:
    """Those of so many answers, all of them good."""
    answers = [await answer(client) for _ in range(count)]
    assert {each.status for each in answers} == {b"HTTP/1.1 200 OK"}
    return [each.body for each in answers]


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


@asynccontextmanager
async def served(
    app: Any, reply: Reply | None, limits: ConnectionLimits | None = None, keep_alive: int = 60
) -> AsyncIterator[str]:
    """`keep_alive`: seconds; longer than anything here is waited for, where it is not given."""
    http = connection(limits or ConnectionLimits(), reply)
    async with serving(app, http=http, keep_alive=keep_alive) as url:
        yield url


@asynccontextmanager
async def calling(app: Any, reply: Reply | None) -> AsyncIterator[Raw]:
    """One client of a server."""
    async with served(app, reply) as url, raw(url) as client:
        yield client


# --- At once -----------------------------------------------------------------------------------


async def test_what_is_at_hand_is_answered_without_the_application() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        for body in (b"first", b"second"):
            client.say(post(body))
            status, (date, *headers), content = await answer(client)
            assert (status, content) == (b"HTTP/1.1 200 OK", b"at once: " + body)
            assert headers == [
                (b"server", b"uvicorn"),
                (b"content-type", b"application/json; charset=utf-8"),
                *ALWAYS,
                (b"x-request-id", b"id-1"),
                (b"content-length", b"%d" % len(content)),
            ]
            assert date[0] == b"date"
            assert parsedate_to_datetime(date[1].decode()).tzname() == "UTC"
    assert (app.asked, reply.bodies) == ([], [b"first", b"second"])


async def test_it_is_asked_with_the_names_in_lower_case_and_the_values_as_they_came() -> None:
    reply = Asked()
    async with calling(Application(), reply) as client:
        client.say(post(b"abc", b"X-Given: As It Is", b"x-given: twice"))
        await answer(client)
    given = [(b"x-given", b"As It Is"), (b"x-given", b"twice")]
    assert reply.heard == [([(b"host", b"gateway"), *given, (b"content-length", b"3")], b"abc")]


@pytest.mark.parametrize(
    ("status", "line"),
    [(400, b"HTTP/1.1 400 Bad Request"), (503, b"HTTP/1.1 503 Service Unavailable")],
)
async def test_it_has_any_status(status: int, line: bytes) -> None:
    async with calling(Application(), Asked(whole(b"{}", status))) as client:
        client.say(post(b"abc"))
        assert ((given := await answer(client)).status, given.body) == (line, b"{}")


@pytest.mark.parametrize(
    "body", [BODY, b'{"query":"{ hello missing }"}', b'{"query":"{"}', b"[", b""]
)
async def test_it_is_the_same_answer_whichever_way_it_goes(body: bytes) -> None:
    app = front()
    async with calling(app, app.reply) as client:
        client.say(post(body, b"content-type: application/json") * 2)
        (at_once, ever) = [await answer(client) for _ in range(2)]
    assert at_once.headers.pop(0)[0] == ever.headers.pop(0)[0] == b"date"
    assert at_once == ever


async def test_a_client_that_says_close_is_told_so_and_left() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"abc", b"Connection: close"))
        _, headers, content = await answer(client)
        assert await client.heard() == b""
    assert content == b"at once: abc"
    assert [value for name, value in headers if name == b"connection"] == [b"close"]
    assert (app.asked, reply.bodies) == ([], [b"abc"])


async def test_what_comes_after_a_close_is_not_answered() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"one", b"connection: close") + post(b"two"))
        assert (await client.heard()).count(b"HTTP/1.1 ") == 1
    assert (app.asked, reply.bodies) == ([], [b"one"])


@pytest.mark.parametrize("lines", [(), (b"connection: close",)])
async def test_an_answer_that_says_close_itself_is_the_last(lines: tuple[bytes, ...]) -> None:
    heading = Heading.of((*HEADING.headers, (b"connection", b"close")))
    reply = Asked(Whole(503, heading, b"id-1", b"{}"))
    async with calling(Application(), reply) as client:
        client.say(post(b"one", *lines))
        _, headers, _ = await answer(client)
        client.say(post(b"two", b"connection: close"))
        assert await client.heard() == b""
    assert [value for name, value in headers if name == b"connection"] == [b"close"]
    assert reply.bodies == [b"one"]


async def test_a_client_that_asks_nothing_more_is_left() -> None:
    async with served(Application(), Asked(), keep_alive=0) as url, raw(url) as client:
        client.say(post(b"abc"))
        assert (await client.heard()).endswith(b"\r\n\r\nat once: abc")


async def test_so_is_one_whose_next_head_does_not_come_to_its_end() -> None:
    async with served(Application(), Asked(), SHORT) as url, raw(url) as client:
        client.say(post(b"abc"))
        assert await bodies(client, 1) == [b"at once: abc"]
        client.say(HEAD)
        assert await client.heard() == b""


# --- By the application ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "method", "target"),
    [
        (post(b"abc", path=b"/other"), "POST", b"/other"),
        (post(b"abc", path=b"/graphql/"), "POST", b"/graphql/"),
        (post(b"abc", path=b"/graphql?x=1"), "POST", b"/graphql?x=1"),
        (post(b"abc", path=b"http://gateway/graphql"), "POST", b"/graphql"),
        (post(b"abc").replace(b"POST", b"GET"), "GET", b"/graphql"),
        (post(b"abc").replace(b"POST", b"PUT"), "PUT", b"/graphql"),
    ],
)
async def test_what_is_no_post_to_the_path_is_answered_by_the_application(
    request_: bytes, method: str, target: bytes
) -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(request_)
        assert await bodies(client, 1) == [b"application: abc"]
        assert reply.heard == []
        client.say(post(b"next"))
        assert await bodies(client, 1) == [b"at once: next"]
    headers = [(b"host", b"gateway"), (b"content-length", b"3")]
    assert app.asked == [(method, target, headers, b"abc")]


async def test_where_nothing_is_to_be_asked_the_application_is() -> None:
    app = Application()
    async with calling(app, None) as client:
        client.say(post(b"abc"))
        assert await bodies(client, 1) == [b"application: abc"]
    assert app.bodies == [b"abc"]


async def test_what_nothing_is_found_for_is_answered_by_the_application_as_it_came() -> None:
    app, reply = Application(), Asked(None)
    async with calling(app, reply) as client:
        client.say(post(b"abc", b"X-Given: As It Is") + post(b"behind"))
        assert await bodies(client, 2) == [b"application: abc", b"application: behind"]
        client.say(post(b"next"))
        assert await bodies(client, 1) == [b"at once: next"]
    headers = [(b"host", b"gateway"), (b"x-given", b"As It Is"), (b"content-length", b"3")]
    assert app.asked[0] == ("POST", b"/graphql", headers, b"abc")
    assert reply.bodies == [b"abc", b"next"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (post(b"abcdef")[:-3], b"def"),
        (post(b"abcdef")[:-6], b"abcdef"),
        (CHUNKED, b"3\r\ndef\r\n0\r\n\r\n"),
        (CHUNKED + b"3\r\ndef\r\n", b"0\r\n\r\n"),
    ],
)
async def test_a_body_in_pieces_is_waited_for_by_the_application(
    first: bytes, second: bytes
) -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(first)
        await soon(app.called)
        client.say(second + post(b"behind"))
        assert await bodies(client, 2) == [b"application: abcdef", b"application: behind"]
        assert reply.heard == []
        client.say(post(b"next"))
        assert await bodies(client, 1) == [b"at once: next"]
    assert app.bodies == [b"abcdef", b"behind"]


async def test_a_head_in_pieces_whose_body_comes_with_its_end_is_answered_at_once() -> None:
    app, reply, second = Application(), Asked(), post(b"two")
    async with calling(app, reply) as client:
        client.say(post(b"one") + second[:30])
        assert await bodies(client, 1) == [b"at once: one"]
        client.say(second[30:])
        assert await bodies(client, 1) == [b"at once: two"]
    assert (app.asked, reply.bodies) == ([], [b"one", b"two"])


async def test_a_body_in_chunks_that_came_as_one_is_answered_at_once() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(CHUNKED + b"3\r\ndef\r\n0\r\n\r\n")
        assert await bodies(client, 1) == [b"at once: abcdef"]
    assert (app.asked, reply.bodies) == ([], [b"abcdef"])


async def test_an_older_client_is_answered_by_the_application_and_left() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"abc", version=b"1.0"))
        _, headers, content = await answer(client)
        assert await client.heard() == b""
    assert (content, dict(headers)[b"connection"]) == (b"application: abc", b"close")
    assert (app.bodies, reply.heard) == ([b"abc"], [])


async def test_a_client_that_waits_to_be_told_to_go_on_is_told_by_the_application() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"abc", b"Expect: 100-continue"))
        assert await client._reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert await bodies(client, 1) == [b"application: abc"]
        client.say(post(b"next"))
        assert await bodies(client, 1) == [b"at once: next"]
    assert (app.bodies, reply.bodies) == ([b"abc"], [b"next"])


async def test_an_upgrade_to_what_is_not_spoken_here_is_answered_by_the_application() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"", b"connection: upgrade", b"upgrade: h2c"))
        assert await bodies(client, 1) == [b"application: "]
    assert (app.bodies, reply.heard) == ([b""], [])


@pytest.mark.parametrize(
    "words",
    [
        post(b"abc", b"x-given: a\x01b"),
        post(b"abc", b"x-given: a\x00b"),
        post(b"abc", b"x-given : ab"),
        CHUNKED + b"no number\r\n",
    ],
)
async def test_what_is_no_http_is_refused_by_the_server(words: bytes) -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(words)
        heard = await client.heard()
    assert heard.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert heard.endswith(b"\r\n\r\nInvalid HTTP request received.")
    assert (app.asked, reply.heard) == ([], [])


# --- Several in a row --------------------------------------------------------------------------


async def test_of_those_that_come_together_one_is_answered_at_once() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        for _ in range(2):
            client.say(post(b"1") + post(b"2") + post(b"3"))
            assert await bodies(client, 3) == [b"at once: 1", b"application: 2", b"application: 3"]
    assert (app.bodies, reply.bodies) == ([b"2", b"3"] * 2, [b"1"] * 2)


async def test_and_none_that_comes_with_another_before_it() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        client.say(post(b"1", path=b"/other") + post(b"2"))
        assert await bodies(client, 2) == [b"application: 1", b"application: 2"]
    assert (app.bodies, reply.heard) == ([b"1", b"2"], [])


@pytest.mark.parametrize("together", [True, False])
async def test_what_comes_while_another_is_waited_for_is_answered_after_it(together: bool) -> None:
    app, operation = Application(), Operation()
    reply = Asked(operation.begun)
    async with served(app, reply) as url, raw(url) as client, raw(url) as other:
        client.say(post(b"1") + post(b"2") if together else post(b"1"))
        await soon(operation.goes_on)
        if not together:
            client.say(post(b"2"))
        other.say(post(b"between"))
        # By then the server has read what was said before.
        assert await bodies(other, 1) == [b"at once: between"]
        assert (app.asked, reply.bodies) == ([], [b"1", b"between"])
        operation.may_end.set()
        assert await bodies(client, 2) == [b"later", b"application: 2"]
        client.say(post(b"next"))
        assert await bodies(client, 1) == [b"at once: next"]
    assert app.bodies == [b"2"]


# --- Begun -------------------------------------------------------------------------------------


async def test_what_was_begun_is_answered_when_it_ends_and_has_nothing_to_do_with_the_next() -> (
    None
):
    app, operation = Application(), Operation()
    reply = Asked(operation.begun)
    async with calling(app, reply) as client:
        client.say(post(b"1"))
        await soon(operation.goes_on)
        operation.may_end.set()
        status, (date, *headers), content = await answer(client)
        assert (status, date[0], content) == (b"HTTP/1.1 200 OK", b"date", b"later")
        assert headers == [
            (b"server", b"uvicorn"),
            *HEADING.headers,
            (b"x-request-id", b"id-1"),
            (b"content-length", b"5"),
        ]
        client.say(post(b"2"))
        assert await bodies(client, 1) == [b"at once: 2"]
        client.say(post(b"3", path=b"/other"))
        assert await bodies(client, 1) == [b"application: 3"]
    assert (app.bodies, reply.bodies) == ([b"3"], [b"1", b"2"])


async def test_a_client_that_says_close_is_left_after_what_was_begun() -> None:
    operation = Operation()
    operation.may_end.set()
    async with calling(Application(), Asked(operation.begun)) as client:
        client.say(post(b"1", b"connection: close") + post(b"2"))
        _, headers, content = await answer(client)
        assert await client.heard() == b""
    assert (content, dict(headers)[b"connection"]) == (b"later", b"close")


async def test_a_client_that_asks_nothing_more_is_left_after_what_was_begun() -> None:
    operation = Operation()
    operation.may_end.set()
    reply = Asked(operation.begun)
    async with served(Application(), reply, keep_alive=0) as url, raw(url) as client:
        client.say(post(b"1"))
        assert (await client.heard()).endswith(b"\r\n\r\nlater")


async def test_what_was_begun_may_take_longer_than_a_head() -> None:
    operation = Operation()
    async with served(Application(), Asked(operation.begun), SHORT) as url, raw(url) as client:
        client.say(post(b"1"))
        async with raw(url) as silent:
            assert await silent.heard() == b""  # that one was left for its head
        operation.may_end.set()
        assert await bodies(client, 1) == [b"later"]


async def test_a_client_that_hangs_up_ends_what_was_begun(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "gateway")
    app, operation = Application(), Operation()
    async with served(app, Asked(operation.begun)) as url:
        async with raw(url) as client:
            client.say(post(b"1"))
            await soon(operation.goes_on)
        await soon(operation.cancelled)
    (record,) = caplog.records
    assert (record.message, record.__dict__["request_id"]) == ("the client left", "id-1")
    assert app.asked == []


async def test_what_the_server_cancels_closes_its_connection() -> None:
    async def cancelled() -> Whole:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        raise AssertionError("never reached")

    async with calling(Application(), Asked(Begun(cancelled, "id-1"))) as client:
        client.say(post(b"1") + post(b"2"))
        assert await client.heard() == b""


async def test_a_server_that_stops_waits_for_what_was_begun_and_says_that_it_closes() -> None:
    operation, server = Operation(), AsyncExitStack()
    url = await server.enter_async_context(served(Application(), Asked(operation.begun)))
    async with raw(url) as client:
        client.say(post(b"1"))
        await soon(operation.goes_on)
        stopping = asyncio.create_task(server.aclose())
        async with asyncio.timeout(10):
            while await is_open(url):
                pass
        operation.may_end.set()
        _, headers, content = await answer(client)
        assert await client.heard() == b""
        await stopping
    assert (content, dict(headers)[b"connection"]) == (b"later", b"close")


async def test_a_server_that_stops_waits_for_what_was_begun_before_it_closes_its_application() -> (
    None
):
    goes_on, closed, was_closed = asyncio.Event(), asyncio.Event(), list[bool]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        closed.set()
        await send({"type": "lifespan.shutdown.complete"})

    async def lingering() -> Whole:
        goes_on.set()
        try:
            await asyncio.Event().wait()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await closed.wait()
            was_closed.append(closed.is_set())
        raise AssertionError("never reached")

    async with served(app, Asked(Begun(lingering, "id-1"))) as url, raw(url) as client:
        client.say(post(b"1"))
        await soon(goes_on)
        client._writer.transport.abort()
    assert (was_closed, closed.is_set()) == ([False], True)


# --- Clients that do not read ------------------------------------------------------------------


async def test_nothing_is_answered_at_once_behind_what_is_not_read() -> None:
    app, reply = Application(), Asked(whole(b" " * LARGE))
    async with served(app, reply) as url, raw(url, window=65_536) as client:
        client.say(post(b"one"))
        head = await client._reader.readuntil(b"\r\n\r\n")
        assert b"content-length: %d\r\n" % LARGE in head
        client.say(post(b"two"))
        await soon(app.called)
        assert reply.bodies == [b"one"]
        async with asyncio.timeout(20):
            assert await client._reader.readexactly(LARGE) == b" " * LARGE
        assert await bodies(client, 1) == [b"application: two"]
        client.say(post(b"three"))
        assert await bodies(client, 1) == [b"at once: three"]
    assert (app.bodies, reply.bodies) == ([b"two"], [b"one", b"three"])


@ENDINGS
async def test_a_client_that_does_not_read_is_left(ending: bytes) -> None:
    app, reply = Application(), Asked(whole(b" " * LARGE))
    limits = replace(SHORT, at_once=1)
    async with served(app, reply, limits) as url, raw(url, window=4096) as client:
        client.say(HEAD + b"content-length: 0\r\n" + ending)
        await client._reader.readuntil(b"\r\n\r\n")
        # Others are taken again once it is gone.
        async with asyncio.timeout(10):
            while not await is_answered(url):
                pass
        assert len(await client.heard()) < LARGE
    assert app.asked == []


# --- Heads that came before --------------------------------------------------------------------


def told(content: bytes, id_: bytes = b"id-1") -> bytes:
    """How an answer of `reply` is sent."""
    lines = b"HTTP/1.1 200 OK\r\n" + HEADING.lines + b"x-request-id: " + id_
    return b"%b\r\ncontent-length: %d\r\n\r\n%b" % (lines, len(content), content)


def by_application(body: bytes) -> bytes:
    """How one of the application is."""
    content = b"application: " + body
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(content), content)


def knowing(app: Any, reply: Reply, *lines: bytes, **options: Any) -> Driven:
    """A connection on which `post(b"abc", *lines)` came before; what it was told is heard."""
    client = Driven(app, reply, **options)
    client.say(post(b"abc", *lines))
    assert client.parsed == 1
    client.heard()
    return client


async def test_a_head_that_came_before_is_not_parsed_again_and_answered_the_same() -> None:
    app, reply = Application(), Asked()
    client = Driven(app, reply)
    for body in (b"one", b"two", b"six", b"one"):
        client.say(post(body, b"X-Given: As It Is"))
        assert client.heard() == told(b"at once: " + body)
    headers = [(b"host", b"gateway"), (b"x-given", b"As It Is"), (b"content-length", b"3")]
    assert reply.heard == [(headers, body) for body in (b"one", b"two", b"six", b"one")]
    assert (client.parsed, app.asked, client.is_open) == (1, [], True)
    assert client.connection.server_state.total_requests == 4


async def test_it_has_the_id_and_the_status_of_its_own_answer() -> None:
    found = (Whole(200, HEADING, b"1", b"{}"), Whole(200, HEADING, b"2", b"{}"), whole(b"{}", 503))
    client = Driven(Application(), Asked(*found))
    for id_ in (b"1", b"2"):
        client.say(post(b"abc"))
        assert client.heard() == told(b"{}", id_)
    client.say(post(b"abc"))
    assert client.heard().startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert client.parsed == 1


@pytest.mark.parametrize("body", [BODY, b'{"query":"{ hello missing }"}', b'{"query":"{"}', b"["])
async def test_the_front_answers_a_head_that_came_before_as_it_did_then(body: bytes) -> None:
    app = front()
    client = Driven(app, app.reply)
    request = post(body, b"content-type: application/json")
    client.say(request)
    first = client.heard()
    client.say(request)
    assert client.heard() == first
    assert (client.parsed, first.count(b"HTTP/1.1 ")) == (1, 1)


async def test_it_is_so_over_a_socket() -> None:
    app, reply = Application(), Asked()
    async with calling(app, reply) as client:
        for body in (b"one", b"two", b"six"):
            client.say(post(body))
            assert (await answer(client)).headers[2:] == [
                *HEADING.headers,
                (b"x-request-id", b"id-1"),
                (b"content-length", b"12"),
            ]
    assert (app.asked, reply.bodies) == ([], [b"one", b"two", b"six"])


async def test_heads_of_bodies_of_other_lengths_are_other_heads() -> None:
    app, reply = Application(), Asked()
    client = Driven(app, reply)
    for body in (b"abc", b"abcd", b"", b"ABC", b"ABCD", b""):
        client.say(post(body))
        assert client.heard() == told(b"at once: " + body)
    assert (client.parsed, app.asked) == (3, [])


async def test_a_head_that_came_before_with_too_little_behind_it_waits_for_the_rest() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    request = post(b"def")
    for at in (len(request) - 1, len(request) - 3):
        client.say(request[:at])
        assert await client.heard_later() == b""
        client.say(request[at:])
        assert await client.heard_later() == by_application(b"def")
    assert (reply.bodies, app.bodies) == ([b"abc"], [b"def", b"def"])
    client.say(request)
    assert client.heard() == told(b"at once: def")
    assert client.parsed == 3


async def test_a_head_that_came_before_in_pieces_is_parsed() -> None:
    app, reply, request = Application(), Asked(), post(b"def")
    for at in (1, 20, request.index(b"\r\n\r\n") + 2):
        client = knowing(app, reply)
        client.say(request[:at])
        assert client.heard() == b""
        client.say(request[at:])
        assert client.heard() == told(b"at once: def")
        assert client.parsed == 2
        client.say(request)
        assert client.heard() == told(b"at once: def")
        assert client.parsed == 2
    assert app.asked == []


async def test_of_two_whose_head_came_before_the_second_is_the_applications() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    client.say(post(b"one") + post(b"two"))
    assert await client.heard_later() == told(b"at once: one") + by_application(b"two")
    assert (reply.bodies, app.bodies, client.parsed) == ([b"abc", b"one"], [b"two"], 3)
    client.say(post(b"six"))
    assert client.heard() == told(b"at once: six")
    assert client.parsed == 3


async def test_what_is_too_much_behind_a_head_that_came_before_is_no_request() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    client.say(post(b"abc") + b"def")
    heard = client.heard()
    assert heard.startswith(told(b"at once: abc") + b"HTTP/1.1 400 Bad Request\r\n")
    assert (reply.bodies, app.asked, client.is_open) == ([b"abc", b"abc"], [], False)


@pytest.mark.parametrize("known", [True, False])
async def test_what_is_said_while_another_is_waited_for_is_answered_after_it(known: bool) -> None:
    app, operation = Application(), Operation()
    found = [whole(b"first"), operation.begun] if known else [operation.begun]
    reply = Asked(*found)
    client = Driven(app, reply)
    if known:
        client.say(post(b"abc"))
        client.heard()
    client.say(post(b"abc"))
    client.say(post(b"one"), post(b"two"))
    assert await client.heard_later() == b""
    assert (operation.goes_on.is_set(), app.asked) == (True, [])
    operation.may_end.set()
    later = told(b"later")
    assert await client.heard_later() == later + by_application(b"one") + by_application(b"two")
    assert reply.bodies == [b"abc"] * len(found)
    client.say(post(b"six"))
    assert client.heard() == told(b"at once: six")
    assert (app.bodies, client.parsed) == ([b"one", b"two"], 3)


async def test_what_is_said_while_the_application_answers_is_answered_after_it() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    client.say(post(b"one", path=b"/other"))
    client.say(post(b"two"))
    assert client.heard() == b""
    assert await client.heard_later() == by_application(b"one") + by_application(b"two")
    assert reply.bodies == [b"abc"]


async def test_a_client_that_hangs_up_ends_what_was_begun_for_a_head_that_came_before() -> None:
    operation = Operation()
    client = knowing(Application(), Asked(whole(b"first"), operation.begun))
    client.say(post(b"abc"))
    await soon(operation.goes_on)
    client.hang_up()
    await soon(operation.cancelled)
    assert await client.heard_later() == b""


async def test_a_client_that_hangs_up_in_the_same_moment_ends_what_was_begun() -> None:
    operation = Operation()
    client = Driven(Application(), Asked(operation.begun))
    client.say(post(b"abc"))
    client.hang_up()
    await soon(operation.cancelled)
    assert await client.heard_later() == b""


async def test_nothing_is_answered_at_once_while_writing_is_paused() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    client.connection.pause_writing()
    client.say(post(b"one"), post(b"two"))
    await client.heard_later()
    assert (reply.bodies, client.parsed) == ([b"abc"], 3)
    client.connection.resume_writing()
    await client.heard_later()
    assert app.bodies == [b"one", b"two"]
    client.say(post(b"six"))
    assert client.heard() == told(b"at once: six")
    assert client.parsed == 3


async def test_where_nothing_is_found_for_a_head_that_came_before_the_application_answers() -> None:
    app = Application()
    reply = Asked(whole(b"first"), None)
    client = knowing(app, reply, b"X-Given: As It Is")
    client.say(post(b"def", b"X-Given: As It Is"))
    assert await client.heard_later() == by_application(b"def")
    headers = [(b"host", b"gateway"), (b"x-given", b"As It Is"), (b"content-length", b"3")]
    assert app.asked == [("POST", b"/graphql", headers, b"def")]
    client.say(post(b"six", b"X-Given: As It Is"))
    assert client.heard() == told(b"at once: six")


def test_a_head_is_known_by_all_of_its_bytes() -> None:
    """The tail of one, though it came by itself, is none."""
    reply = Asked()
    client = Driven(hasty, reply)
    own = post(b"abc", b"authorization: Bearer two")
    client.say(b"POST /graphql HTTP/1.1\r\nauthorization: Bearer one\r\nx: ", own)
    assert client.heard() == told(b"at once: abc")
    client.say(own)
    told_apart = [
        (b"host", b"gateway"),
        (b"authorization", b"Bearer two"),
        (b"content-length", b"3"),
    ]
    assert reply.heard[1][0] == told_apart


def test_what_is_no_head_is_refused_though_it_ended_one() -> None:
    client = Driven(hasty, Asked())
    request = post(b"one")
    client.say(request[:-10], request[-10:])
    assert client.heard() == told(b"at once: one")
    client.say(request[-10:])
    assert client.heard().startswith(b"HTTP/1.1 400")


async def test_the_rest_of_a_body_is_no_part_of_the_next_head() -> None:
    client = Driven(hasty, Asked())
    client.say(b"POST /other HTTP/1.1\r\nhost: gateway\r\ncontent-length: 4\r\n\r\n")
    await client.heard_later()
    client.say(b"junk" + post(b"abc"))
    assert await client.heard_later() == told(b"at once: abc")
    client.say(b"junk" + post(b"def"))
    assert client.heard().startswith(b"HTTP/1.1 400")


async def test_an_answer_that_says_close_is_the_last_to_a_head_that_came_before() -> None:
    heading = Heading.of((*HEADING.headers, (b"connection", b"close")))
    client = knowing(Application(), Asked(whole(b"{}"), Whole(503, heading, b"id-1", b"{}")))
    client.say(post(b"abc"))
    assert client.heard().count(b"connection: close\r\n") == 1
    assert not client.is_open


UNKNOWN = {
    "chunks": CHUNKED + b"0\r\n\r\n",
    "no length": HEAD + b"\r\n",
    "older": post(b"abc", version=b"1.0"),
    "another path": post(b"abc", path=b"/other"),
    "another method": post(b"abc").replace(b"POST", b"PUT"),
    "too long": post(b"abc", b"x-long: " + b"x" * LONGEST_HEAD),
}


@pytest.mark.parametrize("request_", UNKNOWN.values(), ids=UNKNOWN)
async def test_not_every_head_is_known(request_: bytes) -> None:
    client = Driven(Application(), Asked())
    answers = []
    for parsed in (1, 2):
        if client.is_open:
            client.say(request_)
            answers.append(await client.heard_later())
            assert client.parsed == parsed
    assert (len(set(answers)), client.connection._heads) == (1, {})


async def test_a_head_is_known_to_a_length_and_no_further() -> None:
    rest = LONGEST_HEAD - len(post(b"", b"x-long: "))
    for length, parsed in ((rest, 1), (rest + 1, 2)):
        client, request = Driven(Application(), Asked()), post(b"", b"x-long: " + b"x" * length)
        client.say(request, request)
        assert (client.parsed, client.heard()) == (parsed, told(b"at once: ") * 2)


async def test_the_head_of_a_client_that_says_close_is_not_known() -> None:
    client = Driven(Application(), Asked())
    client.say(post(b"abc", b"connection: close"))
    assert (client.is_open, client.connection._heads) == (False, {})


async def test_what_nothing_is_found_for_is_not_known() -> None:
    client = Driven(Application(), Asked(None))
    client.say(post(b"abc"))
    assert await client.heard_later() == by_application(b"abc")
    assert client.connection._heads == {}


async def test_so_many_heads_are_known_and_no_more() -> None:
    client = Driven(Application(), Asked())
    requests = [post(b"x" * length) for length in range(MOST_HEADS)]
    client.say(*requests, *requests)
    assert client.parsed == MOST_HEADS
    client.say(post(b"x" * MOST_HEADS))
    assert len(client.connection._heads) == 1
    client.say(post(b"y" * MOST_HEADS))
    assert client.parsed == MOST_HEADS + 1
    client.say(requests[0])
    assert client.parsed == MOST_HEADS + 2


async def test_empty_lines_before_a_head_are_no_head() -> None:
    client = Driven(Application(), Asked())
    client.say(b"\r\n\r\n" + post(b"abc"))
    assert client.heard() == told(b"at once: abc")
    client.say(b"\r\n\r\nabc")
    assert client.heard().startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_what_is_known_of_one_connection_is_not_of_another() -> None:
    reply = Asked()
    knowing(Application(), reply)
    other = Driven(Application(), reply)
    other.say(post(b"abc"))
    assert other.parsed == 1


async def test_a_body_is_no_request_even_if_it_begins_with_a_head_that_came_before() -> None:
    reply, request = Asked(), post(b"abc")
    client = knowing(hasty, reply)
    client.say(b"POST /other HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % (2 * len(request)))
    assert (await client.heard_later()).endswith(b"hasty")
    assert client.connection.is_idle  # nothing is waited for, but the body is still to come
    client.say(request, request)
    assert await client.heard_later() == b""
    assert (reply.bodies, client.parsed) == ([b"abc"], 2)
    client.say(request)
    assert client.heard() == told(b"at once: abc")
    assert client.parsed == 2


async def test_a_line_of_a_head_is_no_request_even_if_it_is_a_head_that_came_before() -> None:
    app, reply = Application(), Asked()
    client = knowing(app, reply)
    client.say(b"POST /other HTTP/1.1\r\nx-given: ")
    client.say(post(b"abc"))
    assert await client.heard_later() == by_application(b"abc")
    given = (b"x-given", b"POST /graphql HTTP/1.1")
    headers = [given, (b"host", b"gateway"), (b"content-length", b"3")]
    assert app.asked == [("POST", b"/other", headers, b"abc")]
    assert (reply.bodies, client.parsed) == ([b"abc"], 2)


# --- Time --------------------------------------------------------------------------------------

KEPT = 5
"""Seconds for which a connection of these is kept alive."""
PATIENT = ConnectionLimits(head_seconds=15)


def kept_alive(reply: Reply | None, app: Any = None) -> Driven:
    return Driven(app or Application(), reply, limits=PATIENT, keep_alive=KEPT)


def rings(client: Driven) -> list[float]:
    """When it will be looked at."""
    return [alarm.at for alarm in client.loop.alarms if alarm.is_set]


async def test_a_connection_that_rests_is_kept_for_a_while_and_closed() -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    client.loop.until(KEPT - 0.1)
    assert (client.is_open, rings(client)) == (True, [KEPT])
    client.loop.until(KEPT)
    assert not client.is_open


@pytest.mark.parametrize("path", [b"/graphql", b"/other"])
async def test_so_is_one_that_was_used_in_between_but_not_before(path: bytes) -> None:
    client = kept_alive(Asked())
    for moment in (0, 3, 7, 11):
        client.loop.until(moment)
        client.say(post(b"abc", path=path))
        assert (await client.heard_later()).count(b"HTTP/1.1 200 OK") == 1
    client.loop.until(11 + KEPT - 0.1)
    assert client.is_open
    client.loop.until(11 + KEPT)
    assert not client.is_open


async def test_the_alarm_is_not_set_for_every_answer() -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    before = len(client.loop.alarms)
    for number in range(49):
        client.loop.until(number / 10)
        client.say(post(b"abc"))
    assert (len(client.loop.alarms), rings(client)) == (before, [KEPT])
    client.loop.until(KEPT)
    assert (len(client.loop.alarms), rings(client)) == (before + 1, [4.8 + KEPT])


async def test_an_alarm_that_rings_during_an_answer_ends_nothing() -> None:
    operation = Operation()
    client = kept_alive(Asked(whole(b"first"), operation.begun))
    client.say(post(b"abc"))
    client.loop.until(KEPT - 1)
    client.say(post(b"abc"))
    client.loop.until(10 * KEPT)
    assert (client.is_open, rings(client)) == (True, [])
    client.heard()
    operation.may_end.set()
    assert await client.heard_later() == told(b"later")
    assert rings(client) == [11 * KEPT]
    client.loop.until(11 * KEPT - 0.1)
    assert client.is_open
    client.loop.until(11 * KEPT)
    assert not client.is_open


async def test_nor_does_one_during_an_answer_of_the_application() -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    client.heard()
    client.say(post(b"abc", path=b"/other"))
    client.loop.until(2 * KEPT)
    assert (client.is_open, rings(client)) == (True, [])
    assert await client.heard_later() == by_application(b"abc")
    client.loop.until(3 * KEPT)
    assert not client.is_open


async def test_a_first_request_that_never_comes_is_waited_for_so_long() -> None:
    client = kept_alive(Asked())
    client.loop.until(PATIENT.head_seconds - 0.1)
    assert client.is_open
    client.loop.until(PATIENT.head_seconds)
    assert not client.is_open


@pytest.mark.parametrize("words", [b"\r\n\r\n", HEAD])
async def test_what_is_no_head_is_not_waited_for_longer_than_one(words: bytes) -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    client.loop.until(1)
    for moment, word in zip((1, 4, 12), words[:3], strict=True):
        client.loop.until(moment)
        client.say(bytes([word]))
    client.loop.until(1 + PATIENT.head_seconds - 0.1)
    assert client.is_open  # what rests alone is kept for less
    client.loop.until(1 + PATIENT.head_seconds)
    assert not client.is_open


async def test_a_head_that_comes_in_time_is_not_waited_for_any_more() -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    client.say(b"\r\n")
    assert rings(client) == [KEPT, PATIENT.head_seconds]
    client.say(post(b"abc"))
    assert (rings(client), client.parsed) == ([KEPT], 1)


async def test_what_is_no_http_after_an_answer_is_refused() -> None:
    client = kept_alive(Asked())
    client.say(post(b"abc"))
    client.heard()
    client.say(b"no http\r\n\r\n")
    assert client.heard().startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert not client.is_open


@pytest.mark.parametrize("asked", [True, False])
async def test_nothing_rings_for_a_connection_that_was_lost(asked: bool) -> None:
    client = kept_alive(Asked())
    if asked:
        client.say(post(b"abc"))
    client.hang_up()
    assert rings(client) == []


async def is_open(url: str) -> bool:
    try:
        async with raw(url):
            return True
    except ConnectionError:  # refused; or reset, where it was not taken yet
        return False


async def is_answered(url: str) -> bool:
    async with raw(url) as client:
        client.say(post(b"abc", b"connection: close"))
        return (await client.heard()).endswith(b"at once: abc")
