"""A list costs one request; only transcripts cost one more for each of its calls."""

from __future__ import annotations

import orjson
import pytest

from gateway.sandbox.faults import Fault
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, World, faults, world

THIN = """{ calls(first: 50) { nodes {
  id callId callStatus startTimestamp durationMs metadata latency { e2e { p50 values } }
  callCost { combinedCost } callAnalysis { callSummary } ... on PhoneCall { fromNumber }
} } }"""
FULL = "{ calls(first: 50) { nodes { callId %s } } }"
SOME = "{ calls(first: 5) { nodes { callId %s } } }"
IN_FULL_ONLY = [
    "transcript",
    "transcriptObject { content }",
    "transcriptWithToolCalls { __typename }",
    "scrubbedTranscriptWithToolCalls { __typename }",
    "preSessionTranscriptWithToolCalls { __typename }",
    "postSessionTranscriptWithToolCalls { __typename }",
    "scrubbedPreSessionTranscriptWithToolCalls { __typename }",
    "scrubbedPostSessionTranscriptWithToolCalls { __typename }",
]
HIDDEN = [
    "said: transcript",
    "... on Call { transcript }",
    "... on PhoneCall { transcript } ... on WebCall { transcript }",
    "a: transcript b: transcript transcriptObject { role }",
    "transcript @include(if: true)",
    "transcript @skip(if: false)",
]


def bodies(it: World) -> list[object]:
    """What list-calls was asked, each time."""
    return [orjson.loads(sent.content) for sent in it.sent if sent.url.path == "/v3/list-calls"]


async def test_fifty_calls_without_transcripts_are_one_request() -> None:
    async with world() as it:
        data = await it.data(THIN)
        assert len({call["callId"] for call in data["calls"]["nodes"]}) == 50
        assert it.requests == {LIST_CALLS: 1}


@pytest.mark.parametrize("field", [*IN_FULL_ONLY, " ".join(IN_FULL_ONLY), *HIDDEN])
async def test_each_transcript_field_costs_one_request_for_each_call(field: str) -> None:
    async with world() as it:
        data = await it.data(SOME % field)
        assert len(data["calls"]["nodes"]) == 5
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 5}


async def test_a_transcript_within_a_named_fragment_is_seen() -> None:
    async with world() as it:
        fragments = "fragment A on Call { ...B } fragment B on Call { transcript }"
        await it.data(SOME % "...A" + fragments)
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 5}


@pytest.mark.parametrize(
    "field", ["transcript @include(if: $no)", "... @include(if: $no) { transcript }"]
)
async def test_a_transcript_that_is_not_included_costs_nothing(field: str) -> None:
    async with world() as it:
        await it.data("query ($no: Boolean! = false) " + FULL % field)
        assert it.requests == {LIST_CALLS: 1}


async def test_fifty_calls_with_transcripts_are_fifty_more_and_never_more_than_eight_at_once() -> (
    None
):
    async with world() as it:
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=20)])
        data = await it.data(FULL % "transcript")
        assert len(data["calls"]["nodes"]) == 50
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 50}
        assert it.sandbox.requests.highest == {LIST_CALLS: 1, GET_CALL: 8}


async def test_edges_and_nodes_share_what_they_complete() -> None:
    async with world() as it:
        await it.data("{ calls(first: 9) { edges { node { transcript } } nodes { transcript } } }")
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 9}


async def test_totals_are_counted_only_where_they_are_selected() -> None:
    async with world() as it:
        await it.data(THIN)
        await it.data("{ calls(first: 2) { nodes { callId } ... @skip(if: true) { totalCount } } }")
        await it.data("{ calls(first: 3) { nodes { callId } ... { all: totalCount } } }")
        order = {"sort_order": "descending"}
        assert bodies(it) == [
            {"limit": 50} | order,
            {"limit": 2} | order,
            {"limit": 3, "include_total": True} | order,
        ]


async def test_a_total_alone_asks_for_one_call_only() -> None:
    async with world() as it:
        data = await it.data("{ calls { __typename totalCount } }")
        assert data["calls"] == {"__typename": "CallConnection", "totalCount": len(it.items())}
        assert bodies(it) == [{"limit": 1, "sort_order": "descending", "include_total": True}]


async def test_a_call_that_cannot_be_completed_is_its_own_error() -> None:
    async with world() as it:
        broken = it.items()[3]["call_id"]
        it.sandbox.faults.set([Fault(path=f"/v2/get-call/{broken}", status=500, headers=IMPATIENT)])
        answer = await it.answer("{ calls(first: 6) { nodes { callId callStatus transcript } } }")
        calls = answer["data"]["calls"]["nodes"]
        assert faults(answer) == [("calls.nodes.3.transcript", "UPSTREAM_UNAVAILABLE")]
        assert calls[3] == {"callId": broken, "callStatus": "ONGOING", "transcript": None}
        assert [isinstance(call["transcript"], str) for call in calls] == [
            "transcript" in record(it, call["callId"]) and call["callId"] != broken
            for call in calls
        ]
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 6}


def record(it: World, call_id: str) -> dict[str, object]:
    """The call in full, straight from the sandbox."""
    now_ms = int(it.clock() * 1000)
    return it.sandbox.accounts["sandbox-key-a"].call(call_id, now_ms).record()
