"""The tools that agents run before and after a session: every kind, secrets in the headers."""

from __future__ import annotations

from typing import Any

SECRET = "sandbox-secret"  # noqa: S105 - no secret: the mark that every stand-in secret carries
"""Part of every value that a gateway must not show, so that a test can look for it."""

_SPEECH: dict[str, Any] = {
    "enable_typing_sound": True,
    "execution_message_type": "prompt",
    "execution_message_description": "Say that you are looking it up.",
    "speak_during_execution": True,
    "speak_after_execution": False,
}

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"customer_id": {"type": "string", "description": "Id in the CRM"}},
    "required": ["customer_id"],
    "additionalProperties": False,
}


def _condition(left: str, operator: str, right: str | None) -> dict[str, Any]:
    equation = {"left": left, "operator": operator} | ({} if right is None else {"right": right})
    return {"type": "equation", "operator": "&&", "equations": [equation]}


def app_tool(name: str, selection: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "integration_app",
        "app_id": "app_5f1d2c3b4a",
        "app_tool_template_name": "upsert_contact",
        "name": name,
        "provider": "hubspot",
        "description": "Writes the contact into the CRM.",
        "depends_on": [],
        "output_selection": selection,
        "parameters": [_PARAMETERS],
        "response_variables": {"contact_id": "$.id"},
        **_SPEECH,
    }


def custom_tool(name: str) -> dict[str, Any]:
    return {
        "type": "custom",
        "name": name,
        "url": f"https://hooks.example.com/{name}",
        "method": "POST",
        "headers": {"Authorization": f"Bearer {SECRET}-header", "X-Team": f"{SECRET}-team"},
        "query_params": {"api_key": f"{SECRET}-query"},
        "description": "Asks the customer's own system.",
        "args_at_root": True,
        "parameter_type": "json",
        "parameters": _PARAMETERS,
        "response_variables": {"tier": "$.tier"},
        "max_retry": 2,
        "timeout_ms": 8000,
        "depends_on": [],
        **_SPEECH,
    }


def code_tool(name: str) -> dict[str, Any]:
    return {
        "type": "code",
        "name": name,
        "code": "return { attempts: Number(dv.attempts) + 1 };",
        "description": "Counts the attempts.",
        "response_variables": {"attempts": "$.attempts"},
        "timeout_ms": 3000,
        "depends_on": [],
        **_SPEECH,
    }


def sms_tool(
    name: str,
    content: dict[str, Any],
    destination: dict[str, Any] | None,
    sender: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "type": "send_sms",
        "name": name,
        "sms_content": content,
        "sms_destination": destination,
        "sms_sender": sender,
        "description": "Sends the confirmation.",
        "depends_on": [],
        "condition": _condition("{{call_successful}}", "==", "true"),
        "execution_message_type": "static_text",
        "execution_message_description": "You will get a text message.",
        "speak_during_execution": False,
        "speak_after_execution": True,
    }


def pre_session_tools() -> list[dict[str, Any]]:
    return [
        app_tool("load_contact", {"mode": "all", "fields": []}),
        app_tool("load_owner", {"mode": "subset", "fields": ["id", "email"]}),
        custom_tool("load_customer"),
        code_tool("count_attempts"),
    ]


def post_session_tools() -> list[dict[str, Any]]:
    answered = _condition("{{call_status}}", "exists", None)
    sold = _condition("{{order_value}}", ">=", "100")
    phone = {
        "type": "phone_number",
        "phone_number": "+14155550100",
        "ignore_e164_validation": False,
    }
    return [
        app_tool("save_contact", {"mode": "all", "fields": []}) | {"condition": answered},
        app_tool("save_owner", {"mode": "subset", "fields": ["id"]}) | {"condition": sold},
        custom_tool("report_call") | {"condition": sold, "depends_on": ["save_contact"]},
        code_tool("score_call") | {"condition": sold},
        sms_tool(
            "text_customer",
            {"type": "predefined", "text": "Thank you for calling."},
            {"type": "customer_number"},
            {"type": "current_number"},
        ),
        sms_tool(
            "text_office",
            {"type": "inferred", "prompt": "Sum up the call in one sentence."},
            phone,
            {"type": "retell_long_code"},
        ),
        sms_tool("text_form", {"type": "template", "template": "info_collection"}, None, None),
    ]
