from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.faults import Fault, Faults
from tests.sandbox.asking import Clock, plain

PATH = "/get-concurrency"
NAME = "GET /get-concurrency"


class Naps:
    """Sleeps that take no time, and are told."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def sandbox(naps: Naps) -> Sandbox:
    return create_sandbox(clock=Clock(), sleep=naps, calls=5)


async def test_a_status_is_answered_in_retells_form_with_the_headers_asked_for(
    sandbox: Sandbox,
) -> None:
    sandbox.faults.set([Fault(status=429, message="Slow down", headers={"Retry-After": "7"})])
    response = await plain(sandbox).get(PATH)
    assert response.status_code == 429
    assert response.json() == {"status": "error", "message": "Slow down"}
    assert response.headers["retry-after"] == "7"


async def test_a_redirect_is_a_status_and_a_header(sandbox: Sandbox) -> None:
    sandbox.faults.set([Fault(status=302, headers={"Location": "http://elsewhere.test/"})])
    response = await plain(sandbox).get(PATH)
    assert response.is_redirect
    assert response.headers["location"] == "http://elsewhere.test/"


async def test_a_status_that_allows_no_body_has_none(sandbox: Sandbox) -> None:
    sandbox.faults.set([Fault(status=204)])
    response = await plain(sandbox).get(PATH)
    assert (response.status_code, response.content) == (204, b"")


async def test_latency_is_waited_before_the_answer(sandbox: Sandbox, naps: Naps) -> None:
    sandbox.faults.set([Fault(latency_ms=250)])
    assert (await plain(sandbox).get(PATH)).status_code == 200
    assert naps.seconds == [0.25]


async def test_a_change_is_not_made_where_a_status_is_answered(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    items = (await client.post("/v3/list-calls")).json()["items"]
    call_id = items[-1]["call_id"]
    sandbox.faults.set([Fault(endpoint="DELETE /v2/delete-call", status=500, times=1)])
    assert (await client.delete(f"/v2/delete-call/{call_id}")).status_code == 500
    assert (await client.get(f"/v2/get-call/{call_id}")).status_code == 200


async def test_a_change_is_made_where_only_the_answer_is_damaged(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    items = (await client.post("/v3/list-calls")).json()["items"]
    call_id = items[-1]["call_id"]
    sandbox.faults.set([Fault(endpoint="DELETE /v2/delete-call", body="not_json")])
    await client.delete(f"/v2/delete-call/{call_id}")
    assert (await client.get(f"/v2/get-call/{call_id}")).status_code == 422


async def test_one_path_can_be_meant(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    ids = [call["call_id"] for call in (await client.post("/v3/list-calls")).json()["items"]]
    sandbox.faults.set([Fault(path=f"/v2/get-call/{ids[1]}", status=500)])
    statuses = [(await client.get(f"/v2/get-call/{call_id}")).status_code for call_id in ids[:3]]
    assert statuses == [200, 500, 200]


def struck(fault: Fault, requests: int) -> list[bool]:
    faults = Faults()
    faults.set([fault])
    return [faults.strike(NAME, PATH) is not None for _ in range(requests)]


def test_a_one_off_strikes_once() -> None:
    assert struck(Fault(status=500, times=1), 3) == [True, False, False]


def test_a_rate_is_exact_and_evenly_spread() -> None:
    assert struck(Fault(status=500, rate=0.25), 8) == [False, False, False, True] * 2
    assert struck(Fault(status=500, rate=0), 4) == [False] * 4
    assert sum(struck(Fault(status=500, rate=0.1), 1000)) == 100


def test_a_rare_one_off_strikes_once_when_its_turn_comes() -> None:
    assert struck(Fault(status=500, rate=0.5, times=1), 6) == [False, True] + [False] * 4


def test_the_first_fault_that_hits_is_the_only_one() -> None:
    faults = Faults()
    first, second = Fault(status=500, times=1), Fault(status=503)
    faults.set([Fault(endpoint="POST /v3/list-calls", status=418), first, second])
    assert [faults.strike(NAME, PATH) for _ in range(2)] == [first, second]
    faults.clear()
    assert faults.strike(NAME, PATH) is None


async def test_a_truncated_body_promises_the_whole(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    whole = (await client.get(PATH)).content
    sandbox.faults.set([Fault(body="truncated")])
    response = await client.get(PATH)
    assert response.content == whole[: len(whole) // 2]
    assert response.headers["content-length"] == str(len(whole))


async def test_a_dripping_body_is_whole_in_the_end(sandbox: Sandbox, naps: Naps) -> None:
    client = plain(sandbox)
    whole = (await client.get(PATH)).content
    sandbox.faults.set([Fault(body="dripping", interval_ms=50)])
    assert (await client.get(PATH)).content == whole
    assert naps.seconds == [0.05] * len(whole)


async def test_a_huge_body_is_as_large_as_asked_for_and_json(sandbox: Sandbox) -> None:
    sandbox.faults.set([Fault(body="huge", bytes=200_000)])
    response = await plain(sandbox).get(PATH)
    assert len(response.content) == 200_000
    assert response.json() == {}


async def test_a_gzip_bomb_is_small_on_the_wire(sandbox: Sandbox) -> None:
    sandbox.faults.set([Fault(body="gzip_bomb", bytes=3_000_000)])
    async with plain(sandbox).stream("GET", PATH) as response:
        packed = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers["content-encoding"] == "gzip"
    assert len(packed) < 10_000
    assert len(gzip.decompress(packed)) == 3_000_000


async def test_bodies_that_are_not_what_they_should_be(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    sandbox.faults.set(
        [
            Fault(body="not_json", times=1),
            Fault(body="wrong_shape", times=1),
            Fault(body="empty", status=502),
        ]
    )
    page, shape, empty = [await client.get(PATH) for _ in range(3)]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    with pytest.raises(json.JSONDecodeError):
        page.json()
    assert shape.json() == []
    assert (empty.status_code, empty.content) == (502, b"")


async def test_simultaneous_requests_are_seen_and_those_that_leave_are_told() -> None:
    begun = asyncio.Semaphore(0)

    async def until_cancelled(_seconds: float) -> None:
        begun.release()
        await asyncio.Event().wait()

    sandbox = create_sandbox(clock=Clock(), sleep=until_cancelled, calls=5)
    sandbox.faults.set([Fault(latency_ms=1)])
    client = plain(sandbox)
    waiting = [asyncio.create_task(client.get(PATH)) for _ in range(3)]
    for _ in waiting:
        await begun.acquire()
    assert sandbox.requests.under_way == {NAME: 3}
    sandbox.requests.clear()
    assert sandbox.requests.highest == {NAME: 3}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert sandbox.requests.report() == {
        "total": 0,
        "requests": {},
        "highest": {NAME: 3},
        "left": {NAME: 3},
        "under_way": {},
    }


async def test_a_client_that_hangs_up_during_the_latency_gets_nothing_sent() -> None:
    async def for_ever(_seconds: float) -> None:
        await asyncio.Event().wait()

    sandbox = create_sandbox(clock=Clock(), sleep=for_ever, calls=5)
    sandbox.faults.set([Fault(latency_ms=1)])
    body: dict[str, object] = {"type": "http.request", "body": b"", "more_body": False}
    events = iter((body, body, dict[str, object](type="http.disconnect")))

    async def receive() -> dict[str, object]:
        return next(events)

    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"", "headers": []}
    await sandbox(scope, receive, send)
    assert sent == []
    assert sandbox.requests.left == {NAME: 1}
