"""The graph of a conversation flow: nodes, edges, conditions and tools, and how they are given.

Flows and components of flows are made of the same parts. Longer than other modules: Retell has 15
kinds of nodes and 12 of tools. What its SDK declares in many forms that differ in literals or in
what is optional is one type here.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.loaders import Json
from gateway.schema.bare_urls import bare_url
from gateway.schema.fields import computed, id_under, ids_under, link, links, read
from gateway.schema.permissions import (
    NUMBERS,
    VARIABLES,
    most_digits_hidden,
    personal,
    scope,
)
from gateway.schema.readings import Discriminator
from gateway.schema.scalars import JSON, URL
from gateway.schema.types import closed_enum, input_type, interface, object_type, open_enum

READ = scope("engines:read", "See response engines: prompts, tools and flows.")
WRITE = scope("engines:write", "Create, change and delete response engines.")

# --- What is not shown -------------------------------------------------------------------------

EXCLUDED = {
    f"{model}.{name}": "customers keep API keys there, and Retell gives them in clear"
    for place in ("", "Component")
    for model in (
        f"{place}ToolCustomTool",
        f"{place}NodeSubagentNodeToolCustomTool",
        f"{place}Mcp",
    )
    for name in ("headers", "query_params")
}
"""Fields of Retell's that the schema leaves out, and why."""

# --- Enums -------------------------------------------------------------------------------------


@open_enum
class FlowSttMode(Enum):
    """What speech recognition puts first while a node is active."""

    FAST = "fast"
    """Little delay."""
    ACCURATE = "accurate"
    """Few mistakes."""
    CUSTOM = "custom"
    """As the node's `customSttConfig` says."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowMessageType(Enum):
    """How what an agent says while a tool runs is made."""

    PROMPT = "prompt"
    """A model writes it."""
    STATIC_TEXT = "static_text"
    """It is always the same."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowOwner(Enum):
    """Where a tool or a component that a node names is kept."""

    LOCAL = "local"
    """In the flow itself."""
    SHARED = "shared"
    """By itself, for several flows."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowSwapSetting(Enum):
    """Which agents something is done for when one hands the conversation to another."""

    BOTH_AGENTS = "both_agents"
    """For both."""
    ONLY_DESTINATION_AGENT = "only_destination_agent"
    """For the agent that takes over."""
    ONLY_SOURCE_AGENT = "only_source_agent"
    """For the agent that hands over."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowVariableType(Enum):
    """What kind of value is to be found in a conversation."""

    STRING = "string"
    """A text."""
    ENUM = "enum"
    """One of `choices`."""
    BOOLEAN = "boolean"
    """A truth value."""
    NUMBER = "number"
    """A number."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowTransferType(Enum):
    """How a call is transferred."""

    COLD_TRANSFER = "cold_transfer"
    """The agent leaves at once."""
    WARM_TRANSFER = "warm_transfer"
    """The agent waits for a person to answer, and can brief them."""
    AGENTIC_WARM_TRANSFER = "agentic_warm_transfer"
    """Another agent speaks with who answers, and decides."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowHoldMusic(Enum):
    """What a caller hears while being transferred."""

    NONE = "none"
    """Nothing."""
    RELAXING_SOUND = "relaxing_sound"
    """Something calm."""
    UPLIFTING_BEATS = "uplifting_beats"
    """Something lively."""
    RINGTONE = "ringtone"
    """The sound of a phone that rings."""
    CUSTOM = "custom"
    """An audio file of the organisation's own: see `customOnHoldMusicAssetId`."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowModelType(Enum):
    """What kind of model speaks."""

    CASCADING = "cascading"
    """One that writes, with a separate voice."""
    S2S = "s2s"
    """One that hears and speaks itself: speech to speech."""
    UNKNOWN = "UNKNOWN"


@open_enum
class FlowModelTier(Enum):
    """Which capacity of a model is used; faster ones cost more."""

    STANDARD = "standard"
    """The one that every model has."""
    FAST = "fast"
    """Dedicated capacity: lower, steadier latency."""
    ULTRAFAST = "ultrafast"
    """Faster still, for agents that speak."""
    UNKNOWN = "UNKNOWN"


# --- Models ------------------------------------------------------------------------------------


@object_type()
class FlowModelChoice:
    """A model, in Retell's older form."""

    type: FlowModelType | None
    """What kind of model it is."""
    model: str | None
    """Its name, such as `gpt-5.4-mini`."""
    high_priority: bool | None
    """Whether it runs on dedicated capacity."""
    ultrafast: bool | None
    """Whether it runs in the fastest tier, where the model has one."""
    backup_kick_in_timeout: int | None
    """Of a backup model: milliseconds for which the primary one is preferred while both run. Null
    stands for 1,500."""


@object_type()
class FlowModel:
    """A model, and how it runs."""

    model: str | None
    """Its name, such as `gpt-5.4-mini`."""
    tier: FlowModelTier | None
    """Which capacity is used; null stands for `STANDARD`. Models that speak have none."""
    kick_in_timeout_ms: int | None
    """Of a backup model: milliseconds for which the primary one is preferred while both run. Null
    stands for 1,500."""


@object_type()
class FlowModelConfig:
    """Which models lead a conversation, or one node of it."""

    type: FlowModelType | None
    """What kind of model speaks. Null stands for `CASCADING`; always null of a node."""
    primary: FlowModel | None
    """The model."""
    backup: FlowModel | None
    """A model that runs beside it, and takes over when it is slow. Nodes have none."""
    temperature: float | None
    """How much answers vary: from 0, the default, to 1. Nodes have none."""


# --- Conditions and edges ----------------------------------------------------------------------


@object_type()
class FlowEquation:
    """A comparison, such as `{{user_type}} == admin`."""

    left: str | None
    """What is compared: text with dynamic variables."""
    operator: str | None
    """`==`, `!=`, `>`, `>=`, `<`, `<=`, `contains`, `not_contains`, `exists` or `not_exist`."""
    right: str | None
    """What it is compared with; `exists` and `not_exist` need nothing."""


@object_type()
class FlowPrompt:
    """A prompt by which a model decides."""

    type: str | None
    """Always `prompt` so far."""
    prompt: str | None
    """The prompt."""


@object_type()
class FlowCondition:
    """What must hold. Which fields are set depends on `type`."""

    type: str | None
    """`prompt` (see `prompt`), `equation` (see `equations`) or `equation_prompt` (both)."""
    prompt: str | None
    """What a model is to decide; or, of edges with a meaning of their own, that meaning, such as
    `Else` or `Transfer failed`."""
    operator: str | None
    """How the equations are joined: `||`, one must hold, or `&&`, all must."""
    equations: list[FlowEquation | None] | None
    """The comparisons."""
    prompt_condition: FlowPrompt | None
    """Of an `equation_prompt`: what a model is to decide besides; null for nothing."""


@object_type()
class FlowEdge:
    """A way from one node to the next."""

    edge_id: strawberry.ID | None = read("id")
    """Its id within the flow; Retell calls it `id`."""
    destination_node_id: strawberry.ID | None
    """The node that it leads to, by its `nodeId`; null where it leads to none yet."""
    transition_condition: FlowCondition | None
    """When it is taken."""


# --- Examples ----------------------------------------------------------------------------------


@object_type()
class FlowUtterance:
    """A line of an example. Which fields are set depends on `role`."""

    role: str | None
    """`agent`, `user`, `tool_call_invocation` or `tool_call_result`."""
    content: str | None
    """What is said, or what a tool answers."""
    tool_call_id: strawberry.ID | None
    """By which the answer of a tool is told to belong to its call."""
    name: str | None
    """The tool that is called."""
    arguments: str | None
    """What it is called with: JSON as text."""


@object_type()
class FlowExample:
    """An example of a conversation, by which a model learns what is wanted."""

    example_id: strawberry.ID | None = read("id")
    """Its id within the flow; Retell calls it `id`. Examples of global nodes have none."""
    transcript: list[FlowUtterance | None] | None
    """The conversation."""
    destination_node_id: strawberry.ID | None
    """Of an example of a transition: the node that it leads to; null where it leads to none."""


# --- Parts of nodes ----------------------------------------------------------------------------


@object_type()
class FlowPosition:
    """A place on the canvas of Retell's editor."""

    x: float | None
    """From left to right, in pixels."""
    y: float | None
    """From top to bottom, in pixels."""


@object_type()
class FlowSize:
    """A size on the canvas of Retell's editor."""

    width: float | None
    """In pixels."""
    height: float | None
    """In pixels."""


@object_type()
class FlowNote:
    """A note on the canvas of Retell's editor; it does nothing."""

    note_id: strawberry.ID | None = read("id")
    """Its id within the flow; Retell calls it `id`."""
    content: str | None
    """Its text; it may name images of the organisation's as `<image:asset_id>`."""
    display_position: FlowPosition | None
    """Where it stands."""
    size: FlowSize | None
    """How large it is."""


@object_type()
class FlowInstruction:
    """What the agent says or does in a node. Which field is set depends on `type`."""

    type: str | None
    """`prompt` and `static_text` (see `text`), or `template` (see `template`)."""
    text: str | None
    """The prompt, or the very words."""
    template: str | None
    """Of an SMS: the message of Retell's that it is; `info_collection` asks for information."""


@object_type()
class FlowKbConfig:
    """How knowledge bases are searched."""

    top_k: int | None
    """How many pieces of text are found at the most."""
    filter_score: float | None
    """How alike they must be to what is said."""


@object_type()
class FlowSttConfig:
    """How speech is recognised where `sttMode` is `CUSTOM`."""

    provider: str | None
    """Who recognises it: `azure`, `deepgram`, `soniox`, `assemblyai` or `muse`."""
    endpointing_ms: int | None
    """Milliseconds of silence that end the user's turn."""


def _global_condition(setting: Json) -> object:
    """Retell also takes, and gives, a text alone, which is a prompt."""
    condition = setting.get("condition")
    return {"type": "prompt", "prompt": condition} if isinstance(condition, str) else condition


@object_type()
class FlowGlobalNodeSetting:
    """That a node can be reached from everywhere, and when."""

    condition: FlowCondition | None = computed(_global_condition)
    """When the conversation goes there. What Retell gives as a text alone is a `prompt`."""
    cool_down: float | None
    """How many transitions must pass before it goes there again."""
    go_back_conditions: list[FlowEdge | None] | None
    """When the conversation goes back to where it came from; these edges lead to no node."""
    positive_finetune_examples: list[FlowExample | None] | None
    """Conversations that go there."""
    negative_finetune_examples: list[FlowExample | None] | None
    """Conversations that do not."""


@object_type()
class FlowVariable:
    """A value that is to be found in a conversation, and becomes a dynamic variable."""

    type: FlowVariableType | None
    """What kind of value it is."""
    name: str | None
    """The variable's name."""
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


# --- Transfers, swaps and messages -------------------------------------------------------------


@object_type()
class FlowTransferDestination:
    """Whom a call is transferred to. Which fields are set depends on `type`."""

    type: str | None
    """`predefined` (see `number`) or `inferred` (see `prompt`)."""
    number: str | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, in E.164 form, or a dynamic variable such as `{{transfer_number}}`."""
    extension: str | None = personal(NUMBERS)
    """Digits that are dialled once somebody answers, or a dynamic variable."""
    prompt: str | None
    """The prompt by which a model finds the number."""


@object_type()
class FlowHandoffMessage:
    """What is said when a transferred call is answered. Which field is set depends on `type`."""

    type: str | None
    """`prompt` (see `prompt`) or `static_message` (see `message`)."""
    prompt: str | None
    """The prompt by which a model writes it."""
    message: str | None
    """The message itself; it can hold dynamic variables."""


def _version(source: Json) -> str | None:
    """Retell takes numbers and names of versions."""
    version = source.get("agent_version")
    if isinstance(version, str):
        return version
    return str(version) if type(version) is int else None


def _agent_key(source: Json) -> str | None:
    """The key of the agent; of its newest version where the version has no number."""
    agent_id, version = source.get("agent_id"), _version(source)
    if not isinstance(agent_id, str):
        return None
    return f"{agent_id}:{version}" if version is not None and version.isdecimal() else agent_id


@object_type()
class FlowTransferAgent:
    """The agent that speaks with who answers a transferred call."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent."""
    agent_version: str | None = computed(_version)
    """Its version: a number, or a name such as `latest` or a tag."""
    agent = link("Agent", _agent_key)
    """The agent, at this version where it is a number, else at its newest. One upstream request for
    each distinct one."""


@object_type()
class FlowAgenticTransferConfig:
    """How another agent decides whether a transfer is to be made."""

    transfer_agent: FlowTransferAgent | None
    """The agent that decides."""
    transfer_timeout_ms: float | None
    """Milliseconds that it has to decide. Null stands for 30,000."""
    action_on_timeout: str | None
    """What is done if it does not: `bridge_transfer`, or `cancel_transfer`, the default."""


@object_type()
class FlowTransferOption:
    """How a call is transferred. Which fields are set depends on `type`."""

    type: FlowTransferType | None
    """How."""
    cold_transfer_mode: str | None
    """Of a cold transfer: `sip_refer` or `sip_invite`."""
    show_transferee_as_caller: bool | None
    """Whether who answers sees the user's number, where the telephony allows it."""
    transfer_ring_duration_ms: int | None
    """Milliseconds that it rings. Null stands for the agent's `ringDurationMs`."""
    on_hold_music: FlowHoldMusic | None
    """What the user hears meanwhile; not of cold transfers."""
    custom_on_hold_music_asset_id: strawberry.ID | None
    """Retell's id of the audio file, where the music is `CUSTOM`."""
    enable_bridge_audio_cue: bool | None
    """Whether a sound is heard when the two are connected. Null stands for true."""
    public_handoff_option: FlowHandoffMessage | None
    """What is said to both when they are connected; null for nothing."""
    private_handoff_option: FlowHandoffMessage | None
    """Of a warm transfer: what is said to who answers alone; null for nothing."""
    agent_detection_timeout_ms: float | None
    """Of a warm transfer: milliseconds after which it has failed."""
    opt_out_human_detection: bool | None
    """Of a warm transfer: whether it is not checked that a person answers."""
    ivr_option: FlowPrompt | None
    """Of a warm transfer: how an automated menu that answers is to be gone through."""
    agentic_transfer_config: FlowAgenticTransferConfig | None
    """Of an agentic warm transfer: who decides, and when."""


@object_type()
class FlowSmsContent:
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
class FlowSmsDestination:
    """Whom a text message goes to."""

    type: str | None
    """`customer_number`, the user of the call, or `phone_number`."""
    phone_number: str | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, where it is a fixed one."""
    ignore_e164_validation: bool | None
    """Whether the number may have another form than E.164."""


@object_type()
class FlowSmsSender:
    """Whom a text message comes from."""

    type: str | None
    """`current_number`, the agent's in the call, or `retell_long_code`, one of Retell's."""


# --- Tools -------------------------------------------------------------------------------------


@interface(
    discriminator=Discriminator(
        "type",
        {
            "end_call": "FlowEndCallTool",
            "transfer_call": "FlowTransferCallTool",
            "agent_swap": "FlowAgentSwapTool",
            "press_digit": "FlowPressDigitTool",
            "send_sms": "FlowSmsTool",
            "custom": "FlowCustomTool",
            "code": "FlowCodeTool",
            "extract_dynamic_variable": "FlowExtractVariablesTool",
            "bridge_transfer": "FlowBridgeTransferTool",
            "cancel_transfer": "FlowCancelTransferTool",
            "mcp": "FlowMcpTool",
            "integration_app": "FlowAppTool",
        },
        fallback="UnknownFlowTool",
    )
)
class FlowTool:
    """Something that is done in a conversation. A flow and a component have custom and app tools;
    a subagent node can have every kind."""

    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    name: str | None
    """Its name, unlike that of any other tool that can be used together with it."""
    description: str | None
    """What it does and when to use it."""
    speak_during_execution: bool | None
    """Whether the agent says something while it runs; null of kinds that it never does of."""
    execution_message_type: FlowMessageType | None
    """How what it says then is made. Null stands for `PROMPT`."""
    execution_message_description: str | None
    """What it says then, or the prompt for that."""


@object_type()
class FlowEndCallTool(FlowTool):
    """Ends the call: `end_call`."""

    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are sent with the end: a map of texts."""


@object_type()
class FlowTransferCallTool(FlowTool):
    """Transfers the call: `transfer_call`."""

    transfer_destination: FlowTransferDestination | None
    """Whom to."""
    transfer_option: FlowTransferOption | None
    """How."""
    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are added to the call: a map of texts."""
    ignore_e164_validation: bool | None
    """Whether numbers may have another form than E.164, with telephony of your own."""


@object_type()
class FlowAgentSwapTool(FlowTool):
    """Hands the conversation to another agent: `agent_swap`."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent that takes over."""
    agent_version: str | None = computed(_version)
    """Its version: a number, or a name such as `latest` or a tag. Null stands for the newest."""
    agent = link("Agent", _agent_key)
    """The agent, at this version where it is a number, else at its newest. One upstream request for
    each distinct one."""
    post_call_analysis_setting: FlowSwapSetting | None
    """By whose settings the call is analysed."""
    webhook_setting: FlowSwapSetting | None
    """Whose webhooks are told. Null stands for `ONLY_SOURCE_AGENT`."""
    keep_current_language: bool | None
    """Whether the language stays as it is. Null stands for no."""
    keep_current_voice: bool | None
    """Whether voice and ambient sound stay as they are. Null stands for no."""
    use_swap_agent_max_duration: bool | None
    """Whether the time that a call may take begins anew, as the other agent has it. Null stands for
    no."""


@object_type()
class FlowPressDigitTool(FlowTool):
    """Presses keys, as for an automated menu: `press_digit`."""

    delay_ms: int | None
    """Milliseconds to wait before, from 0 to 5,000. Null stands for 1,000."""


@object_type()
class FlowSmsTool(FlowTool):
    """Sends a text message: `send_sms`."""

    sms_content: FlowSmsContent | None
    """What it says."""
    sms_destination: FlowSmsDestination | None
    """Whom it goes to; null for the user of the call."""
    sms_sender: FlowSmsSender | None
    """Whom it comes from; null for the agent's own number."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class FlowCustomTool(FlowTool):
    """Sends a request to a server of yours: `custom`.

    Its headers and query parameters are not shown, since they often hold secrets.
    """

    tool_id: strawberry.ID | None
    """Its id within the flow, by which nodes name it; null of a node's own tool."""
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
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class FlowCodeTool(FlowTool):
    """Runs code: `code`."""

    code: str | None
    """The code, in JavaScript."""
    timeout_ms: int | None
    """Milliseconds that it may take. Null stands for 30,000."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its JSON path in the result."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class FlowExtractVariablesTool(FlowTool):
    """Finds values in the conversation: `extract_dynamic_variable`."""

    variables: list[FlowVariable | None] | None
    """The values to find."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""


@object_type()
class FlowBridgeTransferTool(FlowTool):
    """Connects a transfer, in an agent that decides on transfers: `bridge_transfer`."""


@object_type()
class FlowCancelTransferTool(FlowTool):
    """Gives a transfer up, in an agent that decides on transfers: `cancel_transfer`."""


@object_type()
class FlowMcpTool(FlowTool):
    """Uses a tool of an MCP server: `mcp`."""

    mcp_id: strawberry.ID | None
    """Retell's id of the server."""
    input_schema: JSON | None
    """What it is called with: its JSON Schema."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class FlowOutputSelection:
    """Which part of a tool's answer agent and transcript get to see."""

    mode: str | None
    """`all`, or `subset` for `fields` only."""
    fields: list[str | None] | None
    """Paths into the answer, such as `deals[0].id`; without meaning where all of it is seen."""


@object_type()
class FlowAppTool(FlowTool):
    """Uses an app that the organisation has connected: `integration_app`."""

    tool_id: strawberry.ID | None
    """Its id within the flow, by which nodes name it; null of a node's own tool."""
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
    output_selection: FlowOutputSelection | None
    """Which part of the answer agent and transcript get to see; null for all of it."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard while it runs."""
    speak_after_execution: bool | None
    """Whether the agent says something afterwards."""


@object_type()
class UnknownFlowTool(FlowTool):
    """A tool of a kind that is newer than this schema. Its content is not shown: where its secrets
    are is not known."""


@object_type()
class FlowMcpServer:
    """An MCP server whose tools a flow can use.

    Its headers and query parameters are not shown, since they often hold secrets.
    """

    name: str | None
    """Its name."""
    url: URL | None = computed(lambda server: bare_url(server.get("url")))
    """Where it is; without user, password and query, where people keep tokens."""
    timeout_ms: int | None
    """Milliseconds to wait for a connection. Null stands for 120,000: two minutes."""


# --- Nodes -------------------------------------------------------------------------------------


@interface(
    discriminator=Discriminator(
        "type",
        {
            "conversation": "FlowConversationNode",
            "subagent": "FlowSubagentNode",
            "end": "FlowEndNode",
            "function": "FlowFunctionNode",
            "code": "FlowCodeNode",
            "transfer_call": "FlowTransferCallNode",
            "press_digit": "FlowPressDigitNode",
            "branch": "FlowBranchNode",
            "sms": "FlowSmsNode",
            "extract_dynamic_variables": "FlowExtractVariablesNode",
            "agent_swap": "FlowAgentSwapNode",
            "mcp": "FlowMcpNode",
            "component": "FlowComponentNode",
            "bridge_transfer": "FlowBridgeTransferNode",
            "cancel_transfer": "FlowCancelTransferNode",
        },
        fallback="UnknownFlowNode",
    )
)
class FlowNode:
    """A step of a conversation. What most kinds have is here; it is null of the others."""

    node_id: strawberry.ID | None = read("id")
    """Its id, unlike that of any other node of the flow; Retell calls it `id`."""
    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    name: str | None
    """What people call it."""
    display_position: FlowPosition | None
    """Where it stands on the canvas of Retell's editor."""
    instruction: FlowInstruction | None
    """What the agent says or does in it; of nodes that do something else, what it says
    meanwhile."""
    speak_during_execution: bool | None
    """Whether the agent says the instruction while the node does something else."""
    edges: list[FlowEdge | None] | None
    """The ways on, each with its condition. Kinds with ways of a fixed meaning have those in fields
    of their own."""
    else_edge: FlowEdge | None
    """The way on where no condition holds."""
    finetune_transition_examples: list[FlowExample | None] | None
    """Examples of which way to go."""
    global_node_setting: FlowGlobalNodeSetting | None
    """When it is gone to from everywhere; null where it is reached by edges only."""
    model_config: FlowModelConfig | None
    """Its own model; null for the flow's."""
    model_choice: FlowModelChoice | None = read(
        "model_choice", deprecated="Retell has replaced it by `modelConfig`."
    )
    """The same in Retell's older form."""


@object_type()
class FlowConversationNode(FlowNode):
    """The agent and the user talk: `conversation`."""

    always_edge: FlowEdge | None
    """The only way on, once the user has answered, whatever it was; null where there are others."""
    skip_response_edge: FlowEdge | None
    """The only way on, once the agent has spoken, without an answer; null where there are
    others."""
    skippable: bool | None
    """Whether it is left out where its questions have been answered before."""
    finetune_conversation_examples: list[FlowExample | None] | None
    """Examples of how to talk."""
    knowledge_base_ids: list[strawberry.ID | None] | None
    """Retell's ids of the knowledge bases that are searched in it."""
    knowledge_bases = links("KnowledgeBase", ids_under("knowledge_base_ids"))
    """The knowledge bases. One upstream request for each, or one for all of them together."""
    kb_config: FlowKbConfig | None
    """How they are searched; null for as the flow has it."""
    allow_dtmf_interruption: bool | None
    """Whether a pressed key interrupts the agent; null for as the agent has it."""
    boosted_keywords: list[str | None] | None
    """Words that speech recognition is to expect; null for as the agent has it."""
    stt_mode: FlowSttMode | None
    """What speech recognition puts first; null for as the agent has it."""
    custom_stt_config: FlowSttConfig | None
    """How speech is recognised where that is `CUSTOM`."""
    interruption_sensitivity: float | None
    """How easily the user interrupts: from 0, never, to 1; null for as the agent has it."""
    responsiveness: float | None
    """How soon the agent answers: from 0, late, to 1; null for as the agent has it."""
    voice_speed: float | None
    """How fast it speaks: from 0.5, slow, to 2; null for as the agent has it."""
    reminder_trigger_ms: float | None
    """Milliseconds of silence after which it speaks up again; null for as the agent has it."""
    reminder_max_count: int | None
    """How many times it does so at the most; null for as the agent has it."""


@object_type()
class FlowSubagentNode(FlowConversationNode):
    """A prompt with tools leads the conversation for a while: `subagent`."""

    tool_ids: list[strawberry.ID | None] | None
    """Tools of the flow that it can use, by their `toolId`."""
    tools: list[FlowTool | None] | None
    """Tools of its own."""


@object_type()
class FlowEndNode(FlowNode):
    """The call ends: `end`."""

    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are sent with the end: a map of texts."""


@object_type()
class FlowFunctionNode(FlowNode):
    """A tool runs: `function`."""

    tool_id: strawberry.ID | None
    """Which one, by its `toolId`."""
    tool_type: FlowOwner | None
    """Where the tool is kept."""
    wait_for_result: bool | None
    """Whether the conversation waits for its answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard meanwhile."""


@object_type()
class FlowCodeNode(FlowNode):
    """Code runs: `code`."""

    code: str | None
    """The code, in JavaScript."""
    wait_for_result: bool | None
    """Whether the conversation waits for its result."""
    timeout_ms: int | None
    """Milliseconds that it may take. Null stands for 30,000."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its JSON path in the result."""
    enable_typing_sound: bool | None
    """Whether typing is heard meanwhile."""


@object_type()
class FlowTransferCallNode(FlowNode):
    """The call is transferred: `transfer_call`."""

    transfer_destination: FlowTransferDestination | None
    """Whom to."""
    transfer_option: FlowTransferOption | None
    """How."""
    edge: FlowEdge | None
    """The way on where that fails."""
    custom_sip_headers: JSON | None = personal(VARIABLES)
    """SIP headers that are added to the call: a map of texts."""
    ignore_e164_validation: bool | None
    """Whether numbers may have another form than E.164, with telephony of your own."""


@object_type()
class FlowPressDigitNode(FlowNode):
    """The agent presses keys, as for an automated menu: `press_digit`."""

    delay_ms: int | None
    """Milliseconds to wait before."""


@object_type()
class FlowBranchNode(FlowNode):
    """The conversation goes one of several ways, and nothing is said: `branch`."""


@object_type()
class FlowSmsNode(FlowNode):
    """A text message is sent: `sms`. Its `instruction` is what it says."""

    sms_destination: FlowSmsDestination | None
    """Whom it goes to; null for the user of the call."""
    sms_sender: FlowSmsSender | None
    """Whom it comes from; null for the agent's own number."""
    success_edge: FlowEdge | None
    """The way on once it is sent."""
    failed_edge: FlowEdge | None
    """The way on where it cannot be written or sent."""


@object_type()
class FlowExtractVariablesNode(FlowNode):
    """Values are found in the conversation so far: `extract_dynamic_variables`."""

    variables: list[FlowVariable | None] | None
    """The values to find."""
    enable_typing_sound: bool | None
    """Whether typing is heard meanwhile."""


@object_type()
class FlowAgentSwapNode(FlowNode):
    """Another agent takes over: `agent_swap`."""

    agent_id: strawberry.ID | None
    """Retell's id of that agent."""
    agent_version: str | None = computed(_version)
    """Its version: a number, or a name such as `latest` or a tag. Null stands for the newest."""
    agent = link("Agent", _agent_key)
    """The agent, at this version where it is a number, else at its newest. One upstream request for
    each distinct one."""
    edge: FlowEdge | None
    """The way on where that fails."""
    post_call_analysis_setting: FlowSwapSetting | None
    """By whose settings the call is analysed."""
    webhook_setting: FlowSwapSetting | None
    """Whose webhooks are told. Null stands for `ONLY_SOURCE_AGENT`."""
    keep_current_language: bool | None
    """Whether the language stays as it is. Null stands for no."""
    keep_current_voice: bool | None
    """Whether voice and ambient sound stay as they are. Null stands for no."""
    use_swap_agent_max_duration: bool | None
    """Whether the time that a call may take begins anew, as the other agent has it. Null stands for
    no."""


@object_type()
class FlowMcpNode(FlowNode):
    """A tool of an MCP server runs: `mcp`."""

    mcp_id: strawberry.ID | None
    """Retell's id of the server."""
    mcp_tool_name: str | None
    """The tool's name there."""
    wait_for_result: bool | None
    """Whether the conversation waits for its answer."""
    response_variables: JSON | None
    """Dynamic variables that it sets: a map from each to its path in the answer."""
    enable_typing_sound: bool | None
    """Whether typing is heard meanwhile."""


def _shared_component(node: Json) -> str | None:
    component_id = node.get("component_id") if node.get("component_type") == "shared" else None
    return component_id if isinstance(component_id, str) else None


@object_type()
class FlowComponentNode(FlowNode):
    """A component, which is a flow of its own, is gone through: `component`."""

    component_id: strawberry.ID | None
    """Retell's id of the component."""
    component_type: FlowOwner | None
    """Where the component is kept."""
    shared_component = link("ConversationFlowComponent", _shared_component)
    """The component, if it is a shared one. One upstream request for each distinct one."""


@object_type()
class FlowBridgeTransferNode(FlowNode):
    """A transfer is connected, in an agent that decides on transfers: `bridge_transfer`."""


@object_type()
class FlowCancelTransferNode(FlowNode):
    """A transfer is given up, in an agent that decides on transfers: `cancel_transfer`."""


@object_type()
class UnknownFlowNode(FlowNode):
    """A node of a kind that is newer than this schema. Its own content is not shown: where its
    secrets are is not known."""


MEMBERS = (
    FlowEndCallTool,
    FlowTransferCallTool,
    FlowAgentSwapTool,
    FlowPressDigitTool,
    FlowSmsTool,
    FlowCustomTool,
    FlowCodeTool,
    FlowExtractVariablesTool,
    FlowBridgeTransferTool,
    FlowCancelTransferTool,
    FlowMcpTool,
    FlowAppTool,
    UnknownFlowTool,
    FlowConversationNode,
    FlowSubagentNode,
    FlowEndNode,
    FlowFunctionNode,
    FlowCodeNode,
    FlowTransferCallNode,
    FlowPressDigitNode,
    FlowBranchNode,
    FlowSmsNode,
    FlowExtractVariablesNode,
    FlowAgentSwapNode,
    FlowMcpNode,
    FlowComponentNode,
    FlowBridgeTransferNode,
    FlowCancelTransferNode,
    UnknownFlowNode,
)
"""Object types that only an interface leads to: whoever has nodes hands them in."""


@object_type()
class FlowLocalComponent:
    """A flow of its own that is a part of one flow alone."""

    name: str | None
    """Its name."""
    nodes: list[FlowNode | None] | None
    """Its steps."""
    start_node_id: strawberry.ID | None
    """Where it begins, by the node's `nodeId`."""
    tools: list[FlowTool | None] | None
    """Tools that its nodes can use."""
    mcps: list[FlowMcpServer | None] | None
    """MCP servers that its nodes can use."""
    flex_mode: bool | None
    """Whether all of it is run as one prompt."""
    notes: list[FlowNote | None] | None
    """Notes on its canvas."""
    begin_tag_display_position: FlowPosition | None
    """Where its beginning is marked on the canvas."""


# --- What is given -----------------------------------------------------------------------------


@closed_enum
class FlowOrder(Enum):
    """Order of a list of flows or components, by Retell's own measure: it offers no choice of
    one."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


@input_type()
class FlowPositionInput:
    """A place on the canvas of Retell's editor."""

    x: float | None = UNSET
    """From left to right, in pixels."""
    y: float | None = UNSET
    """From top to bottom, in pixels."""


def objects_only(body: Json, *names: str) -> Json:
    """The body of a change; `BadUserInput` where one of these is neither null nor a list of JSON
    objects."""
    for name in names:
        value: Any = body.get(name)
        listed = isinstance(value, list) and all(isinstance(item, dict) for item in value)
        if value is not None and not listed:
            raise BadUserInput(f"`{name}` must be a list of JSON objects.", name)
    return body


def not_null(body: Json, **shown: str) -> Json:
    """The body of a change; `BadUserInput` where one of these fields, by the names they are `shown`
    under, is null."""
    for name, field in shown.items():
        if name in body and body[name] is None:
            raise BadUserInput(f"`{field}` cannot be null; leave it out to keep it.", field)
    return body
