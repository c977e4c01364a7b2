"""What the mutations of chats send, forget, answer and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.chats import chats
from gateway.sandbox.faults import Fault
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sandbox-key-a"
GET, LIST = "GET /get-chat", "POST /v3/list-chats"
NAME = "00000000-0000-4000-8000-000000000001"


def mutation(name: str, selection: str) -> str:
    input_ = f"{name[0].upper()}{name[1:]}Input"
    errors = "userErrors { field message code }"
    return f"mutation($i: {input_}!) {{ it: {name}(input: $i) {{ {selection} {errors} }} }}"


CREATE = mutation("createChat", "chat { chatId chatStatus metadata agent { agentName } }")
SMS = mutation("createSmsChat", "chat { chatId chatType transcript }")
WRITE = mutation(
    "createChatCompletion",
    "messages { __typename ... on ChatMessage { role content }"
    " ... on ChatToolCallResult { successful } }",
)
UPDATE = mutation("updateChat", "chat { chatId metadata transcript }")
END = mutation("endChat", "endedChatId")
RERUN = mutation("rerunChatAnalysis", "chat { chatAnalysis { chatSummary } }")
DELETE = mutation("deleteChat", "deletedChatId")


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def ids(w: World, status: str, storage: str | None = None) -> list[str]:
    """Of the chats in a state, the newest first."""
    return [
        chat["chat_id"]
        for chat in reversed([*chats(w.sandbox.accounts[KEY])])
        if chat["body"]["chat_status"] == status and storage in (None, chat["data_storage_setting"])
    ]


def agent_id(w: World) -> str:
    return next(a.agent_id for a in w.sandbox.accounts[KEY].agents if a.channel == "chat")


def body(w: World) -> Any:
    """What was sent last."""
    content = w.sent[-1].content
    return orjson.loads(content) if content else None


async def made(w: World, mutation: str, **given: Any) -> dict[str, Any]:
    """The payload of a mutation that did what it is for."""
    payload: dict[str, Any] = (await w.data(mutation, {"i": given}))["it"]
    assert payload.pop("userErrors") == []
    return payload


async def refused(w: World, mutation: str, **given: Any) -> tuple[Any, str]:
    """The field and the code of the one user error."""
    (error,) = (await w.data(mutation, {"i": given}))["it"]["userErrors"]
    return error["field"], error["code"]


async def test_a_chat_is_begun_and_listed(w: World) -> None:
    listed = "{ chats(first: 1) { nodes { chatId } } }"
    await w.data(listed)
    given = {"metadata": {"a": 1}, "retellLlmDynamicVariables": {"name": "Ada"}}
    payload = await made(w, CREATE, agentId=agent_id(w), agentVersion={"tag": "prod"}, **given)
    assert orjson.loads(w.sent[1].content) == {
        "agent_id": agent_id(w),
        "agent_version": "prod",
        "metadata": {"a": 1},
        "retell_llm_dynamic_variables": {"name": "Ada"},
    }
    chat = payload["chat"]
    assert chat.pop("chatId").startswith("chat_")
    assert chat == {
        "chatStatus": "ONGOING",
        "metadata": {"a": 1},
        "agent": {"agentName": "Web chat"},
    }
    new = (await w.data(listed))["chats"]["nodes"][0]["chatId"]
    assert new not in ids(w, "ended")
    assert w.requests == {LIST: 2, "POST /create-chat": 1, "GET /get-chat-agent": 1}


async def test_nothing_but_what_was_given_is_sent(w: World) -> None:
    await made(w, CREATE, agentId=agent_id(w), metadata=None, agentVersion={"number": 0})
    assert orjson.loads(w.sent[0].content) == {"agent_id": agent_id(w), "agent_version": 0}


async def test_who_is_written_to_is_written_to_once(w: World) -> None:
    given = {"fromNumber": "+14155550177", "toNumber": "+14155550101", "clientMutationId": NAME}
    first = await made(w, SMS, **given, honorInternalDnc=True, metadata={})
    assert orjson.loads(w.sent[0].content) == {
        "from_number": "+14155550177",
        "to_number": "+14155550101",
        "honor_internal_dnc": True,
        "metadata": {},
    }
    again = await made(w, SMS, **given, honorInternalDnc=True, metadata={})
    assert again == first
    assert (first["chat"]["chatType"], first["chat"]["transcript"]) == (
        "SMS_CHAT",
        "Agent: Hello!\n",
    )
    assert w.requests == {"POST /create-sms-chat": 1}


async def test_an_agent_can_be_chosen_for_a_chat_by_text_message(w: World) -> None:
    await made(
        w,
        SMS,
        fromNumber="+14155550177",
        toNumber="+14155550101",
        overrideAgentId=agent_id(w),
        overrideAgentVersion={"number": 1},
        retellLlmDynamicVariables={"a": "b"},
    )
    assert orjson.loads(w.sent[0].content) == {
        "from_number": "+14155550177",
        "to_number": "+14155550101",
        "override_agent_id": agent_id(w),
        "override_agent_version": 1,
        "retell_llm_dynamic_variables": {"a": "b"},
    }


@pytest.mark.parametrize("status", [500, 503])
async def test_a_text_message_of_which_nobody_knows_is_not_sent_again(
    w: World, status: int
) -> None:
    w.sandbox.faults.set([Fault(endpoint="POST /create-sms-chat", status=status)])
    given = {"fromNumber": "+14155550177", "toNumber": "+14155550101", "clientMutationId": NAME}
    for _ in range(2):
        assert await w.errors(SMS, {"i": given}) == [("it", "OUTCOME_UNKNOWN")]
    assert w.requests == {"POST /create-sms-chat": 1}


async def test_what_the_agent_answers_is_told_and_the_chat_read_anew(w: World) -> None:
    chat_id, other = ids(w, "ongoing")[:2]
    read = "query($id: ID!) { chat(chatId: $id) { transcript } }"
    before = (await w.data(read, {"id": chat_id}))["chat"]["transcript"]
    await w.data(read, {"id": other})
    said = await made(w, WRITE, chatId=chat_id, content="Where is my order?")
    assert body(w) == {"chat_id": chat_id, "content": "Where is my order?"}
    assert said["messages"] == [
        {"__typename": "ChatToolCallInvocation"},
        {"__typename": "ChatToolCallResult", "successful": True},
        {"__typename": "ChatMessage", "role": "AGENT", "content": "Your order is on its way."},
    ]
    after = (await w.data(read, {"id": chat_id}))["chat"]["transcript"]
    assert after == f"{before}User: Where is my order?\nAgent: Your order is on its way.\n"
    await w.data(read, {"id": other})
    assert w.requests == {GET: 3, "POST /create-chat-completion": 1}


async def test_the_chat_can_be_asked_for_with_the_answer(w: World) -> None:
    chat_id = ids(w, "ongoing")[0]
    query = """mutation($i: CreateChatCompletionInput!) {
        createChatCompletion(input: $i) { chat { chatId transcript } } }"""
    data = await w.data(query, {"i": {"chatId": chat_id, "content": "Hi"}})
    chat = data["createChatCompletion"]["chat"]
    assert chat["chatId"] == chat_id
    assert chat["transcript"].endswith("User: Hi\nAgent: You wrote: Hi\n")
    assert w.requests == {GET: 1, "POST /create-chat-completion": 1}


async def test_what_the_agent_answers_is_personal_and_audited() -> None:
    async with world(calls=1, scopes=["chats:write"]) as w:
        given = {"i": {"chatId": ids(w, "ongoing")[0], "content": "Hi"}}
        answer = await w.answer(WRITE, given)
        assert answer["data"]["it"] == {"messages": None, "userErrors": []}
        assert answer["extensions"]["masked"] == [["it", "messages"]]
        assert w.audited == []
    async with world(calls=1, scopes=["chats:write", "transcripts:read"]) as w:
        chat_id = ids(w, "ongoing")[0]
        said = await made(w, WRITE, chatId=chat_id, content="Hi")
        assert said["messages"][0]["content"] == "You wrote: Hi"
        (line,) = map(orjson.loads, w.audited)
        assert (line["type"], line["ids"]) == ("CreateChatCompletionPayload", [chat_id])
        assert line["fields"] == ["messages"]


async def test_a_completion_without_messages_has_none() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    async with world(calls=0, transport=transport) as w:
        assert await made(w, WRITE, chatId="chat_1", content="Hi") == {"messages": None}


async def test_a_changed_chat_is_answered_and_listed_as_it_is_now(w: World) -> None:
    chat_id, other = ids(w, "ended")[:2]
    chosen = f'{{ chats(filter: {{chatId: {{eq: "{chat_id}"}}}}) {{ nodes {{ metadata }} }} }}'
    elsewhere = f'{{ chats(filter: {{chatId: {{eq: "{other}"}}}}) {{ nodes {{ chatId }} }} }}'
    for query in (chosen, elsewhere):
        await w.data(query)
    payload = await made(
        w,
        UPDATE,
        chatId=chat_id,
        metadata={"plan": "gold"},
        customAttributes={"campaign": "x"},
        overrideDynamicVariables=None,
    )
    assert body(w) == {
        "metadata": {"plan": "gold"},
        "custom_attributes": {"campaign": "x"},
        "override_dynamic_variables": None,
    }
    assert payload["chat"]["metadata"] == {"plan": "gold"}
    again = await w.data(chosen)
    assert again["chats"]["nodes"] == [{"metadata": {"plan": "gold"}}]
    await w.data(elsewhere)
    assert w.requests == {LIST: 3, "PATCH /update-chat": 1}


async def test_storage_is_only_ever_tightened(w: World) -> None:
    chat_id = ids(w, "ended", "everything")[0]
    strict = await made(w, UPDATE, chatId=chat_id, dataStorageSetting="BASIC_ATTRIBUTES_ONLY")
    assert body(w) == {"data_storage_setting": "basic_attributes_only"}
    assert strict["chat"]["transcript"] is None
    looser = {"i": {"chatId": chat_id, "dataStorageSetting": "EVERYTHING"}}
    (error,) = (await w.data(UPDATE, looser))["it"]["userErrors"]
    assert error["code"] == "BAD_USER_INPUT"


async def test_a_chat_that_is_ended_is_over_in_lists_as_well(w: World) -> None:
    chat_id = ids(w, "ongoing")[0]
    listed = "{ chats(filter: {chatStatus: [ONGOING]}) { nodes { chatId } } }"
    assert len((await w.data(listed))["chats"]["nodes"]) == 3
    assert await made(w, END, chatId=chat_id) == {"endedChatId": chat_id}
    assert body(w) is None
    assert len((await w.data(listed))["chats"]["nodes"]) == 2
    read = "mutation($i: EndChatInput!) { endChat(input: $i) { chat { chatStatus endTimestamp } } }"
    other = ids(w, "ongoing")[0]
    data = await w.data(read, {"i": {"chatId": other}})
    assert data["endChat"]["chat"]["chatStatus"] == "ENDED"
    assert data["endChat"]["chat"]["endTimestamp"] == "2026-05-28T20:26:40.000Z"
    assert w.requests == {LIST: 2, "PATCH /end-chat": 2, GET: 1}


async def test_an_analysis_is_made_anew(w: World) -> None:
    chat_id = ids(w, "ended")[0]
    read = "query($id: ID!) { chat(chatId: $id) { transcript chatAnalysis { chatSummary } } }"
    await w.data(read, {"id": chat_id})
    told = (await made(w, RERUN, chatId=chat_id))["chat"]["chatAnalysis"]
    assert body(w) is None
    assert (await w.data(read, {"id": chat_id}))["chat"]["chatAnalysis"] == told
    assert w.requests == {GET: 2, "PUT /rerun-chat-analysis": 1}


async def test_a_deleted_chat_is_gone_from_everywhere(w: World) -> None:
    chat_id = ids(w, "ended")[0]
    read = "query($id: ID!) { chat(chatId: $id) { transcript } }"
    assert (await w.data(read, {"id": chat_id}))["chat"]
    assert await made(w, DELETE, chatId=chat_id) == {"deletedChatId": chat_id}
    assert await w.data(read, {"id": chat_id}) == {"chat": None}
    assert await refused(w, DELETE, chatId=chat_id) == (["chatId"], "NOT_FOUND")
    assert w.requests == {GET: 2, "DELETE /delete-chat": 2}


WRONG: list[tuple[str, dict[str, Any], Any]] = [
    (CREATE, {"agentId": "../x"}, ["agentId"]),
    (CREATE, {"agentId": "agent_1", "metadata": [1]}, ["metadata"]),
    (
        CREATE,
        {"agentId": "agent_1", "retellLlmDynamicVariables": {"a": 1}},
        ["retellLlmDynamicVariables"],
    ),
    (CREATE, {"agentId": "agent_1", "agentVersion": {"number": -1}}, None),
    (SMS, {"fromNumber": "nobody", "toNumber": "+14155550101"}, ["fromNumber"]),
    (SMS, {"fromNumber": "+14155550177", "toNumber": "sip:x"}, ["toNumber"]),
    (
        SMS,
        {"fromNumber": "+14155550177", "toNumber": "+14155550101", "overrideAgentId": ""},
        ["overrideAgentId"],
    ),
    (WRITE, {"chatId": "../x", "content": "Hi"}, ["chatId"]),
    (UPDATE, {"chatId": "chat_1"}, None),
    (UPDATE, {"chatId": "../x", "metadata": {}}, ["chatId"]),
    (UPDATE, {"chatId": "chat_1", "metadata": None}, ["metadata"]),
    (UPDATE, {"chatId": "chat_1", "customAttributes": None}, ["customAttributes"]),
    (UPDATE, {"chatId": "chat_1", "dataStorageSetting": None}, ["dataStorageSetting"]),
    (UPDATE, {"chatId": "chat_1", "metadata": {"a": "x" * 50_000}}, ["metadata"]),
    (UPDATE, {"chatId": "chat_1", "customAttributes": {"a": None}}, ["customAttributes"]),
    (UPDATE, {"chatId": "chat_1", "customAttributes": "x"}, ["customAttributes"]),
    (
        UPDATE,
        {"chatId": "chat_1", "overrideDynamicVariables": {"a": 1}},
        ["overrideDynamicVariables"],
    ),
    (END, {"chatId": "../x"}, ["chatId"]),
    (RERUN, {"chatId": "../x"}, ["chatId"]),
    (DELETE, {"chatId": "../x"}, ["chatId"]),
]


@pytest.mark.parametrize(("change", "given", "field"), WRONG)
async def test_what_is_wrong_is_refused_and_not_sent(
    w: World, change: str, given: dict[str, Any], field: Any
) -> None:
    assert await refused(w, change, **given) == (field, "BAD_USER_INPUT")
    assert w.sent == []


RIGHT: list[tuple[str, dict[str, Any]]] = [
    (CREATE, {"agentId": "agent_1"}),
    (SMS, {"fromNumber": "+14155550177", "toNumber": "+14155550101"}),
    (WRITE, {"chatId": "chat_1", "content": "Hi"}),
    (UPDATE, {"chatId": "chat_1", "metadata": {}}),
    (END, {"chatId": "chat_1"}),
    (RERUN, {"chatId": "chat_1"}),
    (DELETE, {"chatId": "chat_1"}),
]


@pytest.mark.parametrize(("change", "given"), RIGHT)
async def test_who_may_not_change_chats_changes_none(change: str, given: dict[str, Any]) -> None:
    async with world(calls=1, scopes=["chats:read", "calls:write"]) as w:
        assert await w.errors(change, {"i": given}) == [("it", "FORBIDDEN")]
        assert w.sent == []


@pytest.mark.parametrize(("change", "given"), RIGHT)
async def test_a_change_of_which_nobody_knows_is_sent_once(
    change: str, given: dict[str, Any]
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    async with world(calls=0, transport=transport) as w:
        for _ in range(2):
            answer = await w.answer(change, {"i": given | {"clientMutationId": NAME}})
            assert faults(answer) == [("it", "OUTCOME_UNKNOWN")]
        assert len(w.sent) == 1


@pytest.mark.parametrize(("change", "given"), RIGHT)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_retell_refuses_is_data(
    change: str, given: dict[str, Any], status: int, code: str
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json={"message": "no"}))
    async with world(calls=0, transport=transport) as w:
        assert (await refused(w, change, **given))[1] == code
        assert len(w.sent) == 1


@pytest.mark.parametrize(("change", "given"), RIGHT[:2])
async def test_a_new_chat_without_an_id_is_an_error_of_its_place(
    change: str, given: dict[str, Any]
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"chat_id": None}))
    async with world(calls=0, transport=transport) as w:
        answer = await w.answer(change, {"i": given})
        assert answer["data"] == {"it": {"chat": None, "userErrors": []}}
        assert faults(answer) == [("it.chat.chatId", "UPSTREAM_INVALID")]
