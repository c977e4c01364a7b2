"""The sandbox's conversation flows and components, judged by the official SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from pydantic import BaseModel
from retell import BadRequestError, NotFoundError
from retell.types import ConversationFlowComponentResponse, ConversationFlowResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import models_in
from tests.sandbox.asking import KEY_A, KEY_B, NOW_MS, NOW_S, sdk

if TYPE_CHECKING:
    from retell import AsyncRetell

Field = tuple[frozenset[str], str]
"""By the names of all fields of the model: the SDK has hundreds of equal models, and tells some
apart by literals only, of which it takes the first."""


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=1)


def fields_declared(
    model: type[BaseModel], known: set[type[BaseModel]] | None = None
) -> set[Field]:
    known = set() if known is None else known
    if model in known:
        return set()
    known.add(model)
    shape = frozenset(model.model_fields)
    declared = {(shape, name) for name in shape}
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            declared |= fields_declared(inner, known)
    return declared


def fields_seen(value: object) -> set[Field]:
    if isinstance(value, list):
        empty: set[Field] = set()
        return empty.union(*map(fields_seen, value))
    if not isinstance(value, BaseModel):
        return set()
    shape, seen = frozenset(type(value).model_fields), set()
    for name in shape:
        if (inner := getattr(value, name)) is not None:
            seen |= {(shape, name)} | fields_seen(inner)
    return seen


async def every_version(client: AsyncRetell) -> list[ConversationFlowResponse]:
    flows = (await client.conversation_flow.list()).items
    return [
        await client.conversation_flow.retrieve(flow.conversation_flow_id, version=version)
        for flow in flows
        for version in range(flow.version + 1)
    ]


async def test_every_field_of_a_flow_occurs(sandbox: Sandbox) -> None:
    seen = fields_seen(await every_version(sdk(sandbox)))
    assert fields_declared(ConversationFlowResponse) - seen == set()


async def test_every_field_of_a_component_occurs(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    listed = (await client.conversation_flow_component.list()).items
    ids = [component.conversation_flow_component_id for component in listed]
    found = [await client.conversation_flow_component.retrieve(id_) for id_ in ids]
    assert found == listed
    assert fields_declared(ConversationFlowComponentResponse) - fields_seen(found) == set()


async def test_there_is_a_node_of_every_kind(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    (first,) = [flow for flow in (await client.conversation_flow.list()).items if flow.components]
    kinds = {
        kind
        for model in models_in(ConversationFlowResponse.model_fields["nodes"].annotation)
        for kind in get_args(model.model_fields["type"].annotation)
    }
    assert {node.type for node in first.nodes or []} == kinds
    assert len(kinds) == 15


async def test_agents_lead_to_flows_at_the_versions_that_they_name(sandbox: Sandbox) -> None:
    for key in (KEY_A, KEY_B):
        client = sdk(sandbox, key)
        named = set()
        for agent in (await client.agent.list()).items:
            of_kind = client.agent if agent.channel == "voice" else client.chat_agent
            newest = await of_kind.retrieve(agent.agent_id)
            for version in range((newest.version or 0) + 1):
                found = await of_kind.retrieve(agent.agent_id, version=version)
                engine = found.response_engine
                if engine.type == "conversation-flow":
                    named.add((engine.conversation_flow_id, engine.version))
        there = {(f.conversation_flow_id, f.version) for f in await every_version(client)}
        assert named <= there
        assert len(named) == 14


async def test_components_and_flows_name_each_other(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    (whole,) = [flow for flow in (await client.conversation_flow.list()).items if flow.components]
    named = [
        node.component_id
        for node in whole.nodes or []
        if node.type == "component" and node.component_type == "shared"
    ]
    used, unused = (await client.conversation_flow_component.list()).items
    assert named == [used.conversation_flow_component_id]
    assert used.linked_conversation_flow_ids == [whole.conversation_flow_id]
    assert unused.linked_conversation_flow_ids == []


async def test_the_newest_version_is_read_where_none_is_asked_for(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    listed = (await client.conversation_flow.list()).items
    for flow in listed:
        assert flow == await client.conversation_flow.retrieve(flow.conversation_flow_id)
    assert {flow.version for flow in listed} == {0, 1, 2}
    times = [flow.last_modification_timestamp for flow in listed]
    assert times == sorted(times, reverse=True)


async def test_lists_are_paged(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    whole = (await client.conversation_flow.list(sort_order="ascending")).items
    page = await client.conversation_flow.list(limit=3)
    rest = await client.conversation_flow.list(limit=3, pagination_key=page.pagination_key or "")
    assert [*page.items, *rest.items] == whole[::-1]
    assert (page.has_more, rest.has_more) == (True, False)
    first = await client.conversation_flow_component.list(limit=1)
    assert first.has_more
    with pytest.raises(BadRequestError):  # a cursor of another list
        await client.conversation_flow.list(pagination_key=first.pagination_key or "")


TALK = {"id": "a", "type": "conversation", "instruction": {"type": "prompt", "text": "Hello"}}


async def test_a_flow_is_made_changed_and_deleted(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    made = await client.conversation_flow.create(
        nodes=cast("Any", [TALK]),
        start_speaker="agent",
        global_prompt="Be kind.",
        model_config={
            "primary": {"model": "gpt-5.4-mini"},
            "backup": {"model": "gpt-4.1"},
            "temperature": 0.5,
        },
    )
    id_ = made.conversation_flow_id
    assert (made.version, made.last_modification_timestamp) == (0, NOW_MS)
    assert (await client.conversation_flow.list()).items[0] == made
    told = await client.conversation_flow.update(
        id_, version=0, global_prompt=None, model_config=cast("Any", {"backup": None})
    )
    assert told.to_dict() == {k: v for k, v in made.to_dict().items() if k != "global_prompt"} | {
        "model_config": {"primary": {"model": "gpt-5.4-mini"}, "temperature": 0.5}
    }
    assert told == await client.conversation_flow.retrieve(id_)
    await client.conversation_flow.delete(id_)
    for missing in (
        client.conversation_flow.retrieve(id_),
        client.conversation_flow.update(id_, global_prompt="x"),
        client.conversation_flow.delete(id_),
    ):
        with pytest.raises(NotFoundError):
            await missing


async def test_an_older_version_is_changed_by_its_number(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    listed = (await client.conversation_flow.list()).items
    id_ = next(flow.conversation_flow_id for flow in listed if flow.version == 2)
    told = await client.conversation_flow.update(id_, version=1, global_prompt="Older")
    assert (told.version, told.global_prompt) == (1, "Older")
    assert (await client.conversation_flow.retrieve(id_)).global_prompt != "Older"
    with pytest.raises(NotFoundError):
        await client.conversation_flow.update(id_, version=9, global_prompt="x")
    with pytest.raises(NotFoundError):
        await client.conversation_flow.retrieve(id_, version=9)


async def test_a_flow_that_agents_use_is_deleted_only_by_force(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    id_ = (await client.conversation_flow.list()).items[0].conversation_flow_id
    with pytest.raises(BadRequestError, match="agent uses"):
        await client.conversation_flow.delete(id_)
    await client.conversation_flow.delete(id_, force_delete=True)
    with pytest.raises(NotFoundError):
        await client.conversation_flow.retrieve(id_)
    sandbox.reset()
    assert (await client.conversation_flow.retrieve(id_)).conversation_flow_id == id_


async def test_a_component_is_made_changed_and_deleted(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    made = await client.conversation_flow_component.create(
        name="New", nodes=cast("Any", [TALK]), flex_mode=True
    )
    id_ = made.conversation_flow_component_id
    assert (made.user_modified_timestamp, made.linked_conversation_flow_ids) == (NOW_MS, [])
    told = await client.conversation_flow_component.update(id_, name="Newer", flex_mode=None)
    assert told.to_dict() == {k: v for k, v in made.to_dict().items() if k != "flex_mode"} | {
        "name": "Newer"
    }
    assert told == await client.conversation_flow_component.retrieve(id_)
    await client.conversation_flow_component.delete(id_)
    for missing in (
        client.conversation_flow_component.retrieve(id_),
        client.conversation_flow_component.update(id_, name="x"),
        client.conversation_flow_component.delete(id_),
    ):
        with pytest.raises(NotFoundError):
            await missing


async def test_flows_keep_a_copy_of_a_deleted_component(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    used = (await client.conversation_flow_component.list()).items[0]
    (flow_id,) = used.linked_conversation_flow_ids or []
    before = await every_version(client)
    await client.conversation_flow_component.delete(used.conversation_flow_component_id)
    after = await client.conversation_flow.retrieve(flow_id)
    kinds = [node.component_type for node in after.nodes or [] if node.type == "component"]
    assert kinds == ["local"]
    assert [part.name for part in after.components or []] == ["Small talk", used.name]
    others = [flow for flow in before if flow.conversation_flow_id != flow_id]
    assert others == [f for f in await every_version(client) if f.conversation_flow_id != flow_id]


@pytest.mark.parametrize(
    "body",
    [
        {"start_speaker": "agent"},
        {"nodes": []},
        {"nodes": {}, "start_speaker": "agent"},
        {"nodes": ["a"], "start_speaker": "agent"},
        {"nodes": [], "start_speaker": "agent", "colour": "red"},
    ],
)
async def test_what_is_no_flow_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        await sdk(sandbox).post("/create-conversation-flow", body=body, cast_to=object)


async def test_each_key_has_flows_and_components_of_its_own(sandbox: Sandbox) -> None:
    flows = [await every_version(sdk(sandbox, key)) for key in (KEY_A, KEY_B)]
    ids = [{flow.conversation_flow_id for flow in each} for each in flows]
    assert ids[0] & ids[1] == set()
    parts = [
        (await sdk(sandbox, key).conversation_flow_component.list()).items for key in (KEY_A, KEY_B)
    ]
    named = [{part.conversation_flow_component_id for part in each} for each in parts]
    assert named[0] & named[1] == set()
