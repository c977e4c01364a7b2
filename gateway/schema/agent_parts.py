"""What voice agents and chat agents have in common: engines, tools, and what they are set to.

Longer than other modules: Retell has that many shapes of them.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from gateway.loaders import Json
from gateway.schema.bare_urls import bare_url
from gateway.schema.fields import computed, id_under, link
from gateway.schema.permissions import NUMBERS, most_digits_hidden, personal
from gateway.schema.readings import Discriminator
from gateway.schema.scalars import JSON, URL, PhoneNumber
from gateway.schema.types import closed_enum, interface, object_type, open_enum

_KEYS = "customers keep API keys there, and Retell gives them in clear"
EXCLUDED = {
    "*SessionToolCustomTool.headers": _KEYS,
    "*SessionToolCustomTool.query_params": _KEYS,
}
"""Fields of Retell's that the schema leaves out, and why."""


@open_enum
class AnalysisDataType(Enum):
    """What kind of value the analysis of a conversation is to find."""

    STRING = "string"
    """A text."""
    ENUM = "enum"
    """One of `choices`."""
    BOOLEAN = "boolean"
    """A truth value."""
    NUMBER = "number"
    """A number."""
    SYSTEM_PRESETS = "system-presets"
    """One of Retell's own: `call_summary` or `chat_summary`, `call_successful` or
    `chat_successful`, `user_sentiment`."""
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
    llm = link("RetellLlm", id_under("llm_id", "version"))
    """The engine, at this version. One upstream request for each distinct one."""


@object_type()
class ConversationFlowEngine(ResponseEngine):
    """A graph of nodes that the conversation goes through: `conversation-flow`."""

    conversation_flow_id: strawberry.ID | None
    """Retell's id of the flow."""
    version: int | None
    """The version of the flow."""
    conversation_flow = link("ConversationFlow", id_under("conversation_flow_id", "version"))
    """The flow, at this version. One upstream request for each distinct one."""


@object_type()
class CustomLlmEngine(ResponseEngine):
    """A model that somebody else runs: `custom-llm`."""

    llm_websocket_url: URL | None = computed(
        lambda engine: bare_url(engine.get("llm_websocket_url"))
    )
    """Where Retell reaches it; without user, password and query, where people keep tokens."""


@object_type()
class UnknownResponseEngine(ResponseEngine):
    """An engine of a kind that is newer than this schema. Its content is not shown: where its
    secrets are is not known."""


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
    app = link("App", id_under("app_id"))
    """The connection to the app. One upstream request for each distinct one."""
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
    """`customer_number`, the user, or `phone_number`."""
    phone_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, where it is a fixed one."""
    ignore_e164_validation: bool | None
    """Whether the number may have another form than E.164."""


@object_type()
class SmsSender:
    """Whom a text message comes from."""

    type: str | None
    """`current_number`, the agent's in the conversation, or `retell_long_code`, one of Retell's."""


@object_type()
class AgentSmsTool(AgentTool):
    """Sends a text message: `send_sms`."""

    sms_content: SmsContent | None
    """What it says."""
    sms_destination: SmsDestination | None
    """Whom it goes to; null for the user."""
    sms_sender: SmsSender | None
    """Whom it comes from; null for the agent's own number."""


@object_type()
class UnknownAgentTool(AgentTool):
    """A tool of a kind that is newer than this schema. Its content is not shown: where its secrets
    are is not known."""


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
class PiiConfig:
    """Which personal data is removed from transcripts and recordings."""

    mode: str | None
    """When: always `post_call`, after the conversation, so far."""
    categories: list[str | None] | None
    """What, such as `person_name` or `credit_card`; nothing is removed where it is empty."""


@object_type()
class AnalysisData:
    """A value that the analysis of each call or chat is to find."""

    type: AnalysisDataType | None
    """What kind of value it is."""
    name: str | None
    """Its name, as in `customAnalysisData` of the call or chat."""
    description: str | None
    """What it is: the model's instruction."""
    required: bool | None
    """Whether it must be found: without it, a conversation is not successful. Of Retell's own, null
    means true."""
    conditional_prompt: str | None
    """When it is to be found at all, where it is not required."""
    choices: list[str | None] | None
    """Of an `ENUM`: the possible values."""
    examples: list[str | None] | None
    """Of a `STRING`: what values may look like."""


@object_type()
class AgentTag:
    """A name that stands for one version of an agent, such as `production`."""

    name: str | None
    """The tag."""
    version: int | None
    """The version that it stands for."""
    dynamic_variables: JSON | None
    """Dynamic variables that calls by this tag are given: a map of texts."""


def tags_of(agent: Json) -> list[Json] | None:
    tags = agent.get("tags")
    if not isinstance(tags, dict):
        return None
    return [{**(tag if isinstance(tag, dict) else {}), "name": name} for name, tag in tags.items()]


def all_languages(given: object) -> object:
    return [given] if isinstance(given, str) else given


def first_language(given: object) -> object:
    languages = all_languages(given)
    return languages[0] if isinstance(languages, list) and languages else None
