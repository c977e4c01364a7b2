"""The routes of chats: begun, led, ended, changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.agents import agents, version_of
from gateway.sandbox.chat_filter import chat_filter
from gateway.sandbox.data.annotations import ATTRIBUTES
from gateway.sandbox.data.chats import analysis, chat, cost, first_chats, message, over, written
from gateway.sandbox.data.moment import STORAGE_SETTINGS
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_LIST_PROPERTIES = {
    "filter_criteria",
    "include_total",
    "limit",
    "pagination_key",
    "skip",
    "sort_order",
}
_AFTER_ANALYSIS = (
    "chat_analysis",
    "post_session_message_with_tool_calls",
    "scrubbed_post_session_message_with_tool_calls",
)
_MESSAGES = (
    "transcript",
    "message_with_tool_calls",
    "pre_session_message_with_tool_calls",
    "post_session_message_with_tool_calls",
    "scrubbed_pre_session_message_with_tool_calls",
    "scrubbed_post_session_message_with_tool_calls",
)
"""What lists leave out, though the official SDK has types for it."""
_CONTENT = (*_MESSAGES, "retell_llm_dynamic_variables", "collected_dynamic_variables")
_METADATA_BYTES = 50_000
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
DO_NOT_CALL = "+14155550188"
"""A number whose contact is marked not to be contacted."""


def chats(account: Account) -> Shelf:
    """Of each chat what `data.chats.chat` says."""
    return account.shelf("chats", lambda of: Shelf("chat", "chat_id", first_chats(of)))


def _chat(ask: Ask) -> Json:
    return chats(ask.account).find(ask.path["chat_id"])


def _shown(made: Json, now_ms: int) -> Json:
    """What get-chat answers now."""
    body: Json = dict(made["body"])
    if made["analysed_ms"] is None or now_ms < made["analysed_ms"]:
        body = _without(body, _AFTER_ANALYSIS)
    if made["overrides"]:
        variables = body.get("retell_llm_dynamic_variables", {}) | made["overrides"]
        body["retell_llm_dynamic_variables"] = variables
    if made["data_storage_setting"] == "basic_attributes_only":
        body = _without(body, _CONTENT)
    return body


def _without(body: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in body.items() if name not in names}


def get_chat(ask: Ask) -> Json:
    return _shown(_chat(ask), ask.now_ms)


def list_chats(ask: Ask) -> Json:
    asked = properties("body", ask.body, _LIST_PROPERTIES)
    criteria = asked.get("filter_criteria", {})
    matches = chat_filter(criteria)
    paging = Paging.read(asked, [ask.account.key, "chats", criteria])
    wants_total = asked.get("include_total", False)
    if not isinstance(wants_total, bool):
        raise bad_request("include_total must be a boolean")
    every = ((made, _shown(made, ask.now_ms)) for made in chats(ask.account))
    found = sorted((shown for made, shown in every if matches(made, shown)), key=_place)
    body = paging.cut(found, _place).envelope(lambda shown: _without(shown, _MESSAGES))
    return body | {"total": len(found)} if wants_total else body


def _place(shown: Json) -> tuple[int, str]:
    return shown["start_timestamp"], shown["chat_id"]


# --- Begun and led -----------------------------------------------------------------------------


def create_chat(ask: Ask) -> Json:
    allowed = {"agent_id", "agent_version", "metadata", "retell_llm_dynamic_variables"}
    given = properties("body", ask.body, allowed)
    if not isinstance(given.get("agent_id"), str):
        raise bad_request("agent_id is required")
    agent = _agent(ask, given["agent_id"], given.get("agent_version"))
    return _begin(ask, given, chat(_new_id(ask), agent, "api_chat", ask.now_ms))


def create_sms_chat(ask: Ask) -> Json:
    allowed = {
        "from_number",
        "to_number",
        "honor_internal_dnc",
        "metadata",
        "override_agent_id",
        "override_agent_version",
        "retell_llm_dynamic_variables",
    }
    given = properties("body", ask.body, allowed)
    for name in ("from_number", "to_number"):
        if not isinstance(given.get(name), str) or not _E164.fullmatch(given[name]):
            raise bad_request(f"{name} must be a number in E.164 format")
    if given.get("honor_internal_dnc") and given["to_number"] == DO_NOT_CALL:
        raise bad_request("The contact is marked do_not_call")
    bound = next(agent for agent in ask.account.agents if agent.item["agent_name"][:3] == "SMS")
    agent_id = given.get("override_agent_id", bound.agent_id)
    agent = _agent(ask, agent_id, given.get("override_agent_version"))
    made = chat(_new_id(ask), agent, "sms_chat", ask.now_ms) | {
        "direction": "outbound",
        "agent_number": given["from_number"],
        "user_number": given["to_number"],
    }
    made["body"] = _with_messages(made["body"], [message("agent", "Hello!", 0, ask.now_ms)])
    return _begin(ask, given, made)


def _new_id(ask: Ask) -> str:
    number = len([*chats(ask.account)])
    return f"chat_{token(seeded(ask.account.world, 'new chat', number, ask.now_ms), 27)}"


def _agent(ask: Ask, agent_id: str, version: object) -> Json:
    agent = agents(ask.account).find(agent_id)
    if agent["channel"] != "chat":
        raise not_found("agent", agent_id)
    return version_of(agent, None if version is None else str(version))


def _begin(ask: Ask, given: Json, made: Json) -> Json:
    body = made["body"]
    if "metadata" in given:
        body = body | {"metadata": _metadata(given["metadata"])}
    if "retell_llm_dynamic_variables" in given:
        texts = _texts("retell_llm_dynamic_variables", given["retell_llm_dynamic_variables"])
        body = body | {"retell_llm_dynamic_variables": texts}
    return _shown(chats(ask.account).put(made | {"body": body}), ask.now_ms)


def create_chat_completion(ask: Ask) -> Json:
    given = properties("body", ask.body, {"chat_id", "content"})
    for name in ("chat_id", "content"):
        if not isinstance(given.get(name), str):
            raise bad_request(f"{name} is required")
    made = chats(ask.account).find(given["chat_id"])
    if made["body"]["chat_status"] != "ongoing":
        raise bad_request("Chat has ended already")
    before = made["body"]["message_with_tool_calls"]
    asked = message("user", given["content"], len(before), ask.now_ms)
    answered = _answer(given["content"], len(before) + 1, ask.now_ms)
    body = _with_messages(made["body"], [*before, asked, *answered])
    chats(ask.account).put(made | {"body": body | {"chat_cost": cost(len(before) + 1)}})
    return {"messages": answered}


def _answer(content: str, number: int, now_ms: int) -> list[Json]:
    """The agent looks orders up, and repeats everything else."""
    if "order" not in content:
        return [message("agent", f"You wrote: {content}", number, now_ms)]
    use = {"tool_call_id": f"tool_call_{number}", "created_timestamp": now_ms}
    call = {"role": "tool_call_invocation", "name": "lookup_order", "type": "custom"}
    return [
        call | use | {"arguments": "{}", "message_id": f"message_{number}"},
        {"role": "tool_call_result", "content": '{"status":"shipped"}', "successful": True}
        | use
        | {"message_id": f"message_{number + 1}"},
        message("agent", "Your order is on its way.", number + 2, now_ms),
    ]


def _with_messages(body: Json, messages: list[Json]) -> Json:
    return body | {"message_with_tool_calls": messages, "transcript": written(messages)}


# --- Ended and changed -------------------------------------------------------------------------


def end_chat(ask: Ask) -> None:
    made = _chat(ask)
    if made["body"]["chat_status"] != "ongoing":
        raise bad_request("Chat has ended already")
    ended = over(made, ask.now_ms, 0)
    chats(ask.account).put(ended | {"disconnection_reason": "manual_stopped"})


def rerun_chat_analysis(ask: Ask) -> Json:
    made = _chat(ask)
    if made["body"]["chat_status"] == "ongoing":
        raise bad_request("Chat has not ended yet")
    anew = analysis(seeded(made["chat_id"], "analysed again", ask.now_ms), "The same customer")
    made = made | {"body": made["body"] | {"chat_analysis": anew}, "analysed_ms": ask.now_ms}
    return _shown(chats(ask.account).put(made), ask.now_ms)


def update_chat(ask: Ask) -> Json:
    made = _chat(ask)
    allowed = {
        "custom_attributes",
        "data_storage_setting",
        "metadata",
        "override_dynamic_variables",
    }
    given = properties("body", ask.body, allowed)
    body = made["body"]
    if "metadata" in given:
        body = body | {"metadata": _metadata(given["metadata"])}
    if "custom_attributes" in given:
        known = _attributes(given["custom_attributes"])
        body = body | {"custom_attributes": body.get("custom_attributes", {}) | known}
    made = made | {"body": body}
    if "override_dynamic_variables" in given:
        texts = given["override_dynamic_variables"]
        made["overrides"] = {} if texts is None else _texts("override_dynamic_variables", texts)
    if "data_storage_setting" in given:
        made["data_storage_setting"] = _storage(
            given["data_storage_setting"], made["data_storage_setting"]
        )
    return _shown(chats(ask.account).put(made), ask.now_ms)


def delete_chat(ask: Ask) -> None:
    chats(ask.account).remove(ask.path["chat_id"])


def _metadata(metadata: object) -> Json:
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be an object")
    if len(orjson.dumps(metadata)) > _METADATA_BYTES:
        raise bad_request("metadata must not be larger than 50kB")
    return metadata


def _attributes(given: object) -> Json:
    if not isinstance(given, dict) or not all(
        isinstance(value, str | int | float) for value in given.values()
    ):
        raise bad_request("custom_attributes must map names to strings, numbers or booleans")
    return {name: value for name, value in given.items() if name in ATTRIBUTES}


def _texts(name: str, given: object) -> Json:
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise bad_request(f"{name} must map names to strings")
    return given


def _storage(wanted: object, current: str) -> str:
    if wanted not in ("everything", "basic_attributes_only"):
        raise bad_request("data_storage_setting must be everything or basic_attributes_only")
    if STORAGE_SETTINGS.index(str(wanted)) < STORAGE_SETTINGS.index(current):
        raise bad_request("data_storage_setting can only be made more restrictive")
    return str(wanted)


ENDPOINTS = (
    Endpoint("GET", "/get-chat/{chat_id}", get_chat),
    Endpoint("POST", "/v3/list-chats", list_chats),
    Endpoint("POST", "/create-chat", create_chat),
    Endpoint("POST", "/create-sms-chat", create_sms_chat),
    Endpoint("POST", "/create-chat-completion", create_chat_completion),
    Endpoint("PATCH", "/update-chat/{chat_id}", update_chat),
    Endpoint("PATCH", "/end-chat/{chat_id}", end_chat),
    Endpoint("PUT", "/rerun-chat-analysis/{chat_id}", rerun_chat_analysis),
    Endpoint("DELETE", "/delete-chat/{chat_id}", delete_chat),
)
