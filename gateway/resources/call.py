"""Calls: what a call is, how it is read, listed, started and changed, and how long it is fresh.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Batch, Change, Json, Loaded, Read, Source, page_items
from gateway.schema.agent_version import AgentVersionInput
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.conversation import (
    OF_CONTACTS,
    DisconnectionReason,
    Multimedia,
    NodeTransitionType,
    ProductCost,
    UserSentiment,
)
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, link, read
from gateway.schema.filters import (
    DateTimeFilter,
    IdFilter,
    KeyedFilter,
    NumberFilter,
    StringFilter,
    is_equal,
    one_of,
    some,
)
from gateway.schema.info import Info
from gateway.schema.json_input import check_metadata, check_object, check_texts
from gateway.schema.lives import (
    ENDED,
    LIVE,
    SETTLED,
    SETTLED_AFTER,
    SETTLED_ANYWAY_AFTER,
    moment,
    page_policy_of,
)
from gateway.schema.mutation import Input, Payload, change, given, idempotency_key, some_given
from gateway.schema.new_call import NewCallInput, check_number
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import (
    NUMBERS,
    RECORDINGS,
    TRANSCRIPTS,
    VARIABLES,
    check,
    most_digits_hidden,
    needs,
    personal,
    scope,
)
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime, PhoneNumber
from gateway.schema.signed_urls import life_of_urls, urls_of_files
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import (
    Completion,
    closed_enum,
    input_type,
    interface,
    object_type,
    open_enum,
    union,
)
from gateway.schema.versions import agent_key
from gateway.upstream.endpoint import ID, Endpoint
from gateway.upstream.record import Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# --- Who may see and change it -----------------------------------------------------------------

READ = scope("calls:read", "See calls, their states, times, latencies and costs.")
WRITE = scope("calls:write", "Change and delete calls.")
CREATE = scope("calls:create", "Start calls, by telephone and from browsers.")
LISTEN = scope("calls:listen", "Listen to calls while they run, and take them over.")
LOGS = scope("logs:read", "Get the logs of calls: they hold every request to the LLM.")

# --- How long an answer is fresh ---------------------------------------------------------------

CLOSED_AFTER = 3 * 3600.0
"""Seconds after which a time is over for lists: the longest call, and time to settle."""

# Tuples, since what Retell gives in place of a text need not be hashable.
OVER = ("ended", "error", "not_connected")
TRANSFERS = ("call_transfer", "transfer_bridged")
URL_FIELDS = (
    "recording_url",
    "recording_multi_channel_url",
    "scrubbed_recording_url",
    "scrubbed_recording_multi_channel_url",
    "public_log_url",
    "knowledge_base_retrieved_contents_url",
)
ONLY_IN_FULL = frozenset(
    {
        "transcript",
        "transcript_object",
        "transcript_with_tool_calls",
        "scrubbed_transcript_with_tool_calls",
        "pre_session_transcript_with_tool_calls",
        "post_session_transcript_with_tool_calls",
        "scrubbed_pre_session_transcript_with_tool_calls",
        "scrubbed_post_session_transcript_with_tool_calls",
    }
)
"""The fields that lists leave out."""
ENTRIES = ONLY_IN_FULL - {"transcript"}
"""Those that are lists: some of their entries come with files."""


def call_policy(call: Json, now: float) -> Freshness:
    """By the call's state and age; half as long as its signed URLs work, at the most."""
    freshness = _freshness_by_state(call, now)
    life = life_of_urls(_urls(call), now)
    return freshness if life is None else freshness.capped(life / 2)


def _urls(call: Json) -> list[object]:
    urls = [call[name] for name in URL_FIELDS if name in call]
    # Pages of calls have none of these: they are told at once.
    return urls if ENTRIES.isdisjoint(call) else [*urls, *urls_of_files(call, ENTRIES)]


def _freshness_by_state(call: Json, now: float) -> Freshness:
    get = dict.get  # nothing that is asked for here has to be decoded
    status, end = get(call, "call_status"), moment(call, "end_timestamp")
    # Some older records have an end and a status that never moved on; an ongoing call has no end.
    if status == "ongoing" or (status not in OVER and end is None):
        return LIVE
    since = end if end is not None else moment(call, "start_timestamp")
    age = now - since if since is not None else 0.0
    transferring = (
        get(call, "disconnection_reason") in TRANSFERS
        and get(call, "transfer_end_timestamp") is None
    )
    if age >= SETTLED_ANYWAY_AFTER:
        return SETTLED
    if get(call, "data_storage_setting") not in (None, "everything"):
        return ENDED  # Retell may still be taking out of it what it is not to keep
    if age < SETTLED_AFTER or transferring:
        return ENDED
    return ENDED if get(call, "call_analysis") is None else SETTLED


page_policy = page_policy_of(call_policy, CLOSED_AFTER)

# --- Where it is read --------------------------------------------------------------------------

ITEMS = Items(
    values=(
        *("agent_id", "agent_name", "agent_tag", "agent_version", "version"),
        *("call_analysis", "call_cost", "call_id", "call_status", "call_type"),
        *("data_storage_setting", "direction", "disconnection_reason", "duration_ms"),
        *("end_timestamp", "from_number", "opt_in_signed_url", "opt_out_sensitive_data_storage"),
        *("start_timestamp", "telephony_identifier", "to_number", "transcript"),
        *("transfer_destination", "transfer_end_timestamp"),
        *URL_FIELDS,
    ),
    parts=(
        *("collected_dynamic_variables", "custom_attributes", "custom_sip_headers", "latency"),
        *("llm_token_usage", "metadata", "retell_llm_dynamic_variables"),
        *ENTRIES,
    ),
)
"""What the calls of a list have. Most of a page are the latencies of turns, which few read."""

CALL = Source("call", Endpoint("GET", "/v2/get-call/{call_id}", ids={"call_id": ID}), call_policy)
CALLS = Source("calls", Endpoint("POST", "/v3/list-calls", safe=True, items=ITEMS), page_policy)
UPDATE = Endpoint("PATCH", "/v2/update-call/{call_id}", ids={"call_id": ID})
DELETE = Endpoint("DELETE", "/v2/delete-call/{call_id}", ids={"call_id": ID})
CREATE_PHONE_CALL = Endpoint("POST", "/v2/create-phone-call")
CREATE_WEB_CALL = Endpoint("POST", "/v3/create-web-call")
REGISTER_PHONE_CALL = Endpoint("POST", "/v2/register-phone-call")
UPDATE_LIVE = Endpoint("PATCH", "/v2/update-live-call/{call_id}", ids={"call_id": ID})
STOP = Endpoint("POST", "/v2/stop-call/{call_id}", ids={"call_id": ID})
LISTEN_LIVE = Source(
    "call_listening",
    Endpoint("POST", "/v2/listen-live-call/{call_id}", ids={"call_id": ID}),
    call_policy,
)
"""Never read: what it answers is known by this name to the audit."""
TAKE_OVER = Endpoint("POST", "/v2/take-over-live-call/{call_id}", ids={"call_id": ID})
RERUN_ANALYSIS = Endpoint("PUT", "/rerun-call-analysis/{call_id}", ids={"call_id": ID})

EXCLUDED = {"*WebCallResponse.access_token": "it lets its holder join the call"}
"""Fields of Retell's that the schema leaves out, and why. The mutation that starts a web call gives
the token, once, to who started it."""

_FULL_FIELDS = frozenset(map(to_camel_case, ONLY_IN_FULL))


def _whole(call_id: str) -> Read:
    return CALL.read(call_id=call_id)


def _listed(call_ids: Sequence[str]) -> Read:
    criteria = {"call_id": one_of(call_ids)}
    return CALLS.read(
        body={"filter_criteria": criteria, "limit": len(call_ids)},
        tags=_page_tags(criteria),
        policy=partial(page_policy, expected=len(call_ids)),
    )


BATCH = Batch(whole=_whole, listed=_listed, id_key="call_id")


def _load_full(place: Place, call: Json) -> Loaded:
    return place.context.loaders.find(_whole(call.get("call_id", "")), place)


def load_call(place: Place, call_id: str) -> Loaded:
    """The call, in the form of lists where the selection needs no more."""
    loaders = place.context.loaders
    if not place.selected.isdisjoint(_FULL_FIELDS):
        return loaders.find(_whole(call_id), place)
    return loaders.find_listed(BATCH, call_id, place)


MOST_TAGS = 100
"""Ids that a list is tagged with; one that names more is treated as if any call could enter it."""


def _page_tags(criteria: Json, *, is_open: bool = True) -> list[str]:
    """Which changes can matter to a list with this filter.

    `is_open` says whether calls that begin now, or run now, can be in it.
    """
    ids = criteria.get("call_id", {})
    names = ["any"]
    if ids.get("op") in {"eq", "in"}:
        values = ids["value"] if ids["op"] == "in" else [ids["value"]]
        names = [f"call:{value}" for value in values]
    elif agents := criteria.get("agent"):
        names = [f"agent:{agent['agent_id']}" for agent in agents]
    names = names if len(names) <= MOST_TAGS else ["any"]
    if is_open and not names[0].startswith("call:"):
        names = [*names, "open", *(f"open:{name}" for name in names)]
    return ["all", *names]


def _touched(call_id: str, call: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of this call makes out of date; every list where its agent is unknown."""
    yield "call", call_id
    yield OF_CONTACTS
    if call is None or "agent_id" not in call:
        yield "calls", "all"
        return
    yield "calls", "any"
    yield "calls", f"call:{call_id}"
    yield "calls", f"agent:{call['agent_id']}"


def _begun(answer: Json | None, agent_id: str | None = None) -> Iterable[tuple[str, str]]:
    """What a new call makes out of date: the lists that it can be in."""
    yield OF_CONTACTS
    call = answer or {}
    call_id, agent_id = call.get("call_id"), call.get("agent_id", agent_id)
    if not (isinstance(call_id, str) and isinstance(agent_id, str)):
        yield "calls", "open"  # whether there is a new one, and which, is not known
        return
    yield "call", call_id
    yield "calls", f"call:{call_id}"
    yield "calls", "open:any"
    yield "calls", f"open:agent:{agent_id}"


def _touched_live(call_id: str, _answer: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of a running call makes out of date; its agent is not known."""
    yield "call", call_id
    yield "calls", f"call:{call_id}"
    yield "calls", "open"


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class CallStatus(Enum):
    """Where a call is in its life."""

    REGISTERED = "registered"
    """It has an id and is about to begin."""
    NOT_CONNECTED = "not_connected"
    """It was dialled, but nobody was reached."""
    ONGOING = "ongoing"
    """It is running."""
    ENDED = "ended"
    """It is over."""
    ERROR = "error"
    """It ended with an error."""
    UNKNOWN = "UNKNOWN"


@open_enum
class CallType(Enum):
    """How the user is connected."""

    WEB_CALL = "web_call"
    """From a browser or an app."""
    PHONE_CALL = "phone_call"
    """By telephone."""
    UNKNOWN = "UNKNOWN"


@open_enum
class CallDirection(Enum):
    """Who called whom."""

    INBOUND = "inbound"
    """The user called."""
    OUTBOUND = "outbound"
    """The agent called."""
    UNKNOWN = "UNKNOWN"


@open_enum
class CallTransport(Enum):
    """Which media stack a token is for: clients connect to each in its own way."""

    GATEWAY = "gateway"
    """Retell's own: clients address Retell itself."""
    LIVEKIT = "livekit"
    """LiveKit: clients connect to `url`."""
    UNKNOWN = "UNKNOWN"


@open_enum
class UtteranceRole(Enum):
    """Who is speaking."""

    AGENT = "agent"
    """The agent."""
    USER = "user"
    """The user."""
    TRANSFER_TARGET = "transfer_target"
    """The one whom the call was transferred to."""
    UNKNOWN = "UNKNOWN"


@open_enum
class BackupModelReason(Enum):
    """Why another model answered."""

    PRIMARY_FAILED = "primary_failed"
    """The primary model failed."""
    PREFERENCE_EXPIRED = "preference_expired"
    """The primary model did not answer in time."""
    FIRST_USABLE = "first_usable"
    """The other answer was usable first."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class CallOrder(Enum):
    """Order of a list of calls: Retell sorts by start time only."""

    START_TIMESTAMP_DESC = "descending"
    """Newest first."""
    START_TIMESTAMP_ASC = "ascending"
    """Oldest first."""


# --- Transcripts -------------------------------------------------------------------------------


@object_type()
class Word:
    """A word of an utterance, and when it was said."""

    word: str | None
    """The word, with its punctuation."""
    start: float | None
    """When it begins, in seconds from the start of the call."""
    end: float | None
    """When it ends, in seconds from the start of the call."""


@object_type()
class BackupModelUsed:
    """Which model answered in place of the primary one."""

    model: str | None
    """The model whose answer was used."""
    primary_model: str | None
    """The model that was asked first."""
    backup_model: str | None
    """The model that was asked beside it."""
    reason: BackupModelReason | None
    """Why the other one was used."""
    selection_latency_ms: float | None
    """Milliseconds until an answer was chosen."""
    primary_ready_ms: float | None
    """Milliseconds until the primary model was ready."""
    backup_ready_ms: float | None
    """Milliseconds until the backup model was ready."""


@object_type()
class UtteranceMetadata:
    """How an utterance came about."""

    response_id: int | None
    """Number of the agent's response that it belongs to."""
    interrupt_id: int | None
    """Number of the interruption that cut it short."""
    is_backchannel: bool | None
    """Whether it only signals listening, such as "uh-huh"."""
    backup_model_used: BackupModelUsed | None
    """Set where another model than the primary one wrote it."""


@object_type()
class ToolCallMetadata:
    """How a tool call came about."""

    backup_model_used: BackupModelUsed | None
    """Set where another model than the primary one asked for it."""


@object_type()
class Utterance:
    """Something that was said."""

    role: UtteranceRole | None
    """Who said it."""
    content: str | None
    """What was said."""
    words: list[Word | None] | None
    """The words with their times: by far the largest part of a call, so ask only if needed."""
    metadata: UtteranceMetadata | None
    """How it came about."""


@object_type()
class ToolCallInvocation:
    """The agent called a tool."""

    role: str | None
    """Always `tool_call_invocation`."""
    tool_call_id: str | None
    """Joins it to its `ToolCallResult`."""
    name: str | None
    """Name of the tool."""
    arguments: str | None
    """What it was called with: a JSON object, as text."""
    type: str | None
    """Kind of the tool."""
    thought_signature: str | None
    """Opaque mark that some models want back."""
    metadata: ToolCallMetadata | None
    """How it came about."""


@object_type()
class ToolCallResult:
    """A tool answered."""

    role: str | None
    """Always `tool_call_result`."""
    tool_call_id: str | None
    """Joins it to its `ToolCallInvocation`."""
    content: str | None
    """What it answered: text, JSON or otherwise."""
    successful: bool | None
    """Whether the call succeeded."""


@object_type()
class NodeTransition:
    """The conversation flow went from one node to another."""

    role: str | None
    """Always `node_transition`."""
    former_node_id: str | None
    """The node it left."""
    former_node_name: str | None
    """Name of the node it left."""
    new_node_id: str | None
    """The node it entered."""
    new_node_name: str | None
    """Name of the node it entered."""
    transition_type: NodeTransitionType | None
    """What kind of step it was."""


@object_type()
class DtmfInput:
    """The user pressed a key."""

    role: str | None
    """Always `dtmf`."""
    digit: str | None
    """The key."""


@object_type()
class SmsMessage:
    """A text message during the call."""

    role: str | None
    """Always `sms`."""
    content: str | None
    """Its text."""
    time_sec: float | None
    """When it came, in seconds from the start of the call."""
    multimedia: list[Multimedia | None] | None
    """The files that came with it."""


@object_type()
class InjectedContext:
    """Context that was given to the agent from outside during the call."""

    role: str | None
    """Always `injected`."""
    content: str | None
    """What the agent was told."""
    time_sec: float | None
    """When, in seconds from the start of the call."""


@object_type()
class UnknownTranscriptEntry:
    """An entry of a kind that is newer than this schema."""

    role: str | None
    """Its kind, as Retell calls it."""
    raw: JSON = personal(
        RECORDINGS, of=lambda entry: entry, mask=lambda entry: {"role": entry.get("role")}
    )
    """All of it, as Retell gave it: URLs of files may be in it."""


TranscriptEntry = Annotated[
    Utterance
    | ToolCallInvocation
    | ToolCallResult
    | NodeTransition
    | DtmfInput
    | SmsMessage
    | InjectedContext
    | UnknownTranscriptEntry,
    union(
        "TranscriptEntry",
        Discriminator(
            "role",
            {
                "agent": "Utterance",
                "user": "Utterance",
                "transfer_target": "Utterance",
                "tool_call_invocation": "ToolCallInvocation",
                "tool_call_result": "ToolCallResult",
                "node_transition": "NodeTransition",
                "dtmf": "DtmfInput",
                "sms": "SmsMessage",
                "injected": "InjectedContext",
            },
            fallback="UnknownTranscriptEntry",
        ),
        "What happened in a call, in order: said, pressed, sent, asked of tools.",
    ),
]


# --- Latency, cost, analysis -------------------------------------------------------------------


@object_type()
class LatencyStats:
    """How a latency was distributed over one call, in milliseconds.

    Percentiles of several calls cannot be averaged: work them out from `values`.
    """

    p50: float | None
    """Half of the values are at most this."""
    p90: float | None
    """90 % of the values are at most this."""
    p95: float | None
    """95 % of the values are at most this."""
    p99: float | None
    """99 % of the values are at most this."""
    max: float | None
    """The largest value."""
    min: float | None
    """The smallest value."""
    num: float | None
    """How many values there are."""
    values: list[float | None] | None
    """Every value."""


@object_type()
class CallLatency:
    """Where the time went. What a call did not use is null."""

    e2e: LatencyStats | None
    """From the end of the user's speech to the start of the agent's."""
    asr: LatencyStats | None
    """Speech recognition."""
    llm: LatencyStats | None
    """From asking the LLM to its first speakable chunk."""
    llm_websocket_network_rtt: LatencyStats | None
    """Network round trip to a custom LLM's websocket."""
    tts: LatencyStats | None
    """Speech synthesis."""
    knowledge_base: LatencyStats | None
    """Retrieval from knowledge bases."""
    s2s: LatencyStats | None
    """From asking a speech-to-speech model to its first audio."""


@object_type()
class CallCost:
    """What a call cost, in US cents."""

    product_costs: list[ProductCost | None] | None
    """By product."""
    total_duration_seconds: float | None
    """Seconds that are charged."""
    total_duration_unit_price: float | None
    """US cents per second, all products together."""
    total_one_time_price: float | None
    """US cents charged once for the call. Retell leaves it out of newer records."""
    combined_cost: float | None
    """US cents in all."""


@object_type()
class CallAnalysis:
    """What was made of the call afterwards. It comes some time after the end, or never."""

    call_summary: str | None = personal(TRANSCRIPTS)
    """The call in a few sentences."""
    in_voicemail: bool | None
    """Whether the call reached a voicemail."""
    user_sentiment: UserSentiment | None
    """How the user felt."""
    call_successful: bool | None
    """Whether the agent reached its goal."""
    custom_analysis_data: JSON | None = personal(TRANSCRIPTS)
    """What the agent's own analysis was to find, by name."""


@object_type()
class LlmTokenUsage:
    """Tokens that the LLM took."""

    average: float | None
    """Tokens per request, on average."""
    num_requests: float | None
    """Number of requests."""
    values: list[float | None] | None
    """Tokens of each request."""


@object_type()
class TelephonyIdentifier:
    """The call at the telephony provider."""

    twilio_call_sid: str | None
    """Twilio's id of the call."""


# --- The call ----------------------------------------------------------------------------------


def _agent_key(call: Json) -> str | None:
    get = dict.get  # neither has to be decoded, and many calls are asked
    version = get(call, "agent_version") if "agent_version" in call else get(call, "version")
    return agent_key(get(call, "agent_id"), version)


@interface(
    discriminator=Discriminator(
        "call_type",
        {"phone_call": "PhoneCall", "web_call": "WebCall"},
        fallback="UnknownCall",
    ),
    completion=Completion(
        load=_load_full,
        leaves_out=ONLY_IN_FULL.__contains__,
        is_full=lambda call: any(dict.get(call, name) is not None for name in ONLY_IN_FULL),
    ),
)
class Call(Node):
    """A call. Fields are as Retell has them now: before its end, most are null."""

    id: strawberry.ID = computed(lambda call: global_id("Call", call.get("call_id")))
    """Global id, for `node` and for client caches."""
    call_id: strawberry.ID
    """Retell's id of the call."""
    call_type: CallType | None
    """How the user is connected; the type of the object says it as well."""
    call_status: CallStatus | None
    """Where the call is in its life."""
    agent_id: strawberry.ID | None
    """The agent that leads the call."""
    agent_version: int | None = read("agent_version", "version")
    """The version of the agent."""
    agent_name: str | None
    """The agent's name at the time."""
    agent_tag: str | None
    """The tag by which the agent's version was chosen."""
    agent = link("Agent", _agent_key)
    """The agent, at the version that led the call. One upstream request for each distinct one."""
    start_timestamp: DateTime | None
    """When the call began."""
    end_timestamp: DateTime | None
    """When it ended."""
    duration_ms: int | None
    """How long it took, in milliseconds, as Retell gives it; null before its end."""
    disconnection_reason: DisconnectionReason | None
    """Why it ended."""
    transfer_destination: str | None = personal(NUMBERS, mask=most_digits_hidden)
    """Where it was transferred to: a number or a SIP address."""
    transfer_end_timestamp: DateTime | None
    """When the transferred leg ended: can be long after the call's own end."""
    transcript: str | None = personal(TRANSCRIPTS)
    """The conversation as readable text, one line an utterance.

    Lists do not have it: in a list, this and every transcript field below cost one upstream
    request for each call (one for all of them together), at most 8 at a time.
    """
    transcript_object: list[Utterance | None] | None = personal(TRANSCRIPTS)
    """The conversation by utterances. See `transcript` for its cost in lists."""
    transcript_with_tool_calls: list[TranscriptEntry | None] | None = personal(
        TRANSCRIPTS, twin="scrubbed_transcript_with_tool_calls"
    )
    """The conversation with tool calls and other events. See `transcript` for its cost in lists."""
    scrubbed_transcript_with_tool_calls: list[TranscriptEntry | None] | None
    """The same with personal data removed. See `transcript` for its cost in lists."""
    pre_session_transcript_with_tool_calls: list[TranscriptEntry | None] | None = personal(
        TRANSCRIPTS, twin="scrubbed_pre_session_transcript_with_tool_calls"
    )
    """Tools that ran before the call. See `transcript` for its cost in lists."""
    post_session_transcript_with_tool_calls: list[TranscriptEntry | None] | None = personal(
        TRANSCRIPTS, twin="scrubbed_post_session_transcript_with_tool_calls"
    )
    """Tools that ran after the analysis. See `transcript` for its cost in lists."""
    scrubbed_pre_session_transcript_with_tool_calls: list[TranscriptEntry | None] | None
    """Tools before the call, personal data removed. See `transcript` for its cost in lists."""
    scrubbed_post_session_transcript_with_tool_calls: list[TranscriptEntry | None] | None
    """Tools after the analysis, personal data removed. See `transcript` for its cost in lists."""
    call_analysis: CallAnalysis | None
    """What was made of it afterwards; null until then."""
    latency: CallLatency | None
    """Where the time went; after its end."""
    call_cost: CallCost | None
    """What it cost, in US cents."""
    llm_token_usage: LlmTokenUsage | None
    """Tokens that the LLM took; after its end."""
    recording_url: URL | None = personal(RECORDINGS)
    """The recording. Whoever has the URL can listen."""
    recording_multi_channel_url: URL | None = personal(RECORDINGS)
    """The recording with each party on a channel of its own."""
    scrubbed_recording_url: URL | None = personal(RECORDINGS)
    """The recording with personal data removed."""
    scrubbed_recording_multi_channel_url: URL | None = personal(RECORDINGS)
    """The multi-channel recording with personal data removed."""
    public_log_url: URL | None = personal(LOGS)
    """The log of the call, every LLM request included. Whoever has the URL can read it."""
    knowledge_base_retrieved_contents_url: URL | None = personal(LOGS)
    """What was retrieved from knowledge bases."""
    opt_in_signed_url: bool | None
    """Whether these URLs are signed and stop working after a time."""
    data_storage_setting: DataStorageSetting | None
    """How much of the call Retell stores."""
    opt_out_sensitive_data_storage: bool | None = read(
        "opt_out_sensitive_data_storage",
        deprecated="Retell's older form of `dataStorageSetting`; only older records have it.",
    )
    """Whether sensitive data was kept from being stored."""
    metadata: JSON | None = personal(VARIABLES)
    """What your systems keep with the call."""
    custom_attributes: JSON | None = personal(VARIABLES)
    """Values of the organisation's custom attributes, by id."""
    retell_llm_dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables that it was given: a map of texts."""
    collected_dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables that it found out: a map of texts."""
    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that were added: a map of texts."""


def _users_number(call: Json) -> str | None:
    number = call.get("from_number" if call.get("direction") == "inbound" else "to_number")
    return number if isinstance(number, str) else None


@object_type()
class PhoneCall(Call):
    """A call by telephone."""

    direction: CallDirection | None
    """Who called whom."""
    from_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number that called."""
    to_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number that was called."""
    telephony_identifier: TelephonyIdentifier | None = personal(NUMBERS)
    """The call at the telephony provider."""
    contact = link("Contact", _users_number, by="phone_number")
    """The contact who has the user's number; null where nobody has it. One upstream request for
    each distinct number."""


@object_type()
class WebCall(Call):
    """A call from a browser or an app."""


@object_type()
class UnknownCall(Call):
    """A call of a kind that is newer than this schema: see `callTypeRaw`."""


@object_type()
class CallEdge(Edge):
    """A call in its place in a list."""

    node: Call | None
    """The call."""


@object_type()
class CallConnection(Connection):
    """A page of a list of calls."""

    edges: list[CallEdge]
    """The calls with their cursors."""
    nodes: list[Call | None]
    """The calls alone."""
    total_count: int | None
    """How many calls the whole list has. Retell counts them anew each time it is asked for."""


# --- Filter ------------------------------------------------------------------------------------


@input_type()
class CallAgentFilter:
    """An agent, in all its versions or some."""

    agent_id: strawberry.ID
    """The agent's id."""
    version: list[int] | None = UNSET
    """These versions only; all of them where left out."""

    def wire(self) -> Json:
        """Retell's form."""
        if self.version is UNSET or self.version is None:
            return {"agent_id": self.agent_id}
        return {"agent_id": self.agent_id, "version": some(self.version)}


@input_type()
class ToolCallFilter:
    """A tool call that happened in the call. At least one field is needed."""

    name: str | None = UNSET
    """Name of the tool."""
    type: str | None = UNSET
    """Kind of the tool."""
    success: bool | None = UNSET
    """Whether it succeeded."""
    latency_ms: NumberFilter | None = UNSET
    """How long it took, in milliseconds."""

    def wire(self) -> Json:
        """Retell's form."""
        criteria = _criteria(self)
        if not criteria:
            raise BadUserInput("A tool call filter needs at least one field.")
        return criteria


@input_type()
class CallFilter:
    """Which calls a list has. All that is given must hold; Retell knows no OR across fields."""

    agent: list[CallAgentFilter] | None = UNSET
    """Led by one of these agents."""
    agent_tag: list[str] | None = UNSET
    """With one of these agent tags."""
    call_id: IdFilter | None = UNSET
    """By id."""
    batch_call_id: StringFilter | None = UNSET
    """By the batch that made the call."""
    from_number: StringFilter | None = UNSET
    """By the number that called."""
    to_number: StringFilter | None = UNSET
    """By the number that was called."""
    call_status: list[CallStatus] | None = UNSET
    """In one of these states. Retell cannot look for REGISTERED."""
    call_type: list[CallType] | None = UNSET
    """Of one of these kinds."""
    direction: list[CallDirection] | None = UNSET
    """In one of these directions."""
    disconnection_reason: list[DisconnectionReason] | None = UNSET
    """Ended for one of these reasons."""
    user_sentiment: list[UserSentiment] | None = UNSET
    """With one of these sentiments."""
    data_storage_setting: list[DataStorageSetting] | None = UNSET
    """With one of these storage settings."""
    call_successful: bool | None = UNSET
    """By whether the agent reached its goal."""
    in_voicemail: bool | None = UNSET
    """By whether it reached a voicemail."""
    start_timestamp: DateTimeFilter | None = UNSET
    """By when it began."""
    end_timestamp: DateTimeFilter | None = UNSET
    """By when it ended."""
    duration_ms: NumberFilter | None = UNSET
    """By how long it took, in milliseconds."""
    combined_cost: NumberFilter | None = UNSET
    """By what it cost, in US cents."""
    e2e_latency_p50: NumberFilter | None = strawberry.field(name="e2eLatencyP50", default=UNSET)
    """By its median end-to-end latency, in milliseconds."""
    custom_analysis_data: list[KeyedFilter] | None = UNSET
    """By values that the analysis found; all must hold."""
    custom_attributes: list[KeyedFilter] | None = UNSET
    """By custom attributes; all must hold."""
    metadata: list[KeyedFilter] | None = UNSET
    """By top-level values of the metadata; all must hold."""
    dynamic_variables: list[KeyedFilter] | None = UNSET
    """By dynamic variables; all must hold."""
    tool_calls: list[ToolCallFilter] | None = UNSET
    """By tool calls that happened; all must hold."""

    def wire(self) -> Json:
        """Retell's `filter_criteria`."""
        if self.call_status and CallStatus.REGISTERED in self.call_status:
            raise BadUserInput("Retell cannot look for calls in the state REGISTERED.")
        return _criteria(self)


_ALL_OF = {
    "custom_analysis_data",
    "custom_attributes",
    "metadata",
    "dynamic_variables",
    "tool_calls",
}
"""Lists of which all must hold; of the others, one."""


SOUGHT = {
    "from_number": NUMBERS,
    "to_number": NUMBERS,
    "custom_analysis_data": TRANSCRIPTS,
    "custom_attributes": VARIABLES,
    "metadata": VARIABLES,
    "dynamic_variables": VARIABLES,
}
"""What it takes to look for calls by these."""


def _criteria(filter_: CallFilter | ToolCallFilter) -> Json:
    given = {name: v for name, v in vars(filter_).items() if v is not UNSET and v is not None}
    return {name: _criterion(name, value) for name, value in given.items()}


def _criterion(name: str, value: Any) -> object:
    if isinstance(value, bool):
        return is_equal(value)
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return value.wire()
    if name in _ALL_OF:
        return [item.wire() for item in value]
    return [item.wire() for item in some(value)] if name == "agent" else one_of(value)


def _closes(criteria: Json) -> float | None:
    """The time after which no call of this list can begin, in seconds since the epoch."""
    begin = criteria.get("start_timestamp", {})
    if begin.get("op") in {"lt", "le", "eq"}:
        return float(begin["value"]) / 1000
    return float(begin["value"][1]) / 1000 if begin.get("op") == "bt" else None


def _page(
    criteria: Json, order: CallOrder, now: float, limit: int, key: str | None, wants_total: bool
) -> Read:
    body: Json = {"limit": limit, "sort_order": order.value}
    if criteria:
        body["filter_criteria"] = criteria
    if key is not None:
        body["pagination_key"] = key
    if wants_total:
        body["include_total"] = True
    closes = _closes(criteria)
    is_open = closes is None or now - closes < CLOSED_AFTER
    policy = partial(page_policy, closes=closes)
    return CALLS.read(body=body, tags=_page_tags(criteria, is_open=is_open), policy=policy)


FEW_CALLS = 50
"""Calls that a link to the calls of something has."""


async def load_calls_of_agent(place: Place, agent_id: str) -> Json | None:
    """The newest calls of an agent, in all its versions."""
    return await _newest(place, {"agent": [{"agent_id": agent_id}]})


async def load_calls_of_batch(place: Place, batch_call_id: str) -> Json | None:
    """The newest calls of a batch."""
    by_batch = {"type": "string", "op": "eq", "value": batch_call_id}
    return await _newest(place, {"batch_call_id": by_batch})


async def _newest(place: Place, criteria: Json) -> Json | None:
    loaders = place.context.loaders
    newest = _page(criteria, CallOrder.START_TIMESTAMP_DESC, loaders.now(), FEW_CALLS, None, False)
    page = await loaders.load(newest, place)
    return None if page is None else {"items": page_items(page)}


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class CallQueries:
    """Root fields for calls."""

    @strawberry.field
    @needs(READ)
    def call(
        self,
        info: Info,
        call_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the call.")
        ],
    ) -> Call | None:
        """A call; null where there is none. One upstream request, none for remembered calls.

        Several in one operation that select no transcripts are one request together.
        """
        return cast("Call | None", load_call(info, call_id))

    @strawberry.field
    @needs(READ)
    async def calls(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            CallFilter | None, strawberry.argument(description="Which calls; all where left out.")
        ] = UNSET,
        order_by: Annotated[
            CallOrder, strawberry.argument(description="In which order.")
        ] = CallOrder.START_TIMESTAMP_DESC,
    ) -> CallConnection | None:
        """Calls, newest first. One upstream request for a page.

        Transcript fields cost one more for each call, at most 8 at a time; `totalCount` makes
        Retell count.
        """
        criteria = filter.wire() if filter else {}
        for name, wanted in SOUGHT.items():
            if name in criteria:  # what is found tells what it was sought by
                check(info.context.caller, wanted)
        bound = scope_of(info.context.caller.tenant, "calls", criteria, order_by.value)
        paged = partial(_page, criteria, order_by, info.context.loaders.now())
        return cast(
            "CallConnection | None",
            await read_connection(
                info, paged, id_key="call_id", first=first, after=after, scope=bound
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class UpdateCallInput(Input):
    """What to change of a call that has ended. What is left out stays as it is."""

    call_id: strawberry.ID
    """Retell's id of the call."""
    metadata: JSON | None = UNSET
    """Takes the place of the metadata: a JSON object of at most 50 kB; `{}` empties it."""
    custom_attributes: JSON | None = UNSET
    """Values by attribute id: texts, numbers or truth values. Ids that the organisation has not
    defined are ignored by Retell."""
    data_storage_setting: DataStorageSetting | None = UNSET
    """Can only be made stricter: what is no longer to be stored is erased."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = some_given(self, "call_id")
        for name, value in body.items():
            _check_update(name, value)
        return body


def _check_update(name: str, value: Any) -> None:
    shown = {"custom_attributes": "customAttributes", "data_storage_setting": "dataStorageSetting"}
    field = shown.get(name, name)
    if value is None:
        raise BadUserInput(f"`{field}` cannot be null; leave it out to keep it.", field)
    if name == "metadata":
        check_metadata(value)
    if name == "custom_attributes":
        check_object(value, field)
        if not all(isinstance(item, str | int | float) for item in value.values()):
            raise BadUserInput("A custom attribute is a text, a number or a truth value.", field)


@input_type()
class DeleteCallInput(Input):
    """Which call to delete."""

    call_id: strawberry.ID
    """Retell's id of the call."""


@object_type()
class UpdateCallPayload(Payload):
    """The outcome of `updateCall`."""

    call: Call | None
    """The call as it is now; null where nothing was changed."""


@object_type()
class DeleteCallPayload(Payload):
    """The outcome of `deleteCall`."""

    deleted_call_id: strawberry.ID | None
    """Retell's id of the call that is gone; null where nothing was deleted."""


@input_type()
class CreatePhoneCallInput(NewCallInput, Input):
    """Whom to call, from which number, and how."""

    from_number: PhoneNumber
    """The number to call from: one of your own, bought from Retell or imported."""
    to_number: PhoneNumber
    """The number to call, in E.164 form: `+14155550100`."""
    override_agent_id: strawberry.ID | None = UNSET
    """The agent that leads this call; the one of `fromNumber` where left out."""
    override_agent_version: AgentVersionInput | None = UNSET
    """The version of the agent."""
    custom_sip_headers: JSON | None = UNSET
    """SIP headers to add: a JSON object whose values are texts."""
    honor_internal_dnc: bool | None = UNSET
    """Whether Retell refuses the call where the contact is marked as not to be called."""
    ignore_e164_validation: bool | None = UNSET
    """Whether numbers of another form are taken, as inside of a telephone system of your own."""

    def wire(self) -> Json:
        """Retell's body, with the key by which it tells a repeat."""
        if self.ignore_e164_validation is not True:
            check_number(self.from_number, "fromNumber")
            check_number(self.to_number, "toNumber")
        return super().wire() | {"idempotency_key": idempotency_key(self)}


@input_type()
class CreateWebCallInput(NewCallInput, Input):
    """Which agent a browser is to be connected with."""

    agent_id: strawberry.ID
    """The agent that leads the call."""
    agent_version: AgentVersionInput | None = UNSET
    """The version of the agent."""
    current_node_id: str | None = UNSET
    """The node of the agent's conversation flow to begin at; other agents ignore it."""
    current_state: str | None = UNSET
    """The state of the agent's Retell LLM to begin in; other agents ignore it."""


@input_type()
class RegisterPhoneCallInput(NewCallInput, Input):
    """A call that your own telephony carries, and the agent that is to lead it."""

    agent_id: strawberry.ID
    """The agent that leads the call."""
    agent_version: AgentVersionInput | None = UNSET
    """The version of the agent."""
    direction: CallDirection | None = UNSET
    """Who calls whom: stored only."""
    from_number: PhoneNumber | None = UNSET
    """The number that calls: stored only."""
    to_number: PhoneNumber | None = UNSET
    """The number that is called: stored only."""


@input_type()
class LiveCallFieldsInput:
    """What to change of a running call, at once. What is left out stays as it is."""

    metadata: JSON | None = UNSET
    """Takes the place of the metadata: a JSON object of at most 50 kB."""
    data_storage_setting: DataStorageSetting | None = UNSET
    """Can only be made stricter."""
    override_dynamic_variables: JSON | None = UNSET
    """Dynamic variables that are set or added: a JSON object whose values are texts. Null takes
    back what was set before."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where there is none."""
        body = given(self)
        if any(body.get(name, "") is None for name in ("metadata", "data_storage_setting")):
            raise BadUserInput(
                "`metadata` and `dataStorageSetting` cannot be null; leave them out to keep them.",
                "fieldsToOverride",
            )
        if "metadata" in body:
            check_metadata(body["metadata"])
        if (texts := body.get("override_dynamic_variables")) is not None:
            check_texts(texts, "overrideDynamicVariables")
        return body


@input_type()
class LiveCallControlInput:
    """What the agent is to do now."""

    additional_context: str | None = UNSET
    """What the agent is told, without anybody hearing it. It stands in the transcript as
    `InjectedContext`."""
    trigger_response: bool | None = UNSET
    """True makes the agent speak: it breaks off what it is saying, or goes on after a silence. Does
    nothing while the user speaks, or where the agent cannot be interrupted."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where there is none."""
        body = given(self)
        if None in body.values() or body.get("additional_context") == "":
            raise BadUserInput("What the agent is to do cannot be null or empty.", "callControl")
        return body


@input_type()
class UpdateLiveCallInput(Input):
    """What to change of a call that is running."""

    call_id: strawberry.ID
    """Retell's id of the call."""
    fields_to_override: LiveCallFieldsInput | None = UNSET
    """What to change of the call."""
    call_control: LiveCallControlInput | None = UNSET
    """What the agent is to do."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where there is nothing in it."""
        body = {name: part for name, part in given(self, "call_id").items() if part}
        if not body:
            raise BadUserInput("Give at least one field to change, or something to do.")
        return body


@input_type()
class StopCallInput(Input):
    """Which call to end."""

    call_id: strawberry.ID
    """Retell's id of the call."""


@input_type()
class ListenLiveCallInput(Input):
    """Which call to listen to."""

    call_id: strawberry.ID
    """Retell's id of the call."""


@input_type()
class TakeOverLiveCallInput(Input):
    """Which call is taken over, and by whom."""

    call_id: strawberry.ID
    """Retell's id of the call."""
    participant_id: str
    """Who takes it over: the `participantId` that `listenLiveCall` gave."""


@input_type()
class RerunCallAnalysisInput(Input):
    """Which call to analyse again."""

    call_id: strawberry.ID
    """Retell's id of the call."""


@object_type()
class IceServer:
    """A server that helps a browser to connect: to be set before it opens its connection."""

    urls: list[str | None] | None = computed(
        lambda server: [urls] if isinstance(urls := server.get("urls"), str) else urls
    )
    """Its addresses."""
    username: str | None
    """The user to connect as."""
    credential: str | None
    """The user's password."""


@object_type()
class CreatePhoneCallPayload(Payload):
    """The outcome of `createPhoneCall`."""

    call: Call | None
    """The call, which is about to be dialled; null where none was made."""


@object_type()
class CreateWebCallPayload(Payload):
    """The outcome of `createWebCall`: what a browser needs to join. Null where no call was made."""

    call_id: strawberry.ID | None
    """Retell's id of the call."""
    access_token: str | None
    """Lets its holder join the call: for the browser alone. It is given this once."""
    expires_at: DateTime | None
    """When the token stops working."""
    ice_servers: list[IceServer | None] | None
    """The servers to configure the browser's connection with."""
    transport: CallTransport | None
    """The media stack that the token is for."""


@object_type()
class RegisterPhoneCallPayload(Payload):
    """The outcome of `registerPhoneCall`."""

    call: Call | None
    """The call, which waits for its audio: its `callId` goes into the SIP address to dial."""


@object_type()
class UpdateLiveCallPayload(Payload):
    """The outcome of `updateLiveCall`."""

    success: bool | None
    """Whether the running call was changed; null where nothing was done."""


@object_type()
class StopCallPayload(Payload):
    """The outcome of `stopCall`."""

    stopped_call_id: strawberry.ID | None
    """Retell's id of the call that was ended; null where none was."""


@object_type()
class ListenLiveCallPayload(Payload):
    """The outcome of `listenLiveCall`: what a browser needs to listen. Null where it may not."""

    access_token: str | None = personal(LISTEN)
    """Lets its holder listen to the call, unseen. It is given this once."""
    expires_at: DateTime | None
    """When the token stops working."""
    participant_id: str | None
    """Who listens: for `takeOverLiveCall`."""
    room_name: str | None
    """The room to join: always that of the call itself, also after a transfer."""
    transport: CallTransport | None
    """The media stack that the token is for. Null stands for `LIVEKIT`."""
    url: URL | None
    """Where to connect; null where clients address Retell itself."""
    ice_servers: list[IceServer | None] | None
    """The servers to configure the browser's connection with."""
    gateway_ip: str | None
    """The machine at Retell that carries the call: for diagnosis only."""


@object_type()
class TakeOverLiveCallPayload(Payload):
    """The outcome of `takeOverLiveCall`."""

    success: bool | None
    """Whether the agent has stopped, and the listener may speak; null where nothing was done."""


@object_type()
class RerunCallAnalysisPayload(Payload):
    """The outcome of `rerunCallAnalysis`."""

    call: Call | None
    """The call as it is now; null where nothing was done."""


def _shown(names: Sequence[str], answer: Json | None) -> Json:
    """These fields of an answer, as those of a payload."""
    return {name: (answer or {}).get(name) for name in names}


WEB_CALL = ("call_id", "access_token", "expires_at", "ice_servers", "transport")
LISTENER = (
    "access_token",
    "expires_at",
    "participant_id",
    "room_name",
    "transport",
    "url",
    "ice_servers",
    "gateway_ip",
)


def _answers(call: Json) -> Read:
    """The read that a new call answers."""
    return _whole(call.get("call_id", ""))


@object_type()
class CallMutations:
    """Root fields that change calls."""

    @strawberry.mutation
    @needs(WRITE)
    async def update_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateCallInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateCallPayload | None:
        """Change metadata, custom attributes or the storage setting of a call that has ended."""

        def prepare() -> Change:
            request = UPDATE.request(body=input.wire(), call_id=input.call_id)
            touches = partial(_touched, input.call_id)
            return Change(request, touches, answers=_whole(input.call_id))

        return cast(
            "UpdateCallPayload",
            await change(info, input, prepare, lambda call: {"call": call}, "callId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteCallInput, strawberry.argument(description="Which call.")
        ],
    ) -> DeleteCallPayload | None:
        """Erase a call with its recording, transcript and logs. It cannot be undone."""

        def prepare() -> Change:
            request = DELETE.request(call_id=input.call_id)
            return Change(request, partial(_touched, input.call_id))

        gone = {"deleted_call_id": input.call_id}
        return cast(
            "DeleteCallPayload", await change(info, input, prepare, lambda _: gone, "callId")
        )

    @strawberry.mutation
    @needs(CREATE)
    async def create_phone_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreatePhoneCallInput, strawberry.argument(description="Whom to call.")
        ],
    ) -> CreatePhoneCallPayload | None:
        """Dial a number now, and have an agent lead the call. **It dials, and it costs**, by the
        minute as by what telephony, voice and model cost; what was said cannot be taken back.

        Sent once, never again by itself. Who is told `OUTCOME_UNKNOWN` looks into `calls` before
        dialling anew; the same `clientMutationId` never dials twice, at Retell neither.
        """

        def prepare() -> Change:
            request = CREATE_PHONE_CALL.request(body=input.wire())
            return Change(request, _begun, answers=_answers)

        return cast(
            "CreatePhoneCallPayload",
            await change(info, input, prepare, lambda call: {"call": call}, None),
        )

    @strawberry.mutation
    @needs(CREATE)
    async def create_web_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateWebCallInput, strawberry.argument(description="With which agent.")
        ],
    ) -> CreateWebCallPayload | None:
        """Make a call that a browser can join, and give the token that lets it. It costs by the
        minute once somebody has joined. The token is a secret: hand it to that browser alone.
        """

        def prepare() -> Change:
            request = CREATE_WEB_CALL.request(body=input.wire())
            return Change(request, partial(_begun, agent_id=input.agent_id))

        return cast(
            "CreateWebCallPayload",
            await change(info, input, prepare, partial(_shown, WEB_CALL), None),
        )

    @strawberry.mutation
    @needs(CREATE)
    async def register_phone_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            RegisterPhoneCallInput, strawberry.argument(description="Which call.")
        ],
    ) -> RegisterPhoneCallPayload | None:
        """Announce a call that your own telephony carries. Nothing is dialled: you connect its
        audio to Retell by SIP, with the id of the call, and it costs by the minute from then on.
        """

        def prepare() -> Change:
            request = REGISTER_PHONE_CALL.request(body=input.wire())
            return Change(request, _begun, answers=_answers)

        return cast(
            "RegisterPhoneCallPayload",
            await change(info, input, prepare, lambda call: {"call": call}, None),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_live_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateLiveCallInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateLiveCallPayload | None:
        """Change a call that is running, tell its agent something, or make it speak. It works at
        once, and what was said then cannot be taken back."""

        def prepare() -> Change:
            request = UPDATE_LIVE.request(body=input.wire(), call_id=input.call_id)
            return Change(request, partial(_touched_live, input.call_id))

        return cast(
            "UpdateLiveCallPayload",
            await change(info, input, prepare, partial(_shown, ("success",)), "callId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def stop_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            StopCallInput, strawberry.argument(description="Which call.")
        ],
    ) -> StopCallPayload | None:
        """End a call that is running: Retell hangs up. It cannot be undone."""

        def prepare() -> Change:
            request = STOP.request(call_id=input.call_id)
            return Change(request, partial(_touched_live, input.call_id))

        ended = {"stopped_call_id": input.call_id}
        return cast(
            "StopCallPayload", await change(info, input, prepare, lambda _: ended, "callId")
        )

    @strawberry.mutation
    @needs(LISTEN)
    async def listen_live_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            ListenLiveCallInput, strawberry.argument(description="Which call.")
        ],
    ) -> ListenLiveCallPayload | None:
        """Get a token with which a browser can listen to a running call. The line is not told."""

        def prepare() -> Change:
            told = LISTEN_LIVE.read(call_id=input.call_id, notes={"call_id": input.call_id})
            return Change(told.request, lambda _: (), answers=told)

        return cast(
            "ListenLiveCallPayload",
            await change(info, input, prepare, partial(_shown, LISTENER), "callId"),
        )

    @strawberry.mutation
    @needs(LISTEN)
    async def take_over_live_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            TakeOverLiveCallInput, strawberry.argument(description="Which call, and who.")
        ],
    ) -> TakeOverLiveCallPayload | None:
        """Let who listens to a running call speak in the agent's place. The agent says no more, and
        cannot be given the call back. Refused while card data is taken."""

        def prepare() -> Change:
            request = TAKE_OVER.request(
                body={"participant_id": input.participant_id}, call_id=input.call_id
            )
            return Change(request, partial(_touched_live, input.call_id))

        return cast(
            "TakeOverLiveCallPayload",
            await change(info, input, prepare, partial(_shown, ("success",)), "callId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def rerun_call_analysis(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            RerunCallAnalysisInput, strawberry.argument(description="Which call.")
        ],
    ) -> RerunCallAnalysisPayload | None:
        """Analyse a call again, as its agent says now. **Retell charges for it**; what was found
        before is replaced."""

        def prepare() -> Change:
            request = RERUN_ANALYSIS.request(call_id=input.call_id)
            touches = partial(_touched, input.call_id)
            return Change(request, touches, answers=_whole(input.call_id))

        return cast(
            "RerunCallAnalysisPayload",
            await change(info, input, prepare, lambda call: {"call": call}, "callId"),
        )


RESOURCE = Resource(
    name="Call",
    queries=CallQueries,
    mutations=CallMutations,
    types=(PhoneCall, WebCall, UnknownCall),
    node=load_call,
    reads={"agent": load_calls_of_agent, "batch": load_calls_of_batch},
    payloads=(ListenLiveCallPayload,),
    sources=(CALL, CALLS, LISTEN_LIVE),
    id_key="call_id",
    scope=READ,
    shows={
        CALL: "Call",
        CALLS: "Call",
        UPDATE: "Call",
        DELETE: "",
        CREATE_PHONE_CALL: "PhoneCall",
        CREATE_WEB_CALL: "CreateWebCallPayload",
        REGISTER_PHONE_CALL: "PhoneCall",
        UPDATE_LIVE: "UpdateLiveCallPayload",
        STOP: "",
        LISTEN_LIVE: "ListenLiveCallPayload",
        TAKE_OVER: "TakeOverLiveCallPayload",
        RERUN_ANALYSIS: "Call",
    },
    filters={CALLS: "CallFilter"},
    excluded=EXCLUDED,
)
