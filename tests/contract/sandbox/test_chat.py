"""The sandbox's chats and agents, driven by the official SDK with strict response validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from retell import BadRequestError, NotFoundError, UnprocessableEntityError
from retell.types import AgentResponse, ChatAgentResponse, ChatResponse
from retell.types.chat_create_chat_completion_response import ChatCreateChatCompletionResponse

from gateway.sandbox.agents import agents
from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.chats import DO_NOT_CALL, chats
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_MS, Clock, sdk

if TYPE_CHECKING:
    from retell import AsyncRetell

MESSAGES = {
    "transcript",
    "message_with_tool_calls",
    "pre_session_message_with_tool_calls",
    "post_session_message_with_tool_calls",
    "scrubbed_pre_session_message_with_tool_calls",
    "scrubbed_post_session_message_with_tool_calls",
}
CHAT: Any = {"type": "string", "op": "eq", "value": "chat"}
ENGINE: Any = {"type": "retell-llm", "llm_id": "llm_1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=5)


@pytest.fixture
def client(box: Sandbox) -> AsyncRetell:
    return sdk(box)


async def found(client: AsyncRetell, **criteria: Any) -> list[str]:
    page = await client.chat.list(filter_criteria=criteria, limit=1000)  # type: ignore[arg-type]  # plain dicts
    return [item.chat_id for item in page.items]


async def an_ended(client: AsyncRetell) -> str:
    among = {"type": "enum", "op": "in", "value": ["ended"]}
    storage = {"type": "enum", "op": "in", "value": ["everything"]}
    return (await found(client, chat_status=among, data_storage_setting=storage))[0]


async def an_ongoing(client: AsyncRetell) -> str:
    return (await found(client, chat_status={"type": "enum", "op": "in", "value": ["ongoing"]}))[0]


async def a_chat_agent(client: AsyncRetell) -> str:
    page = await client.chat_agent.list(filter_criteria={"channel": CHAT, "query": "Web"})
    return page.items[0].agent_id


async def test_every_field_of_a_chat_occurs(client: AsyncRetell) -> None:
    seen = set()
    for chat_id in await found(client):
        seen |= fields_seen(await client.chat.retrieve(chat_id))
    assert fields_declared(ChatResponse) - seen == set()


async def test_list_items_have_no_messages(client: AsyncRetell) -> None:
    page = await client.chat.list(limit=40)
    for item in page.items:
        whole = (await client.chat.retrieve(item.chat_id)).to_dict()
        assert item.to_dict() == {k: v for k, v in whole.items() if k not in MESSAGES}


async def test_pages_follow_each_other_and_are_counted(client: AsyncRetell) -> None:
    page = await client.chat.list(limit=30, include_total=True)
    rest = await client.chat.list(limit=30, pagination_key=page.pagination_key or "")
    ids = [item.chat_id for item in (*page.items, *rest.items)]
    assert (page.total, rest.total, rest.has_more) == (40, None, False)
    assert ids == await found(client)
    assert len(set(ids)) == 40
    up = await client.chat.list(limit=1000, sort_order="ascending")
    assert [item.chat_id for item in up.items] == ids[::-1]


async def test_each_filter_finds_what_it_is_about(client: AsyncRetell) -> None:
    whole = [await client.chat.retrieve(chat_id) for chat_id in await found(client)]
    one = next(chat for chat in whole if chat.chat_status == "ended" and chat.chat_analysis)
    analysis, cost = one.chat_analysis, one.chat_cost
    assert analysis is not None
    assert cost is not None
    assert isinstance(analysis.custom_analysis_data, dict)
    assert one.custom_attributes is not None
    start, end = one.start_timestamp, one.end_timestamp
    assert start is not None
    assert end is not None
    criteria: dict[str, Any] = {
        "agent": [{"agent_id": one.agent_id, "version": [one.version]}],
        "agent_tag": {"type": "enum", "op": "in", "value": [one.agent_tag]},
        "chat_id": {"type": "enum", "op": "in", "value": [one.chat_id]},
        "chat_status": {"type": "enum", "op": "in", "value": ["ended"]},
        "chat_successful": {"type": "boolean", "op": "eq", "value": analysis.chat_successful},
        "chat_type": {"type": "enum", "op": "in", "value": [one.chat_type]},
        "combined_cost": {"type": "number", "op": "eq", "value": cost.combined_cost},
        "custom_analysis_data": [{"type": "present", "op": "pr", "key": "order_value"}],
        "custom_attributes": [
            {"type": "number", "op": "eq", "key": "priority"}
            | {"value": one.custom_attributes["priority"]}
        ],
        "disconnection_reason": {"type": "enum", "op": "in", "value": ["inactivity"]},
        "duration_ms": {"type": "number", "op": "eq", "value": end - start},
        "end_timestamp": {"type": "range", "op": "bt", "value": [end, end]},
        "start_timestamp": {"type": "number", "op": "eq", "value": start},
        "user_sentiment": {"type": "enum", "op": "in", "value": [analysis.user_sentiment]},
    }
    for name, criterion in criteria.items():
        assert one.chat_id in await found(client, **{name: criterion})
    assert await found(client, **criteria) == [one.chat_id]
    sms = await found(client, agent_number={"type": "string", "op": "sw", "value": "+1"})
    kinds = {chat.chat_type for chat in whole if chat.chat_id in sms}
    assert (len(sms), kinds) == (20, {"sms_chat"})
    assert await found(client, user_number={"type": "string", "op": "sw", "value": "+1"}) == sms
    outbound = await found(client, direction={"type": "enum", "op": "in", "value": ["outbound"]})
    assert 0 < len(outbound) < len(sms)
    ongoing = {"type": "enum", "op": "in", "value": ["ongoing"]}
    lasting = {"type": "number", "op": "gt", "value": 0}
    assert await found(client, chat_status=ongoing, duration_ms=lasting) == []


async def test_a_chat_is_begun_led_and_ended(client: AsyncRetell, clock: Clock) -> None:
    agent_id = await a_chat_agent(client)
    chat = await client.chat.create(
        agent_id=agent_id,
        agent_version="prod",
        metadata={"ticket": 7},
        retell_llm_dynamic_variables={"name": "Ada"},
    )
    assert (chat.agent_id, chat.version, chat.agent_tag) == (agent_id, 0, "prod")
    assert (chat.chat_status, chat.chat_type) == ("ongoing", "api_chat")
    assert (chat.metadata, chat.start_timestamp) == ({"ticket": 7}, NOW_MS)
    assert chat.retell_llm_dynamic_variables == {"name": "Ada"}
    assert await client.chat.retrieve(chat.chat_id) == chat
    said = await client.chat.create_chat_completion(chat_id=chat.chat_id, content="Hi")
    assert [entry.to_dict() for entry in said.messages] == [
        {
            "role": "agent",
            "content": "You wrote: Hi",
            "message_id": "message_1",
            "created_timestamp": NOW_MS,
        }
    ]
    asked = await client.chat.create_chat_completion(chat_id=chat.chat_id, content="my order?")
    roles = [entry.role for entry in asked.messages]
    assert roles == ["tool_call_invocation", "tool_call_result", "agent"]
    await client.chat.end(chat.chat_id)
    ended = await client.chat.retrieve(chat.chat_id)
    assert (ended.chat_status, ended.end_timestamp) == ("ended", NOW_MS)
    assert ended.chat_analysis is None
    assert ended.transcript == (
        "User: Hi\nAgent: You wrote: Hi\nUser: my order?\nAgent: Your order is on its way.\n"
    )
    clock.forward(21)
    assert (await client.chat.retrieve(chat.chat_id)).chat_analysis is not None
    for late in (
        client.chat.end(chat.chat_id),
        client.chat.create_chat_completion(chat_id=chat.chat_id, content="Hi"),
    ):
        with pytest.raises(BadRequestError, match="ended already"):
            await late


async def test_every_field_of_what_a_completion_answers_is_in_the_chats_as_well() -> None:
    def names(model: type[Any]) -> set[str]:
        return {name for _, name in fields_declared(model)}

    assert names(ChatCreateChatCompletionResponse) - {"messages"} <= names(ChatResponse)


async def test_a_chat_by_text_message_is_begun_with_a_message(client: AsyncRetell) -> None:
    chat = await client.chat.create_sms_chat(from_number="+14155550177", to_number="+14155550188")
    assert (chat.chat_type, chat.transcript) == ("sms_chat", "Agent: Hello!\n")
    other = await a_chat_agent(client)
    chosen = await client.chat.create_sms_chat(
        from_number="+14155550177",
        to_number="+14155550100",
        override_agent_id=other,
        override_agent_version=1,
        honor_internal_dnc=True,
    )
    assert (chosen.agent_id, chosen.version) == (other, 1)
    number = {"type": "string", "op": "eq", "value": "+14155550100"}
    assert await found(client, user_number=number) == [chosen.chat_id]
    with pytest.raises(BadRequestError, match="do_not_call"):
        await client.chat.create_sms_chat(
            from_number="+14155550177", to_number=DO_NOT_CALL, honor_internal_dnc=True
        )
    with pytest.raises(BadRequestError, match=r"E\.164"):
        await client.chat.create_sms_chat(from_number="+14155550177", to_number="415")


async def test_what_is_changed_is_seen_by_the_next_read_and_in_lists(client: AsyncRetell) -> None:
    chat_id = await an_ended(client)
    before = await client.chat.retrieve(chat_id)
    told = await client.chat.update(
        chat_id,
        metadata={"ticket": 7},
        custom_attributes={"campaign": "autumn", "unheard_of": True},
        override_dynamic_variables={"name": "Ada"},
    )
    assert told == await client.chat.retrieve(chat_id)
    assert before.custom_attributes is not None
    assert before.retell_llm_dynamic_variables is not None
    assert told.metadata == {"ticket": 7}
    assert told.custom_attributes == before.custom_attributes | {"campaign": "autumn"}
    assert told.retell_llm_dynamic_variables == (
        before.retell_llm_dynamic_variables | {"name": "Ada"}
    )
    cleared = await client.chat.update(chat_id, override_dynamic_variables=None)
    assert cleared.retell_llm_dynamic_variables == before.retell_llm_dynamic_variables
    strict = await client.chat.update(chat_id, data_storage_setting="basic_attributes_only")
    assert (strict.transcript, strict.message_with_tool_calls) == (None, None)
    with pytest.raises(BadRequestError, match="more restrictive"):
        await client.chat.update(chat_id, data_storage_setting="everything")


async def test_an_analysis_is_made_anew_once_the_chat_is_over(client: AsyncRetell) -> None:
    chat_id = await an_ended(client)
    told = await client.chat.rerun_analysis(chat_id)
    assert told == await client.chat.retrieve(chat_id)
    assert told.chat_analysis is not None
    with pytest.raises(BadRequestError, match="not ended yet"):
        await client.chat.rerun_analysis(await an_ongoing(client))


async def test_a_deleted_chat_is_gone(client: AsyncRetell) -> None:
    chat_id = await an_ended(client)
    await client.chat.delete(chat_id)
    for gone in (client.chat.retrieve(chat_id), client.chat.delete(chat_id)):
        with pytest.raises(UnprocessableEntityError):
            await gone
    assert chat_id not in await found(client)


async def test_what_makes_no_sense_is_refused(box: Sandbox, client: AsyncRetell) -> None:
    chat_id = await an_ended(client)
    post = client.post
    for path, body in (
        ("/v3/list-chats", {"include_total": "yes"}),
        ("/v3/list-chats", {"filter_criteria": {"metadata": []}}),
        ("/create-chat", {}),
        ("/create-chat", {"agent_id": await a_chat_agent(client), "metadata": 7}),
        ("/create-chat-completion", {"chat_id": chat_id}),
        ("/v2/list-agents", {"filter_criteria": {"query": 7}}),
        ("/create-agent", {"response_engine": ENGINE}),
        ("/create-chat-agent", {"agent_name": "Nobody"}),
        ("/create-chat-agent", {"response_engine": ENGINE, "voice_id": "11labs-Adrian"}),
    ):
        with pytest.raises(BadRequestError):
            await post(path, body=body, cast_to=object)
    for given in (
        {"metadata": {"a": "x" * 50_000}},
        {"custom_attributes": {"a": None}},
        {"override_dynamic_variables": {"a": 1}},
        {"data_storage_setting": "everything_except_pii"},
    ):
        with pytest.raises(BadRequestError):
            await client.patch(f"/update-chat/{chat_id}", body=given, cast_to=object)
    voice = next(agent for agent in agents(box.accounts[KEY_B]) if agent["channel"] == "voice")
    with pytest.raises(UnprocessableEntityError):
        await client.chat.create(agent_id=voice["agent_id"])


async def test_keys_have_chats_of_their_own(box: Sandbox) -> None:
    ids = [{chat["chat_id"] for chat in chats(box.accounts[key])} for key in (KEY_A, KEY_B)]
    assert ids[0] & ids[1] == set()
    box_again = create_sandbox(clock=Clock(), calls=1)
    assert {chat["chat_id"] for chat in chats(box_again.accounts[KEY_A])} == ids[0]


# --- Agents ------------------------------------------------------------------------------------


async def test_every_field_of_a_chat_agent_occurs(client: AsyncRetell) -> None:
    seen = set()
    for item in (await client.chat_agent.list(filter_criteria={"channel": CHAT})).items:
        for version in (0, 1):
            agent = await client.chat_agent.retrieve(item.agent_id, version=version)
            assert (agent.agent_id, agent.version) == (item.agent_id, version)
            seen |= fields_seen(agent)
    assert fields_declared(ChatAgentResponse) - seen == set()


async def test_an_agent_is_made_changed_published_and_deleted(client: AsyncRetell) -> None:
    made = await client.agent.create(
        response_engine=ENGINE, voice_id="11labs-Adrian", agent_name="New", is_transfer_agent=True
    )
    assert (made.version, made.is_published, made.agent_name) == (0, False, "New")
    assert await client.agent.retrieve(made.agent_id) == made
    told = await client.agent.update(made.agent_id, agent_name="Newer", webhook_url=None)
    assert (told.agent_name, told.last_modification_timestamp) == ("Newer", NOW_MS)
    item = (await client.agent.list(filter_criteria={"query": "Newer"})).items[0]
    assert (item.agent_id, item.is_transfer_agent) == (made.agent_id, True)
    await client.agent.publish(made.agent_id, version=0, version_title="First")
    frozen = await client.agent.retrieve(made.agent_id, version="latest_published")
    assert (frozen.is_published, frozen.version_title) == (True, "First")
    with pytest.raises(BadRequestError, match="published"):
        await client.agent.update(made.agent_id, agent_name="Newest")
    with pytest.raises(BadRequestError, match="published"):
        await client.agent.publish(made.agent_id, version=0)
    draft = await client.agent.create_version(made.agent_id, base_version=0)
    assert isinstance(draft, AgentResponse)
    assert (draft.version, draft.base_version, draft.is_published) == (1, 0, False)
    repaired = await client.agent.repair(made.agent_id, version=1)
    assert repaired == await client.agent.retrieve(made.agent_id)
    versions = await client.agent.list_versions(made.agent_id, limit=1)
    assert [version.version for version in versions.items] == [1]
    rest = await client.agent.list_versions(
        made.agent_id, limit=1, pagination_key=versions.pagination_key or ""
    )
    assert [version.to_dict() for version in rest.items] == [
        {
            "version": 0,
            "is_published": True,
            "version_title": "First",
            "last_modification_timestamp": NOW_MS,
        }
    ]
    await client.agent.delete_version(made.agent_id, version=1)
    assert (await client.agent.retrieve(made.agent_id)).version == 0
    with pytest.raises(BadRequestError, match="only version"):
        await client.agent.delete_version(made.agent_id, version=0)
    await client.agent.delete(made.agent_id)
    with pytest.raises(UnprocessableEntityError):
        await client.agent.retrieve(made.agent_id)


async def test_a_chat_agent_is_made_changed_and_deleted(client: AsyncRetell) -> None:
    made = await client.chat_agent.create(response_engine=ENGINE, language=["en-US", "fr-FR"])
    assert await client.chat_agent.retrieve(made.agent_id) == made
    told = await client.chat_agent.update(made.agent_id, auto_close_message="Bye", version=0)
    assert told.auto_close_message == "Bye"
    draft = await client.chat_agent.create_version(made.agent_id, base_version=0)
    assert draft.version == 1
    await client.chat_agent.publish(made.agent_id, version=1)
    await client.chat_agent.delete_version(made.agent_id, version=0)
    with pytest.raises(UnprocessableEntityError):
        await client.agent.retrieve(made.agent_id)
    with pytest.raises(UnprocessableEntityError):
        await client.agent.delete(made.agent_id)
    await client.chat_agent.delete(made.agent_id)
    page = await client.chat_agent.list(filter_criteria={"channel": CHAT})
    assert made.agent_id not in [item.agent_id for item in page.items]


async def test_versions_that_are_not_there_are_not_found(client: AsyncRetell) -> None:
    agent_id = await a_chat_agent(client)
    for missing in (
        client.chat_agent.create_version(agent_id, base_version=99),
        client.chat_agent.publish(agent_id, version=99),
        client.chat_agent.delete_version(agent_id, version=99),
    ):
        with pytest.raises(NotFoundError):
            await missing
    with pytest.raises(UnprocessableEntityError):
        await client.chat_agent.retrieve(agent_id, version="no such tag")
