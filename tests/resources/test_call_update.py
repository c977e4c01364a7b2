"""What `updateCall` sends, what it refuses, and what both changes answer."""

from __future__ import annotations

from typing import Any

import pytest
from strawberry import ID

from gateway.errors import BadUserInput
from gateway.resources.call import UpdateCallInput
from gateway.schema.json_input import MOST_METADATA
from gateway.schema.storage import DataStorageSetting
from tests.world import world

UPDATE = """
mutation($input: UpdateCallInput!) {
  updateCall(input: $input) { call { callId metadata } userErrors { field message code } }
}
"""
DELETE = """
mutation($id: ID!) {
  deleteCall(input: {callId: $id}) { deletedCallId userErrors { field message code } }
}
"""


def wire(**given: Any) -> object:
    return UpdateCallInput(call_id=ID("call_1"), **given).wire()


@pytest.mark.parametrize(
    "given",
    [
        {"metadata": {"a": {"b": [1, None]}}},
        {"metadata": {}},
        {"custom_attributes": {"a": "x", "b": 1.5, "c": False}},
        {"metadata": {"a": 1}, "custom_attributes": {}},
    ],
)
def test_what_is_given_is_sent_and_nothing_else(given: dict[str, Any]) -> None:
    assert wire(**given) == given


def test_a_storage_setting_is_sent_as_retell_calls_it() -> None:
    given = DataStorageSetting.BASIC_ATTRIBUTES_ONLY
    assert wire(data_storage_setting=given) == {"data_storage_setting": "basic_attributes_only"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "at least one field"),
        ({"metadata": None}, "`metadata` cannot be null"),
        ({"custom_attributes": None}, "`customAttributes` cannot be null"),
        ({"data_storage_setting": None}, "`dataStorageSetting` cannot be null"),
        ({"metadata": [1]}, "`metadata` must be a JSON object"),
        ({"metadata": "text"}, "`metadata` must be a JSON object"),
        ({"custom_attributes": 7}, "`customAttributes` must be a JSON object"),
        ({"custom_attributes": {"a": None}}, "a text, a number or a truth value"),
        ({"custom_attributes": {"a": ["x"]}}, "a text, a number or a truth value"),
        ({"data_storage_setting": DataStorageSetting.UNKNOWN}, "UNKNOWN"),
    ],
)
def test_what_retell_would_not_take_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadUserInput, match=message):
        wire(**given)


def test_metadata_is_measured_in_bytes() -> None:
    room = MOST_METADATA - len('{"a":""}')
    assert wire(metadata={"a": "x" * room})
    for too_much in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(BadUserInput, match="50000 bytes"):
            wire(metadata={"a": too_much})


async def test_an_updated_call_is_answered_and_listed_as_it_is_now() -> None:
    ended = {"type": "enum", "op": "in", "value": ["ended"]}
    async with world(calls=30) as gateway:
        (call_id,) = await gateway.some_call_ids(1, call_status=ended)
        listed = f'{{ calls(filter: {{callId: {{eq: "{call_id}"}}}}) {{ nodes {{ metadata }} }} }}'
        await gateway.data(listed)
        input_ = {"callId": call_id, "metadata": {"plan": "gold"}}
        got = await gateway.data(UPDATE, {"input": input_})
        assert got["updateCall"] == {
            "call": {"callId": call_id, "metadata": {"plan": "gold"}},
            "userErrors": [],
        }
        again = await gateway.data(listed)
        assert again["calls"]["nodes"] == [{"metadata": {"plan": "gold"}}]
        assert gateway.requests == {"POST /v3/list-calls": 2, "PATCH /v2/update-call": 1}


async def test_a_deleted_call_is_gone_from_everywhere() -> None:
    ended = {"type": "enum", "op": "in", "value": ["ended"]}
    async with world(calls=30) as gateway:
        (call_id,) = await gateway.some_call_ids(1, call_status=ended)
        read = f'{{ call(callId: "{call_id}") {{ callId transcript }} }}'
        assert (await gateway.data(read))["call"]["callId"] == call_id
        got = await gateway.data(DELETE, {"id": call_id})
        assert got["deleteCall"] == {"deletedCallId": call_id, "userErrors": []}
        assert await gateway.data(read) == {"call": None}
        again = await gateway.data(DELETE, {"id": call_id})
        assert again["deleteCall"] == {
            "deletedCallId": None,
            "userErrors": [
                {
                    "field": ["callId"],
                    "message": "Retell has no such object under this API key, or its state does "
                    "not allow this.",
                    "code": "NOT_FOUND",
                }
            ],
        }


async def test_input_that_is_wrong_is_data_and_asks_nothing_of_retell() -> None:
    async with world(calls=1) as gateway:
        update = await gateway.data(UPDATE, {"input": {"callId": "call_1"}})
        assert update["updateCall"] == {
            "call": None,
            "userErrors": [
                {
                    "field": None,
                    "message": "Give at least one field to change.",
                    "code": "BAD_USER_INPUT",
                }
            ],
        }
        delete = await gateway.data(DELETE, {"id": "../delete-call/call_1"})
        (error,) = delete["deleteCall"]["userErrors"]
        assert (error["code"], delete["deleteCall"]["deletedCallId"]) == ("BAD_USER_INPUT", None)
        assert gateway.requests == {}


async def test_a_change_whose_outcome_is_not_known_is_an_error() -> None:
    async with world(calls=30, api_key="no-such-key") as gateway:
        answer = await gateway.answer(DELETE, {"id": "call_1"})
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "UPSTREAM_UNAUTHENTICATED"
        assert answer["data"] == {"deleteCall": None}
