"""Every read of a personal field leaves a line: who, what of which object; never what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.faults import Fault
from gateway.schema.permissions import SCOPES
from tests.world import GET_CALL, IMPATIENT, NOW, World, faults, world

if TYPE_CHECKING:
    from pathlib import Path

CALL = "query ($id: ID!) { call(callId: $id) { callId transcript callAnalysis { callSummary } } }"
NUMBERS = "{ calls(first: 5) { nodes { callId ... on PhoneCall { toNumber } } } }"
FIELDS = ["callAnalysis.callSummary", "transcript"]
TIME = "2026-05-28T20:26:40Z"


def lines(it: World) -> list[dict[str, Any]]:
    assert all(line.endswith(b"\n") for line in it.audited)
    return [orjson.loads(line) for line in it.audited]


async def test_a_read_is_noted_with_who_and_what_and_when() -> None:
    async with world(scopes=SCOPES) as it:
        (call_id, *_) = it.settled()
        await it.answer(CALL, {"id": call_id}, **{"x-request-id": "request-1"})
        (line,) = lines(it)
        assert NOW == 1_780_000_000
        assert len(line.pop("tenant_hash")) == 32
        assert line == {
            "time": TIME,
            "caller": "limited",
            "tenant": "default",
            "request_id": "request-1",
            "type": "Call",
            "ids": [call_id],
            "fields": FIELDS,
            "found": "read",
            "outcome": "answered",
        }


async def test_what_is_remembered_is_noted_each_time() -> None:
    async with world() as it:
        (call_id, *_) = it.settled()
        body = {"query": CALL, "variables": {"id": call_id}}
        for spelling in (body, body, body | {"extensions": {}}):
            await it.http.post("/graphql", json=spelling)
        assert it.requests == {GET_CALL: 1}
        noted = [(line["ids"], line["fields"], line["found"]) for line in lines(it)]
        one = [call_id], FIELDS
        assert noted == [(*one, "read"), (*one, "remembered"), (*one, "remembered")]
        await it.answer("query ($id: ID!) { call(callId: $id) { transcript } }", {"id": call_id})
        assert it.requests == {GET_CALL: 1}
        assert lines(it)[-1]["found"] == "read"


async def test_a_get_is_noted_cold_and_warm() -> None:
    async with world() as it:
        (call_id, *_) = it.settled()
        asked = {"query": CALL, "variables": orjson.dumps({"id": call_id}).decode()}
        for _ in range(2):
            assert (await it.http.get("/graphql", params=asked)).status_code == 200
        assert it.requests == {GET_CALL: 1}
        assert [line["found"] for line in lines(it)] == ["read", "remembered"]
        assert {(*line["ids"],) for line in lines(it)} == {(call_id,)}


async def test_a_list_is_noted_with_every_object_of_it() -> None:
    async with world() as it:
        page = await it.data(NUMBERS)
        (line,) = lines(it)
        assert line["ids"] == sorted(call["callId"] for call in page["calls"]["nodes"])
        assert line["fields"] == ["toNumber"]


async def test_what_is_not_personal_is_not_noted() -> None:
    async with world() as it:
        await it.data("{ calls(first: 5) { nodes { callId durationMs agent { agentName } } } }")
        assert it.audited == []


async def test_what_is_masked_is_not_noted() -> None:
    async with world(scopes=["calls:read"]) as it:
        (call_id, *_) = it.settled()
        await it.answer(CALL, {"id": call_id})
        assert it.audited == []


@pytest.mark.parametrize("damage", [{"call_id": None}, {"call_id": 7}, {"items": []}])
async def test_what_retell_gives_without_an_id_is_noted_all_the_same(damage: Any) -> None:
    call = {"call_id": "call_1", "call_type": "web_call", "transcript": "words"} | damage
    retell = httpx.MockTransport(lambda _: httpx.Response(200, json=call))
    async with world(transport=retell) as it:
        data = await it.data('{ call(callId: "call_1") { transcript } }')
        assert data == {"call": {"transcript": "words"}}
        (line,) = lines(it)
        assert line["ids"] == ["call_1" if "items" in damage else "untold"]


async def test_what_could_not_be_read_is_not_noted() -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(status=500, headers=IMPATIENT)])
        answer = await it.answer(CALL, {"id": it.settled()[0]})
        assert answer["errors"]
        assert it.audited == []


async def test_a_change_that_shows_the_object_is_noted() -> None:
    query = """mutation ($id: ID!) {
      updateCall(input: { callId: $id, metadata: { a: 1 } }) { call { metadata } } }"""
    async with world() as it:
        (call_id, *_) = it.settled()
        await it.data(query, {"id": call_id})
        (line,) = lines(it)
        assert (line["ids"], line["fields"]) == ([call_id], ["metadata"])


@pytest.mark.parametrize(
    "then",
    [
        "updateCall(input: { callId: $then, metadata: { a: 1 } }) { call { callId } }",
        "deleteCall(input: { callId: $then }) { deletedCallId }",
    ],
)
async def test_a_change_after_it_does_not_keep_a_read_from_being_noted(then: str) -> None:
    query = f"""mutation ($id: ID!, $then: ID!) {{
      updateCall(input: {{ callId: $id, metadata: {{ a: 1 }} }}) {{ call {{ metadata }} }}
      then: {then} }}"""
    async with world() as it:
        first, second, *_ = it.settled()
        await it.data(query, {"id": first, "then": second})
        (line,) = lines(it)
        assert set(line["ids"]) - {second} == {first}


async def test_a_token_that_lets_its_holder_hear_a_call_is_noted() -> None:
    query = "mutation ($id: ID!) { listenLiveCall(input: { callId: $id }) { accessToken } }"
    async with world(scopes=["calls:listen"]) as it:
        call_id = next(call["call_id"] for call in it.items() if call["call_status"] == "ongoing")
        token = (await it.data(query, {"id": call_id}))["listenLiveCall"]["accessToken"]
        (line,) = lines(it)
        assert (line["type"], line["ids"]) == ("ListenLiveCallPayload", [call_id])
        assert line["fields"] == ["accessToken"]
        assert token.encode() not in it.audited[0]


async def test_a_line_says_nothing_of_what_was_read() -> None:
    async with world() as it:
        data = await it.data("{ calls(first: 50) { nodes { transcript } } }")
        transcripts = [call["transcript"] for call in data["calls"]["nodes"] if call["transcript"]]
        assert len(transcripts) > 5
        assert len(it.audited) == 1
        for transcript in transcripts:
            assert transcript[:20].encode() not in it.audited[0]


async def test_what_cannot_be_noted_is_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    def full(_line: bytes) -> None:
        raise OSError("no space left")

    async with world(audited=full) as it:
        (call_id, *_) = it.settled()
        for _ in range(2):
            answer = await it.answer(CALL, {"id": call_id})
            assert "data" not in answer
            assert [e["extensions"]["code"] for e in answer["errors"]] == ["INTERNAL_SERVER_ERROR"]
    ended = [r.__dict__["outcome"] for r in caplog.records if r.msg == "operation"]
    assert ended == ["failed", "failed"]


@pytest.mark.parametrize("spelling", [{}, {"extensions": {}}])
async def test_what_is_remembered_and_cannot_be_noted_is_not_answered(spelling: Any) -> None:
    space = 1

    def nearly_full(_line: bytes) -> None:
        nonlocal space
        if not space:
            raise OSError("no space left")
        space -= 1

    async with world(audited=nearly_full) as it:
        body = {"query": CALL, "variables": {"id": it.settled()[0]}}
        assert "data" in (await it.http.post("/graphql", json=body)).json()
        answer = await it.http.post("/graphql", json=body | spelling)
        assert answer.status_code == 500
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "no space left" not in answer.text
        assert it.requests == {GET_CALL: 1}


IN_PARTS = """query ($id: ID!) { call(callId: $id) {
  callId transcript ... @defer { agent { agentName } } } }"""
LATER = "{ calls(first: 3) { nodes { callId ... @defer { transcript } } } }"
PARTS = {"accept": "multipart/mixed, application/json"}


async def test_an_answer_in_parts_is_noted_once_for_each_object() -> None:
    async with world() as it:
        answer = await it.post(LATER, None, **PARTS)
        assert answer.text.count("transcript") == 3
        (line,) = lines(it)
        assert line["ids"] == sorted(call["call_id"] for call in it.items()[:3])
        assert (line["fields"], line["outcome"]) == (["transcript"], "answered")


async def test_a_part_that_cannot_be_noted_is_not_sent() -> None:
    def full(_line: bytes) -> None:
        raise OSError("no space left")

    async with world(audited=full) as it:
        (call_id, *_) = it.settled()
        answer = await it.post(IN_PARTS, {"id": call_id}, **PARTS)
        assert answer.status_code == 500
        assert faults(answer.json()) == [("", "INTERNAL_SERVER_ERROR")]


async def test_what_a_later_part_shows_is_noted_before_it() -> None:
    space = 1

    def nearly_full(_line: bytes) -> None:
        nonlocal space
        if not space:
            raise OSError("no space left")
        space -= 1

    query = """query ($ids: [ID!]!, $id: ID!) { call(callId: $id) { transcript }
      ... @defer { nodes(ids: $ids) { ... on Call { recordingUrl transcript } } } }"""
    async with world(audited=nearly_full) as it:
        first, second, *_ = it.settled()
        one = await it.data("query ($id: ID!) { call(callId: $id) { id } }", {"id": second})
        answer = await it.post(query, {"id": first, "ids": [one["call"]["id"]]}, **PARTS)
        assert answer.status_code == 200
        shown, refused = answer.text.split("\r\n---")[:2]
        assert '"transcript"' in shown
        assert "INTERNAL_SERVER_ERROR" in refused
        assert answer.text.count('"transcript"') == 1


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
async def test_either_executor_notes_the_same(executor: str) -> None:
    async with world(executor=executor) as it:
        (call_id, *_) = it.settled()
        await it.answer(CALL, {"id": call_id})
        assert [(line["ids"], line["fields"]) for line in lines(it)] == [([call_id], FIELDS)]


async def test_it_is_a_file_of_its_own_that_is_appended_to(tmp_path: Path) -> None:
    file = tmp_path / "audit"
    file.write_bytes(b"before\n")
    file.chmod(0o644)
    async with world(audit=str(file), audited=None) as it:
        await it.answer(CALL, {"id": it.settled()[0]})
    before, line = file.read_bytes().splitlines()
    assert before == b"before"
    assert file.stat().st_mode & 0o777 == 0o644  # as whoever made it wants it
    assert orjson.loads(line)["fields"] == FIELDS


async def test_a_file_that_is_made_for_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "audit"
    async with world(audit=str(file), audited=None):
        assert file.stat().st_mode & 0o777 == 0o600


async def test_it_goes_to_standard_output_or_nowhere(capfdbinary: Any) -> None:
    for where, count in (("stdout", 1), ("off", 0)):
        async with world(audit=where, audited=None) as it:
            await it.answer(CALL, {"id": it.settled()[0]})
        out, _ = capfdbinary.readouterr()
        assert out.count(b'"fields"') == count
