"""The agents of one key: versions, tags and response engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.sandbox.data.agent_options import CHAT_OPTIONS, NAMES, OPTIONS
from gateway.sandbox.data.llms import chat_llm_id
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.urls import DEFAULT_LIFE_MS

_DAY_MS = 24 * 3600 * 1000
_VOICES = ("11labs-Adrian", "openai-Alloy", "cartesia-Kate", "minimax-Ada")
_CHAT_NAMES = ("Web chat", "SMS concierge")


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """One version of an agent; `body` is what get-agent or get-chat-agent answers."""

    body: dict[str, Any]

    @property
    def agent_id(self) -> str:
        return str(self.body["agent_id"])

    @property
    def version(self) -> int:
        return int(self.body["version"])

    @property
    def tag(self) -> str | None:
        return next(iter(self.body["assigned_tags"]), None)

    @property
    def storage(self) -> str:
        return str(self.body.get("data_storage_setting", "everything"))

    @property
    def engine(self) -> str:
        return str(self.body["response_engine"]["type"])

    @property
    def url_life_ms(self) -> int | None:
        """How long a signed URL lives; None where URLs are not signed."""
        if not self.body.get("opt_in_signed_url"):
            return None
        return int(self.body.get("signed_url_expiration_ms", DEFAULT_LIFE_MS))


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with all its versions; `item` is its entry in a list."""

    agent_id: str
    channel: Literal["voice", "chat"]
    item: dict[str, Any]
    versions: tuple[AgentVersion, ...]

    def find(self, version: str | None) -> AgentVersion | None:
        """By number, tag, `latest` or `latest_published`; the latest where none is asked for."""
        if version in (None, "latest"):
            return self.versions[-1]
        if version == "latest_published":
            return next(v for v in reversed(self.versions) if v.body["is_published"])
        tagged = self.item["tags"].get(version)
        wanted = str(tagged["version"]) if tagged else version
        return next((v for v in self.versions if str(v.version) == wanted), None)


def agents_of(world: str, anchor_ms: int) -> tuple[Agent, ...]:
    """Twelve voice agents and two chat agents, the oldest first."""
    voice = [_voice_agent(world, number, anchor_ms) for number in range(len(NAMES))]
    chat = [_chat_agent(world, number, anchor_ms) for number in range(len(_CHAT_NAMES))]
    return tuple(voice + chat)


def _engine(number: int, version: int, suffix: str) -> dict[str, Any]:
    match number % 3:
        case 0:
            return {"type": "retell-llm", "llm_id": f"llm_{suffix}", "version": version}
        case 1:
            flow = f"conversation_flow_{suffix}"
            return {"type": "conversation-flow", "conversation_flow_id": flow, "version": version}
        case _:
            url = f"wss://llm.example.com/{suffix}?token={SECRET}-websocket"
            return {"type": "custom-llm", "llm_websocket_url": url}


def _voice_agent(world: str, number: int, anchor_ms: int) -> Agent:
    rng = seeded(world, "agent", number)
    agent_id, engine_id = f"agent_{token(rng, 26)}", token(rng, 12)
    count = 2 + number % 3
    # The newest version is a draft, except of every fourth agent.
    published = count if number % 4 == 3 else count - 1
    tags = {"prod": published - 1} | ({"staging": count - 1} if number % 2 else {})
    born_ms = anchor_ms - (200 - 10 * number) * _DAY_MS
    versions = []
    for version in range(count):
        body: dict[str, Any] = {
            "agent_id": agent_id,
            "version": version,
            "is_published": version < published,
            "version_title": f"v{version}",
            "version_description": "First cut" if version == 0 else f"Based on v{version - 1}",
            "base_version": version - 1 if version else None,
            "assigned_tags": [tag for tag, at in tags.items() if at == version],
            "agent_name": NAMES[number],
            "response_engine": _engine(number, version, engine_id),
            "voice_id": _VOICES[number % len(_VOICES)],
            "last_modification_timestamp": born_ms + version * 5 * _DAY_MS,
        }
        versions.append(AgentVersion(body | OPTIONS[number]))
    item = {
        "agent_id": agent_id,
        "agent_name": NAMES[number],
        "channel": "voice",
        "is_suspended": number == 6,
        "is_transfer_agent": bool(OPTIONS[number].get("is_transfer_agent")),
        "tags": {
            tag: {"version": at, "dynamic_variables": {"environment": tag}}
            for tag, at in tags.items()
        },
        "user_modified_timestamp": versions[-1].body["last_modification_timestamp"],
    }
    return Agent(agent_id, "voice", item, tuple(versions))


def _chat_agent(world: str, number: int, anchor_ms: int) -> Agent:
    rng = seeded(world, "chat agent", number)
    agent_id, engine_id = f"agent_{token(rng, 26)}", token(rng, 12)
    changed_ms = anchor_ms - (40 + number) * _DAY_MS
    versions = []
    for version in range(2):
        llm = {} if number + version else {"llm_id": chat_llm_id(world, 1)}
        body: dict[str, Any] = {
            "agent_id": agent_id,
            "version": version,
            "is_published": version == 0,
            "version_title": f"v{version}",
            "base_version": version - 1 if version else None,
            "assigned_tags": [] if version else ["prod"],
            "agent_name": _CHAT_NAMES[number],
            "response_engine": _engine(number + version, version, engine_id) | llm,
            "last_modification_timestamp": changed_ms - (1 - version) * 5 * _DAY_MS,
        }
        versions.append(AgentVersion(body | CHAT_OPTIONS[number]))
    item = {
        "agent_id": agent_id,
        "agent_name": _CHAT_NAMES[number],
        "channel": "chat",
        "is_suspended": False,
        "tags": {"prod": {"version": 0, "dynamic_variables": {"environment": "prod"}}},
        "user_modified_timestamp": changed_ms,
    }
    return Agent(agent_id, "chat", item, tuple(versions))
