from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.sandbox.asking import KEY_A, NOW_S, Clock, plain, sdk

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=Clock(), calls=20)


async def test_requests_are_counted_by_endpoint_and_control_is_not(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    for _ in range(3):
        await client.get("/v2/get-call/call_of_nobody")
    await client.post("/v3/list-calls")
    await client.get("/__sandbox/requests")
    report = (await client.get("/__sandbox/requests")).json()
    assert report == {
        "total": 4,
        "requests": {"GET /v2/get-call": 3, "POST /v3/list-calls": 1},
        "highest": {"GET /v2/get-call": 1, "POST /v3/list-calls": 1},
        "left": {},
        "under_way": {},
    }
    assert sandbox.requests.counts == report["requests"]
    assert sandbox.requests.highest == report["highest"]
    assert sandbox.requests.total == 4


async def test_a_refused_request_counts(sandbox: Sandbox) -> None:
    await plain(sandbox, key="no such key").get("/get-concurrency")
    assert sandbox.requests.counts == {"GET /get-concurrency": 1}


async def test_counters_can_be_cleared(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    await client.get("/get-concurrency")
    assert (await client.delete("/__sandbox/requests")).status_code == 204
    assert (await client.get("/__sandbox/requests")).json()["total"] == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
async def test_control_answers_on_loopback(sandbox: Sandbox, host: str) -> None:
    assert (await plain(sandbox, host=host).get("/__sandbox/requests")).status_code == 200


@pytest.mark.parametrize("host", ["10.0.0.7", "2001:db8::1", "testclient", ""])
async def test_control_answers_nowhere_else(sandbox: Sandbox, host: str) -> None:
    client = plain(sandbox, host=host)
    for method, path in (
        ("GET", "requests"),
        ("DELETE", "requests"),
        ("PUT", "faults"),
        ("POST", "reset"),
    ):
        response = await client.request(method, f"/__sandbox/{path}", content=b'{"status": 500}')
        assert response.status_code == 403
    assert (await client.get("/get-concurrency")).status_code == 200


async def test_control_answers_no_client_without_an_address(sandbox: Sandbox) -> None:
    async def nameless(scope: Scope, receive: Receive, send: Send) -> None:
        await sandbox({**scope, "client": None}, receive, send)

    transport = httpx.ASGITransport(nameless)
    client = httpx.AsyncClient(transport=transport, base_url="http://sandbox.test")
    assert (await client.get("/__sandbox/requests")).status_code == 403


async def test_faults_are_set_by_request_and_ended_by_an_empty_list(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    fault = {"endpoint": "GET /get-concurrency", "status": 503}
    assert (await client.put("/__sandbox/faults", json=fault)).status_code == 204
    assert (await client.get("/get-concurrency")).status_code == 503
    assert (await client.get("/get-api-key-info")).status_code == 200
    assert (await client.put("/__sandbox/faults", json=[])).status_code == 204
    assert (await client.get("/get-concurrency")).status_code == 200


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "Request body is not valid JSON"),
        (b'["x"]', "A fault must be an object"),
        (b'{"kind": "x"}', "A fault has no property kind"),
        (b'{"status": "500"}', "status of a fault is of the wrong type"),
        (b'{"times": true}', "times of a fault is of the wrong type"),
        (b'{"status": 100}', "status of a fault must be between 200 and 599"),
        (b'{"headers": {"Retry-After": 1}}', "headers of a fault must map names to strings"),
        (b'{"rate": 1.5}', "rate of a fault must be between 0 and 1"),
        (
            b'{"body": "odd"}',
            "body of a fault must be one of truncated, dripping, huge, gzip_bomb, not_json, "
            "wrong_shape, empty",
        ),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing(
    sandbox: Sandbox, content: bytes, message: str
) -> None:
    client = plain(sandbox)
    response = await client.put("/__sandbox/faults", content=content)
    assert (response.status_code, response.json()["message"]) == (400, message)
    assert (await client.get("/get-concurrency")).status_code == 200


async def test_reset_brings_back_the_first_day(sandbox: Sandbox) -> None:
    retell = sdk(sandbox)
    before = await retell.call.list(limit=1000)
    ended = [call for call in before.items if call.call_status == "ended"]
    await retell.call.delete(ended[-1].call_id)
    await retell.call.update(ended[-2].call_id, metadata={"changed": True})
    client = plain(sandbox)
    await client.put("/__sandbox/faults", json={"status": 500})
    assert (await client.post("/__sandbox/reset")).status_code == 204
    assert sandbox.requests.total == 0
    assert await retell.call.list(limit=1000) == before


async def test_reset_is_in_reach_of_tests_in_the_same_process(sandbox: Sandbox) -> None:
    await plain(sandbox).get("/get-concurrency")
    sandbox.reset()
    assert sandbox.requests.counts == {}


async def test_every_start_has_the_same_data_moved_to_its_time() -> None:
    first, second = (create_sandbox(clock=Clock(at), calls=20) for at in (NOW_S, NOW_S + 500))
    calls = [(await plain(one).post("/v3/list-calls")).json()["items"] for one in (first, second)]
    for early, late in zip(*calls, strict=True):
        assert early["call_id"] == late["call_id"]
        assert early.get("duration_ms") == late.get("duration_ms")
        if "start_timestamp" in early:
            assert early["start_timestamp"] + 500_000 == late["start_timestamp"]


async def test_another_seed_and_another_key_are_other_data() -> None:
    ids = set()
    for sandbox, key in (
        (create_sandbox(calls=5, seed=1, keys=("one", "two")), "one"),
        (create_sandbox(calls=5, seed=1, keys=("one", "two")), "two"),
        (create_sandbox(calls=5, seed=2, keys=("one",)), "one"),
    ):
        items = (await plain(sandbox, key).post("/v3/list-calls")).json()["items"]
        ids |= {item["call_id"] for item in items}
        ids.discard("Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6")
        assert len(items) in (14, 15)
    assert len(ids) == 3 * 14


async def test_the_example_belongs_to_the_first_key_only() -> None:
    sandbox = create_sandbox(calls=0)
    path = "/v2/get-call/Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6"
    assert (await plain(sandbox, KEY_A).get(path)).status_code == 200
    assert (await plain(sandbox).get(path)).status_code == 422
