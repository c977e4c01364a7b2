"""Agents: what an agent is, how it is read, listed and changed, with its versions.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from gateway.loaders import Change, Json, Loaded, Read, Source
from gateway.schema.agent_parts import (
    EXCLUDED,
    AgentAppTool,
    AgentCodeTool,
    AgentCustomTool,
    AgentOrder,
    AgentSmsTool,
    AgentTag,
    AgentTool,
    AnalysisData,
    ContactMemoryConfig,
    ConversationFlowEngine,
    CustomLlmEngine,
    GuardrailConfig,
    HandbookConfig,
    PiiConfig,
    ResponseEngine,
    RetellLlmEngine,
    UnknownAgentTool,
    UnknownResponseEngine,
    all_languages,
    first_language,
    tags_of,
)
from gateway.schema.agent_reading import (
    AGENT,
    LISTED,
    READ,
    VERSIONS,
    WRITE,
    AgentVersion,
    AgentVersionConnection,
    answered_version,
    at_version,
    checked_version,
    is_full,
    is_voice,
    key_of,
    load_agent_by_key,
    load_full,
    new_id,
    page_of_agents,
    read_versions,
    touches_gone_voice,
    touches_version,
    touches_voice,
)
from gateway.schema.agent_settings import AgentSettings, settings, some_settings
from gateway.schema.bare_urls import bare_url
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import completed_by, computed, id_under, ids_under, link, links, links_by
from gateway.schema.filters import enum_value, is_equal
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, BigInt, DateTime
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import Completion, input_type, object_type, open_enum
from gateway.schema.versions import edited_page_policy
from gateway.upstream.endpoint import ID, Endpoint

# --- Where it is read and changed --------------------------------------------------------------

AGENTS = Source("agents", Endpoint("POST", "/v2/list-agents", safe=True), edited_page_policy)
CREATE = Endpoint("POST", "/create-agent")
UPDATE = Endpoint("PATCH", "/update-agent/{agent_id}", ids={"agent_id": ID})
DELETE = Endpoint("DELETE", "/delete-agent/{agent_id}", ids={"agent_id": ID})
CREATE_VERSION = Endpoint("POST", "/create-agent-version/{agent_id}", ids={"agent_id": ID})
DELETE_VERSION = Endpoint("DELETE", "/delete-agent-version/{agent_id}", ids={"agent_id": ID})
PUBLISH = Endpoint("POST", "/publish-agent-version/{agent_id}", ids={"agent_id": ID})
REPAIR = Endpoint("POST", "/repair-agent/{agent_id}", ids={"agent_id": ID})


def load_agent(place: Place, key: str) -> Loaded:
    """The agent by the key of its global id: `agent_id`, or `agent_id:version`."""
    return load_agent_by_key(AGENT, place, key)


_load_full = partial(load_full, AGENT)

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


@open_enum
class SttProvider(Enum):
    """Who recognises the user's speech."""

    AZURE = "azure"
    """Microsoft Azure."""
    DEEPGRAM = "deepgram"
    """Deepgram."""
    SONIOX = "soniox"
    """Soniox."""
    ASSEMBLYAI = "assemblyai"
    """AssemblyAI."""
    MUSE = "muse"
    """Muse, which finds the ends of turns itself."""
    UNKNOWN = "UNKNOWN"


@open_enum
class PhoneticAlphabet(Enum):
    """How a pronunciation is written."""

    IPA = "ipa"
    """The International Phonetic Alphabet."""
    CMU = "cmu"
    """The alphabet of the CMU Pronouncing Dictionary, for English."""
    PINYIN = "pinyin"
    """Pinyin, for Mandarin."""
    JYUTPING = "jyutping"
    """Jyutping, for Cantonese."""
    UNKNOWN = "UNKNOWN"


@open_enum
class VoicemailActionType(Enum):
    """What an agent does when a voicemail answers."""

    PROMPT = "prompt"
    """It leaves a message that a model writes."""
    STATIC_TEXT = "static_text"
    """It leaves a message that is always the same."""
    HANGUP = "hangup"
    """It hangs up."""
    BRIDGE_TRANSFER = "bridge_transfer"
    """It connects the transfer all the same."""
    UNKNOWN = "UNKNOWN"


# --- Parts of an agent -------------------------------------------------------------------------


@object_type()
class PronunciationEntry:
    """How the agent is to pronounce a word."""

    word: str | None
    """The word or phrase."""
    alphabet: PhoneticAlphabet | None
    """How `phoneme` is written."""
    phoneme: str | None
    """Its pronunciation."""


@object_type()
class CustomSttConfig:
    """How speech is recognised where `sttMode` is `CUSTOM`."""

    provider: SttProvider | None
    """Who recognises it."""
    endpointing_ms: int | None
    """Milliseconds of silence that end the user's turn."""


@object_type()
class UserDtmfOptions:
    """How keys that the user presses are gathered into one input."""

    digit_limit: float | None
    """How many digits complete it."""
    termination_key: str | None
    """The key that completes it: a digit, `#` or `*`."""
    timeout_ms: int | None
    """Milliseconds after the last key that complete it."""


@object_type()
class VoicemailAction:
    """What the agent does when a voicemail answers."""

    type: VoicemailActionType | None
    """What it does."""
    text: str | None
    """The message it leaves (`STATIC_TEXT`), or the prompt for that (`PROMPT`); null otherwise."""


@object_type()
class VoicemailOption:
    """What happens when a voicemail answers: Retell listens for one in the first three minutes."""

    action: VoicemailAction | None
    """What the agent does then."""
    detection_prompt: str | None
    """What is to be taken for a voicemail; null for Retell's own notion."""


@object_type()
class IvrAction:
    """What the agent does when an automated menu answers."""

    type: str | None
    """Always `hangup` so far."""


@object_type()
class IvrOption:
    """What happens when an automated menu answers: Retell listens for one in the first three
    minutes."""

    action: IvrAction | None
    """What the agent does then."""
    detection_prompt: str | None
    """What is to be taken for a menu; null for Retell's own notion."""


@object_type()
class CallScreeningOption:
    """What the agent says when the called phone asks who calls, and why."""

    agent_identity: str | None
    """Who it says it is; can hold dynamic variables."""
    call_purpose: str | None
    """Why it says it calls; can hold dynamic variables."""


# --- The agent ---------------------------------------------------------------------------------


COMPLETION = Completion(
    load=_load_full, leaves_out=lambda name: name not in LISTED, is_full=is_full
)


@object_type(completion=COMPLETION)
class Agent(Node):
    """An agent in one of its versions: who talks to the user, and how.

    In lists, an agent is known by a few fields only: any other one costs one upstream request for
    each agent (one for all of them together), at most 8 at a time, and is of the newest version.
    Chat agents have only the fields of lists here: all others are null. See `ChatAgent`.
    """

    id: strawberry.ID = computed(lambda agent: global_id("Agent", key_of(agent)))
    """Global id, for `node` and for client caches. It names the version where one was asked for, as
    `Call.agent` does; else the newest one, whichever that is."""
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
    tags: list[AgentTag | None] | None = computed(tags_of)
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
    response_engine: ResponseEngine | None
    """What decides what it says."""
    handbook_config: HandbookConfig | None
    """Ways of behaving that are switched on or off."""
    guardrail_config: GuardrailConfig | None
    """Topics that it does not go into."""
    contact_memory_config: ContactMemoryConfig | None
    """Whether it remembers people; null stands for no."""
    pre_session_tools: list[AgentTool | None] | None
    """Tools that run before its first words; what they find becomes dynamic variables."""
    post_session_tools: list[AgentTool | None] | None
    """Tools that run after the analysis of a conversation."""
    language: str | None = completed_by(_load_full, is_full, "language", first_language)
    """The language it speaks, such as `en-US`: the first where there are several. Null where none
    is set, which Retell takes as `en-US`."""
    languages: list[str | None] | None = completed_by(
        _load_full, is_full, "language", all_languages
    )
    """All languages it speaks. Null where none is set."""
    timezone: str | None
    """Its IANA time zone, such as `Europe/Paris`. Null stands for `America/Los_Angeles`."""
    voice_id: str | None
    """Retell's id of its voice."""
    voice = link("Voice", id_under("voice_id"), by="list", full=COMPLETION)
    """Its voice. One upstream request for the voices of all agents together."""
    voice_model: str | None
    """The model that makes the voice. Null stands for the provider's default."""
    fallback_voice_ids: list[str | None] | None
    """Voices to use, in this order, while the voice's provider is down."""
    fallback_voices = links("Voice", ids_under("fallback_voice_ids"), full=COMPLETION)
    """These voices. One upstream request for each, or one for all of them together."""
    phone_numbers = links_by("PhoneNumber", "agent", id_under("agent_id"))
    """Numbers that it is bound to, for calls or text messages, among the newest 10,000. One
    upstream request for each 1,000 numbers, for all agents together."""
    calls = links_by("Call", "agent", id_under("agent_id"))
    """Its newest 50 calls, in all versions. One upstream request for each agent. For more, or for
    some of them: `calls(filter: { agent: … })`."""
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
    pronunciation_dictionary: list[PronunciationEntry | None] | None
    """How it is to pronounce certain words."""
    stt_mode: SttMode | None
    """What speech recognition puts first. Null stands for `FAST`."""
    custom_stt_config: CustomSttConfig | None
    """How speech is recognised where `sttMode` is `CUSTOM`."""
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
    user_dtmf_options: UserDtmfOptions | None
    """How pressed keys are gathered into one input."""
    voicemail_option: VoicemailOption | None
    """What happens when a voicemail answers; null where none is listened for."""
    ivr_option: IvrOption | None
    """What happens when an automated menu answers; null where none is listened for."""
    call_screening_option: CallScreeningOption | None
    """What it says when the called phone asks who calls; null for nothing in particular."""
    post_call_analysis_data: list[AnalysisData | None] | None
    """What the analysis of each call is to find."""
    post_call_analysis_model: str | None
    """The model that analyses calls."""
    data_storage_setting: DataStorageSetting | None
    """How much of its conversations Retell stores. Null stands for `EVERYTHING`."""
    data_storage_retention_days: int | None
    """Days after which conversations are deleted; null for never."""
    pii_config: PiiConfig | None
    """Which personal data is removed from transcripts and recordings."""
    opt_in_signed_url: bool | None
    """Whether URLs of recordings and logs are signed and stop working after a time."""
    signed_url_expiration_ms: BigInt | None
    """Milliseconds after which they do. Null stands for 86,400,000: one day."""
    webhook_url: URL | None = completed_by(_load_full, is_full, "webhook_url", bare_url)
    """Where events of its calls are sent; null for the account's own webhook. Without user,
    password and query, where people keep tokens."""
    webhook_events: list[AgentWebhookEvent | None] | None
    """Which events are sent. Null stands for `CALL_STARTED`, `CALL_ENDED` and `CALL_ANALYZED`."""
    webhook_timeout_ms: int | None
    """Milliseconds that the webhook has to answer. Null stands for 10,000."""

    @strawberry.field
    @needs(READ)
    async def versions(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            AgentOrder, strawberry.argument(description="In which order.")
        ] = AgentOrder.DESCENDING,
    ) -> AgentVersionConnection | None:
        """All its versions, in short. One upstream request for a page, for each distinct agent."""
        agent_id = cast("Json", self).get("agent_id", "")
        return await read_versions(info, agent_id, first, after, order_by)


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


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class AgentQueries:
    """Root fields for agents."""

    @strawberry.field
    @needs(READ)
    def agent(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the agent.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = UNSET,
    ) -> Agent | None:
        """A voice agent; null where there is none, and for a chat agent: see `chatAgent`.

        One upstream request, none if remembered.
        """
        read = at_version(AGENT, agent_id, checked_version(version))
        return cast("Agent | None", info.context.loaders.find(read, info))

    @strawberry.field
    @needs(READ)
    async def agents(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            AgentFilter | None, strawberry.argument(description="Which agents; all if left out.")
        ] = UNSET,
        order_by: Annotated[
            AgentOrder, strawberry.argument(description="In which order.")
        ] = AgentOrder.DESCENDING,
    ) -> AgentConnection | None:
        """Agents, of voice and of chat: those of chat with the fields of lists alone. For voice
        agents filter by `channel: VOICE`; for chat agents see `chatAgents`. One upstream request
        for a page.

        Fields that lists do not have cost one more for each agent, at most 8 at a time: lists have
        `agentId`, `agentName`, `channel`, `isSuspended`, `isTransferAgent`, `tags` and
        `userModifiedTimestamp`.
        """
        criteria = filter.wire() if filter else {}
        scope = scope_of(info.context.caller.tenant, "agents", criteria, order_by.value)
        paged = partial(page_of_agents, AGENTS, criteria, order_by)
        return cast(
            "AgentConnection | None",
            await read_connection(
                info, paged, id_key="agent_id", first=first, after=after, scope=scope
            ),
        )

    @strawberry.field
    @needs(READ)
    async def agent_versions(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="Retell's id of the agent, of voice or of chat."),
        ],
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            AgentOrder, strawberry.argument(description="In which order.")
        ] = AgentOrder.DESCENDING,
    ) -> AgentVersionConnection | None:
        """The versions of an agent, of voice or of chat, in short. One upstream request for a
        page."""
        return await read_versions(info, agent_id, first, after, order_by)


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class VoiceAgentSettings(AgentSettings):
    """What voice agents can be set to."""

    version_description: str | None = UNSET
    """What this version is, in words."""
    voice_model: str | None = UNSET
    """The model that makes the voice; null for the provider's default."""
    fallback_voice_ids: list[str] | None = UNSET
    """Voices to use, in this order, while the voice's provider is down."""
    voice_temperature: float | None = UNSET
    """How much the voice varies: from 0, steady, to 2."""
    voice_speed: float | None = UNSET
    """How fast it speaks: from 0.5, slow, to 2."""
    enable_dynamic_voice_speed: bool | None = UNSET
    """Whether it speaks faster or slower as the user does."""
    volume: float | None = UNSET
    """How loud it speaks: from 0 to 2."""
    enable_expressive_mode: bool | None = UNSET
    """Whether it may put feelings and sounds, such as a sigh, into its voice."""
    expressive_emotion_tags: list[str] | None = UNSET
    """The feelings and sounds it is taught to use, such as `happy` or `long pause`."""
    expressive_mode_prompt: str | None = UNSET
    """How it is to be expressive, in place of Retell's own guidance."""
    ambient_sound: AmbientSound | None = UNSET
    """The sound in the background; null for none."""
    ambient_sound_volume: float | None = UNSET
    """How loud that is: from 0 to 2."""
    pronunciation_dictionary: JSON | None = UNSET
    """How it is to pronounce certain words: a list in Retell's own form."""
    stt_mode: SttMode | None = UNSET
    """What speech recognition puts first."""
    custom_stt_config: JSON | None = UNSET
    """How speech is recognised where `sttMode` is `CUSTOM`: an object in Retell's own form."""
    vocab_specialization: VocabSpecialization | None = UNSET
    """The vocabulary that English is transcribed with."""
    boosted_keywords: list[str] | None = UNSET
    """Words that speech recognition is to expect, such as names."""
    denoising_mode: DenoisingMode | None = UNSET
    """What is removed from the user's audio."""
    denoising_enhancement_level: float | None = UNSET
    """How strongly other people's speech is removed: from 0, not at all, to 1."""
    responsiveness: float | None = UNSET
    """How soon it answers: from 0, late, to 1, as soon as it can."""
    enable_dynamic_responsiveness: bool | None = UNSET
    """Whether it answers sooner or later as the user's own pace suggests."""
    interruption_sensitivity: float | None = UNSET
    """How easily the user interrupts it: from 0, never, to 1."""
    enable_backchannel: bool | None = UNSET
    """Whether it signals listening while the user speaks, as with "uh-huh"."""
    backchannel_frequency: float | None = UNSET
    """How often it does so where it could: from 0 to 1."""
    backchannel_words: list[str] | None = UNSET
    """The words it does so with; null for Retell's own."""
    reminder_trigger_ms: float | None = UNSET
    """Milliseconds of the user's silence after which it speaks up again."""
    reminder_max_count: int | None = UNSET
    """How many times it does so at the most."""
    begin_message_delay_ms: int | None = UNSET
    """Milliseconds it waits before its first words, if it speaks first."""
    ring_duration_ms: int | None = UNSET
    """Milliseconds that a phone rings, in outbound calls and in transfers."""
    max_call_duration_ms: int | None = UNSET
    """Milliseconds after which a call is ended."""
    end_call_after_silence_ms: int | None = UNSET
    """Milliseconds of the user's silence after which a call is ended."""
    enable_dnc_detection: bool | None = UNSET
    """Whether a user who asks not to be called again is marked so, and the call ended."""
    allow_user_dtmf: bool | None = UNSET
    """Whether keys that the user presses are heeded."""
    allow_dtmf_interruption: bool | None = UNSET
    """Whether a pressed key interrupts the agent, however hard it is to interrupt by speech."""
    user_dtmf_options: JSON | None = UNSET
    """How pressed keys are gathered into one input: an object in Retell's own form."""
    voicemail_option: JSON | None = UNSET
    """What happens when a voicemail answers: an object in Retell's own form; null to listen for
    none."""
    ivr_option: JSON | None = UNSET
    """What happens when an automated menu answers: an object in Retell's own form; null to listen
    for none."""
    call_screening_option: JSON | None = UNSET
    """What it says when the called phone asks who calls: an object in Retell's own form."""
    post_call_analysis_data: JSON | None = UNSET
    """What the analysis of each call is to find: a list in Retell's own form."""
    post_call_analysis_model: str | None = UNSET
    """The model that analyses calls."""
    webhook_events: list[AgentWebhookEvent] | None = UNSET
    """Which events are sent to the webhook."""


@input_type()
class CreateAgentInput(VoiceAgentSettings):
    """What a new voice agent is set to. What is left out is Retell's default."""

    response_engine: JSON
    """What decides what it says: an object in Retell's own form, such as
    `{"type": "retell-llm", "llm_id": "llm_..."}`. The engine must be there already."""
    voice_id: strawberry.ID
    """Retell's id of its voice."""
    is_transfer_agent: bool | None = UNSET
    """Whether it is for warm transfers. It cannot be changed later."""


@input_type()
class UpdateAgentInput(VoiceAgentSettings):
    """What to change of a voice agent. What is left out stays as it is."""

    agent_id: strawberry.ID
    """Retell's id of the agent."""
    version: int | None = UNSET
    """Which version, one that is not published; the newest if left out."""
    response_engine: JSON | None = UNSET
    """What decides what it says: an object in Retell's own form."""
    voice_id: strawberry.ID | None = UNSET
    """Retell's id of its voice."""


@input_type()
class DeleteAgentInput(Input):
    """Which voice agent to delete."""

    agent_id: strawberry.ID
    """Retell's id of the agent."""


@input_type()
class CreateAgentVersionInput(Input):
    """Of which version to make a draft."""

    agent_id: strawberry.ID
    """Retell's id of the agent, of voice or of chat."""
    base_version: int
    """The version that the draft begins as."""


@input_type()
class PublishAgentVersionInput(Input):
    """Which version to publish."""

    agent_id: strawberry.ID
    """Retell's id of the agent, of voice or of chat."""
    version: int
    """The number of the version."""
    version_title: str | None = UNSET
    """A title for it."""
    version_description: str | None = UNSET
    """What it is, in words."""


@input_type()
class DeleteAgentVersionInput(Input):
    """Which version to delete."""

    agent_id: strawberry.ID
    """Retell's id of the agent, of voice or of chat."""
    version: int
    """The number of the version."""


@input_type()
class RepairAgentInput(Input):
    """Which agent to repair."""

    agent_id: strawberry.ID
    """Retell's id of the agent, of voice or of chat."""
    version: int | None = UNSET
    """Which version, one that is not published; the newest if left out."""


@object_type()
class CreateAgentPayload(Payload):
    """The outcome of `createAgent`."""

    agent: Agent | None
    """The new agent; null where none was made."""


@object_type()
class UpdateAgentPayload(Payload):
    """The outcome of `updateAgent`."""

    agent: Agent | None
    """The agent as it is now; null where nothing was changed."""


@object_type()
class DeleteAgentPayload(Payload):
    """The outcome of `deleteAgent`."""

    deleted_agent_id: strawberry.ID | None
    """Retell's id of the agent that is gone; null where nothing was deleted."""


@object_type()
class CreateAgentVersionPayload(Payload):
    """The outcome of `createAgentVersion`."""

    agent_version: AgentVersion | None
    """The new draft, in short; null where none was made."""
    agent: Agent | None
    """The new draft of a voice agent; null for a chat agent, and where none was made."""
    chat_agent = link("ChatAgent", lambda payload: payload.get("chat_agent_key"))
    """The new draft of a chat agent; null for a voice agent, and where none was made."""


@object_type()
class PublishAgentVersionPayload(Payload):
    """The outcome of `publishAgentVersion`."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent; null where nothing was published."""
    published_version: int | None
    """The number of the version that is published now; null where nothing was."""


@object_type()
class DeleteAgentVersionPayload(Payload):
    """The outcome of `deleteAgentVersion`."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent; null where nothing was deleted."""
    deleted_version: int | None
    """The number of the version that is gone; null where nothing was deleted."""


@object_type()
class RepairAgentPayload(Payload):
    """The outcome of `repairAgent`."""

    agent_version: AgentVersion | None
    """The repaired version, in short; null where nothing was repaired."""
    agent: Agent | None
    """The repaired version of a voice agent; null for a chat agent, and where nothing was
    repaired."""
    chat_agent = link("ChatAgent", lambda payload: payload.get("chat_agent_key"))
    """The repaired version of a chat agent; null for a voice agent, and where nothing was
    repaired."""


def _shown_version(answer: Json | None) -> Json:
    """What is shown of a version of an agent of either kind."""
    if answer is None or is_voice(answer):
        return {"agent_version": answer, "agent": answer}
    return {"agent_version": answer, "chat_agent_key": key_of(answer)}


def _made(answer: Json) -> Read:
    """The read that a new agent answers."""
    return at_version(AGENT, new_id(answer), None)


@object_type()
class AgentMutations:
    """Root fields that change agents."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateAgentInput, strawberry.argument(description="What it is set to.")
        ],
    ) -> CreateAgentPayload | None:
        """Make a voice agent: its first version, a draft."""

        def prepare() -> Change:
            request = CREATE.request(body=settings(input))
            return Change(request, lambda made: touches_voice(new_id(made)), answers=_made)

        return cast(
            "CreateAgentPayload", await change(info, input, prepare, lambda made: {"agent": made})
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateAgentInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateAgentPayload | None:
        """Change a draft of a voice agent. Calls that name no version use it from then on; a
        published version cannot be changed."""

        def prepare() -> Change:
            version = checked_version(input.version)
            body = some_settings(input, "agent_id", "version")
            request = UPDATE.request(query={"version": version}, body=body, agent_id=input.agent_id)
            read = at_version(AGENT, input.agent_id, version)
            return Change(request, partial(touches_voice, input.agent_id), answers=read)

        return cast(
            "UpdateAgentPayload",
            await change(info, input, prepare, lambda agent: {"agent": agent}, "agentId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteAgentInput, strawberry.argument(description="Which agent.")
        ],
    ) -> DeleteAgentPayload | None:
        """Delete a voice agent with all its versions. It cannot be undone."""

        def prepare() -> Change:
            request = DELETE.request(agent_id=input.agent_id)
            return Change(request, partial(touches_gone_voice, input.agent_id))

        gone = {"deleted_agent_id": input.agent_id}
        return cast(
            "DeleteAgentPayload", await change(info, input, prepare, lambda _: gone, "agentId")
        )

    @strawberry.mutation
    @needs(WRITE)
    async def create_agent_version(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateAgentVersionInput, strawberry.argument(description="Of which version.")
        ],
    ) -> CreateAgentVersionPayload | None:
        """Make a draft of a version of an agent, of voice or of chat: it is the newest version
        then."""

        def prepare() -> Change:
            checked_version(input.base_version, field="baseVersion")
            request = CREATE_VERSION.request(body=given(input, "agent_id"), agent_id=input.agent_id)
            touches = partial(touches_version, input.agent_id)
            return Change(request, touches, answers=answered_version)

        return cast(
            "CreateAgentVersionPayload",
            await change(info, input, prepare, _shown_version, "agentId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def publish_agent_version(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            PublishAgentVersionInput, strawberry.argument(description="Which version.")
        ],
    ) -> PublishAgentVersionPayload | None:
        """Publish a draft of an agent, of voice or of chat. It cannot be changed from then on, and
        its publication cannot be undone."""

        def prepare() -> Change:
            checked_version(input.version)
            request = PUBLISH.request(body=given(input, "agent_id"), agent_id=input.agent_id)
            return Change(request, partial(touches_version, input.agent_id))

        told = {"agent_id": input.agent_id, "published_version": input.version}
        return cast(
            "PublishAgentVersionPayload",
            await change(info, input, prepare, lambda _: told, "agentId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_agent_version(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteAgentVersionInput, strawberry.argument(description="Which version.")
        ],
    ) -> DeleteAgentVersionPayload | None:
        """Delete a version of an agent, of voice or of chat. It cannot be undone."""

        def prepare() -> Change:
            version = checked_version(input.version)
            request = DELETE_VERSION.request(query={"version": version}, agent_id=input.agent_id)
            return Change(request, partial(touches_version, input.agent_id))

        gone = {"agent_id": input.agent_id, "deleted_version": input.version}
        return cast(
            "DeleteAgentVersionPayload",
            await change(info, input, prepare, lambda _: gone, "agentId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def repair_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            RepairAgentInput, strawberry.argument(description="Which agent.")
        ],
    ) -> RepairAgentPayload | None:
        """Take references to things that are gone out of a draft of an agent, of voice or of
        chat."""

        def prepare() -> Change:
            version = checked_version(input.version)
            request = REPAIR.request(query={"version": version}, agent_id=input.agent_id)
            touches = partial(touches_version, input.agent_id)
            return Change(request, touches, answers=answered_version)

        return cast(
            "RepairAgentPayload", await change(info, input, prepare, _shown_version, "agentId")
        )


RESOURCE = Resource(
    name="Agent",
    queries=AgentQueries,
    mutations=AgentMutations,
    sources=(AGENT, AGENTS),
    id_key="agent_id",
    scope=READ,
    types=(
        RetellLlmEngine,
        ConversationFlowEngine,
        CustomLlmEngine,
        UnknownResponseEngine,
        AgentAppTool,
        AgentCustomTool,
        AgentCodeTool,
        AgentSmsTool,
        UnknownAgentTool,
    ),
    node=load_agent,
    shows={
        AGENT: "Agent",
        AGENTS: "Agent",
        VERSIONS: "AgentVersion",
        CREATE: "Agent",
        UPDATE: "Agent",
        DELETE: "",
        CREATE_VERSION: "Agent ChatAgent",
        DELETE_VERSION: "",
        PUBLISH: "",
        REPAIR: "Agent ChatAgent",
    },
    filters={AGENTS: "AgentFilter"},
    excluded=EXCLUDED
    | {"AgentFilter.channel: *": "there are two channels: what is not the one is the other"},
)
