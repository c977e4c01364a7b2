"""Which form of a call is read: the one that lists have, or the whole."""

from __future__ import annotations

import pytest
from graphql import GraphQLInterfaceType
from strawberry.utils.str_converters import to_camel_case

from gateway.app import schema
from gateway.resources import call as calls
from tests.world import world

ENDED = {"type": "enum", "op": "in", "value": ["ended"]}


def test_what_lists_leave_out_is_known_by_the_names_of_the_schema() -> None:
    type_ = schema().executable.type_map["Call"]
    assert isinstance(type_, GraphQLInterfaceType)
    assert {to_camel_case(name) for name in calls.ONLY_IN_FULL} == calls._FULL_FIELDS
    assert set(type_.fields) > calls._FULL_FIELDS


@pytest.mark.parametrize("field", sorted(calls.ONLY_IN_FULL))
async def test_every_transcript_of_one_call_is_one_request(field: str) -> None:
    name = to_camel_case(field)
    leaf = name if name == "transcript" else f"{name} {{ __typename }}"
    async with world(calls=10) as gateway:
        (call_id,) = await gateway.some_call_ids(1, call_status=ENDED)
        await gateway.data(f'{{ call(callId: "{call_id}") {{ callStatus {leaf} }} }}')
        assert gateway.requests == {"GET /v2/get-call": 1}


async def test_calls_without_transcripts_are_one_request_together() -> None:
    async with world(calls=30) as gateway:
        one, two, three = await gateway.some_call_ids(3, call_status=ENDED)
        query = '{ a: call(callId: "%s") { callId } b: call(callId: "%s") { callId } }'
        got = await gateway.data(query % (one, two))
        assert got == {"a": {"callId": one}, "b": {"callId": two}}
        assert gateway.requests == {"POST /v3/list-calls": 1}
        await gateway.data(f'{{ call(callId: "{three}") {{ callId }} }}')
        assert gateway.requests == {"POST /v3/list-calls": 1, "GET /v2/get-call": 1}


async def test_transcripts_in_a_list_are_one_request_for_each_call() -> None:
    async with world(calls=30) as gateway:
        query = "{ calls(first: 5) { nodes { transcript transcriptObject { role } } } }"
        await gateway.data(query)
        assert gateway.requests == {"POST /v3/list-calls": 1, "GET /v2/get-call": 5}


async def test_a_cursor_is_good_for_its_own_key_filter_and_order_only() -> None:
    query = """query($a: String, $o: CallOrder!, $f: CallFilter) {
      calls(first: 1, after: $a, orderBy: $o, filter: $f) { pageInfo { endCursor } }
    }"""
    newest, oldest = {"o": "START_TIMESTAMP_DESC"}, {"o": "START_TIMESTAMP_ASC"}
    async with world(calls=10, api_key=None) as gateway:
        mine, other = "Bearer sandbox-key-a", "Bearer sandbox-key-b"
        got = await gateway.data(query, newest, authorization=mine)
        after = {"a": got["calls"]["pageInfo"]["endCursor"]}
        assert await gateway.data(query, newest | after, authorization=mine)
        for variables, key in [
            (newest | after, other),
            (oldest | after, mine),
            (newest | after | {"f": {"inVoicemail": True}}, mine),
        ]:
            answer = await gateway.answer(query, variables, authorization=key)
            assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
