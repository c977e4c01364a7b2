"""Agents that are tried out: what is sent, and every kind of message that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.faults import Fault
from tests.world import faults, world

if TYPE_CHECKING:
    from tests.world import JsonObject, World

COMPLETE = "POST /agent-playground-completion"
DOCUMENT = """mutation ($input: CreatePlaygroundCompletionInput!) {
  createPlaygroundCompletion(input: $input) {
    messages { __typename role
      ... on PlaygroundText { content multimedia { url summary } }
      ... on PlaygroundToolCall { toolCallId name arguments type }
      ... on PlaygroundToolResult { toolCallId successful }
      ... on PlaygroundNodeTransition { newNodeName transitionType transitionTypeRaw }
      ... on PlaygroundStateTransition { formerStateName newStateName }
      ... on UnknownPlaygroundMessage { raw } }
    rawMessages callEnded currentNodeId currentState dynamicVariables
    knowledgeBaseRetrievedContents clientMutationId userErrors { field message code } } }"""


def agent(it: World) -> str:
    return it.sandbox.accounts["sandbox-key-a"].agents[0].agent_id


async def completed(it: World, **given: Any) -> JsonObject:
    input_ = {"agentId": agent(it), "messages": [{"role": "user", "content": "Hi"}]} | given
    payload: JsonObject = (await it.data(DOCUMENT, {"input": input_}))["createPlaygroundCompletion"]
    return payload


async def test_a_conversation_is_sent_as_it_was_given_and_goes_on() -> None:
    async with world(calls=1) as it:
        payload = await completed(
            it,
            version={"tag": "prod"},
            currentNodeId="node_1",
            componentId="component_1",
            currentState="end",
            dynamicVariables={"a": "b"},
            toolMocks=[{"toolName": "find", "output": "{}", "args": {"x": 1}, "result": False}],
        )
        raw = payload.pop("rawMessages")
        assert payload == {
            "messages": [
                {
                    "__typename": "PlaygroundToolCall",
                    "role": "tool_call_invocation",
                    "toolCallId": "tool_call_0",
                    "name": "find",
                    "arguments": '{"x":1}',
                    "type": "custom",
                },
                {
                    "__typename": "PlaygroundToolResult",
                    "role": "tool_call_result",
                    "toolCallId": "tool_call_0",
                    "successful": False,
                },
                {
                    "__typename": "PlaygroundText",
                    "role": "agent",
                    "content": "You said: Hi",
                    "multimedia": None,
                },
            ],
            "callEnded": False,
            "currentNodeId": "node_1",
            "currentState": "end",
            "dynamicVariables": {"a": "b", "turn": "1"},
            "knowledgeBaseRetrievedContents": ["Open from nine to five."],
            "clientMutationId": None,
            "userErrors": [],
        }
        assert it.sent[-1].url.params["version"] == "prod"
        assert orjson.loads(it.sent[-1].content) == {
            "messages": [{"role": "user", "content": "Hi"}],
            "current_node_id": "node_1",
            "component_id": "component_1",
            "current_state": "end",
            "dynamic_variables": {"a": "b"},
            "tool_mocks": [
                {
                    "tool_name": "find",
                    "output": "{}",
                    "input_match_rule": {"type": "partial_match", "args": {"x": 1}},
                    "result": False,
                }
            ],
        }
        history = [{"role": "user", "content": "Hi"}, *raw, {"role": "user", "content": "goodbye"}]
        assert (await completed(it, messages=history))["callEnded"] is True
        assert dict(it.sent[-1].url.params) == {}
        assert it.requests == {COMPLETE: 2}


async def test_what_was_said_needs_its_scope_and_is_noted() -> None:
    told = {"messages", "rawMessages", "knowledgeBaseRetrievedContents"}
    given = {"dynamicVariables": {"a": "b"}}
    async with world(calls=1, scopes=["playground:run"]) as it:
        payload = await completed(it, **given)
        assert {name for name in told | set(given) if payload[name] is not None} == set()
        assert (payload["callEnded"], it.audited) == (False, [])
    async with world(calls=1, scopes=["playground:run", "transcripts:read"]) as it:
        payload = await completed(it, **given)
        assert {name for name in told | set(given) if payload[name] is not None} == told
        (line,) = map(orjson.loads, it.audited)
        assert (line["type"], line["ids"]) == ("CreatePlaygroundCompletionPayload", [agent(it)])
        assert set(line["fields"]) == told
    async with world(calls=1, scopes=["playground:run", "variables:read"]) as it:
        payload = await completed(it, **given)
        assert {name for name in told | set(given) if payload[name] is not None} == set(given)


async def test_every_kind_of_message_is_shown_as_what_it_is() -> None:
    async with world(calls=1) as it:
        given = [{"role": "user", "content": "everything"}]
        messages = (await completed(it, messages=given))["messages"]
        assert [message["__typename"] for message in messages] == [
            "PlaygroundText",
            "PlaygroundNodeTransition",
            "PlaygroundStateTransition",
            "PlaygroundInjected",
            "PlaygroundSms",
            "PlaygroundText",
        ]
        assert messages[1]["transitionType"] == "GLOBAL"


async def test_what_is_newer_than_the_schema_is_shown_raw() -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        messages = [
            {"role": "hologram", "shape": "cat"},
            {"role": "node_transition", "transition_type": "teleport"},
        ]
        return httpx.Response(200, json={"messages": messages})

    async with world(calls=1, transport=httpx.MockTransport(retell)) as it:
        unknown, transition = (await completed(it))["messages"]
        assert unknown == {
            "__typename": "UnknownPlaygroundMessage",
            "role": "hologram",
            "raw": {"role": "hologram", "shape": "cat"},
        }
        assert transition["transitionType"] == "UNKNOWN"
        assert transition["transitionTypeRaw"] == "teleport"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"messages": ["Hi"]}, "messages"),
        ({"messages": [{"content": "Hi"}]}, "messages"),
        ({"dynamicVariables": {"a": 1}}, "dynamicVariables"),
        ({"version": {"number": -1}}, None),
        ({"agentId": "a/b"}, "agentId"),
    ],
)
async def test_a_conversation_that_is_none_is_not_sent(
    given: JsonObject, field: str | None
) -> None:
    async with world(calls=1) as it:
        payload = await completed(it, **given)
        (error,) = payload["userErrors"]
        assert (error["code"], payload["messages"]) == ("BAD_USER_INPUT", None)
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_a_completion_is_sent_once_and_only_for_who_may_run_agents() -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(COMPLETE, status=500)])
        input_ = {"agentId": agent(it), "messages": [], "clientMutationId": "turn-0001"}
        for _ in range(2):
            answer = await it.answer(DOCUMENT, {"input": input_})
            assert faults(answer) == [("createPlaygroundCompletion", "OUTCOME_UNKNOWN")]
        assert it.requests == {COMPLETE: 1}
    async with world(calls=1, scopes=["agents:read", "calls:write"]) as it:
        input_ = {"agentId": agent(it), "messages": []}
        answer = await it.answer(DOCUMENT, {"input": input_})
        assert faults(answer) == [("createPlaygroundCompletion", "FORBIDDEN")]
        assert it.sent == []


async def test_an_agent_that_there_is_not_says_nothing() -> None:
    async with world(calls=1) as it:
        payload = await completed(it, agentId="agent_none")
        assert [(e["field"], e["code"]) for e in payload["userErrors"]] == [
            (["agentId"], "NOT_FOUND")
        ]
