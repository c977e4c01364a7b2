"""Agents through the gateway, from the sandbox: what is shown, and what it costs in requests."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.app import schema
from gateway.sandbox.data.session_tools import SECRET
from gateway.schema.agent_parts import EXCLUDED
from tests.promises.everything import is_link
from tests.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from graphql import GraphQLNamedType

    from gateway.sandbox.data.agents import Agent

GET, LIST = "GET /get-agent", "POST /v2/list-agents"
HIDDEN = [f"{SECRET}-{kind}" for kind in ("header", "team", "query", "webhook", "websocket")]
URLS = {"webhook_url", "llm_websocket_url", "url"}
"""The sandbox's values of headers and query parameters."""
MAPS = {"parameters", "response_variables"}
"""What is shown as JSON."""
SECRETS = {name.rpartition(".")[2] for name in EXCLUDED}


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=20) as made:
        yield made


def agents_of(w: World) -> tuple[Agent, ...]:
    return w.sandbox.accounts["sandbox-key-a"].agents


def voice_agents(w: World) -> list[Agent]:
    return [agent for agent in agents_of(w) if agent.channel == "voice"]


def everything(type_: GraphQLNamedType) -> Iterator[str]:
    """A selection of all that there is below a type, but for links."""
    executable = schema().executable
    if is_abstract_type(type_):
        yield "__typename"
        for member in executable.get_possible_types(type_):
            yield f"... on {member.name} {{ {' '.join(everything(member))} }}"
        return
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    for name, field in type_.fields.items():
        below = get_named_type(field.type)
        if not is_link(field):
            deeper = f" {{ {' '.join(everything(below))} }}" if is_composite_type(below) else ""
            yield name + deeper


EVERYTHING = " ".join(everything(schema().executable.type_map["Agent"]))


def same(given: Any, shown: Any) -> Any:
    """`shown` in the form of what Retell gave: its names, enum values as they were."""
    if isinstance(given, list) and isinstance(shown, list):
        return [same(one, other) for one, other in zip(given, shown, strict=True)]
    if not isinstance(given, dict) or not isinstance(shown, dict):
        return shown
    names = {name: to_camel_case(name) for name in given.keys() - SECRETS}
    return {
        name: shown[known]
        if name in MAPS
        else same(given[name], shown.get(f"{known}Raw", shown[known]))
        for name, known in names.items()
    }


def without_secrets(given: Any) -> Any:
    if isinstance(given, list):
        return [without_secrets(item) for item in given]
    if not isinstance(given, dict):
        return given
    return {
        name: value.partition("?")[0] if name in URLS and value else without_secrets(value)
        for name, value in given.items()
        if name not in SECRETS
    }


async def test_every_version_of_every_agent_is_shown_whole(w: World) -> None:
    query = f"query($id: ID!, $v: Int) {{ agent(agentId: $id, version: $v) {{ {EVERYTHING} }} }}"
    for version in [version for agent in voice_agents(w) for version in agent.versions]:
        variables = {"id": version.agent_id, "v": version.version}
        response = await w.post(query, variables)
        assert not [secret for secret in HIDDEN if secret in response.text]
        shown = response.json()["data"]["agent"]
        given = without_secrets(version.body)
        shown["lastModificationTimestamp"] = given["last_modification_timestamp"]
        language = given.get("language")
        assert shown["languages"] == ([language] if isinstance(language, str) else language)
        if "language" in given:
            shown["language"] = language
        assert same(version.body, shown) == given


def test_the_sandbox_has_something_to_hide(w: World) -> None:
    given = str([version.body for agent in voice_agents(w) for version in agent.versions])
    assert [secret for secret in HIDDEN if secret not in given] == []


async def test_the_newest_version_is_read_where_none_is_asked_for(w: World) -> None:
    agent = voice_agents(w)[0]
    query = "query($id: ID!) { agent(agentId: $id) { id version isPublished } }"
    newest = agent.versions[-1].version
    id_ = b64encode(f"Agent:{agent.agent_id}".encode()).decode()
    expected = {"agent": {"id": id_, "version": newest, "isPublished": False}}
    assert await w.data(query, {"id": agent.agent_id}) == expected
    assert await w.data(query, {"id": agent.agent_id}) == expected
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("suffix", ["", ":0"])
async def test_a_global_id_leads_back_to_its_version(w: World, suffix: str) -> None:
    agent = voice_agents(w)[0]
    id_ = b64encode(f"Agent:{agent.agent_id}{suffix}".encode()).decode()
    data = await w.data(
        "query($id: ID!) { node(id: $id) { ... on Agent { version } } }", {"id": id_}
    )
    assert data == {"node": {"version": 0 if suffix else agent.versions[-1].version}}
    assert w.requests == {GET: 1}


@pytest.mark.parametrize(
    "key", ["agent_1:", "agent_1:prod", "agent_1:-1", "agent_1:1:2", "agent_1:٣", "../agent_1"]
)
async def test_a_global_id_that_cannot_be_is_refused_unasked(w: World, key: str) -> None:
    id_ = b64encode(f"Agent:{key}".encode()).decode()
    answer = await w.answer("query($id: ID!) { node(id: $id) { id } }", {"id": id_})
    assert answer["data"] == {"node": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert w.requests == {}


async def test_a_negative_version_is_refused_unasked(w: World) -> None:
    answer = await w.answer('{ agent(agentId: "agent_1", version: -1) { agentId } }')
    assert answer["data"] == {"agent": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert w.requests == {}


async def test_an_agent_or_version_that_is_not_there_is_null(w: World) -> None:
    known = voice_agents(w)[0].agent_id
    query = """query($known: ID!) {
        none: agent(agentId: "agent_none") { id }
        old: agent(agentId: $known, version: 99) { id }
    }"""
    data = await w.data(query, {"known": known})
    assert data == {"none": None, "old": None}
    assert w.requests == {GET: 2}


async def test_a_list_with_its_own_fields_is_one_request(w: World) -> None:
    fields = "agentId agentName channel isSuspended isTransferAgent tags { name version } id"
    data = await w.data(f"{{ agents {{ nodes {{ {fields} userModifiedTimestamp }} }} }}")
    assert {node["agentId"]: node["agentName"] for node in data["agents"]["nodes"]} == {
        agent.agent_id: agent.item["agent_name"] for agent in agents_of(w)
    }
    first = voice_agents(w)[0]
    shown = next(node for node in data["agents"]["nodes"] if node["agentId"] == first.agent_id)
    assert shown["tags"] == [{"name": "prod", "version": 0}]
    assert shown["id"] == b64encode(f"Agent:{first.agent_id}".encode()).decode()
    assert w.requests == {LIST: 1}


async def test_other_fields_of_a_list_cost_one_request_for_each_agent(w: World) -> None:
    query = "{ agents(filter: {channel: VOICE}) { nodes { agentId voiceId language languages } } }"
    data = await w.data(query)
    shown = {node["agentId"]: node for node in data["agents"]["nodes"]}
    for agent in voice_agents(w):
        newest = agent.versions[-1].body
        assert shown[agent.agent_id]["voiceId"] == newest["voice_id"]
        languages = shown[agent.agent_id]["languages"]
        assert shown[agent.agent_id]["language"] == (languages[0] if languages else None)
    assert w.requests == {LIST: 1, GET: len(voice_agents(w))}


async def test_a_chat_agent_has_the_fields_of_lists_only(w: World) -> None:
    query = "{ agents(filter: {channel: CHAT}) { nodes { channel agentName voiceId language } } }"
    data = await w.data(query)
    chat = [agent for agent in agents_of(w) if agent.channel == "chat"]
    assert sorted(node["agentName"] for node in data["agents"]["nodes"]) == sorted(
        agent.item["agent_name"] for agent in chat
    )
    for node in data["agents"]["nodes"]:
        assert (node["channel"], node["voiceId"], node["language"]) == ("CHAT", None, None)


async def test_pages_follow_each_other_in_both_orders(w: World) -> None:
    query = """query($after: String, $by: AgentOrder) {
        agents(first: 5, after: $after, orderBy: $by) {
            nodes { agentId } pageInfo { endCursor hasNextPage }
        }
    }"""
    seen: dict[str, list[str]] = {}
    for order in ("ASCENDING", "DESCENDING"):
        after, more, seen[order] = None, True, []
        while more:
            page = (await w.data(query, {"after": after, "by": order}))["agents"]
            seen[order] += [node["agentId"] for node in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen["ASCENDING"] == seen["DESCENDING"][::-1]
    assert sorted(seen["ASCENDING"]) == sorted(agent.agent_id for agent in agents_of(w))
    assert w.requests == {LIST: 6}


async def test_a_list_is_filtered_by_retell(w: World) -> None:
    wanted = next(agent for agent in agents_of(w) if agent.item.get("is_transfer_agent"))
    query = """query($query: String) {
        agents(filter: {query: $query, isTransferAgent: true}) { edges { node { agentId } } }
    }"""
    data = await w.data(query, {"query": wanted.agent_id[:12]})
    assert data == {"agents": {"edges": [{"node": {"agentId": wanted.agent_id}}]}}


async def test_a_published_version_lives_longer_than_a_draft(w: World) -> None:
    agent = voice_agents(w)[0]
    query = "query($id: ID!, $v: Int!) { agent(agentId: $id, version: $v) { version } }"
    for version in (0, 1):
        await w.data(query, {"id": agent.agent_id, "v": version})
    w.clock.forward(331)
    for version in (0, 1):
        await w.data(query, {"id": agent.agent_id, "v": version})
    assert [version.body["is_published"] for version in agent.versions] == [True, False]
    assert w.requests == {GET: 3}


async def test_what_is_newer_than_the_schema_is_shown_without_its_secrets() -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        tool = {"type": "teleport", "name": "go", "headers": {"key": SECRET}, "to": "Mars"}
        engine = {"type": "brain", "size": 3, "query_params": {"key": SECRET}}
        agent = {"agent_id": "agent_1", "response_engine": engine, "post_session_tools": [tool]}
        return httpx.Response(200, json=agent | {"ambient_sound": "rain"})

    query = """{ agent(agentId: "agent_1") {
        id ambientSound ambientSoundRaw
        responseEngine { __typename type }
        postSessionTools { __typename name }
    } }"""
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        data = await w.data(query)
    assert data["agent"] == {
        "id": b64encode(b"Agent:agent_1").decode(),
        "ambientSound": "UNKNOWN",
        "ambientSoundRaw": "rain",
        "responseEngine": {"__typename": "UnknownResponseEngine", "type": "brain"},
        "postSessionTools": [{"__typename": "UnknownAgentTool", "name": "go"}],
    }
