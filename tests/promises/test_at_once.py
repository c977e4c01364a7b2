"""Over a real connection what is at hand needs no further request, and the application is not even
called; what is not at hand is asked for once, and given up when its client hangs up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.http.connection import ConnectionLimits, connection
from gateway.sandbox.faults import Fault
from tests.http.serving import serving
from tests.http.test_connection import raw
from tests.http.test_reply import answer, post
from tests.promises.clients import LONG, arrived, departed
from tests.world import GET_CALL, IMPATIENT, UPDATE_CALL, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tests.http.test_connection import Raw
    from tests.world import JsonObject, World

CALL = "query ($id: ID!) { call(callId: $id) { callId transcript } }"
UPDATE = """mutation ($input: UpdateCallInput!) { updateCall(input: $input) {
  call { callId metadata } userErrors { code }
} }"""
OK = b"HTTP/1.1 200 OK"


class Counted:
    """The application that ships, and how often it was called for a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += scope["type"] == "http"
        await self._app(scope, receive, send)


class Listening:
    """A gateway on a port of its own."""

    def __init__(self, url: str, app: Counted) -> None:
        self.url = url
        self.app = app

    async def ask(self, query: str, variables: JsonObject | None = None) -> bytes:
        """The body of a good answer, on a connection of its own."""
        async with raw(self.url) as client:
            return await asked(client, query, variables)


@asynccontextmanager
async def listening(it: World) -> AsyncIterator[Listening]:
    app: Any = it.app
    counted = Counted(app)
    async with serving(counted, http=connection(ConnectionLimits(), app.reply)) as url:
        yield Listening(url, counted)


def asking(query: str, variables: JsonObject | None = None) -> bytes:
    """All of a request, to be sent in one piece."""
    body = orjson.dumps({"query": query, "variables": variables or {}})
    return post(body, b"content-type: application/json")


def changing(id_: str, number: int) -> JsonObject:
    return {"input": {"callId": id_, "metadata": {"n": number}}}


def edits(it: World) -> JsonObject:
    """What changes left at Retell."""
    return it.sandbox.accounts["sandbox-key-a"].changes.edits


async def asked(client: Raw, query: str, variables: JsonObject | None = None) -> bytes:
    client.say(asking(query, variables))
    status, _, body = await answer(client)
    assert status == OK
    return body


async def test_a_call_is_answered_the_second_time_with_the_same_bytes_and_no_request() -> None:
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        call = {"id": it.settled()[0]}
        first = await asked(client, CALL, call)
        assert orjson.loads(first)["data"]["call"]["callId"] == call["id"]
        assert await asked(client, CALL, call) == first
        assert await gateway.ask(CALL, call) == first
        assert (it.requests, gateway.app.calls) == ({GET_CALL: 1}, 0)


async def test_another_call_is_asked_for_by_a_document_that_is_known() -> None:
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        for id_ in it.settled()[:3]:
            answered = orjson.loads(await asked(client, CALL, {"id": id_}))
            assert answered["data"]["call"]["callId"] == id_
        assert (it.requests, gateway.app.calls) == ({GET_CALL: 3}, 0)


async def test_it_is_the_same_answer_where_the_application_is_called() -> None:
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        call = {"id": it.settled()[0]}
        cold = await asked(client, CALL, call)
        client.say(asking(CALL, call) * 2)
        at_once, ever = [await answer(client) for _ in range(2)]
        assert gateway.app.calls == 1
        assert at_once.body == ever.body == cold
        # The time may be another, and the id of the request is.
        differ = {b"date", b"x-request-id"}
        one, other = (
            [(name, value) for name, value in each.headers if name not in differ]
            for each in (at_once, ever)
        )
        assert one == other
        ids = {dict(each.headers)[b"x-request-id"] for each in (at_once, ever)}
        assert (len(ids), it.requests) == (2, {GET_CALL: 1})


async def test_what_needs_no_request_is_answered_at_once_the_first_time() -> None:
    async with world() as it, listening(it) as gateway:
        assert await gateway.ask("{ __typename }") == b'{"data":{"__typename":"Query"}}'
        assert (it.requests, gateway.app.calls) == ({}, 0)


async def test_each_read_is_noted_whichever_way_it_is_answered() -> None:
    async with world() as it, listening(it) as gateway:
        call = {"id": it.settled()[0]}
        for _ in range(3):
            await gateway.ask(CALL, call)
        noted = [orjson.loads(line) for line in it.audited]
        assert [line["found"] for line in noted] == ["read", "remembered", "remembered"]
        assert [line["ids"] for line in noted] == [[call["id"]]] * 3


async def test_a_change_is_sent_once_and_answered_each_time() -> None:
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        (id_, *_) = it.settled()
        for number in (1, 2):
            changed = orjson.loads(await asked(client, UPDATE, changing(id_, number)))
            assert changed["data"]["updateCall"] == {
                "call": {"callId": id_, "metadata": {"n": number}},
                "userErrors": [],
            }
            assert (it.requests, gateway.app.calls) == ({UPDATE_CALL: number}, 0)
            assert edits(it) == {id_: {"metadata": {"n": number}}}


async def test_a_change_makes_what_is_answered_at_once_invalid() -> None:
    query = "query ($id: ID!) { call(callId: $id) { metadata } }"
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        (id_, *_) = it.settled()
        for _ in range(2):
            assert b'"n":1' not in await asked(client, query, {"id": id_})
        await asked(client, UPDATE, changing(id_, 1))
        changed = await asked(client, query, {"id": id_})
        assert changed == b'{"data":{"call":{"metadata":{"n":1}}}}'
        assert it.requests == {GET_CALL: 2, UPDATE_CALL: 1}


async def test_a_client_that_hangs_up_ends_the_request_that_was_made_for_it() -> None:
    async with world() as it, listening(it) as gateway:
        one, other = ({"id": id_} for id_ in it.settled()[:2])
        for times, call in enumerate((one, other), 1):
            it.sandbox.faults.set([Fault(GET_CALL, latency_ms=LONG, times=1)])
            async with raw(gateway.url) as leaving:
                leaving.say(asking(CALL, call))
                await arrived(it)
            async with asyncio.timeout(5):  # sooner than the time of the operation is over
                await departed(it)
            assert it.sandbox.requests.left == {GET_CALL: times}
        await gateway.ask(CALL, one)
        assert (it.requests, gateway.app.calls) == ({GET_CALL: 3}, 0)


async def test_a_client_that_hangs_up_does_not_end_its_change() -> None:
    async with world() as it, listening(it) as gateway:
        (id_, *_) = it.settled()
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=50)])
        async with raw(gateway.url) as leaving:
            leaving.say(asking(UPDATE, changing(id_, 1)))
            await arrived(it)
        await departed(it)
        assert (it.requests, it.sandbox.requests.left) == ({UPDATE_CALL: 1}, {})
        assert edits(it) == {id_: {"metadata": {"n": 1}}}


@pytest.mark.parametrize("leaving", [0, 1])
async def test_a_client_that_hangs_up_takes_nothing_from_who_reads_the_same(leaving: int) -> None:
    async with world() as it, listening(it) as gateway:
        call = {"id": it.settled()[0]}
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=100)])
        async with raw(gateway.url) as one, raw(gateway.url) as other:
            for client in (one, other):
                client.say(asking(CALL, call))
            await arrived(it)
            ((one, other)[leaving])._writer.transport.abort()
            stays = (other, one)[leaving]
            assert (await answer(stays)).status == OK
        assert (it.requests, it.sandbox.requests.left) == ({GET_CALL: 1}, {})


async def test_what_fails_is_answered_and_asked_for_anew() -> None:
    async with world() as it, listening(it) as gateway, raw(gateway.url) as client:
        call = {"id": it.settled()[0]}
        it.sandbox.faults.set([Fault(GET_CALL, status=503, headers=IMPATIENT, times=1)])
        (error,) = orjson.loads(await asked(client, CALL, call))["errors"]
        assert error["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
        assert "errors" not in orjson.loads(await asked(client, CALL, call))
        assert (it.requests, gateway.app.calls) == ({GET_CALL: 2}, 0)
