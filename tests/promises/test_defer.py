"""What is deferred comes later for clients that take parts, and at once for all others."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.sandbox.faults import Fault
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, World, world

CALL = """query ($id: ID!) { call(callId: $id) {
  callId ... @defer(label: "later") { agent { agentName } }
} }"""
LIST = """{ calls(first: 3) { nodes {
  callId ... @defer(label: "words") { transcript }
} } }"""
PARTS = "multipart/mixed, application/json"


async def parts(
    it: World, query: str, variables: dict[str, Any] | None = None, **headers: str
) -> list[dict[str, Any]]:
    """The parts of the answer, in the order in which they came."""
    response = await it.post(query, variables, accept=PARTS, **headers)
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
    texts = response.text.removesuffix("\r\n-----\r\n").split("\r\n---")
    return [orjson.loads(text.split("\r\n\r\n", 1)[1]) for text in texts if "\r\n\r\n" in text]


async def test_a_deferred_link_comes_in_a_part_of_its_own() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        first, *rest = await parts(it, CALL, {"id": call_id})
        assert first == {
            "data": {"call": {"callId": call_id}},
            "pending": [{"id": "0", "path": ["call"], "label": "later"}],
            "hasNext": True,
        }
        whole = await it.data(CALL, {"id": call_id})
        assert rest == [
            {
                "incremental": [{"data": {"agent": whole["call"]["agent"]}, "id": "0"}],
                "completed": [{"id": "0"}],
                "hasNext": False,
            }
        ]


async def test_deferred_transcripts_of_a_list_cost_what_they_cost_at_once() -> None:
    async with world() as it:
        first, *rest = await parts(it, LIST)
        assert first["data"]["calls"]["nodes"] == [
            {"callId": item["call_id"]} for item in it.items()[:3]
        ]
        assert [pending["path"] for pending in first["pending"]] == [
            ["calls", "nodes", n] for n in range(3)
        ]
        assert rest[-1]["hasNext"] is False
        late = {
            piece["id"]: piece["data"] for part in rest for piece in part.get("incremental", ())
        }
        whole = (await it.data(LIST))["calls"]["nodes"]
        assert [late[str(n)] for n in range(3)] == [
            {"transcript": call["transcript"]} for call in whole
        ]
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 3}


async def test_a_client_that_takes_no_parts_gets_all_in_one_piece() -> None:
    async with world() as it:
        response = await it.post(LIST)
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        calls = response.json()["data"]["calls"]["nodes"]
        assert set(response.json()) == {"data"}
        assert [set(call) for call in calls] == [{"callId", "transcript"}] * 3
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 3}


async def test_an_error_in_a_deferred_part_has_a_code_and_none_of_retells_words() -> None:
    async with world() as it:
        broken = it.items()[1]["call_id"]
        path = f"/v2/get-call/{broken}"
        it.sandbox.faults.set(
            [Fault(path=path, status=500, headers=IMPATIENT, message="at 10.0.0.7")]
        )
        first, *rest = await parts(it, LIST, None, **{"x-request-id": "parts-1"})
        assert "errors" not in first
        pieces = [piece for part in rest for piece in part.get("incremental", ())]
        errors = [error for piece in pieces for error in piece.get("errors", ())]
        assert [(error["path"], error["extensions"]) for error in errors] == [
            (
                ["calls", "nodes", 1, "transcript"],
                {"code": "UPSTREAM_UNAVAILABLE", "requestId": "parts-1"},
            )
        ]
        assert {"transcript": None} in [piece["data"] for piece in pieces]
        assert len(pieces) == 3
        assert "10.0.0.7" not in str(rest)
        assert "retell.test" not in str(rest)
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 3}


async def test_the_first_part_tells_what_it_cost_where_asked() -> None:
    async with world() as it:
        first, *_ = await parts(it, LIST, None, **{"x-gateway-debug": "1"})
        assert first["extensions"]["gateway"]["upstreamRequests"] == 1
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 3}


async def test_the_last_part_tells_what_all_of_it_took() -> None:
    async with world() as it:
        first, *rest = await parts(it, LIST, None, **{"x-gateway-debug": "1"})
        assert first["extensions"]["gateway"]["upstreamRequests"] == 1
        assert rest[-1]["extensions"]["gateway"]["upstreamRequests"] == 4
        assert [part for part in rest[:-1] if "extensions" in part] == []
