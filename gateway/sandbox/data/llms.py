"""The LLM engines that a key has at first: those its agents name, in every version, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.knowledge_bases import knowledge_base_id
from gateway.sandbox.data.llm_tools import general_tools, transfer_tools
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sandbox.data.agents import Agent

Json = dict[str, Any]

_DAY_MS = 24 * 3600 * 1000
_SAME = ("version", "is_published", "last_modification_timestamp")
"""What an engine's version has in common with the agent's."""


def chat_llm_id(world: str, number: int) -> str:
    """Engines for chat agents: the one of number 1 has an agent, the other has none yet."""
    return f"llm_{token(seeded(world, 'chat engine', number), 12)}"


def llms_of(world: str, agents: Sequence[Agent], anchor_ms: int) -> list[Json]:
    """Each with its `versions`, the oldest first; those for chat agents are drafts."""
    named: dict[str, list[Json]] = {}
    voice = (agent for agent in agents if agent.channel == "voice")
    for version in (version for agent in voice for version in agent.versions):
        engine = version.body["response_engine"]
        if engine["type"] == "retell-llm":
            same = {name: version.body[name] for name in _SAME}
            named.setdefault(engine["llm_id"], []).append(same)
    leading = f"llm_{token(seeded(world, 'transfer engine'), 12)}"
    others = {leading: _leading()} | {chat_llm_id(world, n): _chat(world, n) for n in range(2)}
    llms = {
        llm_id: _llm(llm_id, [_draft(anchor_ms - (30 + number) * _DAY_MS)], options)
        for number, (llm_id, options) in enumerate(others.items())
    }
    kinds = [_many_prompts(agents), _with_knowledge(world), _speech(), _older()]
    for number, (llm_id, versions) in enumerate(named.items()):
        llms[llm_id] = _llm(llm_id, versions, kinds[number % len(kinds)])
    return [*llms.values()]


def _draft(at_ms: int) -> Json:
    return {"version": 0, "is_published": False, "last_modification_timestamp": at_ms}


def _llm(llm_id: str, versions: list[Json], options: Json) -> Json:
    bodies = [{"llm_id": llm_id} | version | options for version in versions]
    return {"llm_id": llm_id, "versions": bodies}


def _many_prompts(agents: Sequence[Agent]) -> Json:
    voice = [agent.agent_id for agent in agents if agent.channel == "voice"]
    leader = next(agent.agent_id for agent in agents if agent.item.get("is_transfer_agent"))
    tools = general_tools(voice[1], leader)
    arrival = {
        "type": "object",
        "properties": {"guests": {"type": "number", "description": "How many come"}},
        "required": ["guests"],
        "additionalProperties": False,
    }
    edge = {"description": "Once all is known.", "destination_state_name": "book"}
    return {
        "general_prompt": "You are the front desk of a small hotel.",
        "general_tools": tools,
        "states": [
            {
                "name": "ask",
                "state_prompt": "Ask when they come, and how many.",
                "edges": [edge | {"parameters": arrival}],
                "tools": [*tools, *transfer_tools()],
            },
            {"name": "book", "state_prompt": "Book the room.", "edges": [], "tools": []},
        ],
        "starting_state": "ask",
        "start_speaker": "agent",
        "begin_message": "Hotel Seaview, good day!",
        "default_dynamic_variables": {"hotel": "Seaview"},
        "model_config": {
            "type": "cascading",
            "primary": {"model": "gpt-5.4-mini", "tier": "fast"},
            "backup": {"model": "gpt-4.1", "tier": "standard", "kick_in_timeout_ms": 1200},
            "temperature": 0.2,
        },
        "model": "gpt-5.4-mini",
        "tool_call_strict_mode": True,
    }


def _with_knowledge(world: str) -> Json:
    return {
        "general_prompt": "You remind people of what they owe.",
        "general_tools": [],
        "start_speaker": "user",
        "begin_message": "",
        "begin_after_user_silence_ms": 2000,
        "model": "claude-5-sonnet",
        "knowledge_base_ids": [knowledge_base_id(world, number) for number in (0, 1)],
        "kb_config": {"top_k": 3, "filter_score": 0.6},
        "mcps": [
            {
                "name": "orders",
                "url": f"https://ada:{SECRET}-user@mcp.example.com/sse?key={SECRET}-mcp",
                "headers": {"Authorization": f"Bearer {SECRET}-mcp-header"},
                "query_params": {"api_key": f"{SECRET}-mcp-query"},
                "timeout_ms": 5000,
            }
        ],
    }


def _speech() -> Json:
    return {
        "general_prompt": "You ask how people liked their stay.",
        "start_speaker": "agent",
        "begin_message": None,
        "model_config": {
            "type": "s2s",
            "primary": {"model": "gpt-realtime-2.1"},
            "temperature": 0.6,
        },
        "s2s_model": "gpt-realtime-2.1",
    }


def _older() -> Json:
    return {
        "general_prompt": "You help with computers.",
        "start_speaker": "agent",
        "model": "gpt-6.1-sol",
        "model_temperature": 0.1,
        "model_high_priority": True,
        "model_ultrafast": False,
        "backup_model": {
            "type": "cascading",
            "model": "gpt-4.1-mini",
            "backup_kick_in_timeout": 1500,
            "high_priority": True,
            "ultrafast": False,
        },
    }


def _leading() -> Json:
    return {
        "general_prompt": "Ask whether the colleague has time for the caller.",
        "general_tools": transfer_tools(),
        "start_speaker": "agent",
        "model": "gpt-5.4-nano",
        "is_transfer_llm": True,
    }


def _chat(world: str, number: int) -> Json:
    return {
        "general_prompt": "You answer in writing.",
        "start_speaker": "user",
        "model": "gemini-3.6-flash",
        "knowledge_base_ids": [knowledge_base_id(world, number)],
    }
