"""What the SDK cannot send: keys, bodies and paths that are not as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.data.session_tools import SECRET
from tests.sandbox.asking import EXAMPLE_ID, KEY_A, Clock, plain

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=Clock(), calls=40)


def said(response: httpx.Response) -> tuple[int, dict[str, Any]]:
    return response.status_code, response.json()


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nobody", "Basic sandbox-key-b", "sandbox-key-b"]
)
async def test_a_request_without_a_known_key_is_refused(
    sandbox: Sandbox, authorization: str
) -> None:
    headers = {"Authorization": authorization}
    response = await plain(sandbox).get("/get-concurrency", headers=headers)
    assert said(response) == (401, {"status": "error", "message": "Invalid API key"})


async def test_the_scheme_may_be_written_in_any_case(sandbox: Sandbox) -> None:
    headers = {"Authorization": "bearer  sandbox-key-b"}
    assert (await plain(sandbox).get("/get-concurrency", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "Request body is not valid JSON"),
        (b"[" * 100_000, "Request body is not valid JSON"),
        (b"\xff", "Request body is not valid JSON"),
        (b"[]", "Request body must be an object"),
        (b"null", "Request body must be an object"),
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    sandbox: Sandbox, content: bytes, message: str
) -> None:
    response = await plain(sandbox).post("/v3/list-calls", content=content)
    assert said(response) == (400, {"status": "error", "message": message})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v2/get-call/", 404), ("POST", "/v2/get-call/x", 405)],
)
async def test_what_is_not_there_is_refused_in_retells_form(
    sandbox: Sandbox, method: str, path: str, status: int
) -> None:
    response = await plain(sandbox).request(method, path)
    assert said(response) == (status, {"status": "error", "message": f"Cannot {method} {path}"})
    assert sandbox.requests.total == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"override": 1}, "body: unknown property override"),
        ({"metadata": "x"}, "metadata must be an object"),
        ({"metadata": {"x": "y" * 50_000}}, "metadata must not be larger than 50kB"),
        (
            {"custom_attributes": {"vip": None}},
            "custom_attributes must map names to strings, numbers or booleans",
        ),
        (
            {"custom_attributes": []},
            "custom_attributes must map names to strings, numbers or booleans",
        ),
        (
            {"data_storage_setting": "nothing"},
            "data_storage_setting must be one of everything, everything_except_pii, "
            "basic_attributes_only",
        ),
    ],
)
async def test_an_update_that_makes_no_sense_is_refused_and_changes_nothing(
    sandbox: Sandbox, body: dict[str, object], message: str
) -> None:
    client = plain(sandbox)
    call_id = (await client.post("/v3/list-calls")).json()["items"][-1]["call_id"]
    before = (await client.get(f"/v2/get-call/{call_id}")).json()
    response = await client.patch(f"/v2/update-call/{call_id}", json=body)
    assert said(response) == (400, {"status": "error", "message": message})
    assert (await client.get(f"/v2/get-call/{call_id}")).json() == before


async def test_updates_add_up(sandbox: Sandbox) -> None:
    client = plain(sandbox)
    call_id = (await client.post("/v3/list-calls")).json()["items"][-1]["call_id"]
    path = f"/v2/update-call/{call_id}"
    await client.patch(path, json={"custom_attributes": {"campaign": "a", "priority": 1}})
    await client.patch(path, json={"custom_attributes": {"priority": 2}})
    told = (await client.patch(path, json={"metadata": {}})).json()
    assert told["metadata"] == {}
    attributes = told["custom_attributes"]
    assert (attributes["campaign"], attributes["priority"]) == ("a", 2)


async def test_the_older_example_cannot_be_updated_but_can_be_deleted(sandbox: Sandbox) -> None:
    client = plain(sandbox, KEY_A)
    response = await client.patch(f"/v2/update-call/{EXAMPLE_ID}", json={"metadata": {}})
    assert response.status_code == 422
    assert (await client.delete(f"/v2/delete-call/{EXAMPLE_ID}")).status_code == 204
    assert (await client.get(f"/v2/get-call/{EXAMPLE_ID}")).status_code == 422


async def test_secrets_can_be_told_by_their_mark(sandbox: Sandbox) -> None:
    """In agents: headers, parameters and addresses; in calls: the token of a web call."""
    client = plain(sandbox)
    agents = (await client.post("/v2/list-agents?sort_order=ascending")).json()["items"]
    first = (await client.get(f"/get-agent/{agents[0]['agent_id']}")).text
    for part in ("header", "team", "query", "webhook"):
        assert f"{SECRET}-{part}" in first
    engines = [(await client.get(f"/get-agent/{a['agent_id']}")).text for a in agents[:3]]
    assert f"{SECRET}-websocket" in engines[2]
    assert f"{SECRET}-join" in (await client.post("/v3/list-calls")).text
