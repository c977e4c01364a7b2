"""What list-chats can be filtered by, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.call_filter import REASONS, Agents, Keyed, Scalar
from gateway.sandbox.filters import BOOLEAN, ENUM, NUMBER, RANGE, STRING, properties

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

_AMOUNT = Scalar((NUMBER, RANGE))
_TEXT = Scalar((STRING,))


def _one_of(*choices: str) -> Scalar:
    return Scalar((ENUM,), choices)


FIELDS: dict[str, Scalar | Keyed | Agents] = {
    "agent": Agents(),
    "agent_number": _TEXT,
    "agent_tag": Scalar((ENUM,)),
    "chat_id": Scalar((STRING, ENUM)),
    "chat_status": _one_of("ongoing", "ended", "error"),
    "chat_successful": Scalar((BOOLEAN,)),
    "chat_type": _one_of("api_chat", "sms_chat"),
    "combined_cost": _AMOUNT,
    "custom_analysis_data": Keyed(),
    "custom_attributes": Keyed(),
    "data_storage_setting": _one_of("everything", "everything_except_pii", "basic_attributes_only"),
    "direction": _one_of("inbound", "outbound"),
    "disconnection_reason": _one_of(*REASONS),
    "duration_ms": _AMOUNT,
    "end_timestamp": _AMOUNT,
    "start_timestamp": _AMOUNT,
    "user_number": _TEXT,
    "user_sentiment": _one_of("Negative", "Positive", "Neutral", "Unknown"),
}

_BESIDE = {
    "agent_number",
    "data_storage_setting",
    "direction",
    "disconnection_reason",
    "user_number",
}
"""What a chat is found by though its record does not tell it."""
_ANALYSED = {"chat_successful", "custom_analysis_data", "user_sentiment"}


def chat_filter(criteria: object) -> Callable[[Json, Json], bool]:
    """Given a chat and what is shown of it: all criteria must be met."""
    criteria = properties("filter_criteria", criteria, set(FIELDS))
    tests = [(name, FIELDS[name].test(name, given)) for name, given in criteria.items()]
    return lambda chat, shown: all(test(_value(name, chat, shown)) for name, test in tests)


def _value(name: str, chat: Json, shown: Json) -> object:
    """The value that the filter of this name is about."""
    if name in _BESIDE:
        return chat[name]
    if name in _ANALYSED:
        return shown.get("chat_analysis", {}).get(name)
    match name:
        case "agent":
            return shown["agent_id"], shown["version"]
        case "combined_cost":
            return shown.get("chat_cost", {}).get(name)
        case "duration_ms":
            end = shown.get("end_timestamp")
            return None if end is None else end - shown["start_timestamp"]
    return shown.get(name)
