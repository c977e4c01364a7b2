"""What callers with few scopes get: less of it, never an upstream request for what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from msgspec.structs import replace

from gateway.auth.key_file import new_key, write_keys
from gateway.sandbox.app import create_sandbox
from gateway.schema.permissions import SCOPES, most_digits_hidden
from tests.promises.everything import fields
from tests.world import DELETE_CALL, GET_AGENT, GET_CALL, LIST_CALLS, World, world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import JsonObject

CALL = """query ($id: ID!) { call(callId: $id) { callId ...Personal } }
fragment Personal on Call {
  transcript transcriptObject { content } recordingUrl publicLogUrl metadata
  analysis: callAnalysis { callSummary callSuccessful }
  transcriptWithToolCalls { ... on Utterance { content } }
  ... on PhoneCall { fromNumber toNumber }
}"""
MADE = datetime(2026, 1, 1, tzinfo=UTC)
PERSONAL = [
    ["call", "transcript"],
    ["call", "transcriptObject"],
    ["call", "recordingUrl"],
    ["call", "publicLogUrl"],
    ["call", "metadata"],
    ["call", "analysis", "callSummary"],
    ["call", "transcriptWithToolCalls"],
    ["call", "fromNumber"],
    ["call", "toNumber"],
]


def phone_call(it: World) -> JsonObject:
    """The newest settled call by telephone, as Retell has it in full."""
    ids = set(it.settled())
    now = int(it.clock() * 1000)
    calls = it.sandbox.accounts["sandbox-key-a"].calls(now)
    found = [call.record() for call in calls if call.call_id in ids]
    return next(
        call
        for call in reversed(found)
        if call["call_type"] == "phone_call" and call.get("scrubbed_transcript_with_tool_calls")
    )


async def asked(it: World, query: str, **variables: Any) -> JsonObject:
    return await it.answer(query, variables)


async def test_a_caller_with_every_scope_sees_everything() -> None:
    async with world(scopes=SCOPES) as it:
        call = phone_call(it)
        answer = await asked(it, CALL, id=call["call_id"])
        assert "extensions" not in answer
        assert answer["data"]["call"]["fromNumber"] == call["from_number"]
        assert answer["data"]["call"]["transcript"] == call["transcript"]


async def test_without_its_scope_a_personal_field_is_masked_and_named() -> None:
    async with world(scopes=["calls:read"]) as it:
        call = phone_call(it)
        answer = await asked(it, CALL, id=call["call_id"])
        assert answer["extensions"]["masked"] == PERSONAL
        scrubbed = [
            {"content": entry["content"]} if entry["role"] in ("agent", "user") else {}
            for entry in call["scrubbed_transcript_with_tool_calls"]
        ]
        assert answer["data"]["call"] == {
            "callId": call["call_id"],
            "transcript": None,
            "transcriptObject": None,
            "recordingUrl": None,
            "publicLogUrl": None,
            "metadata": None,
            "analysis": {
                "callSummary": None,
                "callSuccessful": call["call_analysis"]["call_successful"],
            },
            "transcriptWithToolCalls": scrubbed,
            "fromNumber": most_digits_hidden(call["from_number"]),
            "toNumber": most_digits_hidden(call["to_number"]),
        }
        assert it.requests == {GET_CALL: 1}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("{ nodes(ids: [%s]) { ...C } }", ["nodes"]),
        ("{ node(id: %s) { ...C } }", ["node"]),
        ("{ calls(first: 50) { nodes { ...C } } }", ["calls", "nodes"]),
        ("{ calls(first: 50) { edges { node { ...C } } } }", ["calls", "edges", "node"]),
    ],
)
async def test_it_is_masked_on_every_way_to_it(query: str, path: list[str]) -> None:
    fragment = " fragment C on PhoneCall { id fromNumber transcript }"
    async with world(scopes=["calls:read"]) as it:
        call = phone_call(it)
        numbers = {
            most_digits_hidden(each["from_number"]) for each in it.items() if "from_number" in each
        }
        id_ = await it.data(
            "query ($id: ID!) { call(callId: $id) { id } }", {"id": call["call_id"]}
        )
        text = orjson.dumps(id_["call"]["id"]).decode()
        answer = await asked(it, (query % text if "%" in query else query) + fragment)
        found: list[Any] = [answer["data"]]
        for name in path:
            inner = [each[name] for each in found if each]
            found = [each for one in inner for each in (one if isinstance(one, list) else [one])]
        phones = [each for each in found if each]
        assert phones
        assert {each["fromNumber"] for each in phones} <= numbers
        assert {each["transcript"] for each in phones} == {None}
        masked = answer["extensions"]["masked"]
        assert masked == [[*path, "fromNumber"], [*path, "transcript"]]


async def test_what_is_masked_is_not_fetched_for_it() -> None:
    async with world(scopes=["calls:read"]) as it:
        await it.answer("{ calls(first: 20) { nodes { transcript agent { agentName } } } }")
        assert it.requests == {LIST_CALLS: 1}


async def test_a_link_to_what_it_may_not_see_is_null_and_named() -> None:
    async with world(scopes=["calls:read"]) as it:
        answer = await it.answer("{ calls(first: 3) { nodes { agentId agent { agentName } } } }")
        assert [call["agent"] for call in answer["data"]["calls"]["nodes"]] == [None] * 3
        assert answer["extensions"]["masked"] == [["calls", "nodes", "agent"]]
        assert GET_AGENT not in it.requests


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        ("{ calls { nodes { callId } } }", "calls:read"),
        ('{ call(callId: "x") { callId } }', "calls:read"),
        ("{ agents { nodes { agentId } } }", "agents:read"),
        ('{ agent(agentId: "x") { agentId } }', "agents:read"),
        ("{ account { orgName } }", "account:read"),
        ("{ concurrency { currentConcurrency } }", "account:read"),
        ('{ node(id: "Q2FsbDp4") { id } }', "calls:read"),
        ('mutation { deleteCall(input: { callId: "x" }) { deletedCallId } }', "calls:write"),
        ('mutation { updateCall(input: { callId: "x" }) { call { id } } }', "calls:write"),
    ],
)
async def test_a_root_field_without_its_scope_is_refused(query: str, scope: str) -> None:
    async with world(scopes=set(SCOPES) - {scope}) as it:
        answer = await it.answer(query)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        assert answer["errors"][0]["message"] == f"This needs the scope `{scope}`."
        assert it.sent == []


@pytest.mark.parametrize(
    ("criterion", "scope"),
    [
        ('fromNumber: { eq: "+14155550100" }', "numbers:read"),
        ('toNumber: { eq: "+14155550100" }', "numbers:read"),
        ('metadata: [{ key: "a", value: { string: { eq: "b" } } }]', "variables:read"),
        ('customAttributes: [{ key: "a", value: { string: { eq: "b" } } }]', "variables:read"),
        ('dynamicVariables: [{ key: "a", value: { string: { eq: "b" } } }]', "variables:read"),
        ('customAnalysisData: [{ key: "a", value: { string: { eq: "b" } } }]', "transcripts:read"),
    ],
)
async def test_calls_are_not_sought_by_what_is_masked(criterion: str, scope: str) -> None:
    query = f"{{ calls(filter: {{ {criterion} }}) {{ nodes {{ callId }} }} }}"
    async with world(scopes=set(SCOPES) - {scope}) as it:
        assert await it.errors(query) == [("calls", "FORBIDDEN")]
        assert it.sent == []
    async with world(scopes=SCOPES) as it:
        assert "errors" not in await it.answer(query)


async def test_a_change_is_sent_for_a_caller_with_its_scope_alone() -> None:
    query = "mutation ($id: ID!) { deleteCall(input: { callId: $id }) { deletedCallId } }"
    async with world(scopes=["calls:write"]) as it:
        (call_id, *_) = it.settled()
        assert await it.data(query, {"id": call_id}) == {"deleteCall": {"deletedCallId": call_id}}
        assert it.requests == {DELETE_CALL: 1}


class Newer(httpx.AsyncBaseTransport):
    """A Retell that has come to know a kind of entry, with a file, in the scrubbed transcript."""

    def __init__(self) -> None:
        self.inner = httpx.ASGITransport(create_sandbox(calls=60))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = orjson.loads(await response.aread())
        body["scrubbed_transcript_with_tool_calls"] = [{"role": "fax", "file": "https://CANARY"}]
        return httpx.Response(response.status_code, json=body)


@pytest.mark.parametrize("more", [[], ["transcripts:read"], ["recordings:read"]])
async def test_an_entry_of_a_kind_that_is_not_known_gives_away_no_file(more: list[str]) -> None:
    query = """query ($id: ID!) { call(callId: $id) { scrubbedTranscriptWithToolCalls {
      ... on UnknownTranscriptEntry { role raw } } } }"""
    async with world(scopes=["calls:read", *more], transport=Newer()) as it:
        page = await it.data("{ calls(first: 1) { nodes { callId } } }")
        answer = await asked(it, query, id=page["calls"]["nodes"][0]["callId"])
        (entry,) = answer["data"]["call"]["scrubbedTranscriptWithToolCalls"]
        path = ["call", "scrubbedTranscriptWithToolCalls", "raw"]
        if more == ["recordings:read"]:
            assert entry == {"role": "fax", "raw": {"role": "fax", "file": "https://CANARY"}}
            assert "extensions" not in answer
        else:
            assert entry == {"role": "fax", "raw": {"role": "fax"}}
            assert answer["extensions"]["masked"] == [path]


PLANTED = [
    "from_number",
    "to_number",
    "transfer_destination",
    "telephony_identifier",
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
    "pre_session_transcript_with_tool_calls",
    "post_session_transcript_with_tool_calls",
    "metadata",
    "custom_attributes",
    "retell_llm_dynamic_variables",
    "collected_dynamic_variables",
    "custom_sip_headers",
    "recording_url",
    "recording_multi_channel_url",
    "scrubbed_recording_url",
    "scrubbed_recording_multi_channel_url",
    "public_log_url",
    "knowledge_base_retrieved_contents_url",
]
"""Of a call."""


class Planting(httpx.AsyncBaseTransport):
    """Puts a canary into every text of an answer that is personal."""

    def __init__(self) -> None:
        self.inner = httpx.ASGITransport(create_sandbox(calls=60))
        self.planted: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = orjson.loads(await response.aread())
        for each in body.get("items", [body]):
            for name in PLANTED:
                if name in each or name.startswith(("recording", "scrubbed_rec", "public", "know")):
                    each[name] = f"CANARY-{name}"
                    self.planted.add(name)
            each.setdefault("call_analysis", {}).update(
                call_summary="CANARY-summary", custom_analysis_data={"a": "CANARY-analysis"}
            )
        return httpx.Response(response.status_code, json=body)


async def test_no_personal_word_reaches_a_caller_with_few_scopes() -> None:
    planting = Planting()
    low = ["calls:read", "agents:read", "account:read"]
    async with world(scopes=low, transport=planting) as it:
        page = await it.data("{ calls(first: 50) { nodes { callId __typename } } }")
        phone = next(c for c in page["calls"]["nodes"] if c["__typename"] == "PhoneCall")["callId"]
        for selection in fields("PhoneCall").values():
            below = f"{{ ... on PhoneCall {{ {selection} }} }}"
            for query in (
                f'{{ call(callId: "{phone}") {below} }}',
                f"{{ calls(first: 50) {{ nodes {below} }} }}",
            ):
                answer = await it.post(query)
                assert "data" in answer.json()
                assert "CANARY" not in answer.text, selection
    assert len(planting.planted) > 10


async def test_views_share_what_is_read_but_never_an_answer(tmp_path: Path) -> None:
    made = {name: new_key(name, "default", [name], MADE, None) for name in ("*", "calls:read")}
    file = tmp_path / "keys.json"
    # Names of keys are no scopes.
    kept = [replace(stored, name=f"key-{n}") for n, (_, stored) in enumerate(made.values())]
    write_keys(file, kept)
    async with world(auth={"auth": "api-key", "keys_file": str(file)}) as it:
        call = phone_call(it)
        for _ in range(3):  # read, remembered by what was asked, remembered by its bytes
            for name, (key, _) in made.items():
                answer = await it.answer(CALL, {"id": call["call_id"]}, **{"x-api-key": key})
                shown = answer["data"]["call"]["transcript"]
                assert shown == (call["transcript"] if name == "*" else None)
                assert ("masked" in answer.get("extensions", {})) is (name != "*")
        assert it.requests == {GET_CALL: 1}
        assert {orjson.loads(line)["caller"] for line in it.audited} == {"key-0"}
        assert len(it.audited) == 3
