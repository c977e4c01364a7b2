"""`gateway.upstream.client`: attempts, keys, deadlines and places in line, with Retell played
by a handler in memory."""

from __future__ import annotations

import asyncio
import traceback

import httpx
import pytest

from gateway.errors import (
    BadUserInput,
    Forbidden,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    UpstreamBusy,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from gateway.upstream.client import Attempt, ClientLimits, UpstreamAnswer
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.exchange import USER_AGENT
from gateway.upstream.record import DECODED
from gateway.upstream.retry import RetryBudget

from .playing import (
    CREATE_CALL,
    DELETE_CALL,
    GET_CALL,
    KEY,
    LIST_CALLS,
    UPDATE_CALL,
    Retell,
    playing,
)

READ = GET_CALL.request(call_id="call_1")
LIST = LIST_CALLS.request(body={"limit": 50})
CHANGE = UPDATE_CALL.request(call_id="call_1", body={"metadata": {}})
CREATE = CREATE_CALL.request(body={"to_number": "+1"})

OK = httpx.Response(200, json={"call_id": "call_1"})
DOWN = httpx.Response(503)


async def test_a_read_is_one_request_with_the_key_and_honest_headers() -> None:
    retell = Retell(OK)
    async with playing(retell) as gateway:
        assert await gateway.send(READ) == UpstreamAnswer({"call_id": "call_1"}, 20, 20 * DECODED)
    (request,) = retell.requests
    assert (request.method, str(request.url)) == ("GET", "https://retell.test/v2/get-call/call_1")
    assert request.content == b""
    assert {name: value for name, value in request.headers.items() if name != "connection"} == {
        "host": "retell.test",
        "authorization": f"Bearer {KEY}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": USER_AGENT,
    }
    assert USER_AGENT.startswith("retell-gateway/0.")


async def test_a_body_and_a_query_are_sent_as_the_request_has_them() -> None:
    retell = Retell(OK)
    request = LIST_CALLS.request(query={"tag": "a b"}, body={"limit": 50})
    async with playing(retell) as gateway:
        await gateway.send(request)
    assert retell.requests[0].url.raw_path == b"/v3/list-calls?tag=a%20b"
    assert retell.requests[0].content == b'{"limit":50}'
    assert retell.requests[0].headers["content-type"] == "application/json"


async def test_a_form_is_sent_as_one() -> None:
    retell = Retell(OK)
    request = Endpoint("POST", "/create-knowledge-base", form=True).request(body={"name": "a"})
    async with playing(retell) as gateway:
        await gateway.send(request)
    assert retell.requests[0].content == request.body
    assert retell.requests[0].headers["content-type"] == request.content_type
    assert request.content_type.startswith("multipart/form-data; boundary=")


async def test_204_is_no_value() -> None:
    async with playing(Retell(httpx.Response(204))) as gateway:
        answer = await gateway.send(DELETE_CALL.request(call_id="call_1"))
    assert answer == UpstreamAnswer(None, 0)


async def test_an_empty_answer_is_fine_for_a_change_and_not_for_a_read() -> None:
    async with playing(Retell(httpx.Response(200))) as gateway:
        assert (await gateway.send(CHANGE)).value is None
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)


async def test_every_attempt_is_reported() -> None:
    retell = Retell(httpx.ConnectError("x"), DOWN, OK)
    async with playing(retell) as gateway:
        await gateway.send(READ)
    assert gateway.attempts == [
        Attempt("GET /v2/get-call", None, 0.0, 1),
        Attempt("GET /v2/get-call", 503, 0.0, 2),
        Attempt("GET /v2/get-call", 200, 0.0, 3),
    ]


@pytest.mark.parametrize(
    "key", ["", "a b", "key\r\nX-Injected: 1", "key\x00", "clé", "\ud800", "k" * 513, "key\t"]
)
@pytest.mark.parametrize(
    ("own_key", "expected"), [(True, Unauthenticated), (False, UpstreamUnauthenticated)]
)
async def test_a_key_that_cannot_stand_in_a_header_is_refused_unsent(
    key: str, own_key: bool, expected: type[GatewayError]
) -> None:
    retell = Retell(OK)
    async with playing(retell) as gateway:
        with pytest.raises(expected):
            await gateway.send(READ, api_key=key, own_key=own_key)
    assert retell.requests == []


# Retries


@pytest.mark.parametrize("request_", [READ, LIST], ids=["get", "list post"])
@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.ProxyError("x"),
        httpx.Response(408),
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
    ],
    ids=repr,
)
async def test_a_read_is_sent_again_after_passing_trouble(
    request_: object, trouble: httpx.Response | Exception
) -> None:
    retell = Retell(trouble, trouble, OK)
    async with playing(retell, chance=1.0) as gateway:
        answer = await gateway.send(READ if request_ is READ else LIST)
    assert answer.value == {"call_id": "call_1"}
    assert len(retell.requests) == 3
    assert gateway.clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 409, 412, 418, 422])
async def test_a_clear_refusal_is_not_asked_for_twice(status: int) -> None:
    retell = Retell(httpx.Response(status))
    async with playing(retell) as gateway:
        with pytest.raises(GatewayError):
            await gateway.send(READ)
    assert len(retell.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (httpx.ConnectError("x"), UpstreamUnavailable),
        (httpx.ConnectTimeout("x"), UpstreamUnavailable),
        (httpx.ReadTimeout("x"), UpstreamTimeout),
        (httpx.RemoteProtocolError("x"), UpstreamUnavailable),
        (httpx.Response(408), UpstreamTimeout),
        (httpx.Response(429), RateLimited),
        (httpx.Response(503), UpstreamUnavailable),
    ],
    ids=repr,
)
async def test_the_third_failure_of_a_read_is_its_error(
    trouble: httpx.Response | Exception, expected: type[GatewayError]
) -> None:
    retell = Retell(trouble)
    async with playing(retell) as gateway:
        with pytest.raises(expected):
            await gateway.send(READ)
    assert len(retell.requests) == 3


async def test_retry_after_is_waited_for() -> None:
    limited = httpx.Response(429, headers={"retry-after": "2"})
    dated = httpx.Response(503, headers={"retry-after": "Tue, 14 Nov 2023 22:13:23 GMT"})
    retell = Retell(limited, dated, OK)
    async with playing(retell, chance=0.0) as gateway:
        await gateway.send(READ)
    assert gateway.clock.slept == [2.0, 3.0]


async def test_a_retry_after_beyond_the_limit_is_told_to_the_caller() -> None:
    retell = Retell(httpx.Response(429, headers={"retry-after": "120"}))
    async with playing(retell) as gateway:
        with pytest.raises(RateLimited) as caught:
            await gateway.send(READ, seconds=600)
    assert caught.value.retry_after == 120
    assert (len(retell.requests), gateway.clock.slept) == (1, [])


async def test_a_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    retell = Retell(httpx.Response(429, headers={"retry-after": "3"}))
    async with playing(retell, chance=0.0) as gateway:
        with pytest.raises(RateLimited):
            await gateway.send(READ, seconds=5)
    assert (len(retell.requests), gateway.clock.slept) == (2, [3.0])


async def test_the_deadline_of_a_call_upstream_holds_for_all_its_attempts() -> None:
    retell = Retell(httpx.Response(503, headers={"retry-after": "15"}))
    limits = ClientLimits(seconds=20, list_seconds=60)
    async with playing(retell, chance=0.0, limits=limits) as gateway:
        with pytest.raises(UpstreamUnavailable):
            await gateway.send(READ, seconds=600)
        assert gateway.clock.slept == [15.0]
        with pytest.raises(UpstreamUnavailable):
            await gateway.send(LIST, seconds=600)
        assert gateway.clock.slept == [15.0, 15.0, 15.0]


async def test_nothing_is_sent_once_the_deadline_has_passed() -> None:
    retell = Retell(OK)
    async with playing(retell) as gateway:
        for request in (READ, CHANGE):
            with pytest.raises(UpstreamTimeout):
                await gateway.send(request, seconds=0)
    assert (retell.requests, gateway.attempts) == ([], [])


async def test_an_outage_is_not_multiplied() -> None:
    retell = Retell(DOWN)
    async with playing(retell, budget=RetryBudget(ratio=0.25, reserve=4)) as gateway:
        for _ in range(100):
            with pytest.raises(UpstreamUnavailable):
                await gateway.send(READ)
    # 100 requests, the reserve of 4, and one retry for every four requests.
    assert len(retell.requests) == 100 + 4 + 24


# Changes


@pytest.mark.parametrize("change", [CHANGE, CREATE, DELETE_CALL.request(call_id="call_1")])
@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.Response(303),
        httpx.Response(408),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b'{"call_id": '),
    ],
    ids=repr,
)
async def test_a_change_is_sent_once_and_an_unclear_outcome_is_said_to_be_unknown(
    change: object, trouble: httpx.Response | Exception
) -> None:
    retell = Retell(trouble)
    async with playing(retell) as gateway:
        with pytest.raises(OutcomeUnknown):
            await gateway.send(CHANGE if change is CHANGE else CREATE)
    assert len(retell.requests) == len(gateway.attempts) == 1


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (httpx.ConnectError("x"), UpstreamUnavailable),
        (httpx.ConnectTimeout("x"), UpstreamUnavailable),
        (httpx.ProxyError("x"), UpstreamUnavailable),
        (httpx.PoolTimeout("x"), UpstreamBusy),
        (httpx.Response(400), BadUserInput),
        (httpx.Response(402), Forbidden),
        (httpx.Response(422), NotFound),
        (httpx.Response(429), RateLimited),
        (httpx.Response(307), UpstreamInvalid),
    ],
    ids=repr,
)
async def test_a_change_that_did_not_happen_is_a_plain_error_and_not_repeated_either(
    trouble: httpx.Response | Exception, expected: type[GatewayError]
) -> None:
    retell = Retell(trouble)
    async with playing(retell) as gateway:
        with pytest.raises(expected):
            await gateway.send(CHANGE)
    assert len(retell.requests) == 1


# What errors show


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("secret retell.test"),
        httpx.RemoteProtocolError("secret retell.test"),
        httpx.Response(500, json={"message": "secret"}),
        httpx.Response(422, json={"message": "secret"}),
        httpx.Response(200, content=b'{"secret": '),
        httpx.Response(302, headers={"location": "https://secret.example/"}),
    ],
    ids=range(6),
)
@pytest.mark.parametrize("request_", [READ, CHANGE], ids=["read", "change"])
async def test_no_error_shows_what_retell_said_or_where_it_lives(
    request_: object, trouble: httpx.Response | Exception
) -> None:
    async with playing(Retell(trouble)) as gateway:
        with pytest.raises(GatewayError) as caught:
            await gateway.send(READ if request_ is READ else CHANGE)
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    shown = f"{error} {error.extensions()} {''.join(traceback.format_exception_only(error))}"
    assert not any(word in shown for word in ("secret", "retell.test", KEY))


# Places in line


class Held:
    """Holds every request until told to let them go; counts how many were there at once."""

    def __init__(self) -> None:
        self.here = self.most = self.answered = 0
        self.release = asyncio.Event()
        self.arrived = asyncio.Event()

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.here += 1
        self.most = max(self.most, self.here)
        self.arrived.set()
        try:
            await self.release.wait()
            self.answered += 1
        finally:
            self.here -= 1
        return httpx.Response(200, json={})


async def test_no_more_requests_than_allowed_are_under_way_at_once() -> None:
    held = Held()
    async with playing(held, limits=ClientLimits(at_once=3)) as gateway:
        tasks = [asyncio.create_task(gateway.send(READ)) for _ in range(10)]
        await held.arrived.wait()
        held.release.set()
        await asyncio.gather(*tasks)
    assert (held.most, held.answered) == (3, 10)


async def test_a_request_that_waits_in_line_too_long_is_told_so_and_never_sent() -> None:
    held = Held()
    async with playing(held, limits=ClientLimits(at_once=1, queue_seconds=0.001)) as gateway:
        first = asyncio.create_task(gateway.send(READ))
        await held.arrived.wait()
        for request in (READ, CHANGE):
            with pytest.raises(UpstreamBusy):
                await gateway.send(request)
        held.release.set()
        await first
    assert (held.most, held.answered, len(gateway.attempts)) == (1, 1, 1)


async def test_a_place_that_comes_free_in_time_is_taken() -> None:
    held = Held()
    async with playing(held, limits=ClientLimits(at_once=1)) as gateway:
        first = asyncio.create_task(gateway.send(READ))
        await held.arrived.wait()
        second = asyncio.create_task(gateway.send(READ))
        await asyncio.sleep(0)
        assert held.here == 1
        held.release.set()
        await asyncio.gather(first, second)
    assert (held.most, held.answered) == (1, 2)


async def test_callers_that_leave_the_line_leave_no_place_taken() -> None:
    held = Held()
    async with playing(held, limits=ClientLimits(at_once=1)) as gateway:
        tasks = [asyncio.create_task(gateway.send(READ)) for _ in range(5)]
        await held.arrived.wait()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 5
        assert held.here == 0
        held.release.set()
        assert (await gateway.send(READ)).value == {}


async def test_a_caller_that_leaves_cancels_its_exchange_and_is_still_reported() -> None:
    held = Held()
    async with playing(held) as gateway:
        task = asyncio.create_task(gateway.send(READ))
        await held.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert held.here == 0
    assert gateway.attempts == [Attempt("GET /v2/get-call", None, 0.0, 1)]
