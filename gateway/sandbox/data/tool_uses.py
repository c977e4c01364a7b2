"""What happens in a call besides talk: tools, nodes of a flow, keys pressed, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from gateway.sandbox.data.scripts import Person, Script

Json = dict[str, Any]

_TOOLS = (
    ("check_availability", "custom"),
    ("book_appointment", "book_appointment_cal"),
    ("lookup_order", "custom"),
    ("send_text", "send_sms"),
    ("transfer_call", "transfer_call"),
)
_NODES = ("Greeting", "Identify caller", "Find a time", "Confirm", "Goodbye")
_TRANSITIONS = ("normal", "global", "global_go_back", "interrupt_go_back")


class ToolUse(NamedTuple):
    """One tool call; `at` is its place in the call, from 0 to 1."""

    at: float
    name: str
    type: str
    success: bool
    latency_ms: int


def tool_uses(script: Script) -> tuple[ToolUse, ...]:
    """None in calls of a minute or less, up to four in others."""
    if script.duration_ms <= 60_000:
        return ()
    rng = script.rng("tools")
    uses = []
    for at in sorted(rng.uniform(0.1, 0.9) for _ in range(rng.randrange(5))):
        name, kind = rng.choice(_TOOLS)
        uses.append(ToolUse(at, name, kind, rng.random() < 0.9, rng.randrange(80, 4000)))
    return tuple(uses)


def tool_entries(script: Script) -> list[tuple[float, Json]]:
    """The entries of the tools used and, for a conversation flow, of the nodes passed."""
    entries: list[tuple[float, Json]] = []
    for number, use in enumerate(tool_uses(script)):
        tool_id = f"tool_call_{number}_{script.call_id[-6:]}"
        call, result = _tool_pair(tool_id, use.name, use.type, script.person, success=use.success)
        answered = min(1.0, use.at + use.latency_ms / script.duration_ms)
        entries += [(use.at, call), (answered, result)]
    if script.agent.engine == "conversation-flow" and script.duration_ms:
        steps = len(_NODES) - 1
        entries += [((step + 0.5) / steps, _transition(step)) for step in range(steps)]
    return entries


def all_kinds(person: Person, time_s: float) -> list[Json]:
    """One entry of each kind but the utterances, every field of it set."""
    call, result = _tool_pair("tool_call_all", "lookup_order", "custom", person, success=True)
    call["thought_signature"] = "c2FuZGJveA=="
    call["metadata"] = {
        "backup_model_used": {
            "model": "gpt-5.4",
            "primary_model": "gpt-5.4",
            "backup_model": "gpt-5.4-mini",
            "reason": "first_usable",
            "selection_latency_ms": 95,
            "primary_ready_ms": 95,
            "backup_ready_ms": 220,
        }
    }
    picture = {"url": "https://files.retell.example/mms/1.jpg", "summary": "A photo of a letter"}
    sms = {
        "role": "sms",
        "content": f"This is {person.name}",
        "time_sec": time_s,
        "multimedia": [picture],
    }
    return [
        call,
        result,
        *(_transition(step) for step in range(len(_TRANSITIONS))),
        {"role": "dtmf", "digit": "7"},
        sms,
        {"role": "injected", "content": "The caller is a member.", "time_sec": time_s},
    ]


def _tool_pair(
    tool_id: str, name: str, kind: str, person: Person, *, success: bool
) -> tuple[Json, Json]:
    arguments = orjson.dumps({"customer": person.name, "email": person.email}).decode()
    content = {"status": "ok", "items": 3} if success else {"error": "timed out"}
    call: Json = {
        "role": "tool_call_invocation",
        "tool_call_id": tool_id,
        "name": name,
        "type": kind,
        "arguments": arguments,
    }
    result: Json = {
        "role": "tool_call_result",
        "tool_call_id": tool_id,
        "content": orjson.dumps(content).decode(),
        "successful": success,
    }
    return call, result


def _transition(step: int) -> Json:
    return {
        "role": "node_transition",
        "former_node_id": f"node-{step}",
        "former_node_name": _NODES[step],
        "new_node_id": f"node-{step + 1}",
        "new_node_name": _NODES[step + 1],
        "transition_type": _TRANSITIONS[step],
    }
