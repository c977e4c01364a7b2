"""The conversation flows and components of one key: the flows that its agents name, and one of
them with a node of every kind in which every field has a value.

Longer than other modules: Retell has that many kinds of nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.flow_parts import (
    MODEL_CHOICE,
    SIP_HEADERS,
    destinations,
    edge,
    equation,
    flow_tools,
    global_setting,
    mcp_servers,
    named_edge,
    notes,
    prompt,
    sms_targets,
    subagent_tools,
    swap,
    transcript,
    transfer_options,
    variables,
)
from gateway.sandbox.data.seeds import seeded, token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sandbox.data.agents import Agent, AgentVersion

Json = dict[str, Any]

_HOUR_MS = 3600 * 1000
_COMPONENTS = ("Identity check", "Callback")
_KNOWLEDGE = 2


def component_id(world: str, number: int) -> str:
    return f"conversation_flow_component_{token(seeded(world, 'component', number), 12)}"


def _knowledge_base_ids(world: str) -> list[str]:
    """Those that the same key has."""
    ids = (token(seeded(world, "knowledge base", n), 16) for n in range(_KNOWLEDGE))
    return [f"knowledge_base_{id_}" for id_ in ids]


def _text(number: int) -> Json:
    static = {"type": "static_text", "text": "One moment, please."}
    return static if number % 2 else {"type": "prompt", "text": "Ask what it is about."}


def _ways(number: int) -> Json:
    """The ways on of a node that has conditions."""
    examples = {"id": f"example-{number}", "destination_node_id": "end-1"}
    return {
        "edges": [
            edge(f"{number}-a", "end-1", prompt("They are done")),
            edge(f"{number}-b", "branch-1", equation("{{order}}", "exists")),
        ],
        "else_edge": named_edge(f"{number}-else", "end-1", "Else", equations=number % 2 == 0),
        "finetune_transition_examples": [examples | {"transcript": transcript()}],
    }


def _talk(number: int, world: str) -> Json:
    """What nodes in which is talked have besides."""
    always, skips = f"{number}-always", f"{number}-skip"
    equations = number % 2 == 0
    return {
        "instruction": {"type": "prompt", "text": "Help with the order."},
        "always_edge": named_edge(always, "end-1", "Always", equations=equations),
        "skip_response_edge": named_edge(skips, "end-1", "Skip response", equations=equations),
        "skippable": False,
        "finetune_conversation_examples": [
            {"id": f"talk-{number}", "transcript": transcript()[:2]}
        ],
        "knowledge_base_ids": _knowledge_base_ids(world)[:1],
        "kb_config": {"top_k": 3, "filter_score": 0.6},
        "allow_dtmf_interruption": True,
        "boosted_keywords": ["Retell"],
        "stt_mode": "custom",
        "custom_stt_config": {"provider": "deepgram", "endpointing_ms": 50},
        "interruption_sensitivity": 0.7,
        "responsiveness": 0.9,
        "voice_speed": 1.1,
        "reminder_trigger_ms": 8000,
        "reminder_max_count": 2,
    } | _ways(number)


_RUNS: Json = {"wait_for_result": True, "enable_typing_sound": True}
_SPEAKS: Json = {"speak_during_execution": True}


def _fails(number: int) -> Json:
    """The way on where a transfer does not come to be."""
    equations = number % 2 == 0
    return {"edge": named_edge(f"{number}-failed", "end-1", "Transfer failed", equations=equations)}


def _transfers(agent: Json) -> list[tuple[str, Json]]:
    nodes = [
        {
            "transfer_destination": destinations()[number % 2],
            "transfer_option": option,
            "custom_sip_headers": SIP_HEADERS,
            "ignore_e164_validation": True,
        }
        for number, option in enumerate(transfer_options(agent))
    ]
    return [
        ("transfer_call", node | _SPEAKS | {"instruction": _text(number)} | _fails(number))
        for number, node in enumerate(nodes)
    ]


def _messages() -> list[tuple[str, Json]]:
    texts = [_text(0), _text(1), {"type": "template", "template": "info_collection"}]
    return [
        (
            "sms",
            {
                "instruction": text,
                "success_edge": named_edge(
                    f"{number}-sent", "end-1", "Sent successfully", equations=number == 1
                ),
                "failed_edge": named_edge(
                    f"{number}-unsent", "end-1", "Failed to send", equations=number == 1
                ),
            }
            | target,
        )
        for number, (text, target) in enumerate(zip(texts, sms_targets(), strict=True))
    ]


def _kinds(world: str, agent: Json) -> list[tuple[str, Json]]:
    """Kinds of nodes, each with what is its own."""
    called = {"tool_id": "tool-find-order", "tool_type": "local"}
    code = {"code": "return { a: 1 };", "timeout_ms": 2000, "response_variables": {"a": "$.a"}}
    mcp = {"mcp_id": "mcp-shop", "mcp_tool_name": "stock", "response_variables": {"s": "$.s"}}
    parts = {"component_id": component_id(world, 0), "component_type": "shared"}
    tools = {"tools": subagent_tools(agent), "tool_ids": ["tool-save-contact"]}
    return [
        ("conversation", _talk(0, world)),
        ("conversation", _talk(1, world) | {"instruction": _text(1)}),
        ("subagent", _talk(2, world) | tools),
        ("end", {"custom_sip_headers": SIP_HEADERS, "instruction": _text(0)} | _SPEAKS),
        ("function", called | {"instruction": _text(1)} | _SPEAKS | _RUNS | _ways(3)),
        ("code", code | {"instruction": _text(0)} | _SPEAKS | _RUNS | _ways(4)),
        *_transfers(agent),
        ("press_digit", {"instruction": _text(0), "delay_ms": 800} | _ways(5)),
        ("branch", _ways(6)),
        *_messages(),
        (
            "extract_dynamic_variables",
            {"variables": variables(), "enable_typing_sound": False} | _ways(7),
        ),
        ("agent_swap", swap(agent) | {"instruction": _text(1)} | _SPEAKS | _fails(8)),
        ("agent_swap", swap(agent | {"agent_version": "prod"}) | _fails(9)),
        ("mcp", mcp | {"instruction": _text(0)} | _SPEAKS | _RUNS | _ways(10)),
        ("component", parts | _ways(11)),
        ("bridge_transfer", {"instruction": _text(0)} | _SPEAKS),
        ("cancel_transfer", {"instruction": _text(1)} | _SPEAKS),
    ]


def every_node(world: str, agent: Json) -> list[Json]:
    """Nodes of every kind, several of those that come in several forms."""
    counted: dict[str, int] = {}
    nodes = []
    for number, (kind, own) in enumerate(_kinds(world, agent)):
        counted[kind] = counted.get(kind, 0) + 1
        models = {
            "model_choice": MODEL_CHOICE,
            "model_config": {"primary": {"model": "gpt-5.4-mini", "tier": "fast"}},
        }
        nodes.append(
            {
                "id": f"{kind}-{counted[kind]}",
                "type": kind,
                "name": f"Step {number + 1}",
                "display_position": {"x": 320.5 * number, "y": 80},
                "global_node_setting": global_setting(number),
            }
            | ({} if kind == "component" else models)
            | own
        )
    return nodes


def few_nodes(number: int) -> list[Json]:
    """A short conversation, as most are."""
    return [
        {
            "id": "start",
            "type": "conversation",
            "name": "Welcome",
            "instruction": {"type": "prompt", "text": f"Welcome the user, in way {number}."},
            "edges": [edge("bye", "bye", prompt("They have no more questions"))],
            "display_position": {"x": 0, "y": 0},
        },
        {"id": "bye", "type": "end", "name": "Goodbye"},
    ]


def _canvas() -> Json:
    return {"notes": notes(), "begin_tag_display_position": {"x": -200, "y": 80}}


def _models(number: int) -> Json:
    """Models that write for one flow, one that speaks for the next."""
    if number % 2:
        spoken = {"primary": {"model": "gpt-realtime-2"}, "temperature": 0.2, "type": "s2s"}
        return {
            "model_choice": {"type": "s2s", "model": "gpt-realtime-2"},
            "model_config": spoken,
        }
    return {
        "model_choice": MODEL_CHOICE,
        "model_temperature": 0.3,
        "backup_model": MODEL_CHOICE | {"backup_kick_in_timeout": 1200},
        "model_config": {
            "type": "cascading",
            "primary": {"model": "gpt-5.4-mini", "tier": "fast"},
            "backup": {"model": "gpt-4.1", "tier": "standard", "kick_in_timeout_ms": 1200},
            "temperature": 0.3,
        },
    }


def _whole(world: str, agent: Json) -> Json:
    """What a flow has in which every field has a value."""
    inner = {"name": "Small talk", "nodes": few_nodes(0), "start_node_id": "start"}
    tools = {"tools": flow_tools(), "mcps": mcp_servers()}
    return {
        "nodes": every_node(world, agent),
        "start_node_id": "conversation-1",
        "components": [inner | tools | {"flex_mode": False} | _canvas()],
        "knowledge_base_ids": _knowledge_base_ids(world),
        "kb_config": {"top_k": 5, "filter_score": 0.5},
        "default_dynamic_variables": {"queue": "sales"},
        "begin_after_user_silence_ms": 1500,
        "flex_mode": False,
        "is_transfer_cf": False,
        "tool_call_strict_mode": True,
    } | (tools | _canvas())


def _transfer_agent(agents: Sequence[Agent]) -> Json:
    """Another agent, for nodes that hand over to one."""
    other = next(agent for agent in agents if agent.item.get("is_transfer_agent"))
    return {"agent_id": other.agent_id, "agent_version": 0}


def _flow(number: int, named_by: AgentVersion) -> Json:
    """A flow at the version that an agent names, changed an hour before the agent was."""
    engine = named_by.body["response_engine"]
    return {
        "conversation_flow_id": engine["conversation_flow_id"],
        "version": engine["version"],
        "last_modification_timestamp": named_by.body["last_modification_timestamp"] - _HOUR_MS,
        "global_prompt": f"You answer for {named_by.body['agent_name']}.",
        "start_speaker": "user" if number % 2 else "agent",
        "nodes": few_nodes(number),
        "start_node_id": "start",
    } | _models(number)


def flows_of(world: str, agents: Sequence[Agent]) -> list[Json]:
    """The flows that agents name, each with the `versions` that they name of it."""
    found: list[Json] = []
    for agent in agents:
        named = [each for each in agent.versions if each.engine == "conversation-flow"]
        if not named:
            continue
        number = len(found)
        whole = {} if number else _whole(world, _transfer_agent(agents))
        by_version = {each.body["response_engine"]["version"]: each for each in named}
        versions = [
            _flow(number, by_version.get(version, named[0])) | whole | {"version": version}
            for version in range(max(by_version) + 1)
        ]
        found.append(
            {"conversation_flow_id": versions[0]["conversation_flow_id"], "versions": versions}
        )
    return found


def components_of(world: str, agents: Sequence[Agent], anchor_ms: int) -> list[Json]:
    """Two components: one with every kind of node, and one that is a part of no flow."""
    inside = {"component_id": "inner", "component_type": "local"}
    nodes = [
        node | inside if node["type"] == "component" else node
        for node in every_node(world, _transfer_agent(agents))
    ]
    rest = {"flex_mode": False, "tools": flow_tools(), "mcps": mcp_servers()} | _canvas()
    return [
        {
            "conversation_flow_component_id": component_id(world, number),
            "name": name,
            "user_modified_timestamp": anchor_ms - (number + 1) * 24 * _HOUR_MS,
            "nodes": few_nodes(9) if number else nodes,
            "start_node_id": "start" if number else "conversation-1",
        }
        | ({} if number else rest)
        for number, name in enumerate(_COMPONENTS)
    ]
