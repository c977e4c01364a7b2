"""Whatever Retell answers: one coded error where it stands, all else as ever, none of its words."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.faults import Fault
from tests.promises.everything import everything, fields
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, World, faults, world

if TYPE_CHECKING:
    from collections.abc import Callable

CALL = """query ($id: ID!) {
  bad: call(callId: $id) { callId transcript }
  good: concurrency { concurrencyLimit }
  list: calls(first: 2) { nodes { callId } }
}"""
LIST = """query ($id: ID!) {
  bad: calls(first: 9, filter: { callStatus: [ENDED] }) { nodes { callId } }
  good: concurrency { concurrencyLimit }
  call(callId: $id) { callId transcript }
}"""
WHOLE = f"query ($id: ID!) {{ call(callId: $id) {{ {everything('Call')} }} }}"
MEBIBYTE = 1024 * 1024
INTERNAL = "<b>connect to 10.0.0.7:5432 failed</b>"
TELLTALE = ("10.0.0.7", "retell.test", "sandbox", "http://", "https://", "Traceback", "httpx")

BODIES: dict[str, tuple[Fault, str]] = {
    "truncated": (Fault(body="truncated"), "UPSTREAM_INVALID"),
    "not JSON": (Fault(body="not_json"), "UPSTREAM_INVALID"),
    "wrong shape": (Fault(body="wrong_shape"), "UPSTREAM_INVALID"),
    "empty": (Fault(body="empty"), "UPSTREAM_INVALID"),
}
LARGE: dict[str, tuple[Fault, str]] = {
    "huge": (Fault(body="huge", bytes=11 * MEBIBYTE), "UPSTREAM_INVALID"),
    "gzip bomb": (Fault(body="gzip_bomb", bytes=11 * MEBIBYTE), "UPSTREAM_INVALID"),
}
STATUSES = {
    301: "UPSTREAM_INVALID",
    302: "UPSTREAM_INVALID",
    307: "UPSTREAM_INVALID",
    400: "BAD_USER_INPUT",
    401: "UPSTREAM_UNAUTHENTICATED",
    402: "FORBIDDEN",
    403: "FORBIDDEN",
    405: "UPSTREAM_INVALID",
    409: "CONFLICT",
    418: "UPSTREAM_INVALID",
    429: "RATE_LIMITED",
    500: "UPSTREAM_UNAVAILABLE",
    501: "UPSTREAM_UNAVAILABLE",
    502: "UPSTREAM_UNAVAILABLE",
    503: "UPSTREAM_UNAVAILABLE",
    504: "UPSTREAM_TIMEOUT",
}


async def one_error(it: World, query: str, endpoint: str, fault: Fault, code: str) -> Any:
    """The error, after the rest of the answer was found to be whole."""
    ids = it.settled()
    whole = await it.data(query, {"id": ids[0]})
    it.sandbox.requests.clear()
    it.sandbox.faults.set([fault])
    answer = await it.answer(query, {"id": ids[0]})
    assert faults(answer) == [("bad", code)]
    assert answer["data"]["bad"] is None
    assert answer["data"]["good"] == whole["good"]
    assert [name for name, value in answer["data"].items() if value is None] == ["bad"]
    assert not [word for word in TELLTALE if word in str(answer)]
    assert it.requests[endpoint] == 1
    return answer["errors"][0]


def at(endpoint: str, fault: Fault) -> Fault:
    """The fault, at one endpoint only."""
    return Fault(endpoint, None, *[getattr(fault, name) for name in fault.__slots__[2:]])


@pytest.mark.parametrize(("fault", "code"), [*BODIES.values(), *LARGE.values()], ids=BODIES | LARGE)
async def test_a_body_that_is_none_of_a_call_is_one_error(fault: Fault, code: str) -> None:
    async with world(cache="off") as it:
        await one_error(it, CALL, GET_CALL, at(GET_CALL, fault), code)


@pytest.mark.parametrize(("fault", "code"), BODIES.values(), ids=BODIES)
async def test_a_body_that_is_none_of_a_list_is_one_error(fault: Fault, code: str) -> None:
    async with world(cache="off") as it:
        await one_error(it, LIST, LIST_CALLS, at(LIST_CALLS, fault), code)


OF_LISTS = (302, 400, 401, 429, 500)


@pytest.mark.parametrize(
    ("status", "query", "endpoint"),
    [
        *((status, CALL, GET_CALL) for status in STATUSES),
        *((status, LIST, LIST_CALLS) for status in OF_LISTS),
    ],
)
async def test_a_status_is_one_error(status: int, query: str, endpoint: str) -> None:
    elsewhere = {"location": "http://169.254.169.254/latest/meta-data"}
    fault = Fault(endpoint, status=status, message=INTERNAL, headers=IMPATIENT | elsewhere)
    async with world(cache="off") as it:
        error = await one_error(it, query, endpoint, fault, STATUSES[status])
        assert {sent.url.host for sent in it.sent} == {"retell.test"}
        after = error["extensions"].get("retryAfter")
        assert after == (300 if status == 429 else None)


@pytest.mark.parametrize("status", [404, 422])
async def test_a_call_that_retell_does_not_know_is_null_and_no_error(status: int) -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(GET_CALL, status=status, message=INTERNAL)])
        data = await it.data(CALL, {"id": it.settled()[0]})
        assert data["bad"] is None
        assert len(data["list"]["nodes"]) == 2
        assert it.requests[GET_CALL] == 1


@pytest.mark.parametrize(("status", "code"), [(404, "UPSTREAM_INVALID"), (422, "BAD_USER_INPUT")])
async def test_a_list_that_retell_refuses_is_an_error(status: int, code: str) -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(LIST_CALLS, status=status, message=INTERNAL)])
        answer = await it.answer(LIST, {"id": it.settled()[0]})
        assert (answer["data"]["bad"], faults(answer)) == (None, [("bad", code)])
        assert it.requests[LIST_CALLS] == 1


async def test_a_dripping_answer_is_cut_off_when_the_operations_time_is_up() -> None:
    async with world(operation_seconds=0.3) as it:
        it.sandbox.faults.set([Fault(GET_CALL, body="dripping")])
        answer = await it.answer(CALL, {"id": it.settled()[0]})
        assert faults(answer) == [("bad", "UPSTREAM_TIMEOUT")]
        assert len(answer["data"]["list"]["nodes"]) == 2
        assert it.requests[GET_CALL] == 1
        assert it.sandbox.requests.under_way == {}
        assert it.sandbox.requests.left == {GET_CALL: 1}


async def test_an_answer_that_does_not_come_is_cut_off_when_the_operations_time_is_up() -> None:
    async with world(operation_seconds=0.3) as it:
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=3_600_000)])
        answer = await it.answer("{ calls(first: 20) { nodes { callId transcript } } }")
        assert faults(answer) == sorted(
            (f"calls.nodes.{place}.transcript", "UPSTREAM_TIMEOUT") for place in range(20)
        )
        assert [call["callId"] for call in answer["data"]["calls"]["nodes"]] == [
            item["call_id"] for item in it.items()[:20]
        ]
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 8}
        assert it.sandbox.requests.under_way == {}


class Damaging(httpx.AsyncBaseTransport):
    """Changes what Retell says of a call."""

    inner: httpx.AsyncBaseTransport

    def __init__(self) -> None:
        self.damage: Callable[[dict[str, Any]], object] = lambda _: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = orjson.loads(await response.aread())
        for call in body.get("items", [body]):
            self.damage(call)
        return httpx.Response(200, content=orjson.dumps(body))


async def damaged(damage: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The answer to a query for everything of one call that was damaged."""
    transport = Damaging()
    async with world(transport=transport, limits={"fields": 2_000}) as it:
        transport.inner = httpx.ASGITransport(it.sandbox)
        transport.damage = damage
        return await it.answer(WHOLE, {"id": it.settled()[0]})


async def test_a_value_of_the_wrong_type_is_its_own_error_and_is_not_repeated() -> None:
    answer = await damaged(lambda call: call.update(duration_ms=INTERNAL))
    assert faults(answer) == [("call.durationMs", "UPSTREAM_INVALID")]
    assert answer["data"]["call"]["callId"].startswith("call_")
    assert "10.0.0.7" not in str(answer)


async def test_what_is_newer_than_the_schema_is_unknown_and_shown_raw() -> None:
    entry = {"role": "telepathy", "content": "..."}
    new = {"call_status": "dreaming", "transcript_with_tool_calls": [entry]}
    answer = await damaged(lambda call: call.update(new))
    call = answer["data"]["call"]
    assert "errors" not in answer
    assert (call["callStatus"], call["callStatusRaw"]) == ("UNKNOWN", "dreaming")
    assert call["transcriptWithToolCalls"][0]["__typename"] == "UnknownTranscriptEntry"


ODD: tuple[object, ...] = ([], {}, ["x"], -1, 1e300)


def replace(name: str, odd: object, call: dict[str, Any]) -> None:
    call[name] = odd


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_no_damage_to_a_call_is_taken_for_a_fault_of_the_gateway(odd: object) -> None:
    transport = Damaging()
    async with world(transport=transport, cache="off", limits={"fields": 2_000}) as it:
        transport.inner = httpx.ASGITransport(it.sandbox)
        asked = {"id": it.settled()[0]}
        for name, selection in fields("Call").items():
            transport.damage = partial(replace, snake(name), odd)
            thin = "id callId callType"
            for query in (
                f"query ($id: ID!) {{ call(callId: $id) {{ {thin} {selection} transcript }} }}",
                f"{{ calls(first: 2) {{ nodes {{ {thin} {selection} agent {{ agentId }} }} }} }}",
            ):
                answer = await it.answer(query, asked)
                codes = {code for _, code in faults(answer)}
                assert "INTERNAL_SERVER_ERROR" not in codes, (name, answer["errors"])
