"""The routes of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.call_filter import call_filter
from gateway.sandbox.data.annotations import ATTRIBUTES
from gateway.sandbox.data.moment import STORAGE_SETTINGS
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import Problem, bad_request

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.views import CallView

Json = dict[str, Any]

_LIST_PROPERTIES = {
    "filter_criteria",
    "include_total",
    "limit",
    "pagination_key",
    "skip",
    "sort_order",
}
_METADATA_BYTES = 50_000


def get_call(ask: Ask) -> Json:
    return ask.account.call(ask.path["call_id"], ask.now_ms).record()


def list_calls(ask: Ask) -> Json:
    asked = properties("body", ask.body, _LIST_PROPERTIES)
    criteria = asked.get("filter_criteria", {})
    matches = call_filter(criteria)
    paging = Paging.read(asked, [ask.account.key, "calls", criteria])
    wants_total = asked.get("include_total", False)
    if not isinstance(wants_total, bool):
        raise bad_request("include_total must be a boolean")
    calls = [call for call in ask.account.calls(ask.now_ms) if matches(call)]
    body = paging.cut(calls, lambda call: call.place).envelope(lambda call: call.item())
    return body | {"total": len(calls)} if wants_total else body


def delete_call(ask: Ask) -> None:
    call = ask.account.call(ask.path["call_id"], ask.now_ms)
    ask.account.changes.deleted.add(call.call_id)


def update_call(ask: Ask) -> Json:
    call = ask.account.call(ask.path["call_id"], ask.now_ms)
    given = properties("body", ask.body, {"metadata", "custom_attributes", "data_storage_setting"})
    if call.value("call_status") in ("registered", "ongoing"):
        raise Problem(422, "Only calls that have ended can be updated")
    edits = ask.account.changes.edits.get(call.call_id, {}) | checked_edits(given, call)
    if "custom_attributes" in given:
        before = ask.account.changes.edits.get(call.call_id, {}).get("custom_attributes", {})
        edits["custom_attributes"] = before | edits["custom_attributes"]
    ask.account.changes.edits[call.call_id] = edits
    return ask.account.call(call.call_id, ask.now_ms).record()


def checked_edits(given: Json, call: CallView) -> Json:
    edits: Json = {}
    if "metadata" in given:
        edits["metadata"] = checked_metadata(given["metadata"])
    if "custom_attributes" in given:
        edits["custom_attributes"] = _attributes(given["custom_attributes"])
    if "data_storage_setting" in given:
        edits["data_storage_setting"] = _storage(
            given["data_storage_setting"], call.value("data_storage_setting")
        )
    return edits


def checked_metadata(metadata: object) -> Json:
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


def _storage(wanted: object, current: object) -> str:
    if wanted not in STORAGE_SETTINGS:
        raise bad_request(f"data_storage_setting must be one of {', '.join(STORAGE_SETTINGS)}")
    if STORAGE_SETTINGS.index(str(wanted)) < STORAGE_SETTINGS.index(str(current)):
        raise bad_request("data_storage_setting can only be made more restrictive")
    return str(wanted)


ENDPOINTS = (
    Endpoint("GET", "/v2/get-call/{call_id}", get_call),
    Endpoint("POST", "/v3/list-calls", list_calls),
    Endpoint("PATCH", "/v2/update-call/{call_id}", update_call),
    Endpoint("DELETE", "/v2/delete-call/{call_id}", delete_call),
)
