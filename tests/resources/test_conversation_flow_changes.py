"""What changes of flows and of their components send, refuse, answer and make out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.flows import components, flows
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Json = dict[str, Any]

GET, LIST = "GET /get-conversation-flow", "GET /v2/list-conversation-flows"
GET_PART, LIST_PARTS = (
    "GET /get-conversation-flow-component",
    "GET /v2/list-conversation-flow-components",
)
CREATE, UPDATE, DELETE = (
    "POST /create-conversation-flow",
    "PATCH /update-conversation-flow",
    "DELETE /delete-conversation-flow",
)
CREATE_PART, UPDATE_PART, DELETE_PART = (
    "POST /create-conversation-flow-component",
    "PATCH /update-conversation-flow-component",
    "DELETE /delete-conversation-flow-component",
)
ERRORS = "userErrors { field message code } clientMutationId"
FLOW = "conversationFlow { id conversationFlowId version globalPrompt nodes { nodeId type } }"
PART = "conversationFlowComponent { id conversationFlowComponentId name nodes { nodeId } }"
SHOWN = {
    "createConversationFlow": FLOW,
    "updateConversationFlow": FLOW,
    "deleteConversationFlow": "deletedConversationFlowId",
    "createConversationFlowComponent": PART,
    "updateConversationFlowComponent": PART,
    "deleteConversationFlowComponent": "deletedConversationFlowComponentId",
}
READ = """query($flow: ID!, $part: ID!) {
  newest: conversationFlow(conversationFlowId: $flow) { globalPrompt components { name } }
  old: conversationFlow(conversationFlowId: $flow, version: 0) { globalPrompt }
  conversationFlows { nodes { globalPrompt } }
  conversationFlowComponent(conversationFlowComponentId: $part) {
    name linkedConversationFlowIds
  }
  conversationFlowComponents { nodes { name } }
}"""
TALK = {"id": "a", "type": "conversation", "instruction": {"type": "prompt", "text": "Hello"}}


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=0) as it:
        yield it


def flow_id(w: World, number: int = 0) -> str:
    held = [*flows(w.sandbox.accounts["sandbox-key-a"])]
    return str(held[number]["conversation_flow_id"])


def part_id(w: World) -> str:
    held = [*components(w.sandbox.accounts["sandbox-key-a"])]
    return str(held[0]["conversation_flow_component_id"])


async def change(w: World, name: str, /, **given: Any) -> Json:
    """The whole answer."""
    capital = f"{name[0].upper()}{name[1:]}"
    document = f"""mutation($input: {capital}Input!) {{
        {name}(input: $input) {{ {SHOWN[name]} {ERRORS} }}
    }}"""
    return await w.answer(document, {"input": given})


async def changed(w: World, name: str, /, **given: Any) -> Json:
    """The payload of a change that was made."""
    answer = await change(w, name, **given)
    assert "errors" not in answer, answer["errors"]
    payload: Json = answer["data"][name]
    assert payload.pop("userErrors") == []
    return payload


async def refused(w: World, name: str, /, **given: Any) -> tuple[list[str] | None, str, str]:
    """Field, code and message of the one error of a change that was not made."""
    answer = await change(w, name, **given)
    assert "errors" not in answer, answer["errors"]
    payload = answer["data"][name]
    (error,) = payload.pop("userErrors")
    payload.pop("clientMutationId")
    assert set(payload.values()) == {None}
    return error["field"], error["code"], error["message"]


async def test_a_flow_is_made_of_what_is_given_and_nothing_else(w: World) -> None:
    payload = await changed(
        w,
        "createConversationFlow",
        clientMutationId="a-flow-of-mine",
        nodes=[TALK],
        startSpeaker="AGENT",
        globalPrompt="Be kind.",
        startNodeId="a",
        kbConfig={"topK": 3},
        modelConfig={
            "type": "CASCADING",
            "primary": {"model": "gpt-5.4-mini", "tier": "FAST"},
            "backup": {"model": "gpt-4.1", "kickInTimeoutMs": 900},
            "temperature": 0.5,
        },
        defaultDynamicVariables={"queue": "sales"},
        beginTagDisplayPosition={"x": 1, "y": 2.5},
        tools=[{"type": "custom", "name": "t", "url": "https://a.test", "headers": {"k": "v"}}],
        mcps=None,
        isTransferCf=False,
    )
    made = payload["conversationFlow"]
    assert payload["clientMutationId"] == "a-flow-of-mine"
    assert (made["version"], made["globalPrompt"]) == (0, "Be kind.")
    assert made["nodes"] == [{"nodeId": "a", "type": "conversation"}]
    (sent,) = w.sent
    assert (sent.method, sent.url.path) == ("POST", "/create-conversation-flow")
    assert orjson.loads(sent.content) == {
        "nodes": [TALK],
        "start_speaker": "agent",
        "global_prompt": "Be kind.",
        "start_node_id": "a",
        "kb_config": {"top_k": 3},
        "model_config": {
            "type": "cascading",
            "primary": {"model": "gpt-5.4-mini", "tier": "fast"},
            "backup": {"model": "gpt-4.1", "kick_in_timeout_ms": 900},
            "temperature": 0.5,
        },
        "default_dynamic_variables": {"queue": "sales"},
        "begin_tag_display_position": {"x": 1, "y": 2.5},
        "tools": [{"type": "custom", "name": "t", "url": "https://a.test", "headers": {"k": "v"}}],
        "mcps": None,
        "is_transfer_cf": False,
    }
    read = "query($id: ID!) { node(id: $id) { ... on ConversationFlow { globalPrompt } } }"
    assert await w.data(read, {"id": made["id"]}) == {"node": {"globalPrompt": "Be kind."}}


async def test_the_newest_version_is_changed_unless_another_is_named(w: World) -> None:
    id_ = flow_id(w)
    newest = await changed(
        w, "updateConversationFlow", conversationFlowId=id_, globalPrompt="Newer", tools=None
    )
    assert (newest["conversationFlow"]["version"], len(newest["conversationFlow"]["nodes"])) == (
        2,
        21,
    )
    old = await changed(
        w, "updateConversationFlow", conversationFlowId=id_, version=0, globalPrompt="Older"
    )
    assert old["conversationFlow"]["globalPrompt"] == "Older"
    assert old["conversationFlow"]["id"] != newest["conversationFlow"]["id"]
    read = "query($id: ID!) { node(id: $id) { ... on ConversationFlow { version } } }"
    assert await w.data(read, {"id": old["conversationFlow"]["id"]}) == {"node": {"version": 0}}
    first, second = w.sent[:2]
    assert first.url.raw_path == f"/update-conversation-flow/{id_}".encode()
    assert orjson.loads(first.content) == {"global_prompt": "Newer", "tools": None}
    assert second.url.raw_path == f"/update-conversation-flow/{id_}?version=0".encode()
    assert orjson.loads(second.content) == {"global_prompt": "Older"}


async def test_a_backup_model_is_taken_away_with_null(w: World) -> None:
    await changed(
        w, "updateConversationFlow", conversationFlowId=flow_id(w), modelConfig={"backup": None}
    )
    assert orjson.loads(w.sent[0].content) == {"model_config": {"backup": None}}


async def test_what_was_read_of_a_flow_is_forgotten_when_it_changes(w: World) -> None:
    ids = {"flow": flow_id(w), "part": part_id(w)}
    other = {"id": flow_id(w, 1)}
    another = "query($id: ID!) { conversationFlow(conversationFlowId: $id) { globalPrompt } }"
    await w.data(READ, ids)
    await w.data(another, other)
    await changed(
        w, "updateConversationFlow", conversationFlowId=ids["flow"], globalPrompt="N", nodes=[TALK]
    )
    data = await w.data(READ, ids)
    await w.data(another, other)
    assert data["newest"]["globalPrompt"] == "N"
    assert "N" in [node["globalPrompt"] for node in data["conversationFlows"]["nodes"]]
    assert data["conversationFlowComponent"]["linkedConversationFlowIds"] == []
    assert w.requests == {GET: 5, LIST: 2, GET_PART: 2, LIST_PARTS: 2, UPDATE: 1}


async def test_a_flow_that_is_made_is_listed(w: World) -> None:
    ids = {"flow": flow_id(w), "part": part_id(w)}
    await w.data(READ, ids)
    await changed(
        w, "createConversationFlow", nodes=[TALK], startSpeaker="USER", globalPrompt="New"
    )
    data = await w.data(READ, ids)
    assert data["conversationFlows"]["nodes"][0]["globalPrompt"] == "New"
    assert w.requests == {GET: 2, LIST: 2, GET_PART: 2, LIST_PARTS: 2, CREATE: 1}


async def test_a_flow_that_agents_use_is_deleted_by_force_only(w: World) -> None:
    id_ = flow_id(w)
    read = "query($id: ID!) { conversationFlow(conversationFlowId: $id) { version } }"
    assert (await w.data(read, {"id": id_}))["conversationFlow"] == {"version": 2}
    (_, code, message) = await refused(w, "deleteConversationFlow", conversationFlowId=id_)
    assert (code, message) == ("BAD_USER_INPUT", "Retell refused the request as malformed.")
    payload = await changed(w, "deleteConversationFlow", conversationFlowId=id_, forceDelete=True)
    assert payload == {"deletedConversationFlowId": id_, "clientMutationId": None}
    assert await w.data(read, {"id": id_}) == {"conversationFlow": None}
    deletions = [request.url.raw_path.decode() for request in w.sent if request.method == "DELETE"]
    path = f"/delete-conversation-flow/{id_}"
    assert deletions == [path, f"{path}?force_delete=true"]
    assert await refused(w, "deleteConversationFlow", conversationFlowId=id_) == (
        ["conversationFlowId"],
        "NOT_FOUND",
        "Retell has no such object under this API key.",
    )


async def test_a_component_is_made_changed_and_deleted(w: World) -> None:
    made = await changed(w, "createConversationFlowComponent", name="New", nodes=[TALK])
    id_ = made["conversationFlowComponent"]["conversationFlowComponentId"]
    told = await changed(
        w,
        "updateConversationFlowComponent",
        conversationFlowComponentId=id_,
        name="Newer",
        flexMode=True,
        beginTagDisplayPosition=None,
    )
    assert told["conversationFlowComponent"] == made["conversationFlowComponent"] | {
        "name": "Newer"
    }
    gone = await changed(w, "deleteConversationFlowComponent", conversationFlowComponentId=id_)
    assert gone == {"deletedConversationFlowComponentId": id_, "clientMutationId": None}
    assert [(each.method, each.url.path) for each in w.sent] == [
        ("POST", "/create-conversation-flow-component"),
        ("PATCH", f"/update-conversation-flow-component/{id_}"),
        ("DELETE", f"/delete-conversation-flow-component/{id_}"),
    ]
    assert [orjson.loads(each.content) for each in w.sent[:2]] == [
        {"name": "New", "nodes": [TALK]},
        {"name": "Newer", "flex_mode": True, "begin_tag_display_position": None},
    ]
    for name in ("updateConversationFlowComponent", "deleteConversationFlowComponent"):
        more = {"name": "x"} if name.startswith("update") else {}
        (field, code, _) = await refused(w, name, conversationFlowComponentId=id_, **more)
        assert (field, code) == (["conversationFlowComponentId"], "NOT_FOUND")


async def test_a_changed_component_is_forgotten_and_flows_are_not(w: World) -> None:
    ids = {"flow": flow_id(w), "part": part_id(w)}
    await w.data(READ, ids)
    await changed(
        w, "updateConversationFlowComponent", conversationFlowComponentId=ids["part"], name="Newer"
    )
    data = await w.data(READ, ids)
    assert data["conversationFlowComponent"]["name"] == "Newer"
    assert "Newer" in [node["name"] for node in data["conversationFlowComponents"]["nodes"]]
    assert w.requests == {GET: 2, LIST: 1, GET_PART: 2, LIST_PARTS: 2, UPDATE_PART: 1}


async def test_a_component_that_is_made_is_listed_and_nothing_else_is_forgotten(w: World) -> None:
    ids = {"flow": flow_id(w), "part": part_id(w)}
    await w.data(READ, ids)
    await changed(w, "createConversationFlowComponent", name="New", nodes=[TALK])
    data = await w.data(READ, ids)
    assert data["conversationFlowComponents"]["nodes"][0] == {"name": "New"}
    assert w.requests == {GET: 2, LIST: 1, GET_PART: 1, LIST_PARTS: 2, CREATE_PART: 1}


async def test_flows_are_seen_to_have_copies_of_a_deleted_component(w: World) -> None:
    ids = {"flow": flow_id(w), "part": part_id(w)}
    await w.data(READ, ids)
    await changed(w, "deleteConversationFlowComponent", conversationFlowComponentId=ids["part"])
    data = await w.data(READ, ids)
    assert data["conversationFlowComponent"] is None
    assert data["newest"]["components"] == [{"name": "Small talk"}, {"name": "Identity check"}]
    assert w.requests == {GET: 4, LIST: 2, GET_PART: 2, LIST_PARTS: 2, DELETE_PART: 1}


NO_TEXTS: tuple[Any, ...] = ([], "x", {"a": 1}, {"a": None})
MADE = {"nodes": [TALK], "startSpeaker": "AGENT"}


@pytest.mark.parametrize(
    ("name", "given", "field", "message"),
    [
        ("updateConversationFlow", {}, None, "Give at least one field to change."),
        ("updateConversationFlow", {"version": 1}, None, "Give at least one field to change."),
        (
            "updateConversationFlow",
            {"version": -1, "globalPrompt": "x"},
            "version",
            "The version of a conversation flow is not negative.",
        ),
        *(
            (
                "updateConversationFlow",
                {field: None},
                field,
                f"`{field}` cannot be null; leave it out to keep it.",
            )
            for field in ("nodes", "startSpeaker", "kbConfig", "modelConfig")
        ),
        *(
            (
                "createConversationFlow",
                MADE | {field: value},
                field,
                f"`{field}` must be a list of JSON objects.",
            )
            for field, value in (
                ("nodes", {}),
                ("nodes", "text"),
                ("nodes", [TALK, 7]),
                ("components", [[]]),
                ("tools", {}),
                ("mcps", "x"),
                ("notes", [None]),
            )
        ),
        *(
            (
                "createConversationFlow",
                MADE | {"defaultDynamicVariables": value},
                "defaultDynamicVariables",
                "`defaultDynamicVariables` must be a JSON object of texts.",
            )
            for value in NO_TEXTS
        ),
        ("updateConversationFlowComponent", {}, None, "Give at least one field to change."),
        (
            "updateConversationFlowComponent",
            {"name": None},
            "name",
            "`name` cannot be null; leave it out to keep it.",
        ),
        (
            "updateConversationFlowComponent",
            {"nodes": None},
            "nodes",
            "`nodes` cannot be null; leave it out to keep it.",
        ),
        (
            "createConversationFlowComponent",
            {"name": "a", "nodes": [1]},
            "nodes",
            "`nodes` must be a list of JSON objects.",
        ),
        (
            "createConversationFlowComponent",
            {"name": "a", "nodes": [], "tools": {}},
            "tools",
            "`tools` must be a list of JSON objects.",
        ),
    ],
)
async def test_what_retell_would_not_take_is_refused_unsent(
    w: World, name: str, given: Json, field: str | None, message: str
) -> None:
    ids = {
        "updateConversationFlow": {"conversationFlowId": "flow_1"},
        "updateConversationFlowComponent": {"conversationFlowComponentId": "part_1"},
    }
    path = None if field is None else [field]
    told = await refused(w, name, **ids.get(name, {}), **given)
    assert told == (path, "BAD_USER_INPUT", message)
    assert w.sent == []


EVERY_CHANGE = {
    "createConversationFlow": MADE,
    "updateConversationFlow": {"conversationFlowId": "flow_1", "globalPrompt": "x"},
    "deleteConversationFlow": {"conversationFlowId": "flow_1"},
    "createConversationFlowComponent": {"name": "a", "nodes": []},
    "updateConversationFlowComponent": {"conversationFlowComponentId": "part_1", "name": "x"},
    "deleteConversationFlowComponent": {"conversationFlowComponentId": "part_1"},
}


@pytest.mark.parametrize(("name", "given"), EVERY_CHANGE.items())
async def test_who_has_not_the_scope_changes_nothing(name: str, given: Json) -> None:
    async with world(calls=0, scopes=["engines:read"]) as w:
        assert faults(await change(w, name, **given)) == [(name, "FORBIDDEN")]
        assert w.sent == []


@pytest.mark.parametrize(("name", "given"), EVERY_CHANGE.items())
async def test_a_change_is_sent_once_even_if_its_outcome_is_not_known(
    w: World, name: str, given: Json
) -> None:
    w.sandbox.faults.set([Fault(status=500)])
    for _ in range(2):
        answer = await change(w, name, clientMutationId="once-only", **given)
        assert faults(answer) == [(name, "OUTCOME_UNKNOWN")]
    assert len(w.sent) == 1


async def test_an_id_that_cannot_be_one_is_not_sent(w: World) -> None:
    for name, id_ in (
        ("deleteConversationFlow", "conversationFlowId"),
        ("deleteConversationFlowComponent", "conversationFlowComponentId"),
    ):
        (field, code, _) = await refused(w, name, **{id_: "../delete-agent/agent_1"})
        assert (field, code) == ([id_], "BAD_USER_INPUT")
    assert w.sent == []


async def test_numbers_in_what_is_made_are_audited(w: World) -> None:
    document = """mutation($input: CreateConversationFlowInput!) {
        createConversationFlow(input: $input) { conversationFlow { conversationFlowId nodes {
            ... on FlowTransferCallNode { transferDestination { number } }
        } } }
    }"""
    to = {"type": "predefined", "number": "+14155550199"}
    node = {"id": "t", "type": "transfer_call", "transfer_destination": to}
    data = await w.data(document, {"input": {"nodes": [node], "startSpeaker": "AGENT"}})
    made = data["createConversationFlow"]["conversationFlow"]
    assert made["nodes"] == [{"transferDestination": {"number": "+14155550199"}}]
    (line,) = [orjson.loads(line) for line in w.audited]
    assert line["ids"] == [made["conversationFlowId"]]


async def test_numbers_in_the_answer_to_a_change_are_audited(w: World) -> None:
    document = """mutation($input: UpdateConversationFlowInput!) {
        updateConversationFlow(input: $input) { conversationFlow { nodes {
            ... on FlowTransferCallNode { transferDestination { number } }
        } } }
    }"""
    given = {"conversationFlowId": flow_id(w), "globalPrompt": "x"}
    await w.data(document, {"input": given})
    (line,) = [orjson.loads(line) for line in w.audited]
    assert (line["type"], line["ids"]) == ("ConversationFlow", [flow_id(w)])
