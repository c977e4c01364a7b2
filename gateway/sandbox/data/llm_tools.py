"""Every kind of tool that an LLM engine can have, secrets in the headers."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.data.session_tools import (
    app_tool,
    code_tool,
    custom_tool,
    post_session_tools,
)

Json = dict[str, Any]

_SPEECH: Json = {
    "speak_during_execution": True,
    "execution_message_type": "static_text",
    "execution_message_description": "One moment, please.",
}
_HEADERS = {"X-Case": "{{case_id}}"}
_MUSIC = {"on_hold_music": "custom", "custom_on_hold_music_asset_id": "asset_6f2d"}
_COLD = {"type": "cold_transfer", "cold_transfer_mode": "sip_invite"}
_WARM: Json = {
    "type": "warm_transfer",
    "agent_detection_timeout_ms": 20_000,
    "enable_bridge_audio_cue": True,
    "ivr_option": {"type": "prompt", "prompt": "Ask for the front desk."},
    "opt_out_human_detection": False,
    "public_handoff_option": {"type": "prompt", "prompt": "Introduce both."},
    "private_handoff_option": {"type": "static_message", "message": "A customer is waiting."},
} | _MUSIC
_LED: Json = {
    "type": "agentic_warm_transfer",
    "enable_bridge_audio_cue": False,
    "public_handoff_option": {"type": "static_message", "message": "You are connected."},
} | _MUSIC
_RINGING = {"show_transferee_as_caller": True, "transfer_ring_duration_ms": 15_000}
_FIXED = {"type": "predefined", "number": "+14155550150", "extension": "12#"}
_TOLD = {"type": "inferred", "prompt": "The branch that is nearest to the caller."}


def general_tools(colleague: str, leader: str) -> list[Json]:
    """All kinds but those of agents that lead a transfer, as `leader` does."""
    return [
        _tool("end_call", "end_call", custom_sip_headers=_HEADERS, **_SPEECH),
        *_transfers(leader),
        _swap("to_colleague", colleague, 0),
        _swap("to_newest_colleague", colleague, "prod"),
        _tool("press_digit", "press", delay_ms=1500),
        *(_in_conversation(tool) for tool in post_session_tools() if tool["type"] == "send_sms"),
        _in_conversation(custom_tool("find_customer")),
        _in_conversation(code_tool("score")),
        _extract(),
        _mcp(),
        _in_conversation(app_tool("find_contact", {"mode": "all", "fields": []})),
        _in_conversation(app_tool("find_owner", {"mode": "subset", "fields": ["id"]})),
    ]


def transfer_tools() -> list[Json]:
    """Those of agents that lead a transfer."""
    return [
        _tool("bridge_transfer", "connect", **_SPEECH),
        _tool("cancel_transfer", "give_up", **_SPEECH),
    ]


def _tool(kind: str, name: str, **more: Any) -> Json:
    return {"type": kind, "name": name, "description": f"Use it to {kind}."} | more


def _in_conversation(tool: Json) -> Json:
    """A tool as one that runs before or after a session, but for what only those have."""
    return {name: value for name, value in tool.items() if name not in ("depends_on", "condition")}


def _transfers(leader: str) -> list[Json]:
    led = {
        "agentic_transfer_config": {
            "action_on_timeout": "cancel_transfer",
            "transfer_agent": {"agent_id": leader, "agent_version": 0},
            "transfer_timeout_ms": 30_000,
        }
    }
    handoffs = {
        "public_handoff_option": _WARM["private_handoff_option"],
        "private_handoff_option": _WARM["public_handoff_option"],
    }
    told = {"public_handoff_option": _WARM["public_handoff_option"]}
    ways = {
        "transfer_cold": (_FIXED, _COLD),
        "transfer_warm": (_FIXED, _WARM),
        "transfer_warm_otherwise": (_TOLD, _WARM | handoffs),
        "transfer_led": (_TOLD, _LED | led),
        "transfer_led_otherwise": (_TOLD, _LED | led | told),
    }
    return [
        _tool(
            "transfer_call",
            name,
            transfer_destination=destination,
            transfer_option=option | _RINGING,
            custom_sip_headers=_HEADERS,
            ignore_e164_validation=False,
            **_SPEECH,
        )
        for name, (destination, option) in ways.items()
    ]


def _swap(name: str, agent_id: str, version: int | str) -> Json:
    return _tool(
        "agent_swap",
        name,
        agent_id=agent_id,
        agent_version=version,
        post_call_analysis_setting="both_agents",
        webhook_setting="only_source_agent",
        keep_current_language=True,
        keep_current_voice=False,
        use_swap_agent_max_duration=True,
        **_SPEECH,
    )


def _extract() -> Json:
    same = {"description": "As it was said.", "required": False, "conditional_prompt": "If said."}
    return _tool(
        "extract_dynamic_variable",
        "note",
        enable_typing_sound=False,
        variables=[
            {"type": "string", "name": "city", "examples": ["Paris"]} | same,
            {"type": "enum", "name": "size", "choices": ["small", "large"]} | same,
            {"type": "boolean", "name": "urgent"} | same,
            {"type": "number", "name": "guests"} | same,
        ],
    )


def _mcp() -> Json:
    return _tool(
        "mcp",
        "look_up_order",
        mcp_id="mcp_41c7",
        input_schema={"order_id": "string"},
        response_variables={"status": "$.status"},
        enable_typing_sound=True,
        speak_after_execution=True,
        **_SPEECH,
    )
