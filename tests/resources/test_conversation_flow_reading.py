"""What is shown of conversation flows and of the components that they share, and what is asked."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type
from strawberry.utils.str_converters import to_camel_case

from gateway.app import schema
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.flows import components, flows
from gateway.schema.flows import _agent_key, _version
from tests.promises.everything import is_link
from tests.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Json = dict[str, Any]

GET, LIST = "GET /get-conversation-flow", "GET /v2/list-conversation-flows"
GET_PART, LIST_PARTS = (
    "GET /get-conversation-flow-component",
    "GET /v2/list-conversation-flow-components",
)
GET_AGENT = "GET /get-agent"
SCHEMA = schema().executable
FREE_MAPS = {
    "custom_sip_headers",
    "default_dynamic_variables",
    "input_schema",
    "parameters",
    "response_variables",
}
SECRETS = {"headers", "query_params"}
RENAMED = {
    "FlowEdge": "edge_id",
    "FlowExample": "example_id",
    "FlowNote": "note_id",
}
"""What `id` is called; `node_id` of nodes."""


@pytest.fixture
async def w() -> AsyncIterator[World]:
    # One operation cannot select all that there is of fifteen kinds of nodes.
    async with world(calls=0, limits={"fields": 100_000, "depth": 30, "tokens": 90_000}) as it:
        yield it


def flows_in(w: World) -> list[Json]:
    """With their versions, the oldest first."""
    return list(flows(w.sandbox.accounts["sandbox-key-a"]))


def parts_in(w: World) -> list[Json]:
    return list(components(w.sandbox.accounts["sandbox-key-a"]))


def members(interface: str) -> list[str]:
    """Names of its members, but for the one of what is newer."""
    type_ = SCHEMA.type_map[interface]
    assert isinstance(type_, GraphQLInterfaceType)
    names = [member.name for member in SCHEMA.get_possible_types(type_)]
    return [name for name in names if not name.startswith("Unknown")]


def selection(name: str, kind: str) -> str:
    """Every field below a type but links; of nodes, those of one kind."""
    type_ = SCHEMA.type_map[name]
    if isinstance(type_, GraphQLInterfaceType):
        wanted = [kind] if name == "FlowNode" else members(name)
        parts = (f"... on {each} {{ {selection(each, kind)} }}" for each in wanted)
        return f"__typename {' '.join(parts)}"
    assert isinstance(type_, GraphQLObjectType)
    fields = {field: get_named_type(told.type) for field, told in type_.fields.items()}
    return "__typename " + " ".join(
        field if is_leaf_type(below) else f"{field} {{ {selection(below.name, kind)} }}"
        for field, below in fields.items()
        if not is_link(type_.fields[field])
    )


def merged(one: Any, other: Any) -> Any:
    """What two answers say of the same objects."""
    if isinstance(one, list) and isinstance(other, list):
        return [merged(*each) for each in zip(one, other, strict=True)]
    if isinstance(one, dict) and isinstance(other, dict):
        both = one.keys() & other.keys()
        return {**one, **other, **{name: merged(one[name], other[name]) for name in both}}
    assert one == other
    return one


ROOTS = {
    "ConversationFlow": "query($id: ID!, $v: Int) { one: conversationFlow("
    "conversationFlowId: $id, version: $v) ",
    "ConversationFlowComponent": "query($id: ID!) { one: conversationFlowComponent("
    "conversationFlowComponentId: $id) ",
}


async def whole(w: World, name: str, **variables: Any) -> Json:
    """An object with all its fields: one operation for each kind of node, no field of which is
    asked of Retell twice."""
    shown: Json | None = None
    for kind in members("FlowNode"):
        response = await w.post(f"{ROOTS[name]} {{ {selection(name, kind)} }} }}", variables)
        assert SECRET not in response.text
        answer = response.json()["data"]["one"]
        shown = answer if shown is None else merged(shown, answer)
    assert shown is not None
    return shown


def as_retell(given: Any, shown: Any) -> Any:
    """`shown` in the form of what Retell gave: its names, and enum values as they were."""
    if isinstance(given, list):
        return [as_retell(one, other) for one, other in zip(given, shown, strict=True)]
    if not isinstance(given, dict):
        return shown
    return {
        name: shown[_field(name, shown)]
        if name in FREE_MAPS
        else as_retell(
            given[name], shown.get(f"{to_camel_case(name)}Raw", shown[_field(name, shown)])
        )
        for name in given.keys() - SECRETS
    }


def _field(name: str, shown: Json) -> str:
    if name == "id":
        name = RENAMED.get(shown["__typename"], "node_id")
    return to_camel_case(name)


def expected(given: Any) -> Any:
    """What Retell gave, as it is to be shown."""
    if isinstance(given, list):
        return [expected(each) for each in given]
    if not isinstance(given, dict):
        return given
    shown = {name: expected(value) for name, value in given.items() if name not in SECRETS}
    if isinstance(shown.get("url"), str):
        shown["url"] = shown["url"].partition("?")[0].replace(f"ada:{SECRET}-user@", "")
    if isinstance(shown.get("condition"), str):
        shown["condition"] = {"type": "prompt", "prompt": shown["condition"]}
    if type(shown.get("agent_version")) is int:
        shown["agent_version"] = str(shown["agent_version"])
    return shown


def by_the_form_of(given: Any) -> Any:
    """`given`, where a text is shown as an object."""
    if isinstance(given, list):
        return [by_the_form_of(each) for each in given]
    if not isinstance(given, dict):
        return given
    shown = {name: by_the_form_of(value) for name, value in given.items()}
    if isinstance(shown.get("condition"), str):
        shown["condition"] = {"type": "prompt", "prompt": shown["condition"]}
    return shown


async def test_every_version_of_every_flow_is_shown_whole(w: World) -> None:
    given = [body for flow in flows_in(w) for body in flow["versions"]]
    assert SECRET in str(given)
    for body in given:
        named = {"id": body["conversation_flow_id"], "v": body["version"]}
        shown = await whole(w, "ConversationFlow", **named)
        assert shown.pop("lastModificationTimestamp")[:4] in {"2025", "2026"}
        rest = {name: v for name, v in body.items() if name != "last_modification_timestamp"}
        assert as_retell(by_the_form_of(rest), shown) == expected(rest)
    assert w.requests == {GET: len(given)}


async def test_every_component_is_shown_whole(w: World) -> None:
    used, unused = parts_in(w)
    for body, linked in ((used, [flows_in(w)[0]["conversation_flow_id"]]), (unused, [])):
        id_ = body["conversation_flow_component_id"]
        shown = await whole(w, "ConversationFlowComponent", id=id_)
        assert shown.pop("userModifiedTimestamp").startswith("2026-05-")
        assert shown["linkedConversationFlowIds"] == linked
        rest = {name: v for name, v in body.items() if name != "user_modified_timestamp"}
        assert as_retell(by_the_form_of(rest), shown) == expected(rest)
    assert w.requests == {GET_PART: 2}


def global_id(name: str, key: str) -> str:
    return b64encode(f"{name}:{key}".encode()).decode()


async def test_the_newest_version_is_read_where_none_is_asked_for(w: World) -> None:
    flow_id = flows_in(w)[0]["conversation_flow_id"]
    query = "query($id: ID!) { conversationFlow(conversationFlowId: $id) { id version } }"
    newest = {"id": global_id("ConversationFlow", flow_id), "version": 2}
    for _ in range(2):
        assert await w.data(query, {"id": flow_id}) == {"conversationFlow": newest}
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("suffix", ["", ":0", ":1"])
async def test_a_global_id_leads_back_to_its_version(w: World, suffix: str) -> None:
    flow_id = flows_in(w)[0]["conversation_flow_id"]
    id_ = global_id("ConversationFlow", f"{flow_id}{suffix}")
    query = "query($id: ID!) { node(id: $id) { id ... on ConversationFlow { version } } }"
    version = int(suffix[1:]) if suffix else 2
    assert await w.data(query, {"id": id_}) == {"node": {"id": id_, "version": version}}
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("key", ["flow_1:", "flow_1:prod", "flow_1:-1", "flow_1:1:2", "flow_1:٣"])
async def test_a_global_id_that_cannot_be_is_refused_unasked(w: World, key: str) -> None:
    id_ = global_id("ConversationFlow", key)
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert await w.errors(query, {"id": id_}) == [("node", "BAD_USER_INPUT")]
    assert w.requests == {}


async def test_a_negative_version_is_refused_unasked(w: World) -> None:
    query = '{ conversationFlow(conversationFlowId: "flow_1", version: -1) { id } }'
    assert await w.errors(query) == [("conversationFlow", "BAD_USER_INPUT")]
    assert w.requests == {}


async def test_what_is_not_there_is_null(w: World) -> None:
    query = """query($id: ID!) {
        none: conversationFlow(conversationFlowId: "flow_none") { id }
        old: conversationFlow(conversationFlowId: $id, version: 99) { id }
        newest: conversationFlow(conversationFlowId: $id, version: null) { version }
        part: conversationFlowComponent(conversationFlowComponentId: "part_none") { id }
    }"""
    data = await w.data(query, {"id": flows_in(w)[0]["conversation_flow_id"]})
    assert data == {"none": None, "old": None, "newest": {"version": 2}, "part": None}
    assert w.requests == {GET: 3, GET_PART: 1}


async def test_lists_are_one_request_for_a_page_in_both_orders(w: World) -> None:
    query = """query($after: String, $by: FlowOrder) {
        conversationFlows(first: 3, after: $after, orderBy: $by) {
            nodes { conversationFlowId version nodes { nodeId } }
            edges { node { id } }
            pageInfo { endCursor hasNextPage }
        }
    }"""
    seen: dict[str, list[str]] = {}
    newest = {flow["conversation_flow_id"]: flow["versions"][-1]["version"] for flow in flows_in(w)}
    for order in ("ASCENDING", "DESCENDING"):
        after, more, seen[order] = None, True, []
        while more:
            page = (await w.data(query, {"after": after, "by": order}))["conversationFlows"]
            seen[order] += [node["conversationFlowId"] for node in page["nodes"]]
            for node in page["nodes"]:
                assert node["version"] == newest[node["conversationFlowId"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen["ASCENDING"] == seen["DESCENDING"][::-1]
    assert sorted(seen["ASCENDING"]) == sorted(flow["conversation_flow_id"] for flow in flows_in(w))
    assert w.requests == {LIST: 4}
    assert str(w.sent[0].url.query, "ascii") == "limit=3&sort_order=ascending"


async def test_components_are_listed_one_request_for_a_page(w: World) -> None:
    query = """query($after: String, $by: FlowOrder) {
        conversationFlowComponents(first: 1, after: $after, orderBy: $by) {
            nodes { name linkedConversationFlowIds } edges { node { name } }
            pageInfo { endCursor hasNextPage }
        }
    }"""
    first = (await w.data(query))["conversationFlowComponents"]
    after = {"after": first["pageInfo"]["endCursor"]}
    second = (await w.data(query, after))["conversationFlowComponents"]
    last = (await w.data(query, {"by": "ASCENDING"}))["conversationFlowComponents"]
    names = [page["nodes"][0]["name"] for page in (first, second, last)]
    assert names == ["Identity check", "Callback", "Callback"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert w.requests == {LIST_PARTS: 3}


async def test_links_lead_from_flows_to_agents_and_components_and_back(w: World) -> None:
    first = flows_in(w)[0]
    query = """query($id: ID!) { conversationFlow(conversationFlowId: $id) { nodes { type
        ... on FlowAgentSwapNode { agentVersion agent { agentId version } }
        ... on FlowSubagentNode {
            tools { ... on FlowAgentSwapTool { agentVersion agent { version } } }
        }
        ... on FlowComponentNode {
            sharedComponent { name linkedConversationFlows { conversationFlowId version } }
        }
    } } }"""
    nodes = (await w.data(query, {"id": first["conversation_flow_id"]}))["conversationFlow"][
        "nodes"
    ]
    given = next(node for node in first["versions"][-1]["nodes"] if node["type"] == "agent_swap")
    newest = len(w.sandbox.accounts["sandbox-key-a"].agent(given["agent_id"]).versions) - 1
    swaps = [node for node in nodes if node["type"] == "agent_swap"]
    assert [node["agentVersion"] for node in swaps] == ["0", "prod"]
    assert [node["agent"]["version"] for node in swaps] == [0, newest]
    assert {node["agent"]["agentId"] for node in swaps} == {given["agent_id"]}
    tools = [tool for node in nodes for tool in node.get("tools") or [] if tool]
    assert tools == [{"agentVersion": "0", "agent": {"version": 0}}]
    (part,) = [node["sharedComponent"] for node in nodes if node["type"] == "component"]
    linked = [{"conversationFlowId": first["conversation_flow_id"], "version": 2}]
    assert part == {"name": "Identity check", "linkedConversationFlows": linked}
    assert w.requests == {GET: 1, GET_AGENT: 2, GET_PART: 1}


async def test_a_component_of_a_flows_own_is_no_link(w: World) -> None:
    used = parts_in(w)[0]["conversation_flow_component_id"]
    query = """query($id: ID!) { conversationFlowComponent(conversationFlowComponentId: $id) {
        nodes { ... on FlowComponentNode { componentType sharedComponent { name } } }
    } }"""
    data = await w.data(query, {"id": used})
    shown = [node for node in data["conversationFlowComponent"]["nodes"] if node]
    assert shown == [{"componentType": "LOCAL", "sharedComponent": None}]
    assert w.requests == {GET_PART: 1}


@pytest.mark.parametrize(
    ("given", "version", "key"),
    [
        ({"agent_id": "a"}, None, "a"),
        ({"agent_id": "a", "agent_version": 3}, "3", "a:3"),
        ({"agent_id": "a", "agent_version": 0}, "0", "a:0"),
        ({"agent_id": "a", "agent_version": "3"}, "3", "a:3"),
        ({"agent_id": "a", "agent_version": "latest"}, "latest", "a"),
        ({"agent_id": "a", "agent_version": -1}, "-1", "a"),
        ({"agent_id": "a", "agent_version": True}, None, "a"),
        ({"agent_id": 7, "agent_version": 3}, "3", None),
        ({}, None, None),
    ],
)
def test_an_agent_is_named_with_its_version_where_that_is_a_number(
    given: Json, version: str | None, key: str | None
) -> None:
    assert (_version(given), _agent_key(given)) == (version, key)


async def test_what_is_newer_than_the_schema_is_shown_without_its_secrets() -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        tool = {"type": "teleport", "name": "go", "headers": {"key": SECRET}, "to": "Mars"}
        nodes = [
            {"id": "n", "type": "dream", "edges": [{"id": "e"}], "query_params": SECRET},
            {"type": "subagent", "tools": [tool], "stt_mode": "telepathy"},
            {"type": "component", "component_type": "shared", "component_id": 7},
        ]
        flow = {"conversation_flow_id": "flow_1", "nodes": nodes, "start_speaker": "both"}
        return httpx.Response(200, json=flow)

    query = """{ conversationFlow(conversationFlowId: "flow_1") {
        id startSpeaker startSpeakerRaw
        nodes { __typename nodeId type edges { edgeId }
          ... on FlowSubagentNode { sttMode sttModeRaw tools { __typename type name } }
          ... on FlowComponentNode { sharedComponent { name } }
        }
    } }"""
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        data = await w.data(query)
        assert len(w.sent) == 1
    tool = {"__typename": "UnknownFlowTool", "type": "teleport", "name": "go"}
    assert data["conversationFlow"] == {
        "id": global_id("ConversationFlow", "flow_1"),
        "startSpeaker": "UNKNOWN",
        "startSpeakerRaw": "both",
        "nodes": [
            {
                "__typename": "UnknownFlowNode",
                "nodeId": "n",
                "type": "dream",
                "edges": [{"edgeId": "e"}],
            },
            {
                "__typename": "FlowSubagentNode",
                "nodeId": None,
                "type": "subagent",
                "edges": None,
                "sttMode": "UNKNOWN",
                "sttModeRaw": "telepathy",
                "tools": [tool],
            },
            {
                "__typename": "FlowComponentNode",
                "nodeId": None,
                "type": "component",
                "edges": None,
                "sharedComponent": None,
            },
        ],
    }


@pytest.mark.parametrize("linked", [None, "flow_1", {}, [None, 7]])
async def test_a_component_that_names_no_flows_has_none(linked: object) -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        body = {"conversation_flow_component_id": "p", "linked_conversation_flow_ids": linked}
        return httpx.Response(200, json=body)

    query = """{ conversationFlowComponent(conversationFlowComponentId: "p") {
        linkedConversationFlows { id }
    } }"""
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        data = await w.data(query)
        assert data["conversationFlowComponent"]["linkedConversationFlows"] in ([], None)
        assert len(w.sent) == 1


@pytest.mark.parametrize("field", ["conversationFlows", "conversationFlowComponents"])
async def test_what_is_no_page_is_an_error_and_not_kept(field: str) -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": {}})

    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        for _ in range(2):
            query = f"{{ {field} {{ nodes {{ id }} }} }}"
            assert await w.errors(query) == [(field, "UPSTREAM_INVALID")]
        assert len(w.sent) == 2


async def test_a_flow_is_fresh_for_a_minute_and_refreshed_behind_the_scenes_for_five(
    w: World,
) -> None:
    flow_id = flows_in(w)[0]["conversation_flow_id"]
    part_id = parts_in(w)[0]["conversation_flow_component_id"]
    query = """query($id: ID!, $part: ID!) {
        conversationFlow(conversationFlowId: $id) { version }
        conversationFlowComponent(conversationFlowComponentId: $part) { name }
    }"""
    variables = {"id": flow_id, "part": part_id}
    await w.data(query, variables)
    w.clock.forward(59)
    await w.data(query, variables)
    assert w.requests == {GET: 1, GET_PART: 1}
    w.clock.forward(302)
    await w.data(query, variables)
    assert w.requests == {GET: 2, GET_PART: 2}


async def test_telephone_numbers_and_sip_headers_need_their_scopes() -> None:
    query = """{ conversationFlows(orderBy: ASCENDING) { nodes { nodes { type
        ... on FlowTransferCallNode { customSipHeaders transferDestination { number extension } }
        ... on FlowSmsNode { smsDestination { phoneNumber } }
        ... on FlowSubagentNode { tools { ... on FlowEndCallTool { customSipHeaders } } }
    } } } }"""
    async with world(calls=0, scopes=["engines:read"]) as w:
        text = (await w.post(query)).text
        assert "+1415•••0123" in text
        assert "+1415•••0124" in text
        assert "+14155550123" not in text
        assert '"extension":null' in text
        assert '"extension":"42"' not in text
        assert "X-Queue" not in text
    async with world(calls=0, scopes=["engines:read", "numbers:read", "variables:read"]) as w:
        text = (await w.post(query)).text
        assert "+14155550123" in text
        assert "+14155550124" in text
        assert '"extension":"42"' in text
        assert "X-Queue" in text
        assert len(w.audited) == 1


@pytest.mark.parametrize(
    "query",
    [
        '{ conversationFlow(conversationFlowId: "f") { id } }',
        "{ conversationFlows { nodes { id } } }",
        '{ conversationFlowComponent(conversationFlowComponentId: "f") { id } }',
        "{ conversationFlowComponents { nodes { id } } }",
    ],
)
async def test_who_has_not_the_scope_is_refused_and_nothing_is_asked(query: str) -> None:
    async with world(calls=0, scopes=["calls:read"]) as w:
        ((_, code),) = await w.errors(query)
        assert (code, w.sent) == ("FORBIDDEN", [])
