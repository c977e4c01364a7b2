"""The routes by which agents are tried out: the playground, and the tools of MCP servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import listed, properties
from gateway.sandbox.new_calls import texts
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.simulations import checked_mock

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask

Json = dict[str, Any]

ROLES = (
    "agent",
    "user",
    "tool_call_invocation",
    "tool_call_result",
    "node_transition",
    "state_transition",
    "injected",
    "sms",
)
MCP_ID = "mcp_crm"
"""The one server that every voice agent has."""


def complete(ask: Ask) -> Json:
    """The agent repeats what it heard; it ends where it hears "goodbye", and shows every kind of
    message where it hears "everything"."""
    _known(ask)
    asked = properties(
        "body",
        ask.body,
        {
            "component_id",
            "current_node_id",
            "current_state",
            "dynamic_variables",
            "messages",
            "tool_mocks",
        },
    )
    for message in listed("messages", asked.get("messages")):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise bad_request(f"role must be one of {', '.join(ROLES)}")
    mocks = [checked_mock(mock) for mock in listed("tool_mocks", asked.get("tool_mocks", []))]
    said = [m["content"] for m in asked["messages"] if m["role"] == "user" and "content" in m]
    last = str(said[-1]) if said else ""
    kinds = _everything() if last == "everything" else []
    answer = {"role": "agent", "content": f"You said: {last}" if last else "Hello!"}
    messages = [*_called(mocks), *kinds, answer]
    rng = seeded(ask.account.world, "completion", len(asked["messages"]), last)
    return {
        "messages": [
            {"message_id": f"msg_{token(rng, 12)}", "created_timestamp": ask.now_ms} | message
            for message in messages
        ],
        "call_ended": last == "goodbye",
        "current_node_id": asked.get("current_node_id", "node_start"),
        "current_state": asked.get("current_state", "start"),
        "dynamic_variables": texts("dynamic_variables", asked.get("dynamic_variables", {}))
        | {"turn": str(len(said))},
        "knowledge_base_retrieved_contents": ["Open from nine to five."],
    }


def _called(mocks: list[Json]) -> list[Json]:
    """Every tool that something stands in for is called once."""
    called: list[Json] = []
    for number, mock in enumerate(mocks):
        id_ = f"tool_call_{number}"
        call = {
            "role": "tool_call_invocation",
            "tool_call_id": id_,
            "name": mock["tool_name"],
            "arguments": orjson.dumps(mock["input_match_rule"].get("args", {})).decode(),
            "type": "custom",
            "thought_signature": "c2lnbmF0dXJl",
        }
        result = {
            "role": "tool_call_result",
            "tool_call_id": id_,
            "content": mock["output"],
            "successful": mock.get("result") is not False,
        }
        called += [call, result]
    return called


def _everything() -> list[Json]:
    file = {"url": "https://files.retell.example/map.png", "summary": "A map"}
    return [
        {"role": "user", "content": "Here is a map.", "multimedia": [file]},
        {
            "role": "node_transition",
            "former_node_id": "node_start",
            "former_node_name": "Start",
            "new_node_id": "node_end",
            "new_node_name": "End",
            "transition_type": "global",
        },
        {"role": "state_transition", "former_state_name": "start", "new_state_name": "end"},
        {"role": "injected", "content": "The user is a member."},
        {"role": "sms", "content": "Here.", "multimedia": [file]},
    ]


def get_mcp_tools(ask: Ask) -> bytes:
    _known(ask)
    asked = properties("query", dict(ask.query), {"mcp_id", "component_id", "version"})
    if "mcp_id" not in asked:
        raise bad_request("mcp_id is required")
    if asked["mcp_id"] != MCP_ID:
        raise not_found("mcp", asked["mcp_id"])
    return orjson.dumps(
        [
            {
                "name": name,
                "description": f"Does what {name} says.",
                "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}},
            }
            for name in ("find_customer", "note_call")
        ]
    )


def _known(ask: Ask) -> None:
    """A `Problem` unless there is the agent that is asked for, at that version."""
    agent = ask.account.agent(ask.path["agent_id"])
    if agent.channel != "voice" or agent.find(ask.query.get("version")) is None:
        raise not_found("agent", agent.agent_id)


ENDPOINTS = (
    Endpoint("POST", "/agent-playground-completion/{agent_id}", complete),
    Endpoint("GET", "/get-mcp-tools/{agent_id}", get_mcp_tools),
)
