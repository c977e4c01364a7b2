"""Retell's own LLM engines: prompts, tools and models; how they are read, listed and changed.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Loaded, Read, Source
from gateway.schema.bare_urls import bare_url
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, id_under, ids_under, link, links, read
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import (
    NUMBERS,
    VARIABLES,
    most_digits_hidden,
    needs,
    personal,
    scope,
)
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime, PhoneNumber
from gateway.schema.types import closed_enum, input_type, interface, object_type, open_enum
from gateway.schema.versions import (
    VERSION,
    checked_version,
    edited_page_policy,
    edited_policy,
    key_under,
    published_policy,
    read_at,
    split_key,
)
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

# --- Who may see and change it -----------------------------------------------------------------

READ = scope("engines:read", "See response engines: prompts, tools and flows.")
WRITE = scope("engines:write", "Create, change and delete response engines.")

# --- How long an answer is fresh ---------------------------------------------------------------

FROZEN = Freshness(max_age=3600, stale_while_revalidate=3600, stale_if_error=4 * 3600)
"""A version that was asked for by its number and is published: it changes no more."""

version_policy = published_policy(FROZEN)

# --- Where it is read --------------------------------------------------------------------------

IDS = {"llm_id": ID}

LLM = Source("llm", Endpoint("GET", "/get-retell-llm/{llm_id}", ids=IDS), edited_policy)
LLMS = Source("llms", Endpoint("GET", "/v2/list-retell-llms", lists=True), edited_page_policy)
CREATE = Endpoint("POST", "/create-retell-llm")
UPDATE = Endpoint("PATCH", "/update-retell-llm/{llm_id}", ids=IDS)
DELETE = Endpoint("DELETE", "/delete-retell-llm/{llm_id}", ids=IDS)


def _whole(llm_id: str, version: int | None = None) -> Read:
    # By the last tag, what is done to a version of an agent forgets all of them: they have the
    # engine's published or made as well.
    return read_at(LLM, "llm_id", llm_id, version, version_policy, tags=(llm_id, "all"))


def load_llm(place: Place, key: str) -> Loaded:
    """The engine by the key of its global id: `llm_id`, or `llm_id:version`."""
    return place.context.loaders.find(_whole(*split_key(key, "an LLM")), place)


def _page(order: RetellLlmOrder, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return LLMS.read(query=query, tags=("all",))


def _touched(llm_id: str, _answer: Json | None) -> Iterable[tuple[str, str]]:
    """What a change makes out of date: every version, all lists, and what its MCP servers offer."""
    return ("llm", llm_id), ("llms", "all"), ("mcp_tools", "all")


# --- What is not shown -------------------------------------------------------------------------

EXCLUDED = {
    f"{model}.{name}": "customers keep API keys there, and Retell gives them in clear"
    for model in ("GeneralToolCustomTool", "StateToolCustomTool", "Mcp")
    for name in ("headers", "query_params")
}
"""Fields of Retell's that the schema leaves out, and why."""


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class LlmStartSpeaker(Enum):
    """Who speaks first."""

    USER = "user"
    """The user; the agent waits."""
    AGENT = "agent"
    """The agent."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmModelTier(Enum):
    """The capacity that a model runs on: faster ones cost more, and not every model has each."""

    STANDARD = "standard"
    """What is there for everybody."""
    FAST = "fast"
    """Capacity set apart: quicker and steadier."""
    ULTRAFAST = "ultrafast"
    """Faster still, for voice agents."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmModelType(Enum):
    """How the agent is made to speak."""

    CASCADING = "cascading"
    """A model writes, and a separate voice speaks."""
    S2S = "s2s"
    """A model that hears and speaks itself."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmMessageType(Enum):
    """How what an agent says while a tool runs is made."""

    PROMPT = "prompt"
    """A model writes it."""
    STATIC_TEXT = "static_text"
    """It is always the same."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmTransferType(Enum):
    """How a call is transferred."""

    COLD_TRANSFER = "cold_transfer"
    """The user is handed over at once."""
    WARM_TRANSFER = "warm_transfer"
    """The target is spoken to first."""
    AGENTIC_WARM_TRANSFER = "agentic_warm_transfer"
    """Another agent speaks to the target, and decides."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmHoldMusic(Enum):
    """What the user hears during a transfer."""

    NONE = "none"
    """Nothing."""
    RELAXING_SOUND = "relaxing_sound"
    """Calm music."""
    UPLIFTING_BEATS = "uplifting_beats"
    """Lively music."""
    RINGTONE = "ringtone"
    """A phone that rings."""
    CUSTOM = "custom"
    """The recording that `customOnHoldMusicAssetId` names."""
    UNKNOWN = "UNKNOWN"


@open_enum
class LlmVariableType(Enum):
    """What kind of value a variable has."""

    STRING = "string"
    """A text."""
    ENUM = "enum"
    """One of `choices`."""
    BOOLEAN = "boolean"
    """A truth value."""
    NUMBER = "number"
    """A number."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class RetellLlmOrder(Enum):
    """Order of a list of engines, by Retell's own measure: it offers no choice of one."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


# --- Tools -------------------------------------------------------------------------------------


@interface(
    discriminator=Discriminator(
        "type",
        {
            "end_call": "LlmEndCallTool",
            "transfer_call": "LlmTransferCallTool",
            "agent_swap": "LlmAgentSwapTool",
            "press_digit": "LlmPressDigitTool",
            "send_sms": "LlmSmsTool",
            "custom": "LlmCustomTool",
            "code": "LlmCodeTool",
            "extract_dynamic_variable": "LlmExtractVariableTool",
            "bridge_transfer": "LlmBridgeTransferTool",
            "cancel_transfer": "LlmCancelTransferTool",
            "mcp": "LlmMcpTool",
            "integration_app": "LlmAppTool",
        },
        fallback="UnknownLlmTool",
    )
)
class LlmTool:
    """Something that the model can have done in a conversation."""

    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    name: str | None
    """Its name, unlike that of any other tool at hand."""
    description: str | None
    """What it does and when to use it."""
    speak_during_execution: bool | None
    """Whether the agent says something while it runs. Null of kinds that know no such thing."""
    execution_message_type: LlmMessageType | None
    """How what it says then is made. Null stands for `PROMPT`."""
    execution_message_description: str | None
    """What it says then, or the prompt for that."""


@object_type()
class LlmEndCallTool(LlmTool):
    """Hangs up: `end_call`."""

    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are sent with it: a map of texts, which may hold dynamic variables."""


@object_type()
class LlmTransferDestination:
    """Where a call is transferred to. Which field is set depends on `type`."""

    type: str | None
    """`predefined` (see `number`), or `inferred` (see `prompt`)."""
    number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, or a dynamic variable for it."""
    extension: str | None = personal(NUMBERS)
    """What is dialled once the number answers: digits, `*`, `#`, or a dynamic variable."""
    prompt: str | None
    """The prompt by which a model tells the number."""


@object_type()
class LlmHandoffMessage:
    """What is said at a handoff. Which field is set depends on `type`."""

    type: str | None
    """`prompt` or `static_message`."""
    prompt: str | None
    """The prompt by which a model writes it."""
    message: str | None
    """The message, where it is always the same."""


@object_type()
class LlmIvrNavigation:
    """How the agent finds its way through the target's automated menu."""

    type: str | None
    """Always `prompt` so far."""
    prompt: str | None
    """The prompt for it."""


def _agent_key(reference: Json) -> str | None:
    """The key of an agent that is named with a version; None where a tag stands for that."""
    agent_id, version = reference.get("agent_id"), reference.get("agent_version")
    if not isinstance(agent_id, str) or version in (None, "latest"):
        return agent_id if isinstance(agent_id, str) else None
    return f"{agent_id}:{version}" if VERSION.fullmatch(str(version)) else None


def _agent_version(reference: Json) -> str | None:
    version = reference.get("agent_version")
    return None if version is None else str(version)


@object_type()
class LlmTransferAgent:
    """The agent that leads a transfer."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent."""
    agent_version: str | None = computed(_agent_version)
    """Its version: a number, or a name for one."""
    agent = link("Agent", _agent_key)
    """The agent; null where its version is named by a tag. One upstream request."""


@object_type()
class LlmAgenticTransfer:
    """How another agent leads a transfer."""

    transfer_agent: LlmTransferAgent | None
    """The agent that does."""
    transfer_timeout_ms: float | None
    """Milliseconds that it has to decide. Null stands for 30,000."""
    action_on_timeout: str | None
    """What happens then: `bridge_transfer`, or `cancel_transfer`, which null stands for."""


@object_type()
class LlmTransferOption:
    """How a call is transferred. Which fields are set depends on `type`."""

    type: LlmTransferType | None
    """How."""
    show_transferee_as_caller: bool | None
    """Whether the target sees the user's number. Telephony must allow for it."""
    transfer_ring_duration_ms: int | None
    """Milliseconds that the target's phone rings; null for the agent's own setting."""
    cold_transfer_mode: str | None
    """Of a cold transfer: `sip_refer` or `sip_invite`."""
    on_hold_music: LlmHoldMusic | None
    """What the user hears meanwhile, unless the transfer is a cold one."""
    custom_on_hold_music_asset_id: strawberry.ID | None
    """Retell's id of the recording, where that is `CUSTOM`."""
    enable_bridge_audio_cue: bool | None
    """Whether a sound is heard when the two are connected. Null stands for true."""
    public_handoff_option: LlmHandoffMessage | None
    """What both hear once they are connected; null for nothing."""
    private_handoff_option: LlmHandoffMessage | None
    """Of a warm transfer: what the target alone hears first; null for nothing."""
    opt_out_human_detection: bool | None
    """Of a warm transfer: whether it is left open that a person answered."""
    agent_detection_timeout_ms: float | None
    """Of a warm transfer: milliseconds after which it fails."""
    ivr_option: LlmIvrNavigation | None
    """Of a warm transfer: how to find the way through an automated menu."""
    agentic_transfer_config: LlmAgenticTransfer | None
    """Of an agentic warm transfer: who leads it."""


@object_type()
class LlmTransferCallTool(LlmTool):
    """Transfers the call: `transfer_call`."""

    transfer_destination: LlmTransferDestination | None
    """Where to."""
    transfer_option: LlmTransferOption | None
    """How."""
    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are sent with it: a map of texts, which may hold dynamic variables."""
    ignore_e164_validation: bool | None
    """Whether numbers may have another form than E.164, as with a telephony of your own."""


@object_type()
class LlmAgentSwapTool(LlmTool):
    """Has another agent go on with the conversation: `agent_swap`."""

    agent_id: strawberry.ID | None
    """Retell's id of that agent."""
    agent_version: str | None = computed(_agent_version)
    """Its version: a number, or a name for one. Null stands for the newest."""
    agent = link("Agent", _agent_key)
    """That agent; null where its version is named by a tag. One upstream request."""
    post_call_analysis_setting: str | None
    """Whose analysis is made afterwards: `both_agents` or `only_destination_agent`."""
    webhook_setting: str | None
    """Whose webhook is told: `both_agents`, `only_destination_agent` or `only_source_agent`, which
    null stands for."""
    keep_current_language: bool | None
    """Whether the language stays."""
    keep_current_voice: bool | None
    """Whether voice and background sound stay."""
    use_swap_agent_max_duration: bool | None
    """Whether the call's longest duration is counted anew, by that agent's setting."""


@object_type()
class LlmPressDigitTool(LlmTool):
    """Presses keys, as for an automated menu: `press_digit`."""

    delay_ms: int | None
    """Milliseconds to wait before: from 0 to 5,000. Null stands for 1,000."""


@object_type()
class LlmSmsContent:
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
class LlmSmsDestination:
    """Whom a text message goes to."""

    type: str | None
    """`customer_number`, the user of the call, or `phone_number`."""
    phone_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, where it is a fixed one."""
    ignore_e164_validation: bool | None
    """Whether the number may have another form than E.164."""


@object_type()
class LlmSmsSender:
    """Whom a text message comes from."""

    type: str | None
    """`current_number`, the agent's in the call, or `retell_long_code`, one of Retell's."""


@object_type()
class LlmSmsTool(LlmTool):
    """Sends a text message: `send_sms`."""

    sms_content: LlmSmsContent | None
    """What it says."""
    sms_destination: LlmSmsDestination | None
    """Whom it goes to; null for the user of the call."""
    sms_sender: LlmSmsSender | None
    """Whom it comes from; null for the agent's own number."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class LlmCustomTool(LlmTool):
    """Sends a request to a server of yours: `custom`.

    Its headers and query parameters are not shown, since they often hold secrets.
    """

    url: URL | None = computed(lambda tool: bare_url(tool.get("url")))
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
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class LlmCodeTool(LlmTool):
    """Runs code: `code`."""

    code: str | None
    """The code, in JavaScript."""
    timeout_ms: int | None
    """Milliseconds that it may take. Null stands for 30,000."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its JSON path in the result."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class LlmVariable:
    """A dynamic variable that is told from the conversation."""

    type: LlmVariableType | None
    """What kind of value it has."""
    name: str | None
    """Its name."""
    description: str | None
    """What it is: the model's instruction."""
    required: bool | None
    """Whether it must be found: a call without it is not successful."""
    conditional_prompt: str | None
    """When it is to be found at all, where it is not required."""
    choices: list[str | None] | None
    """Of an `ENUM`: the possible values."""
    examples: list[str | None] | None
    """Of a `STRING`: what values may look like."""


@object_type()
class LlmExtractVariableTool(LlmTool):
    """Tells dynamic variables from the conversation: `extract_dynamic_variable`."""

    variables: list[LlmVariable | None] | None
    """Which."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class LlmBridgeTransferTool(LlmTool):
    """Connects the user to the target, of agents that lead a transfer: `bridge_transfer`."""


@object_type()
class LlmCancelTransferTool(LlmTool):
    """Gives up the transfer, of agents that lead one: `cancel_transfer`."""


@object_type()
class LlmMcpTool(LlmTool):
    """Uses a tool of an MCP server: `mcp`."""

    mcp_id: strawberry.ID | None
    """Retell's id of the server."""
    input_schema: JSON | None
    """What it is called with: a map."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class LlmToolOutput:
    """Which part of a tool's answer agent and transcript get to see."""

    mode: str | None
    """`all`, or `subset` for `fields` only."""
    fields: list[str | None] | None
    """Paths into the answer, such as `deals[0].id`; without meaning where all of it is seen."""


@object_type()
class LlmAppTool(LlmTool):
    """Uses an app that the organisation has connected: `integration_app`."""

    provider: str | None
    """Whose app it is."""
    app_id: strawberry.ID | None
    """Retell's id of the connection to the app."""
    app = link("App", id_under("app_id"))
    """The connection to the app. One upstream request for each distinct one."""
    app_tool_template_name: str | None
    """What it does in the app: a name in Retell's catalogue."""
    parameters: JSON | None
    """What it is called with: a list of JSON Schemas of objects, `const` for fixed values."""
    output_selection: LlmToolOutput | None
    """Which part of the answer agent and transcript get to see; null for all of it."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class UnknownLlmTool(LlmTool):
    """A tool of a kind that is newer than this schema. Its content is not shown: where its secrets
    are is not known."""


# --- States ------------------------------------------------------------------------------------


@object_type()
class LlmStateEdge:
    """A way from one state to another."""

    description: str | None
    """When to take it: the model's instruction."""
    destination_state_name: str | None
    """The state it leads to."""
    parameters: JSON | None
    """What is told from the conversation on the way: the JSON Schema of an object."""


@object_type()
class LlmState:
    """A part of a conversation with a prompt and tools of its own."""

    name: str | None
    """Its name."""
    state_prompt: str | None
    """Its prompt, which comes after the general one."""
    edges: list[LlmStateEdge | None] | None
    """The ways from it to other states."""
    tools: list[LlmTool | None] | None
    """Tools that are at hand in it, besides the general ones."""


# --- Models and what they know -----------------------------------------------------------------


@object_type()
class LlmModel:
    """A model, and the capacity it runs on."""

    model: str | None
    """Its name, such as `gpt-5.4-mini`."""
    tier: LlmModelTier | None
    """The capacity; of models that hear and speak themselves there is no choice."""


@object_type()
class LlmBackupModelRef(LlmModel):
    """A model that takes over where the first one is slow."""

    kick_in_timeout_ms: int | None
    """Milliseconds for which the first one's answer is preferred. Null stands for 1,500."""


@object_type()
class LlmModelConfig:
    """The models that the engine uses, and how."""

    type: LlmModelType | None
    """How the agent is made to speak. Null stands for `CASCADING`."""
    primary: LlmModel | None
    """The model."""
    backup: LlmBackupModelRef | None
    """Of `CASCADING`: the model that takes over where the first one is slow; null for none."""
    temperature: float | None
    """How much answers vary: from 0, which null stands for, to 1."""


@object_type()
class LlmBackupModel:
    """A model that takes over where the first one is slow, in Retell's older form."""

    type: LlmModelType | None
    """Always `CASCADING` so far."""
    model: str | None
    """Its name."""
    backup_kick_in_timeout: int | None
    """Milliseconds for which the first one's answer is preferred. Null stands for 1,500."""
    high_priority: bool | None
    """Whether it runs on capacity that is set apart."""
    ultrafast: bool | None
    """Whether it runs on the fastest capacity."""


@object_type()
class LlmKnowledgeBaseConfig:
    """How much is looked up in knowledge bases."""

    top_k: int | None
    """How many pieces at the most."""
    filter_score: float | None
    """How alike a piece must be to what is looked for, from 0 to 1."""


@object_type()
class LlmMcpServer:
    """An MCP server whose tools the engine can use.

    Headers and query parameters are not shown, since they often hold secrets.
    """

    name: str | None
    """Its name."""
    url: URL | None = computed(lambda server: bare_url(server.get("url")))
    """Where it is; without user, password and query, where people keep tokens."""
    timeout_ms: int | None
    """Milliseconds that it has to accept a connection. Null stands for 120,000: two minutes."""


# --- The engine --------------------------------------------------------------------------------


_key = key_under("llm_id")
_OLDER = "Retell's older form: see `modelConfig`, which comes first where it is set."


@object_type()
class RetellLlm(Node):
    """A response engine of Retell's own, in one of its versions: one or several prompts, and tools.

    Lists have all of it.
    """

    id: strawberry.ID = computed(lambda llm: global_id("RetellLlm", _key(llm)))
    """Global id, for `node` and for client caches. It names the version where one was asked for;
    else the newest one, whichever that is."""
    llm_id: strawberry.ID
    """Retell's id of the engine, the same in all versions."""
    version: int | None
    """The number of this version."""
    is_published: bool | None
    """Whether this version is published: then it changes no more."""
    last_modification_timestamp: DateTime | None
    """When this version was last changed, or made."""
    general_prompt: str | None
    """The prompt that holds in every state."""
    general_tools: list[LlmTool | None] | None
    """Tools that are at hand in every state."""
    states: list[LlmState | None] | None
    """Parts of the conversation with prompts and tools of their own; null where there are none."""
    starting_state: str | None
    """The name of the state that it begins in."""
    start_speaker: LlmStartSpeaker | None
    """Who speaks first."""
    begin_message: str | None
    """The agent's first words. Null: the model finds some; empty: it waits for the user."""
    begin_after_user_silence_ms: int | None
    """Milliseconds of silence after which the agent begins, where the user is to speak first. Null
    for never."""
    default_dynamic_variables: JSON | None
    """Values of dynamic variables that a conversation is not given: a map of texts."""
    model_config: LlmModelConfig | None
    """The models that it uses, and how."""
    model: str | None
    """The model that writes, such as `gpt-5.4-mini`."""
    s2s_model: str | None
    """The model that hears and speaks itself, in place of one that writes."""
    backup_model: LlmBackupModel | None
    """The model that takes over where the first one is slow, in Retell's older form."""
    model_temperature: float | None = read("model_temperature", deprecated=_OLDER)
    """How much answers vary."""
    model_high_priority: bool | None = read("model_high_priority", deprecated=_OLDER)
    """Whether the model runs on capacity that is set apart."""
    model_ultrafast: bool | None = read("model_ultrafast", deprecated=_OLDER)
    """Whether the model runs on the fastest capacity."""
    tool_call_strict_mode: bool | None
    """Whether tools are called strictly by their schemas, where the model can do that."""
    knowledge_base_ids: list[strawberry.ID | None] | None
    """Retell's ids of the knowledge bases that things are looked up in."""
    knowledge_bases = links("KnowledgeBase", ids_under("knowledge_base_ids"))
    """The knowledge bases that things are looked up in. One upstream request for all of them; one
    more for each that a remembered list does not have."""
    kb_config: LlmKnowledgeBaseConfig | None
    """How much is looked up in them."""
    mcps: list[LlmMcpServer | None] | None
    """MCP servers whose tools it can use."""
    is_transfer_llm: bool | None
    """Whether it is for agents that lead a transfer."""


@object_type()
class RetellLlmEdge(Edge):
    """An engine in its place in a list."""

    node: RetellLlm | None
    """The engine."""


@object_type()
class RetellLlmConnection(Connection):
    """A page of a list of engines. Retell does not count them."""

    edges: list[RetellLlmEdge]
    """The engines with their cursors."""
    nodes: list[RetellLlm | None]
    """The engines alone."""


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class RetellLlmQueries:
    """Root fields for Retell's own LLM engines."""

    @strawberry.field
    @needs(READ)
    def retell_llm(
        self,
        info: Info,
        llm_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the engine.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = UNSET,
    ) -> RetellLlm | None:
        """An engine; null where there is none. One upstream request, none if remembered."""
        read_ = _whole(llm_id, checked_version(version, "an LLM"))
        return cast("RetellLlm | None", info.context.loaders.find(read_, info))

    @strawberry.field
    @needs(READ)
    async def retell_llms(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            RetellLlmOrder, strawberry.argument(description="In which order.")
        ] = RetellLlmOrder.DESCENDING,
    ) -> RetellLlmConnection | None:
        """Engines with all there is of them. One upstream request for a page."""
        bound = scope_of(info.context.caller.tenant, "llms", {}, order_by.value)
        return cast(
            "RetellLlmConnection | None",
            await read_connection(
                info,
                partial(_page, order_by),
                id_key="llm_id",
                first=first,
                after=after,
                scope=bound,
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class LlmModelInput:
    """A model, and the capacity it is to run on."""

    model: str
    """Its name, such as `gpt-5.4-mini`."""
    tier: LlmModelTier | None = UNSET
    """The capacity; faster ones cost more. Not every model has each."""


@input_type()
class LlmBackupModelRefInput(LlmModelInput):
    """A model that is to take over where the first one is slow."""

    kick_in_timeout_ms: int | None = UNSET
    """Milliseconds for which the first one's answer is preferred."""


@input_type()
class LlmModelConfigInput:
    """The models that an engine is to use. What is left out stays as it is."""

    type: LlmModelType | None = UNSET
    """How the agent is made to speak. Changing it needs `primary`, and takes `backup` away."""
    primary: LlmModelInput | None = UNSET
    """The model."""
    backup: LlmBackupModelRefInput | None = UNSET
    """The model that takes over where the first one is slow; null for none from now on."""
    temperature: float | None = UNSET
    """How much answers vary: from 0 to 1."""


@input_type()
class LlmKnowledgeBaseConfigInput:
    """How much is to be looked up in knowledge bases."""

    top_k: int | None = UNSET
    """How many pieces at the most."""
    filter_score: float | None = UNSET
    """How alike a piece must be to what is looked for, from 0 to 1."""


LISTS = {"general_tools": "generalTools", "states": "states", "mcps": "mcps"}
"""Settings that are lists of objects in Retell's own form, and what they are called here."""
NEVER_NULL = {"start_speaker": "startSpeaker", "model_config": "modelConfig"}
"""Settings that can be left out, but not be taken away."""


@input_type()
class RetellLlmSettingsInput(Input):
    """Settings of an engine."""

    general_prompt: str | None = UNSET
    """The prompt that holds in every state."""
    general_tools: JSON | None = UNSET
    """Tools that are at hand in every state: a list of objects in Retell's own form, headers and
    query parameters included. It takes the place of the whole list."""
    states: JSON | None = UNSET
    """Parts of the conversation with prompts and tools of their own: a list of objects in Retell's
    own form, which takes the place of the whole list."""
    starting_state: str | None = UNSET
    """The name of the state that it begins in."""
    begin_message: str | None = UNSET
    """The agent's first words. Null: the model finds some; empty: it waits for the user."""
    begin_after_user_silence_ms: int | None = UNSET
    """Milliseconds of silence after which the agent begins, where the user is to speak first."""
    default_dynamic_variables: JSON | None = UNSET
    """Values of dynamic variables that a conversation is not given: an object with texts."""
    model_config: LlmModelConfigInput | None = UNSET
    """The models that it is to use."""
    model: str | None = UNSET
    """The model that writes; see `modelConfig`."""
    s2s_model: str | None = UNSET
    """The model that hears and speaks itself; see `modelConfig`."""
    tool_call_strict_mode: bool | None = UNSET
    """Whether tools are called strictly by their schemas, where the model can do that."""
    knowledge_base_ids: list[strawberry.ID] | None = UNSET
    """Retell's ids of the knowledge bases to look things up in."""
    kb_config: LlmKnowledgeBaseConfigInput | None = UNSET
    """How much is looked up in them."""
    mcps: JSON | None = UNSET
    """MCP servers whose tools it can use: a list of objects in Retell's own form, headers and query
    parameters included. It takes the place of the whole list."""


def _fit(body: Json) -> Json:
    """The same settings; `BadUserInput` where Retell would not take one."""
    for name, shown in NEVER_NULL.items():
        if name in body and body[name] is None:
            raise BadUserInput(f"`{shown}` cannot be null; leave it out to keep it.", shown)
    for name, shown in LISTS.items():
        if not _all_are(dict, body.get(name), list):
            raise BadUserInput(f"`{shown}` must be a list of JSON objects.", shown)
    if not _all_are(str, body.get("default_dynamic_variables"), dict):
        message = "`defaultDynamicVariables` must be a JSON object with texts."
        raise BadUserInput(message, "defaultDynamicVariables")
    return body


def _all_are(kind: type, value: object, container: type) -> bool:
    """Whether a value is null, or a list or an object with nothing else in it."""
    if not isinstance(value, container):
        return value is None
    items = value.values() if isinstance(value, dict) else cast("list[object]", value)
    return all(isinstance(item, kind) for item in items)


@input_type()
class CreateRetellLlmInput(RetellLlmSettingsInput):
    """A new engine."""

    start_speaker: LlmStartSpeaker
    """Who speaks first."""
    is_transfer_llm: bool | None = UNSET
    """Whether it is for agents that lead a transfer. Cannot be changed."""


@input_type()
class UpdateRetellLlmInput(RetellLlmSettingsInput):
    """What to change of an engine. What is left out stays as it is."""

    llm_id: strawberry.ID
    """Retell's id of the engine."""
    version: int | None = UNSET
    """Which version; the newest if left out. A published one cannot be changed."""
    start_speaker: LlmStartSpeaker | None = UNSET
    """Who speaks first."""


@input_type()
class DeleteRetellLlmInput(Input):
    """Which engine to delete."""

    llm_id: strawberry.ID
    """Retell's id of the engine."""
    force_delete: bool | None = UNSET
    """Whether to delete it even where agents use it, which then have no engine. Retell refuses
    that otherwise."""


@object_type()
class CreateRetellLlmPayload(Payload):
    """The outcome of `createRetellLlm`."""

    retell_llm: RetellLlm | None
    """The new engine; null where none was made."""


@object_type()
class UpdateRetellLlmPayload(Payload):
    """The outcome of `updateRetellLlm`."""

    retell_llm: RetellLlm | None
    """The engine as it is now; null where nothing was changed."""


@object_type()
class DeleteRetellLlmPayload(Payload):
    """The outcome of `deleteRetellLlm`."""

    deleted_llm_id: strawberry.ID | None
    """Retell's id of the engine that is gone; null where nothing was deleted."""


@object_type()
class RetellLlmMutations:
    """Root fields that change Retell's own LLM engines."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_retell_llm(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateRetellLlmInput, strawberry.argument(description="What to make.")
        ],
    ) -> CreateRetellLlmPayload | None:
        """Make an engine, which an agent can be given afterwards."""

        def prepare() -> Change:
            request = CREATE.request(body=_fit(given(input)))
            return Change(
                request,
                lambda _: (("llms", "all"),),
                answers=lambda llm: _whole(str(llm.get("llm_id"))),
            )

        return cast(
            "CreateRetellLlmPayload",
            await change(info, input, prepare, lambda llm: {"retell_llm": llm}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_retell_llm(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateRetellLlmInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateRetellLlmPayload | None:
        """Change a version of an engine that is not published. Agents that use it talk so from then
        on."""

        def prepare() -> Change:
            version = checked_version(input.version, "an LLM")
            request = UPDATE.request(
                query={"version": version},
                body=_fit(some_given(input, "llm_id", "version")),
                llm_id=input.llm_id,
            )
            touches = partial(_touched, input.llm_id)
            return Change(request, touches, answers=_whole(input.llm_id, version))

        return cast(
            "UpdateRetellLlmPayload",
            await change(info, input, prepare, lambda llm: {"retell_llm": llm}, "llmId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_retell_llm(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteRetellLlmInput, strawberry.argument(description="Which engine.")
        ],
    ) -> DeleteRetellLlmPayload | None:
        """Delete an engine with all its versions. It cannot be undone."""

        def prepare() -> Change:
            forced = {"force_delete": True} if input.force_delete is True else None
            request = DELETE.request(query=forced, llm_id=input.llm_id)
            return Change(request, partial(_touched, input.llm_id))

        gone = {"deleted_llm_id": input.llm_id}
        return cast(
            "DeleteRetellLlmPayload", await change(info, input, prepare, lambda _: gone, "llmId")
        )


RESOURCE = Resource(
    name="RetellLlm",
    queries=RetellLlmQueries,
    mutations=RetellLlmMutations,
    types=(
        LlmEndCallTool,
        LlmTransferCallTool,
        LlmAgentSwapTool,
        LlmPressDigitTool,
        LlmSmsTool,
        LlmCustomTool,
        LlmCodeTool,
        LlmExtractVariableTool,
        LlmBridgeTransferTool,
        LlmCancelTransferTool,
        LlmMcpTool,
        LlmAppTool,
        UnknownLlmTool,
    ),
    node=load_llm,
    sources=(LLM, LLMS),
    id_key="llm_id",
    scope=READ,
    shows={
        LLM: "RetellLlm",
        LLMS: "RetellLlm",
        CREATE: "RetellLlm",
        UPDATE: "RetellLlm",
        DELETE: "",
    },
    excluded=EXCLUDED,
)
