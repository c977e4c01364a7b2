"""Resources lead to each other, both ways; each distinct object is one request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import EXECUTOR, GET_AGENT, LIST_CALLS, World, world

AGENTS, CHAT_AGENTS = "POST /v2/list-agents", "POST /v2/list-agents"
NUMBERS, LLM, FLOW = (
    "GET /v2/list-phone-numbers",
    "GET /get-retell-llm",
    "GET /get-conversation-flow",
)


def found(value: Any, name: str) -> list[Any]:
    """What stands under a name, anywhere in an answer; lists item by item."""
    if isinstance(value, list):
        return [each for item in value for each in found(item, name)]
    if not isinstance(value, dict):
        return []
    own = value.get(name)
    here = own if isinstance(own, list) else [own] if own is not None else []
    return here + [each for item in value.values() for each in found(item, name)]


async def distinct(it: World, query: str, name: str) -> tuple[list[Any], dict[str, int]]:
    """The linked objects, and the requests that they took; asked again they take none."""
    answer = await it.data(query)
    requests = it.requests
    assert await it.data(query) == answer
    assert it.requests == requests
    return found(answer, name), requests


@pytest.mark.parametrize(
    ("name", "query", "of_page", "linked"),
    [
        (
            "conversationFlow",
            """{ agents(first: 20, filter: { channel: VOICE }) { nodes { responseEngine {
            ... on ConversationFlowEngine { conversationFlow { id conversationFlowId version }
            } } } } }""",
            {AGENTS: 1, GET_AGENT: 12},
            FLOW,
        ),
        (
            "llm",
            """{ agents(first: 20, filter: { channel: VOICE }) { nodes { responseEngine {
            ... on RetellLlmEngine { llm { id llmId version } } } } } }""",
            {AGENTS: 1, GET_AGENT: 12},
            LLM,
        ),
        (
            "conversationFlow",
            """{ chatAgents(first: 20) { nodes { responseEngine {
            ... on ConversationFlowEngine { conversationFlow { id } } } } } }""",
            {CHAT_AGENTS: 1, "GET /get-chat-agent": 2},
            FLOW,
        ),
        (
            "agent",
            """{ phoneNumbers(first: 20) { nodes { inboundSmsAgents { agent { id agentName } }
            } } }""",
            {NUMBERS: 1},
            "GET /get-chat-agent",
        ),
        (
            "contact",
            "{ calls(first: 50) { nodes { ... on PhoneCall { contact { id contactId } } } } }",
            {LIST_CALLS: 1},
            "GET /get-contact-by-phone",
        ),
        (
            "conversationFlow",
            """{ testCaseDefinitions(first: 20, engine: { conversationFlowId: "FLOW" }) {
            nodes { responseEngine { conversationFlow { id conversationFlowId } } } } }""",
            None,
            FLOW,
        ),
    ],
)
async def test_a_link_is_one_request_for_each_distinct_object(
    name: str, query: str, of_page: dict[str, int] | None, linked: str
) -> None:
    async with world(calls=100) as it:
        flow = it.sandbox.accounts["sandbox-key-a"].agents[1].versions[-1].body["response_engine"]
        query = query.replace("FLOW", flow["conversation_flow_id"])
        objects, requests = await distinct(it, query, name)
        ids = {each["id"] for each in objects}
        assert ids
        made = {name: count for name, count in requests.items() if name != linked}
        if of_page is not None:
            assert made == of_page
        assert len(ids) <= requests[linked] <= len(ids) + 50
        if linked in (FLOW, LLM, "GET /get-chat-agent"):
            assert requests[linked] == len(ids)


async def test_chats_of_contacts_are_read_together() -> None:
    async with world(calls=100) as it:
        query = """{ contacts(first: 20) { nodes { conversations(first: 20) { nodes {
            chat { id chatId } } } } } }"""
        chats, requests = await distinct(it, query, "chat")
        ids = {chat["chatId"] for chat in chats}
        asked = [requests.get(name, 0) for name in ("POST /v3/list-chats", "GET /get-chat")]
        assert len(ids) > 1
        # graphql-core reads each contact's as they come, compiled code all of a level together.
        assert asked == [1, 0] if EXECUTOR == "compiled" else sum(asked) <= len(ids)


async def test_numbers_of_agents_are_one_request_for_all_agents() -> None:
    async with world(calls=5) as it:
        query = "{ agents(first: 20) { nodes { agentId phoneNumbers { phoneNumber } } } }"
        numbers, requests = await distinct(it, query, "phoneNumbers")
        assert len(numbers) > 5
        assert requests == {AGENTS: 1, NUMBERS: 1}


async def test_voices_of_agents_are_one_request_for_all_agents() -> None:
    async with world(calls=5) as it:
        query = """{ agents(first: 20, filter: { channel: VOICE }) { nodes {
            voiceId voice { voiceId voiceName } fallbackVoices { voiceId } } } }"""
        voices, requests = await distinct(it, query, "voice")
        assert len(voices) == 12
        assert requests["GET /list-voices"] == 1
        assert requests.get("GET /get-voice", 0) <= 1
        assert requests[GET_AGENT] == 12


async def test_the_newest_calls_of_an_agent_are_one_request() -> None:
    async with world(calls=200) as it:
        agent_id = it.items()[0]["agent_id"]
        query = f'{{ agent(agentId: "{agent_id}") {{ calls {{ callId agentId }} }} }}'
        calls, requests = await distinct(it, query, "calls")
        own = [item["call_id"] for item in it.items() if item["agent_id"] == agent_id]
        assert [call["callId"] for call in calls] == own[:50]
        assert {call["agentId"] for call in calls} == {agent_id}
        assert requests == {GET_AGENT: 1, LIST_CALLS: 1}


async def test_the_newest_calls_of_a_batch_are_one_request() -> None:
    async with world(calls=2000) as it:
        query = '{ batchCall(batchCallId: "batch_call_0000") { total calls { callId } } }'
        calls, requests = await distinct(it, query, "calls")
        made = [
            each.item()["call_id"]
            for each in it.sandbox.accounts["sandbox-key-a"].calls(int(it.clock() * 1000))
            if each.value("batch_call_id") == "batch_call_0000"
        ]
        assert sorted(call["callId"] for call in calls) == sorted(made)
        assert made
        assert requests == {LIST_CALLS: 2}


async def test_who_has_called_is_found_by_the_users_number() -> None:
    async with world(calls=100) as it:
        query = """{ calls(first: 50) { nodes { ... on PhoneCall {
            direction fromNumber toNumber contact { phoneNumber } } } } }"""
        calls = [c for c in (await it.data(query))["calls"]["nodes"] if c.get("contact")]
        assert calls
        for call in calls:
            user = "fromNumber" if call["direction"] == "INBOUND" else "toNumber"
            assert call["contact"]["phoneNumber"] == call[user]


async def test_knowledge_bases_of_a_flow_are_read() -> None:
    async with world(calls=5) as it:
        query = "{ conversationFlows(first: 20) { nodes { knowledgeBases { id } } } }"
        bases, requests = await distinct(it, query, "knowledgeBases")
        assert bases
        assert requests["GET /v2/list-conversation-flows"] == 1
        assert sum(requests.values()) <= 1 + len(bases)


async def test_who_may_not_see_the_target_gets_null_and_nothing_is_asked() -> None:
    async with world(calls=20, scopes=["agents:read"]) as it:
        query = """{ agents(first: 5) { nodes {
            agentId voice { voiceId } phoneNumbers { phoneNumber } calls { callId } } } }"""
        answer = await it.answer(query)
        for node in answer["data"]["agents"]["nodes"]:
            assert (node["voice"], node["phoneNumbers"], node["calls"]) == (None, None, None)
        assert it.requests == {AGENTS: 1}
        assert {path[-1] for path in answer["extensions"]["masked"]} == {
            "voice",
            "phoneNumbers",
            "calls",
        }
