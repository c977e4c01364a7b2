"""LLM engines through the gateway: what is shown, to whom, and what it costs in requests."""

from __future__ import annotations

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
from gateway.resources.llm import EXCLUDED
from gateway.sandbox.data.llms import llms_of
from gateway.sandbox.data.session_tools import SECRET
from gateway.schema.node import global_id
from gateway.schema.versions import edited_page_policy
from tests.promises.everything import is_link
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from graphql import GraphQLNamedType

Json = dict[str, Any]
GET, LIST, GET_AGENT = "GET /get-retell-llm", "GET /v2/list-retell-llms", "GET /get-agent"
GET_BASE, LIST_BASES = "GET /get-knowledge-base", "GET /list-knowledge-bases"
SECRETS = {name.rpartition(".")[2] for name in EXCLUDED}
MAPS = {
    "parameters",
    "response_variables",
    "input_schema",
    "custom_sip_headers",
    "default_dynamic_variables",
}
"""What is shown as JSON."""


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def llms(w: World) -> list[Json]:
    """Front desk, collections, survey and help desk last, in the order of their agents."""
    account = w.sandbox.accounts["sandbox-key-a"]
    return llms_of(account.world, account.agents, account.anchor_ms)


def versions(w: World) -> list[Json]:
    return [version for llm in llms(w) for version in llm["versions"]]


def front_desk(w: World) -> Json:
    return next(version for version in versions(w) if "states" in version)


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


EVERYTHING = " ".join(everything(schema().executable.type_map["RetellLlm"]))


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
    shown = {name: without_secrets(v) for name, v in given.items() if name not in SECRETS}
    if "mcp.example.com" in str(given.get("url")):
        shown["url"] = "https://mcp.example.com/sse"
    if "agent_version" in given:
        shown["agent_version"] = str(given["agent_version"])
    return shown


async def test_every_version_of_every_engine_is_shown_whole(w: World) -> None:
    query = f"query ($id: ID!, $v: Int) {{ retellLlm(llmId: $id, version: $v) {{ {EVERYTHING} }} }}"
    for version in versions(w):
        response = await w.post(query, {"id": version["llm_id"], "v": version["version"]})
        assert SECRET not in response.text
        shown = response.json()["data"]["retellLlm"]
        given = without_secrets(version)
        shown["lastModificationTimestamp"] = given["last_modification_timestamp"]
        assert same(version, shown) == given
    assert w.requests == {GET: 11}


def test_the_sandbox_has_something_to_hide(w: World) -> None:
    given = str(versions(w))
    kinds = ("header", "query", "mcp-header", "mcp-query", "mcp", "user")
    assert [kind for kind in kinds if f"{SECRET}-{kind}" not in given] == []


async def test_the_newest_version_is_read_where_none_is_asked_for(w: World) -> None:
    newest = llms(w)[-1]["versions"][-1]
    query = "query ($id: ID!) { retellLlm(llmId: $id) { id llmId version isPublished } }"
    for _ in range(2):
        assert await w.data(query, {"id": newest["llm_id"]}) == {
            "retellLlm": {
                "id": global_id("RetellLlm", newest["llm_id"]),
                "llmId": newest["llm_id"],
                "version": 1,
                "isPublished": newest["is_published"],
            }
        }
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("version", [None, 0])
async def test_a_global_id_leads_back_to_its_version(w: World, version: int | None) -> None:
    llm_id = front_desk(w)["llm_id"]
    query = "query ($id: ID!, $v: Int) { retellLlm(llmId: $id, version: $v) { id } }"
    id_ = (await w.data(query, {"id": llm_id, "v": version}))["retellLlm"]["id"]
    assert id_ == global_id("RetellLlm", llm_id if version is None else f"{llm_id}:0")
    node = "query ($id: ID!) { node(id: $id) { id ... on RetellLlm { version } } }"
    found = (await w.data(node, {"id": id_}))["node"]
    assert found == {"id": id_, "version": 1 if version is None else 0}
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("key", ["llm_1:", "llm_1:prod", "llm_1:-1", "llm_1:1:2", "llm_1:٣"])
async def test_a_global_id_that_cannot_be_is_refused_unasked(w: World, key: str) -> None:
    variables = {"id": global_id("RetellLlm", key)}
    answer = await w.answer("query ($id: ID!) { node(id: $id) { id } }", variables)
    assert faults(answer) == [("node", "BAD_USER_INPUT")]
    assert w.requests == {}


async def test_what_is_not_there_is_null_and_a_negative_version_refused(w: World) -> None:
    query = """query ($known: ID!) {
      none: retellLlm(llmId: "llm_none") { id }
      old: retellLlm(llmId: $known, version: 99) { id }
      bad: retellLlm(llmId: $known, version: -1) { id }
    }"""
    answer = await w.answer(query, {"known": front_desk(w)["llm_id"]})
    assert answer["data"] == {"none": None, "old": None, "bad": None}
    assert faults(answer) == [("bad", "BAD_USER_INPUT")]
    assert w.requests == {GET: 2}


async def test_pages_follow_each_other_in_both_orders(w: World) -> None:
    query = """query ($after: String, $by: RetellLlmOrder) {
      retellLlms(first: 3, after: $after, orderBy: $by) {
        nodes { llmId version generalPrompt } edges { cursor node { llmId } }
        pageInfo { endCursor hasNextPage }
      }
    }"""
    seen: dict[str, list[Json]] = {}
    for order in ("ASCENDING", "DESCENDING"):
        after, more, seen[order] = None, True, []
        while more:
            page = (await w.data(query, {"after": after, "by": order}))["retellLlms"]
            seen[order] += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen["ASCENDING"] == seen["DESCENDING"][::-1]
    newest = [llm["versions"][-1] for llm in llms(w)]
    assert sorted(node["llmId"] for node in seen["ASCENDING"]) == sorted(
        llm["llm_id"] for llm in newest
    )
    assert all(node["generalPrompt"] for node in seen["ASCENDING"])
    assert w.requests == {LIST: 6}
    assert w.sent[0].url.query == b"limit=3&sort_order=ascending"


async def test_a_published_version_lives_longer_than_a_draft(w: World) -> None:
    query = "query ($id: ID!, $v: Int!) { retellLlm(llmId: $id, version: $v) { version } }"
    asked = [{"id": front_desk(w)["llm_id"], "v": version} for version in (0, 1)]
    for variables in asked:
        await w.data(query, variables)
    w.clock.forward(331)
    for variables in asked:
        await w.data(query, variables)
    assert w.requests == {GET: 3}


async def test_what_is_no_page_is_no_list() -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"things": []})

    async with world(transport=httpx.MockTransport(retell)) as w:
        assert await w.errors("{ retellLlms { nodes { id } } }") == [
            ("retellLlms", "UPSTREAM_INVALID")
        ]
    assert edited_page_policy({"items": []}, 0.0).max_age == 60


async def test_knowledge_bases_are_one_request_together_and_one_alone_is_its_own(w: World) -> None:
    query = """query ($id: ID!) { retellLlm(llmId: $id) {
      knowledgeBaseIds knowledgeBases { knowledgeBaseId knowledgeBaseName status }
    } }"""
    several = next(
        llm for llm in llms(w) if len(llm["versions"][0].get("knowledge_base_ids", ())) == 2
    )
    shown = (await w.data(query, {"id": several["llm_id"]}))["retellLlm"]
    assert [base["knowledgeBaseName"] for base in shown["knowledgeBases"]] == [
        "Opening hours",
        "Price list",
    ]
    assert [base["knowledgeBaseId"] for base in shown["knowledgeBases"]] == shown[
        "knowledgeBaseIds"
    ]
    assert w.requests == {GET: 1, LIST_BASES: 1}
    single = next(
        llm for llm in llms(w) if len(llm["versions"][0].get("knowledge_base_ids", ())) == 1
    )
    shown = (await w.data(query, {"id": single["llm_id"]}))["retellLlm"]
    assert len(shown["knowledgeBases"]) == 1
    assert w.requests == {GET: 2, LIST_BASES: 1, GET_BASE: 1}
    await w.data(query, {"id": front_desk(w)["llm_id"]})
    assert w.requests == {GET: 3, LIST_BASES: 1, GET_BASE: 1}


async def test_agents_that_tools_name_are_read_at_their_version(w: World) -> None:
    query = """query ($id: ID!) { retellLlm(llmId: $id) { generalTools { name
      ... on LlmAgentSwapTool { agentVersion agent { agentName version } }
      ... on LlmTransferCallTool { transferOption { agenticTransferConfig { transferAgent {
        agentVersion agent { agentName version isTransferAgent } } } } }
    } } }"""
    tools = (await w.data(query, {"id": front_desk(w)["llm_id"]}))["retellLlm"]["generalTools"]
    by_name = {tool["name"]: tool for tool in tools}
    assert by_name["to_colleague"] == {
        "name": "to_colleague",
        "agentVersion": "0",
        "agent": {"agentName": "Dental recall", "version": 0},
    }
    assert by_name["to_newest_colleague"] == {
        "name": "to_newest_colleague",
        "agentVersion": "prod",
        "agent": None,
    }
    led = by_name["transfer_led"]["transferOption"]["agenticTransferConfig"]["transferAgent"]
    assert led == {
        "agentVersion": "0",
        "agent": {"agentName": "Warm transfer", "version": 0, "isTransferAgent": True},
    }
    assert w.requests == {GET: 1, GET_AGENT: 2}


@pytest.mark.parametrize(
    ("reference", "shown", "path"),
    [
        ({"agent_id": "agent_1"}, None, "/get-agent/agent_1"),
        ({"agent_id": "agent_1", "agent_version": None}, None, "/get-agent/agent_1"),
        ({"agent_id": "agent_1", "agent_version": "latest"}, "latest", "/get-agent/agent_1"),
        ({"agent_id": "agent_1", "agent_version": "3"}, "3", "/get-agent/agent_1?version=3"),
        ({"agent_id": "agent_1", "agent_version": 3}, "3", "/get-agent/agent_1?version=3"),
        ({"agent_id": "agent_1", "agent_version": "prod"}, "prod", None),
        ({"agent_id": None, "agent_version": 3}, "3", None),
        ({"agent_version": "latest"}, "latest", None),
    ],
)
async def test_an_agent_is_named_in_one_of_several_ways(
    reference: Json, shown: str | None, path: str | None
) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        tool = {"type": "agent_swap"} | reference
        engine = {"llm_id": "llm_1", "general_tools": [tool]}
        agent = {"agent_id": "agent_1"}
        return httpx.Response(200, json=engine if "llm" in request.url.path else agent)

    async with world(transport=httpx.MockTransport(retell)) as w:
        query = """{ retellLlm(llmId: "llm_1") { generalTools {
          ... on LlmAgentSwapTool { agentVersion agent { agentId } } } } }"""
        (tool,) = (await w.data(query))["retellLlm"]["generalTools"]
        agent = None if path is None else {"agentId": "agent_1"}
        assert tool == {"agentVersion": shown, "agent": agent}
        asked = [request.url.raw_path.decode() for request in w.sent[1:]]
        assert asked == ([] if path is None else [path])


async def test_what_is_newer_than_the_schema_is_shown_without_its_secrets() -> None:
    tool = {"type": "teleport", "name": "go", "headers": {"key": SECRET}, "to": "Mars"}
    engine = {
        "llm_id": "llm_1",
        "start_speaker": "both",
        "general_tools": [tool],
        "states": [{"name": "a", "tools": [tool]}],
        "knowledge_base_ids": "all",
        "mcps": [{"name": "x", "url": None}],
    }

    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=engine)

    async with world(transport=httpx.MockTransport(retell)) as w:
        query = (
            f'{{ retellLlm(llmId: "llm_1") {{ {EVERYTHING} knowledgeBases {{ id }} }} }}'.replace(
                "knowledgeBaseIds", ""
            )
        )
        response = await w.post(query)
        assert SECRET not in response.text
        shown = response.json()["data"]["retellLlm"]
        assert (shown["startSpeaker"], shown["startSpeakerRaw"]) == ("UNKNOWN", "both")
        unknown = {
            "__typename": "UnknownLlmTool",
            "type": "teleport",
            "name": "go",
            "description": None,
            "speakDuringExecution": None,
            "executionMessageType": None,
            "executionMessageTypeRaw": None,
            "executionMessageDescription": None,
        }
        assert shown["generalTools"] == shown["states"][0]["tools"] == [unknown]
        assert (shown["mcps"][0]["url"], shown["knowledgeBases"]) == (None, [])
        assert len(w.sent) == 1


async def test_numbers_and_headers_of_tools_are_masked_and_noted() -> None:
    query = """query ($id: ID!) { retellLlm(llmId: $id) { generalTools { name
      ... on LlmTransferCallTool {
        customSipHeaders transferDestination { number extension prompt }
      }
      ... on LlmSmsTool { smsDestination { phoneNumber } }
    } } }"""
    async with world(calls=1, scopes=["engines:read"]) as w:
        llm_id = front_desk(w)["llm_id"]
        tools = (await w.data(query, {"id": llm_id}))["retellLlm"]["generalTools"]
        by_name = {tool["name"]: tool for tool in tools}
        assert by_name["transfer_cold"] == {
            "name": "transfer_cold",
            "customSipHeaders": None,
            "transferDestination": {"number": "+1415•••0150", "extension": None, "prompt": None},
        }
        assert by_name["text_office"]["smsDestination"] == {"phoneNumber": "+1415•••0100"}
        assert w.audited == []
    async with world(calls=1) as w:
        tools = (await w.data(query, {"id": llm_id}))["retellLlm"]["generalTools"]
        (cold,) = (tool for tool in tools if tool["name"] == "transfer_cold")
        assert cold["customSipHeaders"] == {"X-Case": "{{case_id}}"}
        assert cold["transferDestination"]["number"] == "+14155550150"
        (line,) = w.audited
        assert f'"type":"RetellLlm","ids":["{llm_id}"]'.encode() in line


@pytest.mark.parametrize(
    "query", ["retellLlms { nodes { id } }", 'retellLlm(llmId: "llm_1") { id }']
)
async def test_without_its_scope_nothing_is_asked(query: str) -> None:
    async with world(calls=1, scopes=["agents:read", "engines:write"]) as w:
        name = query.partition("(")[0].partition(" ")[0]
        assert await w.errors(f"{{ {query} }}") == [(name, "FORBIDDEN")]
        assert w.requests == {}


async def test_a_knowledge_base_that_is_gone_is_null_and_asked_for_once() -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        if "llm" in request.url.path:
            return httpx.Response(200, json={"llm_id": "llm_1", "knowledge_base_ids": ["gone", 7]})
        return httpx.Response(422, json={"status": "error", "message": "none"})

    async with world(transport=httpx.MockTransport(retell)) as w:
        query = """{
          knowledgeBase(knowledgeBaseId: "gone") { id }
          retellLlm(llmId: "llm_1") { knowledgeBases { id } }
        }"""
        gone = {"knowledgeBase": None, "retellLlm": {"knowledgeBases": [None]}}
        assert await w.data(query) == gone
        assert sorted(request.url.path for request in w.sent) == [
            "/get-knowledge-base/gone",
            "/get-retell-llm/llm_1",
        ]
        assert await w.data(query) == gone
        assert len(w.sent) == 2
