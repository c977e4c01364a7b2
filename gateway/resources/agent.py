"""Agents: what an agent is, how it is read and listed, and how long it is fresh.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import partial
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Json, Loaded, Read, Source, at_hand, page_items
from gateway.schema.connection import DEFAULT_FIRST, Connection, Edge, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import completed_by, computed
from gateway.schema.filters import enum_value, is_equal
from gateway.schema.info import Info
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import NUMBERS, most_digits_hidden, needs, personal, scope
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, BigInt, DateTime, PhoneNumber
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import (
    Completion,
    closed_enum,
    input_type,
    interface,
    object_type,
    open_enum,
)
from gateway.upstream.endpoint import ID, Endpoint

# --- Who may see it ----------------------------------------------------------------------------

READ = scope("agents:read", "See agents, their versions and settings.")

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
    "agent", Endpoint("GET", "/get-agent/{agent_id}", ids={"agent_id": ID}), newest_policy
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

ASKED_VERSION = "_asked_version"
"""Noted on an agent that was asked for at a version: its own `version` does not tell."""

_VERSION = re.compile(r"[0-9]{1,9}")


def _whole(agent_id: str, version: int | None) -> Read:
    if version is None:
        return AGENT.read(agent_id=agent_id)
    return AGENT.read(
        agent_id=agent_id,
        query={"version": version},
        policy=version_policy,
        notes={ASKED_VERSION: version},
    )


def load_agent(place: Place, key: str) -> Loaded:
    """The agent by the key of its global id: `agent_id`, or `agent_id:version`."""
    agent_id, separator, version = key.partition(":")
    if separator and not _VERSION.fullmatch(version):
        raise BadUserInput("The version of an agent is a number.")
    return _load(place, agent_id, int(version) if separator else None)


def _load(place: Place, agent_id: str, version: int | None) -> Loaded:
    return place.context.loaders.find(_whole(agent_id, version), place.at)


def _load_full(place: Place, agent: Json) -> Loaded:
    return _load(place, agent.get("agent_id", ""), None)


def _is_full(agent: Json) -> bool:
    return "response_engine" in agent


# --- What is not shown -------------------------------------------------------------------------

_KEYS = "customers keep API keys there, and Retell gives them in clear"
EXCLUDED = {
    "*SessionToolCustomTool.headers": _KEYS,
    "*SessionToolCustomTool.query_params": _KEYS,
    "AgentFilter.channel: *": "there are two channels: what is not the one is the other",
}
"""Fields of Retell's that the schema leaves out, and why."""


def _bare(url: Any) -> Any:
    """A URL without the parts that people keep tokens in."""
    if not isinstance(url, str):
        return url
    before, separator, rest = url.partition("://")
    place = re.split(r"[?#]", rest if separator else before, maxsplit=1)[0]
    host, slash, path = place.partition("/")
    return f"{before}{separator}{host.rpartition('@')[2]}{slash}{path}" if separator else place


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


@open_enum
class AnalysisDataType(Enum):
    """What kind of value the analysis of a call is to find."""

    STRING = "string"
    """A text."""
    ENUM = "enum"
    """One of `choices`."""
    BOOLEAN = "boolean"
    """A truth value."""
    NUMBER = "number"
    """A number."""
    SYSTEM_PRESETS = "system-presets"
    """One of Retell's own: `call_summary`, `call_successful` or `user_sentiment`."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ExecutionMessageType(Enum):
    """How what an agent says while a tool runs is made."""

    PROMPT = "prompt"
    """A model writes it."""
    STATIC_TEXT = "static_text"
    """It is always the same."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class AgentOrder(Enum):
    """Order of a list of agents, by Retell's own measure: it offers no choice of one."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


# --- Response engines --------------------------------------------------------------------------


@interface(
    discriminator=Discriminator(
        "type",
        {
            "retell-llm": "RetellLlmEngine",
            "conversation-flow": "ConversationFlowEngine",
            "custom-llm": "CustomLlmEngine",
        },
        fallback="UnknownResponseEngine",
    )
)
class ResponseEngine:
    """What decides what an agent says."""

    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""


@object_type()
class RetellLlmEngine(ResponseEngine):
    """One or several prompts, run by Retell: `retell-llm`."""

    llm_id: strawberry.ID | None
    """Retell's id of the engine."""
    version: int | None
    """The version of the engine."""


@object_type()
class ConversationFlowEngine(ResponseEngine):
    """A graph of nodes that the conversation goes through: `conversation-flow`."""

    conversation_flow_id: strawberry.ID | None
    """Retell's id of the flow."""
    version: int | None
    """The version of the flow."""


@object_type()
class CustomLlmEngine(ResponseEngine):
    """A model that somebody else runs: `custom-llm`."""

    llm_websocket_url: URL | None = computed(lambda engine: _bare(engine.get("llm_websocket_url")))
    """Where Retell reaches it; without user, password and query, where people keep tokens."""


@object_type()
class UnknownResponseEngine(ResponseEngine):
    """An engine of a kind that is newer than this schema. Its content is not shown: where its
    secrets are is not known."""


# --- Tools around a conversation ---------------------------------------------------------------


@object_type()
class ToolEquation:
    """A comparison, such as `{{user_type}} == admin`."""

    left: str | None
    """What is compared: text with dynamic variables."""
    operator: str | None
    """`==`, `!=`, `>`, `>=`, `<`, `<=`, `contains`, `not_contains`, `exists` or `not_exist`."""
    right: str | None
    """What it is compared with; `exists` and `not_exist` need nothing."""


@object_type()
class ToolCondition:
    """What must hold for a tool to run."""

    type: str | None
    """Always `equation` so far."""
    operator: str | None
    """How the equations are joined: `||`, one must hold, or `&&`, all must."""
    equations: list[ToolEquation | None] | None
    """The comparisons."""


@interface(
    discriminator=Discriminator(
        "type",
        {
            "integration_app": "AgentAppTool",
            "custom": "AgentCustomTool",
            "code": "AgentCodeTool",
            "send_sms": "AgentSmsTool",
        },
        fallback="UnknownAgentTool",
    )
)
class AgentTool:
    """Something that is done before or after a conversation, rather than in it."""

    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    name: str | None
    """Its name, unlike that of any other tool of the agent."""
    description: str | None
    """What it does and when to use it."""
    depends_on: list[str | None] | None
    """Names of the tools that must have run before it."""
    condition: ToolCondition | None
    """What must hold for it to run; null for always, as before a conversation."""
    speak_during_execution: bool | None
    """Whether the agent says something while it runs; of use in conversations only."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards; of use in conversations only."""
    execution_message_type: ExecutionMessageType | None
    """How what it says while the tool runs is made. Null stands for `PROMPT`."""
    execution_message_description: str | None
    """What it says while the tool runs, or the prompt for that."""


@object_type()
class ToolOutputSelection:
    """Which part of a tool's answer agent and transcript get to see."""

    mode: str | None
    """`all`, or `subset` for `fields` only."""
    fields: list[str | None] | None
    """Paths into the answer, such as `deals[0].id`; without meaning where all of it is seen."""


@object_type()
class AgentAppTool(AgentTool):
    """Uses an app that the organisation has connected: `integration_app`."""

    provider: str | None
    """Whose app it is."""
    app_id: strawberry.ID | None
    """Retell's id of the connection to the app."""
    app_tool_template_name: str | None
    """What it does in the app: a name in Retell's catalogue."""
    parameters: JSON | None
    """What it is called with: a list of JSON Schemas of objects, `const` for fixed values."""
    output_selection: ToolOutputSelection | None
    """Which part of the answer agent and transcript get to see; null for all of it."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs; of use in conversations only."""


@object_type()
class AgentCustomTool(AgentTool):
    """Sends a request to a server of yours: `custom`.

    Its headers and query parameters are not shown, since they often hold secrets.
    """

    url: URL | None = computed(lambda tool: _bare(tool.get("url")))
    """Where the request goes; without user, password and query, where people keep tokens."""
    method: str | None
    """The HTTP method; null stands for `POST`."""
    parameters: JSON | None
    """What it is called with: the JSON Schema of an object."""
    parameter_type: str | None
    """How the parameters are edited in Retell's dashboard: `json` or `form`."""
    args_at_root: bool | None
    """Whether they are the body itself, rather than its `args`."""
    timeout_ms: int | None
    """Milliseconds that each attempt may take. Null stands for 120,000: two minutes."""
    max_retry: int | None
    """How often it is tried again after a failure: from 0, the default, to 5."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its JSON path in the answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs; of use in conversations only."""


@object_type()
class AgentCodeTool(AgentTool):
    """Runs code: `code`."""

    code: str | None
    """The code, in JavaScript."""
    timeout_ms: int | None
    """Milliseconds that it may take. Null stands for 30,000."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its JSON path in the result."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs; of use in conversations only."""


@object_type()
class SmsContent:
    """What a text message says. Which field is set depends on `type`."""

    type: str | None
    """`predefined` (see `text`), `inferred` (see `prompt`) or `template` (see `template`)."""
    text: str | None
    """The message itself; it can hold dynamic variables."""
    prompt: str | None
    """The prompt by which a model writes it."""
    template: str | None
    """The message of Retell's that it is: `info_collection` asks for information."""


@object_type()
class SmsDestination:
    """Whom a text message goes to."""

    type: str | None
    """`customer_number`, the user of the call, or `phone_number`."""
    phone_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, where it is a fixed one."""
    ignore_e164_validation: bool | None
    """Whether the number may have another form than E.164."""


@object_type()
class SmsSender:
    """Whom a text message comes from."""

    type: str | None
    """`current_number`, the agent's in the call, or `retell_long_code`, one of Retell's."""


@object_type()
class AgentSmsTool(AgentTool):
    """Sends a text message: `send_sms`."""

    sms_content: SmsContent | None
    """What it says."""
    sms_destination: SmsDestination | None
    """Whom it goes to; null for the user of the call."""
    sms_sender: SmsSender | None
    """Whom it comes from; null for the agent's own number."""


@object_type()
class UnknownAgentTool(AgentTool):
    """A tool of a kind that is newer than this schema. Its content is not shown: where its secrets
    are is not known."""


# --- Parts of an agent -------------------------------------------------------------------------


@object_type()
class HandbookConfig:
    """Ways of behaving that are switched on or off; null where Retell's default holds."""

    default_personality: bool | None
    """A professional call centre representative."""
    conversational_personality: bool | None
    """A more casual personality, in place of the professional one."""
    high_empathy: bool | None
    """Answers concerns with warmth."""
    natural_filler_words: bool | None
    """Says "um" and "you know" now and then."""
    echo_verification: bool | None
    """Repeats important details to have them confirmed; by voice only."""
    nato_phonetic_alphabet: bool | None
    """Spells with Alfa, Bravo, Charlie; by voice only."""
    speech_normalization: bool | None
    """Says numbers, dates and sums as one speaks them; by voice only."""
    smart_matching: bool | None
    """Takes words that sound nearly alike for the same; by voice only."""
    scope_boundaries: bool | None
    """Keeps to what it was told, and makes up no details."""
    ai_disclosure: bool | None
    """Says that it is a virtual assistant when asked."""


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


@object_type()
class ContactMemoryConfig:
    """Whether the agent remembers people from one conversation to the next."""

    enable_read: bool | None
    """Whether it is told what is remembered of the user."""
    enable_update: bool | None
    """Whether what is remembered is rewritten after each conversation."""


@object_type()
class GuardrailConfig:
    """Topics that the agent does not go into; what is said of them is replaced."""

    input_topics: list[str | None] | None
    """Those of users, such as `platform_integrity_jailbreaking`."""
    output_topics: list[str | None] | None
    """Those of the agent, such as `gambling`."""


@object_type()
class PiiConfig:
    """Which personal data is removed from transcripts and recordings."""

    mode: str | None
    """When: always `post_call`, after the call, so far."""
    categories: list[str | None] | None
    """What, such as `person_name` or `credit_card`; nothing is removed where it is empty."""


@object_type()
class AnalysisData:
    """A value that the analysis of each call is to find."""

    type: AnalysisDataType | None
    """What kind of value it is."""
    name: str | None
    """Its name, as in the call's `customAnalysisData`."""
    description: str | None
    """What it is: the model's instruction."""
    required: bool | None
    """Whether it must be found: a call without it is not successful. Of Retell's own values, null
    means true."""
    conditional_prompt: str | None
    """When it is to be found at all, where it is not required."""
    choices: list[str | None] | None
    """Of an `ENUM`: the possible values."""
    examples: list[str | None] | None
    """Of a `STRING`: what values may look like."""


# --- The agent ---------------------------------------------------------------------------------


def _key(agent: Json) -> str | None:
    """The key that it was read by, so that its global id leads to the same again."""
    version = agent.get(ASKED_VERSION)
    return agent.get("agent_id") if version is None else f"{agent.get('agent_id')}:{version}"


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
    webhook_url: URL | None = completed_by(_load_full, _is_full, "webhook_url", _bare)
    """Where events of its calls are sent; null for the account's own webhook. Without user,
    password and query, where people keep tokens."""
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
    @needs(READ)
    async def agent(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the agent.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = UNSET,
    ) -> Agent | None:
        """A voice agent; null where there is none. One upstream request, none if remembered."""
        if version is UNSET or version is None:
            return cast("Agent | None", await at_hand(_load(info, agent_id, None)))
        if version < 0:
            raise BadUserInput("The version of an agent is not negative.", "version")
        return cast("Agent | None", await at_hand(_load(info, agent_id, version)))

    @strawberry.field
    @needs(READ)
    async def agents(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="How many at most, up to 1000.")
        ] = DEFAULT_FIRST,
        after: Annotated[
            str | None, strawberry.argument(description="Go on behind this cursor.")
        ] = UNSET,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            AgentFilter | None, strawberry.argument(description="Which agents; all if left out.")
        ] = UNSET,
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
        return cast(
            "AgentConnection | None",
            await read_connection(
                info, paged, id_key="agent_id", first=first, after=after, scope=scope
            ),
        )


RESOURCE = Resource(
    name="Agent",
    queries=AgentQueries,
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
    },
    filters={AGENTS: "AgentFilter"},
    excluded=EXCLUDED,
)
