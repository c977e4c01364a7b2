"""The routes of calls that are running, and the one that has a call analysed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.calls import checked_edits
from gateway.sandbox.data.outcomes import Ending
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.new_calls import ICE_SERVERS, TOKEN_LASTS_MS, texts
from gateway.sandbox.problem import Problem, bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.views import CallView

Json = dict[str, Any]

STOPPED = Ending("ended", "manual_stopped")
TAKEN_OVER = Ending("ended", "call_take_over")


def stop_call(ask: Ask) -> None:
    call = _running(ask)
    ask.account.turn(
        call.call_id,
        ask.now_ms,
        end_ms=ask.now_ms,
        ending=STOPPED,
        analysed_ms=ask.now_ms + 5000,
        transfer_end_ms=None,
    )


def update_live_call(ask: Ask) -> Json:
    call = _running(ask)
    asked = properties("body", ask.body, {"fields_to_override", "call_control"})
    fields = properties(
        "fields_to_override",
        asked.get("fields_to_override", {}),
        {"metadata", "data_storage_setting", "override_dynamic_variables"},
    )
    control = properties(
        "call_control", asked.get("call_control", {}), {"additional_context", "trigger_response"}
    )
    if (variables := fields.get("override_dynamic_variables")) is not None:
        texts("override_dynamic_variables", variables)
    if not isinstance(control.get("trigger_response", False), bool):
        raise bad_request("trigger_response must be a boolean")
    edits = checked_edits(fields, call)
    if "additional_context" in control:
        edits["injected"] = _injected(ask, call, control["additional_context"])
    ask.account.edit(call.call_id, edits)
    return {"success": True}


def _injected(ask: Ask, call: CallView, content: object) -> list[tuple[float, Json]]:
    if not isinstance(content, str) or not content:
        raise bad_request("additional_context must be a non-empty string")
    at_s = (ask.now_ms - call.place[0]) / 1000
    before = ask.account.changes.edits.get(call.call_id, {}).get("injected", [])
    return [*before, (at_s, {"role": "injected", "content": content, "time_sec": at_s})]


def listen_live_call(ask: Ask) -> Json:
    """Phone calls are carried by LiveKit here, web calls by Retell's own gateway."""
    call = _running(ask, missing=404)
    shelf = _listeners(ask)
    participant = f"listener_{token(seeded(call.call_id, len(list(shelf))), 12)}"
    shelf.put({"participant_id": participant, "call_id": call.call_id})
    told: Json = {
        "access_token": f"{SECRET}-listen-{participant}",
        "expires_at": ask.now_ms + TOKEN_LASTS_MS,
        "participant_id": participant,
        "room_name": call.call_id,
    }
    if call.value("call_type") == "phone_call":
        return told | {"transport": "livekit", "url": "wss://livekit.retell.example"}
    return told | {
        "transport": "gateway",
        "ice_servers": ICE_SERVERS,
        "gateway_ip": "203.0.113.7",
    }


def take_over_live_call(ask: Ask) -> Json:
    call = _running(ask, missing=404)
    asked = properties("body", ask.body, {"participant_id"})
    if not isinstance(asked.get("participant_id"), str):
        raise bad_request("participant_id is required, and must be a string")
    listener = _listeners(ask).find(asked["participant_id"])
    if listener["call_id"] != call.call_id:
        raise not_found("participant", asked["participant_id"], 404)
    ask.account.turn(call.call_id, ask.now_ms, ending=TAKEN_OVER)
    return {"success": True}


def rerun_call_analysis(ask: Ask) -> Json:
    call = ask.account.call(ask.path["call_id"], ask.now_ms)
    if call.value("call_status") in ("registered", "ongoing"):
        raise Problem(422, "Only calls that have ended can be analysed")
    ask.account.turn(call.call_id, ask.now_ms, analysed_ms=ask.now_ms)
    return ask.account.call(call.call_id, ask.now_ms).record()


def _running(ask: Ask, missing: int = 422) -> CallView:
    call_id = ask.path["call_id"]
    try:
        call = ask.account.call(call_id, ask.now_ms)
    except Problem:
        raise not_found("call", call_id, missing) from None
    if call.value("call_status") != "ongoing":
        raise Problem(422, "The call is not ongoing")
    return call


def _listeners(ask: Ask) -> Shelf:
    return ask.account.shelf(
        "listeners", lambda _account: Shelf("participant", "participant_id", (), missing=404)
    )


ENDPOINTS = (
    Endpoint("POST", "/v2/stop-call/{call_id}", stop_call),
    Endpoint("PATCH", "/v2/update-live-call/{call_id}", update_live_call),
    Endpoint("POST", "/v2/listen-live-call/{call_id}", listen_live_call),
    Endpoint("POST", "/v2/take-over-live-call/{call_id}", take_over_live_call),
    Endpoint("PUT", "/rerun-call-analysis/{call_id}", rerun_call_analysis),
)
