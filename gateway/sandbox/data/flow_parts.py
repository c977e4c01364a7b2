"""What flows of the sandbox are made of: conditions, edges, tools and transfers of every kind."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.data.session_tools import SECRET

Json = dict[str, Any]

SIP_HEADERS = {"X-Queue": "{{queue}}"}
MODEL_CHOICE: Json = {
    "type": "cascading",
    "model": "gpt-5.4-mini",
    "high_priority": True,
    "ultrafast": False,
}
_SAYS: Json = {
    "speak_during_execution": True,
    "execution_message_type": "prompt",
    "execution_message_description": "Say that it takes a moment.",
}
_PARAMETERS: Json = {
    "type": "object",
    "properties": {"order": {"type": "string", "description": "Number of the order"}},
    "required": ["order"],
    "additionalProperties": False,
}


def prompt(text: str) -> Json:
    return {"type": "prompt", "prompt": text}


def equation(left: str, operator: str, right: str | None = None) -> Json:
    compared = {"left": left, "operator": operator} | ({} if right is None else {"right": right})
    return {"type": "equation", "operator": "&&", "equations": [compared]}


def edge(name: str, to: str | None, condition: Json) -> Json:
    leads = {} if to is None else {"destination_node_id": to}
    return {"id": f"edge-{name}", "transition_condition": condition} | leads


def named_edge(name: str, to: str, meaning: str, *, equations: bool = False) -> Json:
    """An edge with a meaning of its own, which Retell has for a prompt."""
    condition = equation("{{attempts}}", "<", "3") | {"prompt": meaning}
    return edge(name, to, condition if equations else prompt(meaning))


def transcript() -> list[Json]:
    call = {"role": "tool_call_invocation", "tool_call_id": "call-1", "name": "find_order"}
    return [
        {"role": "agent", "content": "Which order is it?"},
        {"role": "user", "content": "Number 12."},
        call | {"arguments": '{"order": "12"}'},
        {"role": "tool_call_result", "tool_call_id": "call-1", "content": "shipped"},
    ]


def global_setting(kind: int) -> Json:
    """That a node is reached from everywhere, with one of the four forms of condition."""
    asked = equation("{{language}}", "!=", "en")
    both = asked | {"type": "equation_prompt", "prompt_condition": prompt("They want a person")}
    conditions = ("The user wants a person", prompt("They are angry"), asked, both)
    return {
        "condition": conditions[kind % len(conditions)],
        "cool_down": 2,
        "go_back_conditions": [edge("back", None, prompt("They changed their mind"))],
        "positive_finetune_examples": [{"transcript": transcript()}],
        "negative_finetune_examples": [{"transcript": transcript()[:2]}],
    }


def variables() -> list[Json]:
    told: dict[str, Json] = {
        "string": {"examples": ["A-12"]},
        "enum": {"choices": ["new", "known"]},
        "boolean": {"required": True},
        "number": {"conditional_prompt": "Only of orders that are paid"},
    }
    plain = {"required": False, "conditional_prompt": "If it is said"}
    return [
        {"type": kind, "name": f"found_{kind}", "description": f"A {kind}"} | plain | more
        for kind, more in told.items()
    ]


def transfer_options(agent: Json) -> list[Json]:
    shared: Json = {
        "show_transferee_as_caller": True,
        "transfer_ring_duration_ms": 20_000,
        "on_hold_music": "custom",
        "custom_on_hold_music_asset_id": "asset_5f1d2c3b",
        "enable_bridge_audio_cue": False,
        "public_handoff_option": {"type": "static_message", "message": "You are connected."},
    }
    cold = {"type": "cold_transfer", "cold_transfer_mode": "sip_invite"}
    ringing = ("show_transferee_as_caller", "transfer_ring_duration_ms")
    return [
        cold | {name: shared[name] for name in ringing},
        shared
        | {
            "type": "warm_transfer",
            "agent_detection_timeout_ms": 15_000,
            "ivr_option": prompt("Choose the sales team"),
            "opt_out_human_detection": False,
            "private_handoff_option": prompt("Say who is calling, and why"),
        },
        shared
        | {
            "type": "agentic_warm_transfer",
            "on_hold_music": "ringtone",
            "agentic_transfer_config": {
                "action_on_timeout": "cancel_transfer",
                "transfer_agent": agent,
                "transfer_timeout_ms": 25_000,
            },
        },
    ]


def destinations() -> list[Json]:
    return [
        {"type": "predefined", "number": "+14155550123", "extension": "42"},
        {"type": "inferred", "prompt": "The number of the nearest shop"},
    ]


def sms_targets() -> list[Json]:
    """Whom messages go to and come from, in each way."""
    number = {"type": "phone_number", "phone_number": "+14155550124"}
    return [
        {
            "sms_destination": number | {"ignore_e164_validation": False},
            "sms_sender": {"type": "retell_long_code"},
        },
        {
            "sms_destination": {"type": "customer_number"},
            "sms_sender": {"type": "current_number"},
        },
        {"sms_destination": None, "sms_sender": None},
    ]


def swap(agent: Json) -> Json:
    return agent | {
        "post_call_analysis_setting": "both_agents",
        "webhook_setting": "only_source_agent",
        "keep_current_language": True,
        "keep_current_voice": False,
        "use_swap_agent_max_duration": True,
    }


def custom_tool(name: str) -> Json:
    return _SAYS | {
        "type": "custom",
        "name": name,
        "description": "Asks the customer's own system.",
        "url": f"https://ada:{SECRET}-user@hooks.example.com/{name}?key={SECRET}-url",
        "method": "POST",
        "headers": {"Authorization": f"Bearer {SECRET}-header"},
        "query_params": {"api_key": f"{SECRET}-query"},
        "parameters": _PARAMETERS,
        "parameter_type": "json",
        "args_at_root": True,
        "timeout_ms": 8000,
        "max_retry": 2,
        "response_variables": {"status": "$.status"},
        "enable_typing_sound": True,
        "speak_after_execution": True,
    }


def app_tool(name: str, selection: Json) -> Json:
    return _SAYS | {
        "type": "integration_app",
        "name": name,
        "description": "Writes the contact into the CRM.",
        "provider": "hubspot",
        "app_id": "app_5f1d2c3b4a",
        "app_tool_template_name": "upsert_contact",
        "parameters": [_PARAMETERS],
        "output_selection": selection,
        "response_variables": {"contact_id": "$.id"},
        "enable_typing_sound": False,
        "speak_after_execution": True,
    }


def flow_tools() -> list[Json]:
    """The tools that a flow or a component has: custom ones and those of apps."""
    subset = {"mode": "subset", "fields": ["id", "email"]}
    return [
        custom_tool("find_order") | {"tool_id": "tool-find-order"},
        app_tool("save_contact", {"mode": "all", "fields": []}) | {"tool_id": "tool-save-contact"},
        app_tool("save_owner", subset) | {"tool_id": "tool-save-owner"},
    ]


def subagent_tools(agent: Json) -> list[Json]:
    """A tool of every kind that a node can have."""

    def tool(kind: str, **own: Any) -> Json:
        return {"type": kind, "name": f"do_{kind}", "description": f"For {kind}."} | own

    code = {"code": "return 1;", "timeout_ms": 3000, "response_variables": {"one": "$"}}
    mcp = {"mcp_id": "mcp-shop", "input_schema": {"order": "string"}}
    contents = (
        {"type": "predefined", "text": "Thank you for calling."},
        prompt("Sum up the call") | {"type": "inferred"},
        {"type": "template", "template": "info_collection"},
    )
    heard = {"enable_typing_sound": True, "speak_after_execution": True}
    return [
        tool("end_call", custom_sip_headers=SIP_HEADERS) | _SAYS,
        *(
            tool(
                "transfer_call",
                transfer_destination=destinations()[number % 2],
                transfer_option=option,
                custom_sip_headers=SIP_HEADERS,
                ignore_e164_validation=False,
            )
            | _SAYS
            | {"name": f"do_transfer_{number}"}
            for number, option in enumerate(transfer_options(agent))
        ),
        tool("agent_swap") | swap(agent) | _SAYS,
        tool("press_digit", delay_ms=500),
        *(
            tool("send_sms", sms_content=content, speak_after_execution=True)
            | target
            | _SAYS
            | {"name": f"do_send_sms_{content['type']}"}
            for content, target in zip(contents, sms_targets(), strict=True)
        ),
        custom_tool("ask_shop"),
        tool("code") | code | heard | _SAYS,
        tool("extract_dynamic_variable", variables=variables(), enable_typing_sound=True),
        tool("bridge_transfer") | _SAYS,
        tool("cancel_transfer") | _SAYS,
        tool("mcp", response_variables={"stock": "$.stock"}) | mcp | heard | _SAYS,
        app_tool("note_down", {"mode": "all", "fields": []}),
    ]


def mcp_servers() -> list[Json]:
    return [
        {
            "name": "Shop",
            "url": f"https://mcp.example.com/shop?key={SECRET}-mcp",
            "headers": {"Authorization": f"Bearer {SECRET}-mcp-header"},
            "query_params": {"key": f"{SECRET}-mcp-query"},
            "timeout_ms": 5000,
        }
    ]


def notes() -> list[Json]:
    return [
        {
            "id": "note-1",
            "content": "Ask for the order first. <image:asset_5f1d2c3b>",
            "display_position": {"x": 40, "y": -120},
            "size": {"width": 240, "height": 80},
        }
    ]
