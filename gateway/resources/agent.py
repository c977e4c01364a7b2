"""Agents: what an agent is, how it is read and listed, and how long it is fresh.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import partial
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Json, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, Connection, Edge, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import completed_by, computed
from gateway.schema.filters import enum_value, is_equal
from gateway.schema.info import Info
from gateway.schema.node import Node, global_id
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import Completion, closed_enum, input_type, object_type, open_enum
from gateway.upstream.endpoint import AGENT_ID, Endpoint

# --- How long an answer is fresh ---------------------------------------------------------------

NEWEST = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)
"""The newest version, which may become another one at any time; and pages of lists."""
DRAFT = Freshness(max_age=30, stale_while_revalidate=300, stale_if_error=3600)
"""A version that was asked for by its number and is still being worked on."""
FROZEN = Freshness(max_age=3600, stale_while_revalidate=3600, stale_if_error=4 * 3600)
"""A version that was asked for by its number and is published: it changes no more."""


def newest_policy(_agent: Json, _now: float) -> Freshness:
    """Of an agent that was asked for without a version."""
    return NEWEST


def version_policy(agent: Json, _now: float) -> Freshness:
    """Of a version that was asked for by its number."""
    return FROZEN if agent.get("is_published") is True else DRAFT


def page_policy(page: Json, _now: float) -> Freshness:
    """Of a page; what is not one is not kept."""
    page_items(page)
    return NEWEST


# --- Where it is read --------------------------------------------------------------------------

AGENT = Source(
    "agent", Endpoint("GET", "/get-agent/{agent_id}", ids={"agent_id": AGENT_ID}), newest_policy
)
AGENTS = Source("agents", Endpoint("POST", "/v2/list-agents", safe=True), page_policy)

LISTED = frozenset(
    {
        "agent_id",
        "agent_name",
        "channel",
        "is_suspended",
        "is_transfer_agent",
        "tags",
        "user_modified_timestamp",
    }
)
"""The fields that lists have; every other one is left out there."""

_VERSION = re.compile(r"[0-9]{1,9}")


def _whole(agent_id: str, version: int | None = None) -> Read:
    if version is None:
        return AGENT.read(agent_id=agent_id)
    return AGENT.read(agent_id=agent_id, query={"version": version}, policy=version_policy)


async def load_agent(info: Info, key: str) -> Json | None:
    """The agent by the key of its global id: `agent_id`, or `agent_id:version`."""
    agent_id, separator, version = key.partition(":")
    if separator and not _VERSION.fullmatch(version):
        raise BadUserInput("The version of an agent is a number.")
    read = _whole(agent_id, int(version) if separator else None)
    return await info.context.loaders.load(read, info.at)


async def _load_full(info: Info, agent: Json) -> Json | None:
    return await info.context.loaders.load(_whole(agent["agent_id"]), info.at)


def _is_full(agent: Json) -> bool:
    return "response_engine" in agent


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class AgentChannel(Enum):
    """How users reach an agent."""

    VOICE = "voice"
    """By voice, in calls."""
    CHAT = "chat"
    """In writing, in chats."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AmbientSound(Enum):
    """A sound of surroundings in the background of the agent's voice."""

    COFFEE_SHOP = "coffee-shop"
    """A coffee shop, with people chatting."""
    CONVENTION_HALL = "convention-hall"
    """A convention hall, with people chatting and some echo."""
    SUMMER_OUTDOOR = "summer-outdoor"
    """Summer outdoors, with cicadas."""
    MOUNTAIN_OUTDOOR = "mountain-outdoor"
    """Mountains, with birds."""
    STATIC_NOISE = "static-noise"
    """Even noise."""
    CALL_CENTER = "call-center"
    """A call centre at work."""
    UNKNOWN = "UNKNOWN"


@open_enum
class DenoisingMode(Enum):
    """What is removed from the user's audio before it is transcribed."""

    NO_DENOISE = "no-denoise"
    """Nothing."""
    NOISE_CANCELLATION = "noise-cancellation"
    """Noise."""
    NOISE_AND_BACKGROUND_SPEECH_CANCELLATION = "noise-and-background-speech-cancellation"
    """Noise, and other people's speech."""
    UNKNOWN = "UNKNOWN"


@open_enum
class SttMode(Enum):
    """What speech recognition puts first."""

    FAST = "fast"
    """Little delay."""
    ACCURATE = "accurate"
    """Few mistakes."""
    CUSTOM = "custom"
    """As `customSttConfig` says."""
    UNKNOWN = "UNKNOWN"


@open_enum
class VocabSpecialization(Enum):
    """The vocabulary that English speech is transcribed with."""

    GENERAL = "general"
    """That of everyday speech."""
    MEDICAL = "medical"
    """That of medicine."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AgentWebhookEvent(Enum):
    """An event in a call that the agent's webhook can be told of."""

    CALL_STARTED = "call_started"
    """A call began."""
    CALL_ENDED = "call_ended"
    """A call ended."""
    CALL_ANALYZED = "call_analyzed"
    """The analysis of a call is there."""
    TRANSCRIPT_UPDATED = "transcript_updated"
    """Something was said in a call."""
    TRANSFER_STARTED = "transfer_started"
    """A transfer began."""
    TRANSFER_BRIDGED = "transfer_bridged"
    """The user and the target of a transfer were connected."""
    TRANSFER_CANCELLED = "transfer_cancelled"
    """A transfer was given up."""
    TRANSFER_ENDED = "transfer_ended"
    """The transferred leg of a call ended."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class AgentOrder(Enum):
    """Order of a list of agents, by Retell's own measure: it offers no choice of one."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


# --- The agent ---------------------------------------------------------------------------------


def _key(agent: Json) -> str:
    version = agent.get("version")
    return agent["agent_id"] if version is None else f"{agent['agent_id']}:{version}"


def _tags(agent: Json) -> list[Json] | None:
    tags = agent.get("tags")
    if not isinstance(tags, dict):
        return None
    return [{**(tag or {}), "name": name} for name, tag in tags.items()]


def _languages(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _language(given: object) -> object:
    languages = _languages(given)
    return languages[0] if isinstance(languages, list) and languages else None


@object_type()
class AgentTag:
    """A name that stands for one version of an agent, such as `production`."""

    name: str | None
    """The tag."""
    version: int | None
    """The version that it stands for."""
    dynamic_variables: JSON | None
    """Dynamic variables that calls by this tag are given: a map of texts."""


@object_type(
    completion=Completion(
        load=_load_full, leaves_out=lambda name: name not in LISTED, is_full=_is_full
    )
)
class Agent(Node):
    """An agent in one of its versions: who talks to the user, and how.

    In lists, an agent is known by a few fields only: any other one costs one upstream request for
    each agent (one for all of them together), at most 8 at a time, and is of the newest version.
    Chat agents have only the fields of lists: all others are null.
    """

    id: strawberry.ID = computed(lambda agent: global_id("Agent", _key(agent)))
    """Global id, for `node` and for client caches: of this version, but in lists of the agent,
    which then stands for its newest version."""
    agent_id: strawberry.ID
    """Retell's id of the agent, the same in all versions."""
    agent_name: str | None
    """The agent's name."""
    channel: AgentChannel | None
    """How users reach it. Only lists have it: null otherwise."""
    is_suspended: bool | None
    """Whether it is suspended. Only lists have it: null otherwise."""
    is_transfer_agent: bool | None
    """Whether it is for warm transfers: it speaks with the target of a transfer."""
    tags: list[AgentTag | None] | None = computed(_tags)
    """The agent's tags, each with the version it stands for. Only lists have it: null
    otherwise; see `assignedTags`."""
    user_modified_timestamp: DateTime | None
    """When somebody last changed it in any version. Only lists have it: null otherwise; see
    `lastModificationTimestamp`."""
    version: int | None
    """The number of this version."""
    version_title: str | None
    """The title of this version."""
    version_description: str | None
    """What this version is, in words."""
    base_version: int | None
    """The version that it was made from; null for the first one."""
    is_published: bool | None
    """Whether this version is published: then it changes no more."""
    assigned_tags: list[str | None] | None
    """Tags that stand for this version, the preferred one first."""
    last_modification_timestamp: DateTime | None
    """When this version was last changed, or made."""
    language: str | None = completed_by(_load_full, _is_full, "language", _language)
    """The language it speaks, such as `en-US`: the first where there are several. Null where none
    is set, which Retell takes as `en-US`."""
    languages: list[str | None] | None = completed_by(_load_full, _is_full, "language", _languages)
    """All languages it speaks. Null where none is set."""
    timezone: str | None
    """Its IANA time zone, such as `Europe/Paris`. Null stands for `America/Los_Angeles`."""
    voice_id: str | None
    """Retell's id of its voice."""
    voice_model: str | None
    """The model that makes the voice. Null stands for the provider's default."""
    fallback_voice_ids: list[str | None] | None
    """Voices to use, in this order, while the voice's provider is down."""
    voice_temperature: float | None
    """How much the voice varies: from 0, steady, to 2. Null stands for 1."""
    voice_speed: float | None
    """How fast it speaks: from 0.5, slow, to 2. Null stands for 1."""
    enable_dynamic_voice_speed: bool | None
    """Whether it speaks faster or slower as the user does."""
    volume: float | None
    """How loud it speaks: from 0 to 2. Null stands for 1."""
    enable_expressive_mode: bool | None
    """Whether it may put feelings and sounds, such as a sigh, into its voice."""
    expressive_emotion_tags: list[str | None] | None
    """The feelings and sounds it is taught to use, such as `happy` or `long pause`."""
    expressive_mode_prompt: str | None
    """How it is to be expressive, in place of Retell's own guidance."""
    ambient_sound: AmbientSound | None
    """The sound in the background; null for none."""
    ambient_sound_volume: float | None
    """How loud that is: from 0 to 2. Null stands for 1."""
    stt_mode: SttMode | None
    """What speech recognition puts first. Null stands for `FAST`."""
    vocab_specialization: VocabSpecialization | None
    """The vocabulary that English is transcribed with. Null stands for `GENERAL`."""
    boosted_keywords: list[str | None] | None
    """Words that speech recognition is to expect, such as names."""
    denoising_mode: DenoisingMode | None
    """What is removed from the user's audio. Null stands for `NOISE_CANCELLATION`."""
    denoising_enhancement_level: float | None
    """How strongly other people's speech is removed: from 0, not at all, to 1. Null stands
    for 0.8."""
    responsiveness: float | None
    """How soon it answers: from 0, late, to 1, as soon as it can. Null stands for 1."""
    enable_dynamic_responsiveness: bool | None
    """Whether it answers sooner or later as the user's own pace suggests."""
    interruption_sensitivity: float | None
    """How easily the user interrupts it: from 0, never, to 1. Null stands for 1."""
    enable_backchannel: bool | None
    """Whether it signals listening while the user speaks, as with "uh-huh"."""
    backchannel_frequency: float | None
    """How often it does so where it could: from 0 to 1. Null stands for 0.8."""
    backchannel_words: list[str | None] | None
    """The words it does so with. Null stands for Retell's own."""
    reminder_trigger_ms: float | None
    """Milliseconds of the user's silence after which it speaks up again. Null stands for
    10,000."""
    reminder_max_count: int | None
    """How many times it does so at the most. Null stands for 1."""
    begin_message_delay_ms: int | None
    """Milliseconds it waits before its first words, if it speaks first."""
    ring_duration_ms: int | None
    """Milliseconds that a phone rings, in outbound calls and in transfers. Null stands for
    30,000."""
    max_call_duration_ms: int | None
    """Milliseconds after which a call is ended. Null stands for 3,600,000: one hour."""
    end_call_after_silence_ms: int | None
    """Milliseconds of the user's silence after which a call is ended. Null stands for 600,000:
    ten minutes."""
    enable_dnc_detection: bool | None
    """Whether a user who asks not to be called again is marked so, and the call ended."""
    allow_user_dtmf: bool | None
    """Whether keys that the user presses are heeded. Null stands for true."""
    allow_dtmf_interruption: bool | None
    """Whether a pressed key interrupts the agent, however hard it is to interrupt by speech."""
    post_call_analysis_model: str | None
    """The model that analyses calls."""
    data_storage_setting: DataStorageSetting | None
    """How much of its conversations Retell stores. Null stands for `EVERYTHING`."""
    data_storage_retention_days: int | None
    """Days after which conversations are deleted; null for never."""
    opt_in_signed_url: bool | None
    """Whether URLs of recordings and logs are signed and stop working after a time."""
    signed_url_expiration_ms: int | None
    """Milliseconds after which they do. Null stands for 86,400,000: one day."""
    webhook_url: URL | None
    """Where events of its calls are sent; null for the account's own webhook."""
    webhook_events: list[AgentWebhookEvent | None] | None
    """Which events are sent. Null stands for `CALL_STARTED`, `CALL_ENDED` and `CALL_ANALYZED`."""
    webhook_timeout_ms: int | None
    """Milliseconds that the webhook has to answer. Null stands for 10,000."""


@object_type()
class AgentEdge(Edge):
    """An agent in its place in a list."""

    node: Agent | None
    """The agent."""


@object_type()
class AgentConnection(Connection):
    """A page of a list of agents. Retell does not count them."""

    edges: list[AgentEdge]
    """The agents with their cursors."""
    nodes: list[Agent | None]
    """The agents alone."""


# --- Filter ------------------------------------------------------------------------------------


@input_type()
class AgentFilter:
    """Which agents a list has. All that is given must hold."""

    channel: AgentChannel | None = UNSET
    """That users reach in this way."""
    is_transfer_agent: bool | None = UNSET
    """By whether they are for warm transfers."""
    query: str | None = UNSET
    """With this text in their name, in any letter case, or in their id."""

    def wire(self) -> Json:
        """Retell's `filter_criteria`."""
        given = {name: v for name, v in vars(self).items() if v is not UNSET and v is not None}
        return {name: _criterion(value) for name, value in given.items()}


def _criterion(value: Any) -> object:
    if isinstance(value, bool):
        return is_equal(value)
    if isinstance(value, AgentChannel):
        return {"type": "string", "op": "eq", "value": enum_value(value)}
    return value


def _page(
    criteria: Json, order: AgentOrder, limit: int, key: str | None, _wants_total: bool
) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    body = {"filter_criteria": criteria} if criteria else {}
    return AGENTS.read(query=query, body=body, tags=("all",))


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class AgentQueries:
    """Root fields for agents."""

    @strawberry.field
    async def agent(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the agent.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = None,
    ) -> Agent | None:
        """A voice agent; null where there is none. One upstream request, none if remembered."""
        if version is not None and version < 0:
            raise BadUserInput("The version of an agent is not negative.")
        read = _whole(agent_id, version)
        return await info.context.loaders.load(read, info.at)  # type: ignore[return-value]

    @strawberry.field
    async def agents(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="How many at most, up to 1000.")
        ] = DEFAULT_FIRST,
        after: Annotated[
            str | None, strawberry.argument(description="Go on behind this cursor.")
        ] = None,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            AgentFilter | None, strawberry.argument(description="Which agents; all if left out.")
        ] = None,
        order_by: Annotated[
            AgentOrder, strawberry.argument(description="In which order.")
        ] = AgentOrder.DESCENDING,
    ) -> AgentConnection | None:
        """Agents, of voice and of chat. One upstream request for a page.

        Fields that lists do not have cost one more for each agent, at most 8 at a time: lists have
        `agentId`, `agentName`, `channel`, `isSuspended`, `isTransferAgent`, `tags` and
        `userModifiedTimestamp`.
        """
        criteria = filter.wire() if filter else {}
        scope = scope_of(info.context.caller.tenant, "agents", criteria, order_by.value)
        paged = partial(_page, criteria, order_by)
        return await read_connection(  # type: ignore[return-value]  # upstream JSON
            info, paged, first=first, after=after, scope=scope
        )


RESOURCE = Resource(name="Agent", queries=AgentQueries, node=load_agent)
