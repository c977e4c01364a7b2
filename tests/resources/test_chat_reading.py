"""Chats and chat agents through the gateway: what is shown, and what it costs in requests."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.sandbox.chats import chats
from gateway.sandbox.data.session_tools import SECRET
from tests.promises.everything import everything
from tests.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sandbox-key-a"
GET, LIST = "GET /get-chat", "POST /v3/list-chats"
GET_AGENT, AGENTS = "GET /get-chat-agent", "POST /v2/list-agents"
VERSIONS = "GET /list-agent-versions"
MESSAGES = "messageWithToolCalls { __typename ... on ChatMessage { content role } }"
ENTRY = """__typename
  ... on ChatMessage { role messageId createdTimestamp content multimedia { url summary } }
  ... on ChatToolCallInvocation { toolCallId name arguments type thoughtSignature }
  ... on ChatToolCallResult { toolCallId content successful }
  ... on ChatNodeTransition { formerNodeId newNodeName transitionType }
  ... on ChatStateTransition { formerStateName newStateName }
  ... on ChatInjectedContext { content }
  ... on ChatSmsMessage { content multimedia { url summary } }"""


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def known(w: World, status: str = "ended", key: str = KEY) -> list[dict[str, Any]]:
    """What get-chat answers, of the chats in a state; the newest first."""
    every = reversed([chat["body"] for chat in chats(w.sandbox.accounts[key])])
    return [body for body in every if body["chat_status"] == status]


def chat_agents(w: World) -> list[Any]:
    return [agent for agent in w.sandbox.accounts[KEY].agents if agent.channel == "chat"]


async def test_a_chat_is_shown_as_retell_has_it(w: World) -> None:
    (given, *_) = [body for body in known(w) if "pre_session_message_with_tool_calls" in body]
    query = f"""query($id: ID!) {{ chat(chatId: $id) {{
        id chatId chatStatus chatType agentId version agentTag startTimestamp endTimestamp
        transcript metadata customAttributes retellLlmDynamicVariables collectedDynamicVariables
        chatAnalysis {{ chatSummary userSentiment chatSuccessful customAnalysisData }}
        chatCost {{ combinedCost productCosts {{ product unitPrice cost isTransferLegCost }} }}
        messageWithToolCalls {{ {ENTRY} }}
    }} }}"""
    shown = (await w.data(query, {"id": given["chat_id"]}))["chat"]
    assert w.requests == {GET: 1}
    entries, told = shown.pop("messageWithToolCalls"), given["message_with_tool_calls"]
    assert {entry["__typename"] for entry in entries} == {
        "ChatMessage",
        "ChatToolCallInvocation",
        "ChatToolCallResult",
        "ChatNodeTransition",
        "ChatStateTransition",
        "ChatSmsMessage",
        "ChatInjectedContext",
    }
    assert entries[1]["content"] == told[1]["content"]
    assert entries[1]["multimedia"] == told[1]["multimedia"]
    assert shown.pop("startTimestamp").endswith("Z")
    assert shown.pop("endTimestamp").endswith("Z")
    cost = shown.pop("chatCost")
    assert cost["combinedCost"] == given["chat_cost"]["combined_cost"]
    assert [product["unitPrice"] for product in cost["productCosts"]] == [0.7, None]
    analysis = given["chat_analysis"]
    assert shown == {
        "id": b64encode(f"Chat:{given['chat_id']}".encode()).decode(),
        "chatId": given["chat_id"],
        "chatStatus": "ENDED",
        "chatType": given["chat_type"].upper(),
        "agentId": given["agent_id"],
        "version": 0,
        "agentTag": "prod",
        "transcript": given["transcript"],
        "metadata": given["metadata"],
        "customAttributes": given["custom_attributes"],
        "retellLlmDynamicVariables": given["retell_llm_dynamic_variables"],
        "collectedDynamicVariables": given["collected_dynamic_variables"],
        "chatAnalysis": {
            "chatSummary": analysis["chat_summary"],
            "userSentiment": analysis["user_sentiment"].upper(),
            "chatSuccessful": analysis["chat_successful"],
            "customAnalysisData": analysis["custom_analysis_data"],
        },
    }


async def test_messages_in_a_list_are_read_from_each_chat(w: World) -> None:
    plain = "{ chats(first: 5) { nodes { chatId chatCost { combinedCost } } totalCount } }"
    assert (await w.data(plain))["chats"]["totalCount"] == 40
    assert w.requests == {LIST: 1}
    data = await w.data(f"{{ chats(first: 5) {{ nodes {{ chatId transcript {MESSAGES} }} }} }}")
    assert w.requests == {LIST: 2, GET: 5}  # the first list was counted, this one is not
    by_id = {body["chat_id"]: body for status in ("ended", "ongoing") for body in known(w, status)}
    for node in data["chats"]["nodes"]:
        assert node["transcript"] == by_id[node["chatId"]]["transcript"]
        assert node["messageWithToolCalls"][0]["__typename"] == "ChatMessage"


async def test_several_chats_without_messages_are_one_request(w: World) -> None:
    ids = [body["chat_id"] for body in known(w)[:3]]
    fields = " ".join(
        f'c{n}: chat(chatId: "{id_}") {{ chatStatus chatId }}' for n, id_ in enumerate(ids)
    )
    data = await w.data(f'{{ {fields} none: chat(chatId: "chat_none") {{ chatId }} }}')
    assert [data[f"c{n}"]["chatId"] for n in range(3)] == ids
    assert data["none"] is None
    assert w.requests == {LIST: 1}


async def test_a_chat_leads_to_its_agent_in_its_version(w: World) -> None:
    data = await w.data("{ chats(first: 6) { nodes { agent { id agentName version } } } }")
    agents = {node["agent"]["id"]: node["agent"] for node in data["chats"]["nodes"]}
    assert {agent["agentName"] for agent in agents.values()} == {"Web chat", "SMS concierge"}
    assert {agent["version"] for agent in agents.values()} == {0}
    assert w.requests == {LIST: 1, GET_AGENT: 2}


@pytest.mark.parametrize(
    ("version", "key"), [(3, "agent_1:3"), (3.0, "agent_1:3"), (None, "agent_1")]
)
async def test_the_version_of_the_agent_is_what_retell_says(version: object, key: str) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        if "get-chat-agent" in request.url.path:
            return httpx.Response(200, json={"agent_id": "agent_1", "response_engine": {}})
        chat = {"chat_id": "chat_1", "agent_id": "agent_1", "version": version}
        return httpx.Response(200, json=chat)

    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        data = await w.data('{ chat(chatId: "chat_1") { agent { id } } }')
    assert data["chat"]["agent"]["id"] == b64encode(f"ChatAgent:{key}".encode()).decode()


async def test_what_is_newer_than_the_schema_is_shown_as_unknown() -> None:
    entry = {"role": "hologram", "content": "!", "url": "https://files.test/1"}

    def retell(_request: httpx.Request) -> httpx.Response:
        chat = {"chat_id": "chat_1", "chat_status": "resting", "chat_type": "fax", "agent_id": 7}
        return httpx.Response(200, json=chat | {"message_with_tool_calls": [entry]})

    query = """{ chat(chatId: "chat_1") { chatStatus chatStatusRaw chatType chatTypeRaw
        agent { id } messageWithToolCalls { __typename ... on UnknownChatEntry { role raw } } } }"""
    unknown: dict[str, Any] = {
        "chatStatus": "UNKNOWN",
        "chatStatusRaw": "resting",
        "chatType": "UNKNOWN",
        "chatTypeRaw": "fax",
        "agent": None,
    }
    for scopes, raw in ((None, entry), (["chats:read", "transcripts:read"], {"role": "hologram"})):
        transport = httpx.MockTransport(retell)
        async with world(calls=0, transport=transport, scopes=scopes) as w:
            shown = {"__typename": "UnknownChatEntry", "role": "hologram", "raw": raw}
            expected = unknown | {"messageWithToolCalls": [shown]}
            assert (await w.data(query))["chat"] == expected


async def test_personal_fields_take_their_scopes() -> None:
    query = """query($id: ID!) { chat(chatId: $id) { transcript metadata customAttributes
        retellLlmDynamicVariables collectedDynamicVariables
        preSessionMessageWithToolCalls { __typename ... on ChatMessage { content } }
        chatAnalysis { chatSummary customAnalysisData chatSuccessful } } }"""
    async with world(calls=0, scopes=["chats:read"]) as w:
        (given, *_) = [body for body in known(w) if "pre_session_message_with_tool_calls" in body]
        answer = await w.answer(query, {"id": given["chat_id"]})
        told = given["scrubbed_pre_session_message_with_tool_calls"][0]["content"]
        assert "[PERSON_NAME]" in told
        shown = answer["data"]["chat"]
        entries = shown.pop("preSessionMessageWithToolCalls")
        assert entries[0] == {"__typename": "ChatMessage", "content": told}
        assert shown.pop("chatAnalysis").pop("chatSuccessful") is not None
        assert set(shown.values()) == {None}
        assert len(answer["extensions"]["masked"]) == 8
        assert w.audited == []


@pytest.mark.parametrize(
    ("criterion", "scope"),
    [
        ('agentNumber: {eq: "+14155550177"}', "numbers:read"),
        ('userNumber: {sw: "+1"}', "numbers:read"),
        ('customAnalysisData: [{key: "a", value: {present: true}}]', "transcripts:read"),
        ('customAttributes: [{key: "a", value: {present: true}}]', "variables:read"),
    ],
)
async def test_looking_for_chats_by_what_is_personal_takes_its_scope(
    criterion: str, scope: str
) -> None:
    query = f"{{ chats(filter: {{{criterion}}}) {{ nodes {{ chatId }} }} }}"
    async with world(calls=0, scopes=["chats:read"]) as w:
        assert await w.errors(query) == [("chats", "FORBIDDEN")]
        assert w.requests == {}
    async with world(calls=0, scopes=["chats:read", scope]) as w:
        await w.data(query)
        assert w.requests == {LIST: 1}


async def test_pages_follow_each_other_in_both_orders(w: World) -> None:
    query = """query($after: String, $by: ChatOrder) {
        chats(first: 30, after: $after, orderBy: $by, filter: {chatStatus: [ENDED, ERROR]}) {
            edges { cursor node { chatId } } pageInfo { endCursor hasNextPage } } }"""
    seen: dict[str, list[str]] = {}
    for order in ("START_TIMESTAMP_ASC", "START_TIMESTAMP_DESC"):
        after, more, seen[order] = None, True, []
        while more:
            page = (await w.data(query, {"after": after, "by": order}))["chats"]
            seen[order] += [edge["node"]["chatId"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen["START_TIMESTAMP_ASC"] == seen["START_TIMESTAMP_DESC"][::-1]
    assert len(seen["START_TIMESTAMP_ASC"]) == 37
    assert w.requests == {LIST: 4}


async def test_an_ongoing_chat_is_read_anew_after_seconds_and_a_settled_one_is_not(
    w: World,
) -> None:
    query = "query($id: ID!) { chat(chatId: $id) { transcript } }"
    for status in ("ongoing", "ended"):
        await w.data(query, {"id": known(w, status)[0]["chat_id"]})
    w.clock.forward(3)
    for status in ("ongoing", "ended"):
        await w.data(query, {"id": known(w, status)[0]["chat_id"]})
    assert w.requests == {GET: 3}


# --- Chat agents -------------------------------------------------------------------------------


async def test_a_chat_agent_is_shown_whole_but_for_its_secrets(w: World) -> None:
    query = (
        f"query($id: ID!) {{ chatAgent(agentId: $id, version: 1) {{ {everything('ChatAgent')} }} }}"
    )
    for agent in chat_agents(w):
        response = await w.post(query, {"id": agent.agent_id})
        shown, given = response.json()["data"]["chatAgent"], agent.versions[1].body
        assert SECRET not in response.text
        language = given["language"]
        assert shown["languages"] == (language if isinstance(language, list) else [language])
        assert shown["language"] == shown["languages"][0]
        for name, key in {
            "agentName": "agent_name",
            "autoCloseMessage": "auto_close_message",
            "endChatAfterSilenceMs": "end_chat_after_silence_ms",
            "postChatAnalysisModel": "post_chat_analysis_model",
            "baseVersion": "base_version",
            "signedUrlExpirationMs": "signed_url_expiration_ms",
            "webhookEventsRaw": "webhook_events",
        }.items():
            assert shown[name] == given.get(key)
        assert len(shown["preSessionTools"] or ()) == len(given.get("pre_session_tools", ()))
        assert (shown["channel"], shown["tags"]) == (None, None)
        key = b64encode(f"ChatAgent:{agent.agent_id}:1".encode()).decode()
        assert shown["id"] == key


async def test_chat_agents_are_listed_without_the_others(w: World) -> None:
    fields = "id agentId agentName channel isSuspended isTransferAgent tags { name version }"
    data = await w.data(f"{{ chatAgents {{ nodes {{ {fields} userModifiedTimestamp }} }} }}")
    assert [node["agentName"] for node in data["chatAgents"]["nodes"]] == [
        "Web chat",
        "SMS concierge",
    ]
    assert data["chatAgents"]["nodes"][0]["channel"] == "chat"
    assert data["chatAgents"]["nodes"][0]["tags"] == [{"name": "prod", "version": 0}]
    assert w.requests == {AGENTS: 1}
    assert w.sent[-1].content == (
        b'{"filter_criteria":{"channel":{"type":"string","op":"eq","value":"chat"}}}'
    )
    more = await w.data("{ chatAgents { nodes { agentId autoCloseMessage languages } } }")
    assert more["chatAgents"]["nodes"][1]["languages"] == ["en-US"]
    assert w.requests == {AGENTS: 1, GET_AGENT: 2}
    found = await w.data(
        '{ chatAgents(query: "sms", orderBy: ASCENDING) { edges { node { agentName } } } }'
    )
    assert found == {"chatAgents": {"edges": [{"node": {"agentName": "SMS concierge"}}]}}


async def test_a_chat_agent_is_no_voice_agent_and_the_other_way_round(w: World) -> None:
    chat, voice = chat_agents(w)[0].agent_id, w.sandbox.accounts[KEY].agents[0].agent_id
    query = "query($c: ID!, $v: ID!) { agent(agentId: $c) { id } chatAgent(agentId: $v) { id } }"
    assert await w.data(query, {"c": chat, "v": voice}) == {"agent": None, "chatAgent": None}
    query = "query($c: ID!, $v: ID!) { agent(agentId: $v) { id } chatAgent(agentId: $c) { id } }"
    assert None not in (await w.data(query, {"c": chat, "v": voice})).values()


async def test_a_negative_version_of_a_chat_agent_is_refused_unasked(w: World) -> None:
    query = '{ chatAgent(agentId: "agent_1", version: -1) { id } }'
    assert await w.errors(query) == [("chatAgent", "BAD_USER_INPUT")]
    assert w.requests == {}


# --- Versions ----------------------------------------------------------------------------------


async def test_versions_of_agents_of_both_kinds_are_listed(w: World) -> None:
    voice, chat = w.sandbox.accounts[KEY].agents[1], chat_agents(w)[0]
    short = "version versionTitle versionDescription baseVersion isPublished"
    query = f"""query($id: ID!) {{ agentVersions(agentId: $id, first: 1) {{
        nodes {{ {short} lastModificationTimestamp }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    for agent, words in ((voice, "Based on v1"), (chat, None)):
        page = (await w.data(query, {"id": agent.agent_id}))["agentVersions"]
        newest = agent.versions[-1].version
        (node,) = page["nodes"]
        assert node.pop("lastModificationTimestamp").endswith("Z")
        assert node == {
            "version": newest,
            "versionTitle": f"v{newest}",
            "versionDescription": words,
            "baseVersion": newest - 1,
            "isPublished": False,
        }
        assert page["pageInfo"]["hasNextPage"]
    assert w.requests == {VERSIONS: 2}


async def test_an_agent_has_its_versions(w: World) -> None:
    voice, chat = w.sandbox.accounts[KEY].agents[0], chat_agents(w)[0]
    query = """query($v: ID!, $c: ID!) {
        agent(agentId: $v) { versions(orderBy: ASCENDING) { nodes { version isPublished } } }
        chatAgent(agentId: $c) { versions(first: 1) { edges { node { version } } } } }"""
    data = await w.data(query, {"v": voice.agent_id, "c": chat.agent_id})
    assert data["agent"]["versions"]["nodes"] == [
        {"version": 0, "isPublished": True},
        {"version": 1, "isPublished": False},
    ]
    assert data["chatAgent"]["versions"] == {"edges": [{"node": {"version": 1}}]}
    assert w.requests == {"GET /get-agent": 1, GET_AGENT: 1, VERSIONS: 2}
    await w.data(query, {"v": voice.agent_id, "c": chat.agent_id})
    assert sum(w.requests.values()) == 4


async def test_pages_of_versions_follow_each_other(w: World) -> None:
    agent = w.sandbox.accounts[KEY].agents[2]
    query = """query($id: ID!, $after: String) { agentVersions(
        agentId: $id, first: 2, after: $after, orderBy: ASCENDING
    ) { nodes { version } pageInfo { endCursor hasNextPage } } }"""
    first = (await w.data(query, {"id": agent.agent_id}))["agentVersions"]
    after = first["pageInfo"]["endCursor"]
    rest = (await w.data(query, {"id": agent.agent_id, "after": after}))["agentVersions"]
    found = [node["version"] for node in (*first["nodes"], *rest["nodes"])]
    assert found == [version.version for version in agent.versions] == [0, 1, 2, 3]
    other = w.sandbox.accounts[KEY].agents[0].agent_id
    errors = await w.errors(query, {"id": other, "after": after})
    assert errors == [("agentVersions", "BAD_USER_INPUT")]
