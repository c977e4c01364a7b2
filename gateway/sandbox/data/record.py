"""A call's record at a moment: one table from Retell's field to the function that tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data import measures
from gateway.sandbox.data.annotations import (
    analysis,
    collected_variables,
    custom_attributes,
    metadata,
    sip_headers,
    variables,
)
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.data.transcripts import TRANSCRIPTS
from gateway.sandbox.urls import plain, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sandbox.data.moment import Moment

Json = dict[str, Any]

OFFICE = "+14155550199"


def _address(name: str, *, scrubbed: bool = False) -> Callable[[Moment], str | None]:
    """The address of a file, signed anew on each read where the agent wants that."""

    def field(moment: Moment) -> str | None:
        there = moment.scrubs if scrubbed else moment.talked and not moment.scrubs_in_place
        if not (there and moment.keeps_content):
            return None
        script = moment.script
        url = plain(script.call_id, name)
        life_ms = script.agent.url_life_ms
        return url if life_ms is None else sign(url, moment.now_ms, life_ms)

    return field


def join_token(call_id: str) -> str:
    """What lets a browser join."""
    return f"{SECRET}-join-{call_id}"


def _access_token(moment: Moment) -> str | None:
    script = moment.script
    return join_token(script.call_id) if script.call_type == "web_call" else None


def _phone(of: Callable[[Moment], Any]) -> Callable[[Moment], Any]:
    """A field that only phone calls have."""
    return lambda moment: of(moment) if moment.script.call_type == "phone_call" else None


def _after(state: str, of: Callable[[Moment], Any]) -> Callable[[Moment], Any]:
    """A field that is there once the call has come to `state`."""
    return lambda moment: of(moment) if getattr(moment, state) else None


def _telephony(moment: Moment) -> Json:
    return {"twilio_call_sid": f"CA{moment.script.call_id[5:]}00000"}


def _from_number(moment: Moment) -> str:
    script = moment.script
    if script.made:
        return str(moment.edits["from_number"])
    return OFFICE if script.direction == "outbound" else script.person.phone


def _to_number(moment: Moment) -> str:
    script = moment.script
    if script.made:
        return str(moment.edits["to_number"])
    return script.person.phone if script.direction == "outbound" else OFFICE


def _transfer_destination(moment: Moment) -> str | None:
    script = moment.script
    if script.transfer_end_ms is None or not moment.over:
        return None
    return "sip:desk@example.com;transport=tls" if script.showcase else "+14155550150"


def _transfer_end(moment: Moment) -> int | None:
    return moment.script.transfer_end_ms if moment.transferred else None


def _knowledge_url(moment: Moment) -> str | None:
    used = measures.uses_knowledge_base(moment.script)
    return _address("kb_retrieved_contents.txt")(moment) if used else None


FIELDS: dict[str, Callable[[Moment], Any]] = {
    "call_type": lambda m: m.script.call_type,
    "access_token": _access_token,
    "call_id": lambda m: m.script.call_id,
    "agent_id": lambda m: m.script.agent.agent_id,
    "agent_name": lambda m: m.script.agent.body["agent_name"],
    "agent_version": lambda m: m.script.agent.version,
    "agent_tag": lambda m: m.script.agent.tag,
    "call_status": lambda m: m.status,
    "direction": _phone(lambda m: m.script.direction),
    "from_number": _phone(_from_number),
    "to_number": _phone(_to_number),
    "telephony_identifier": _phone(_telephony),
    "metadata": metadata,
    "custom_attributes": custom_attributes,
    "retell_llm_dynamic_variables": variables,
    "collected_dynamic_variables": _after("talked", collected_variables),
    "custom_sip_headers": sip_headers,
    "data_storage_setting": lambda m: m.storage,
    "opt_in_signed_url": lambda m: m.script.agent.url_life_ms is not None,
    "start_timestamp": _after("started", lambda m: m.script.start_ms),
    "end_timestamp": _after("over", lambda m: m.script.end_ms),
    "duration_ms": _after("over", lambda m: m.script.duration_ms),
    "disconnection_reason": _after("over", lambda m: m.script.ending.reason),
    "transfer_destination": _transfer_destination,
    "transfer_end_timestamp": _transfer_end,
    "recording_url": _address("recording.wav"),
    "recording_multi_channel_url": _address("recording_multichannel.wav"),
    "scrubbed_recording_url": _address("recording_scrubbed.wav", scrubbed=True),
    "scrubbed_recording_multi_channel_url": _address(
        "recording_multichannel_scrubbed.wav", scrubbed=True
    ),
    "public_log_url": _address("public_log.txt"),
    "knowledge_base_retrieved_contents_url": _knowledge_url,
    "latency": _after("talked", lambda m: measures.latency_json(m.script)),
    "llm_token_usage": _after("talked", lambda m: measures.token_usage(m.script)),
    "call_cost": _after("over", measures.cost),
    "call_analysis": _after("analysed", analysis),
}
"""What a list item has; `get-call` has the transcripts besides."""


def item(moment: Moment) -> Json:
    return _told(FIELDS, moment)


def record(moment: Moment) -> Json:
    return _told(FIELDS | TRANSCRIPTS, moment)


def _told(fields: dict[str, Callable[[Moment], Any]], moment: Moment) -> Json:
    """Retell leaves out what it does not know; null is never sent."""
    told = ((name, of(moment)) for name, of in fields.items())
    return {name: value for name, value in told if value is not None}
