"""The phone numbers of one key: of every kind, bound in every way, and some to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.seeds import seeded
from gateway.sandbox.data.session_tools import SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sandbox.data.agents import Agent

Json = dict[str, Any]

_DAY_MS = 24 * 3600 * 1000
_AREAS = (212, 312, 415, 503, 617, 702, 808, 917)


def numbers_of(world: str, anchor_ms: int, agents: Sequence[Agent]) -> list[Json]:
    """Ten numbers, the oldest first; their lines are of those that are nobody's."""
    voice = [agent for agent in agents if agent.channel == "voice"]
    chat = [agent for agent in agents if agent.channel == "chat"]
    made = []
    for at, extra in enumerate(_bindings(voice, chat)):
        number = some_number(world, at)
        changed = {"last_modification_timestamp": anchor_ms - (60 - 3 * at) * _DAY_MS}
        made.append(described(number, "retell-twilio") | changed | extra)
    return made


def some_number(world: str, at: int, area_code: int | None = None) -> str:
    rng = seeded(world, "phone number", at)
    area = rng.choice(_AREAS) if area_code is None else area_code
    return f"+1{area}55501{rng.randrange(100):02}"


def described(number: str, kind: str) -> Json:
    """What is told by the number itself."""
    told: Json = {"phone_number": number, "phone_number_type": kind}
    if number.startswith("+1") and len(number) == 12 and number[1:].isdigit():
        area, office, line = number[2:5], number[5:8], number[8:]
        told |= {
            "phone_number_pretty": f"+1 ({area}) {office}-{line}",
            "area_code": int(area),
        }
    return told


def _bound(agent: Agent, weight: float = 1, version: str | int | None = None) -> Json:
    told = {"agent_id": agent.agent_id, "weight": weight}
    return told if version is None else told | {"agent_version": version}


def _bindings(voice: Sequence[Agent], chat: Sequence[Agent]) -> list[Json]:
    desk, other = _bound(voice[0], version=0), _bound(voice[1])
    return [
        {
            "nickname": "Front desk",
            "inbound_agents": [desk],
            "outbound_agents": [desk],
            "inbound_webhook_url": f"https://example.com/inbound?token={SECRET}-inbound",
            "allowed_inbound_country_list": ["US", "CA"],
            "allowed_outbound_country_list": ["US"],
        },
        {
            "nickname": "Two voices",
            "inbound_agents": [
                _bound(voice[0], 0.25, "prod"),
                _bound(voice[2], 0.75, "latest_published"),
            ],
        },
        {
            "nickname": "Text messages",
            "inbound_agents": None,
            "inbound_sms_agents": [_bound(chat[1], version="latest")],
            "outbound_sms_agents": [_bound(chat[0], 0.5), _bound(chat[1], 0.5, 0)],
            "inbound_sms_webhook_url": f"https://hook:{SECRET}-sms@example.com/sms",
        },
        {
            "phone_number_type": "custom",
            "nickname": "Our own trunk",
            "outbound_agents": [other],
            "sip_outbound_trunk_config": {
                "termination_uri": f"sip:retell:{SECRET}-trunk@trunk.example.com",
                "auth_username": "retell",
                "transport": "TLS",
                "codecs": ["PCMU", "OPUS"],
            },
        },
        {"phone_number_type": "retell-telnyx", "nickname": "Nobody yet"},
        {
            "nickname": "Night line",
            "inbound_agents": [_bound(voice[3], version=1)],
            "fallback_number": "+14155550177",
        },
        {"inbound_agents": [desk], "outbound_agents": [other]},
        {"inbound_agents": [], "outbound_agents": [_bound(voice[4], version="1")]},
        {"nickname": "Campaign", "outbound_agents": [_bound(voice[0], version=0)]},
        {"nickname": "Spare"},
    ]
