"""The routes that make calls: by telephone, for a browser, for somebody's own telephony."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from gateway.sandbox.calls import checked_metadata
from gateway.sandbox.data.outcomes import HANGUPS
from gateway.sandbox.data.record import OFFICE, join_token
from gateway.sandbox.data.scripts import made
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.problem import bad_request, not_found

if TYPE_CHECKING:
    from gateway.sandbox.data.agents import AgentVersion
    from gateway.sandbox.data.outcomes import Ending
    from gateway.sandbox.data.scripts import Script
    from gateway.sandbox.endpoint import Ask

Json = dict[str, Any]

KEY_LASTS_MS = 3_600_000
TOKEN_LASTS_MS = 600_000
_KEY = re.compile(r"[A-Za-z0-9_-]{5,255}")
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")

ANY_CALL = {"agent_override", "metadata", "retell_llm_dynamic_variables"}
DIALLED = ANY_CALL | {
    "custom_sip_headers",
    "ignore_e164_validation",
    "override_agent_id",
    "override_agent_version",
    "to_number",
}
"""What a call that is dialled can be given, by itself or in a batch."""

ICE_SERVERS = [
    {"urls": "stun:stun.retell.example:3478"},
    {
        "urls": ["turn:turn.retell.example:3478?transport=udp"],
        "username": "sandbox",
        "credential": f"{SECRET}-turn",
    },
]


def create_phone_call(ask: Ask) -> Json:
    asked = properties(
        "body", ask.body, DIALLED | {"from_number", "honor_internal_dnc", "idempotency_key"}
    )
    key = asked.get("idempotency_key")
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise bad_request("idempotency_key must be 5 to 255 letters, digits, _ or -")
    known = ask.account.changes.calls_by_key.get(key or "")
    if known is not None and ask.now_ms - known[0] < KEY_LASTS_MS:
        return ask.account.call(known[1], ask.now_ms).record()
    script = dial(ask, asked, number(asked, "from_number"), ask.now_ms)
    if key is not None:
        ask.account.changes.calls_by_key[key] = ask.now_ms, script.call_id
    return ask.account.call(script.call_id, ask.now_ms).record()


def create_web_call(ask: Ask) -> Json:
    allowed = ANY_CALL | {"agent_id", "agent_version", "current_node_id", "current_state"}
    asked = properties("body", ask.body, allowed)
    agent = _agent(ask, _text(asked, "agent_id"), asked.get("agent_version"))
    script = _new(ask, agent, "web_call", "inbound")
    ask.account.keep(script, edits_of(asked))
    return {
        "call_id": script.call_id,
        "access_token": join_token(script.call_id),
        "expires_at": ask.now_ms + TOKEN_LASTS_MS,
        "ice_servers": ICE_SERVERS,
        "transport": "gateway",
    }


def register_phone_call(ask: Ask) -> Json:
    allowed = ANY_CALL | {"agent_id", "agent_version", "direction", "from_number", "to_number"}
    asked = properties("body", ask.body, allowed)
    agent = _agent(ask, _text(asked, "agent_id"), asked.get("agent_version"))
    direction = asked.get("direction", "inbound")
    if direction not in ("inbound", "outbound"):
        raise bad_request("direction must be inbound or outbound")
    script = _new(ask, agent, "phone_call", direction)
    theirs = script.person.phone
    ends = (theirs, OFFICE) if direction == "inbound" else (OFFICE, theirs)
    numbers = dict(zip(("from_number", "to_number"), ends, strict=True))
    given = {name: asked[name] for name in numbers if name in asked}
    ask.account.keep(script, edits_of(asked) | numbers | given)
    return ask.account.call(script.call_id, ask.now_ms).record()


def dial(
    ask: Ask,
    asked: Json,
    from_number: str,
    registered_ms: int,
    *,
    batch_call_id: str | None = None,
    end: Ending = HANGUPS[0],
) -> Script:
    """A new call to the `to_number` that is asked for."""
    script = made(
        ask.account.world,
        len(ask.account.changes.made),
        _leader(ask, asked),
        call_type="phone_call",
        direction="outbound",
        registered_ms=registered_ms,
        batch_call_id=batch_call_id,
        end=end,
    )
    numbers = {"from_number": from_number, "to_number": number(asked, "to_number")}
    ask.account.keep(script, edits_of(asked) | numbers)
    return script


def check_dialled(ask: Ask, asked: Json) -> None:
    """A `Problem` where such a call cannot be made."""
    number(asked, "to_number")
    edits_of(asked)
    _leader(ask, asked)


def _leader(ask: Ask, asked: Json) -> AgentVersion:
    """Who leads a call that is dialled: the first agent is bound to every number."""
    agent_id = asked.get("override_agent_id", ask.account.agents[0].agent_id)
    return _agent(ask, agent_id, asked.get("override_agent_version"))


def number(asked: Json, name: str) -> str:
    """A telephone number that is asked for; any text where the caller says that it may be."""
    given = _text(asked, name)
    if not asked.get("ignore_e164_validation") and not _E164.fullmatch(given):
        raise bad_request(f"{name} must be in E.164 format")
    return given


def edits_of(asked: Json) -> Json:
    """What is said of a new call: checked."""
    edits: Json = {}
    if "metadata" in asked:
        edits["metadata"] = checked_metadata(asked["metadata"])
    for name in ("retell_llm_dynamic_variables", "custom_sip_headers"):
        if name in asked:
            edits[name] = texts(name, asked[name])
    if not isinstance(asked.get("agent_override", {}), dict):
        raise bad_request("agent_override must be an object")
    return edits


def texts(name: str, given: object) -> Json:
    """A map of texts."""
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise bad_request(f"{name} must map names to strings")
    return given


def _text(asked: Json, name: str) -> str:
    if not isinstance(asked.get(name), str):
        raise bad_request(f"{name} is required, and must be a string")
    return str(asked[name])


def _agent(ask: Ask, agent_id: str, version: object) -> AgentVersion:
    agent = ask.account.agent(agent_id)
    wanted = "latest_published" if version is None else str(version)
    found = agent.find(wanted) if agent.channel == "voice" else None
    if found is None:
        raise not_found("agent", agent_id)
    return found


def _new(
    ask: Ask,
    agent: AgentVersion,
    call_type: Literal["phone_call", "web_call"],
    direction: Literal["inbound", "outbound"],
) -> Script:
    return made(
        ask.account.world,
        len(ask.account.changes.made),
        agent,
        call_type=call_type,
        direction=direction,
        registered_ms=ask.now_ms,
    )


ENDPOINTS = (
    Endpoint("POST", "/v2/create-phone-call", create_phone_call),
    Endpoint("POST", "/v3/create-web-call", create_web_call),
    Endpoint("POST", "/v2/register-phone-call", register_phone_call),
)
