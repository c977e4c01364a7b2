"""Chats: what a chat is, how it is read, listed, led and changed, and how long it is fresh.

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
from gateway.loaders import Batch, Change, Json, Loaded, Read, Source
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
from gateway.schema.fields import computed, link
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
from gateway.schema.json_input import check_metadata, check_object, check_texts, new
from gateway.schema.lives import (
    ENDED,
    LIVE,
    SETTLED,
    SETTLED_AFTER,
    SETTLED_ANYWAY_AFTER,
    moment,
    page_policy_of,
)
from gateway.schema.mutation import Input, Payload, change, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import (
    NUMBERS,
    RECORDINGS,
    TRANSCRIPTS,
    VARIABLES,
    check,
    needs,
    personal,
    scope,
)
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, DateTime, PhoneNumber
from gateway.schema.signed_urls import life_of_urls, urls_of_files
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import (
    Completion,
    closed_enum,
    input_type,
    object_type,
    open_enum,
    union,
)
from gateway.schema.versions import agent_key
from gateway.upstream.endpoint import ID, PHONE_NUMBER, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# --- Who may see and change it -----------------------------------------------------------------

READ = scope("chats:read", "See chats, their states, times and costs.")
WRITE = scope("chats:write", "Start, lead, change and delete chats, and send text messages.")

# --- How long an answer is fresh ---------------------------------------------------------------

CLOSED_AFTER = 4 * 24 * 3600.0
"""Seconds after which a time is over for lists: users may stay silent for three days."""

OVER = ("ended", "error")  # a tuple, since what Retell gives need not be hashable


def chat_policy(chat: Json, now: float) -> Freshness:
    """By the chat's state and age; half as long as the URLs of its files work, at the most."""
    freshness = _freshness_by_state(chat, now)
    life = life_of_urls(urls_of_files(chat, MESSAGES), now)
    return freshness if life is None else freshness.capped(life / 2)


def _freshness_by_state(chat: Json, now: float) -> Freshness:
    status, end = chat.get("chat_status"), moment(chat, "end_timestamp")
    if status == "ongoing" or (status not in OVER and end is None):
        return LIVE
    if chat.get("data_storage_setting") not in (None, "everything"):
        return ENDED  # Retell takes out of it what it is not to keep
    since = end if end is not None else moment(chat, "start_timestamp")
    age = now - since if since is not None else 0.0
    if age >= SETTLED_ANYWAY_AFTER:
        return SETTLED
    analysed = chat.get("chat_analysis") is not None
    return SETTLED if age >= SETTLED_AFTER and analysed else ENDED


page_policy = page_policy_of(chat_policy, CLOSED_AFTER)

# --- Where it is read and changed --------------------------------------------------------------

CHAT = Source("chat", Endpoint("GET", "/get-chat/{chat_id}", ids={"chat_id": ID}), chat_policy)
CHATS = Source("chats", Endpoint("POST", "/v3/list-chats", safe=True), page_policy)
# A model writes the answer, with tools that it uses: that takes as long as a long list.
COMPLETION = Source(
    "chat_completion", Endpoint("POST", "/create-chat-completion", lists=True), chat_policy
)
"""Never read: what it answers is known by this name to the audit."""
CREATE = Endpoint("POST", "/create-chat")
CREATE_SMS = Endpoint("POST", "/create-sms-chat")
UPDATE = Endpoint("PATCH", "/update-chat/{chat_id}", ids={"chat_id": ID})
END = Endpoint("PATCH", "/end-chat/{chat_id}", ids={"chat_id": ID})
RERUN = Endpoint("PUT", "/rerun-chat-analysis/{chat_id}", ids={"chat_id": ID})
DELETE = Endpoint("DELETE", "/delete-chat/{chat_id}", ids={"chat_id": ID})

MESSAGES = frozenset(
    {
        "message_with_tool_calls",
        "pre_session_message_with_tool_calls",
        "post_session_message_with_tool_calls",
        "scrubbed_pre_session_message_with_tool_calls",
        "scrubbed_post_session_message_with_tool_calls",
    }
)
"""The fields that are lists of messages."""

ONLY_IN_FULL = MESSAGES | {"transcript"}
"""The fields that lists leave out, though Retell's own description says otherwise."""

_FULL_FIELDS = frozenset(map(to_camel_case, ONLY_IN_FULL))


def _whole(chat_id: str) -> Read:
    return CHAT.read(chat_id=chat_id)


def _listed(chat_ids: Sequence[str]) -> Read:
    criteria = {"chat_id": one_of(chat_ids)}
    return CHATS.read(
        body={"filter_criteria": criteria, "limit": len(chat_ids)},
        tags=_page_tags(criteria),
        policy=partial(page_policy, expected=len(chat_ids)),
    )


BATCH = Batch(whole=_whole, listed=_listed, id_key="chat_id")


def _load_full(place: Place, chat: Json) -> Loaded:
    return place.context.loaders.find(_whole(chat.get("chat_id", "")), place)


def load_chat(place: Place, chat_id: str) -> Loaded:
    """The chat, in the form of lists where the selection needs no more."""
    loaders = place.context.loaders
    if not place.selected.isdisjoint(_FULL_FIELDS):
        return loaders.find(_whole(chat_id), place)
    return loaders.find_listed(BATCH, chat_id, place)


MOST_TAGS = 100
"""Ids that a list is tagged with; one that names more is treated as if any chat could enter it."""


def _page_tags(criteria: Json) -> list[str]:
    """Which changes can matter to a list with this filter."""
    ids = criteria.get("chat_id", {})
    names = ["any"]
    if ids.get("op") in {"eq", "in"}:
        values = ids["value"] if ids["op"] == "in" else [ids["value"]]
        names = [f"chat:{value}" for value in values]
    elif agents := criteria.get("agent"):
        names = [f"agent:{agent['agent_id']}" for agent in agents]
    return ["all", *(names if len(names) <= MOST_TAGS else ["any"])]


def _touched(chat_id: str | None, chat: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of this chat, or a new one, makes out of date; every list where its agent is
    unknown."""
    yield OF_CONTACTS
    told = chat or {}
    chat_id, agent_id = chat_id or told.get("chat_id"), told.get("agent_id")
    if isinstance(chat_id, str):
        yield "chat", chat_id
    if not isinstance(chat_id, str) or not isinstance(agent_id, str):
        yield "chats", "all"
        return
    yield "chats", "any"
    yield "chats", f"chat:{chat_id}"
    yield "chats", f"agent:{agent_id}"


def _touched_by_message(chat_id: str, _answer: Json | None) -> Iterable[tuple[str, str]]:
    """What a message makes out of date: lists have none, and keep no ongoing chat for long."""
    return ("chat", chat_id), ("chats", f"chat:{chat_id}")


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class ChatStatus(Enum):
    """Where a chat is in its life."""

    ONGOING = "ongoing"
    """It takes messages and answers them."""
    ENDED = "ended"
    """It is over."""
    ERROR = "error"
    """It ended with an error."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ChatType(Enum):
    """How the user is connected."""

    API_CHAT = "api_chat"
    """By the API, such as from a page or an app."""
    SMS_CHAT = "sms_chat"
    """By text message."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ChatDirection(Enum):
    """Who wrote first."""

    INBOUND = "inbound"
    """The user."""
    OUTBOUND = "outbound"
    """The agent."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ChatMessageRole(Enum):
    """Who wrote a message."""

    AGENT = "agent"
    """The agent."""
    USER = "user"
    """The user."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class ChatStorageSetting(Enum):
    """What a single chat can be set to store: Retell knows two of the three settings here."""

    EVERYTHING = "everything"
    """Messages included."""
    BASIC_ATTRIBUTES_ONLY = "basic_attributes_only"
    """No messages."""


@closed_enum
class ChatOrder(Enum):
    """Order of a list of chats: Retell sorts by start time only."""

    START_TIMESTAMP_DESC = "descending"
    """Newest first."""
    START_TIMESTAMP_ASC = "ascending"
    """Oldest first."""


# --- Messages ----------------------------------------------------------------------------------


@object_type()
class ChatMessage:
    """Something that was written."""

    role: ChatMessageRole | None
    """Who wrote it."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    content: str | None
    """What was written; what files show is told in it, in words."""
    multimedia: list[Multimedia | None] | None
    """The files that came with it."""


@object_type()
class ChatToolCallInvocation:
    """The agent called a tool."""

    role: str | None
    """Always `tool_call_invocation`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    tool_call_id: str | None
    """Joins it to its `ChatToolCallResult`."""
    name: str | None
    """Name of the tool, or of a node of the flow."""
    arguments: str | None
    """What it was called with: a JSON object, as text."""
    type: str | None
    """Kind of the tool."""
    thought_signature: str | None
    """Opaque mark that some models want back."""


@object_type()
class ChatToolCallResult:
    """A tool answered."""

    role: str | None
    """Always `tool_call_result`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    tool_call_id: str | None
    """Joins it to its `ChatToolCallInvocation`."""
    content: str | None
    """What it answered: text, JSON or otherwise."""
    successful: bool | None
    """Whether the call succeeded."""


@object_type()
class ChatNodeTransition:
    """The conversation flow went from one node to another."""

    role: str | None
    """Always `node_transition`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
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
class ChatStateTransition:
    """The agent went from one of its states to another."""

    role: str | None
    """Always `state_transition`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    former_state_name: str | None
    """The state it left."""
    new_state_name: str | None
    """The state it entered."""


@object_type()
class ChatInjectedContext:
    """Context that was given to the agent from outside."""

    role: str | None
    """Always `injected`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    content: str | None
    """What the agent was told."""


@object_type()
class ChatSmsMessage:
    """A text message beside the conversation."""

    role: str | None
    """Always `sms`."""
    message_id: str | None
    """Retell's id of it."""
    created_timestamp: DateTime | None
    """When it happened."""
    content: str | None
    """Its text."""
    multimedia: list[Multimedia | None] | None
    """The files that came with it."""


@object_type()
class UnknownChatEntry:
    """An entry of a kind that is newer than this schema."""

    role: str | None
    """Its kind, as Retell calls it."""
    raw: JSON = personal(
        RECORDINGS, of=lambda entry: entry, mask=lambda entry: {"role": entry.get("role")}
    )
    """All of it, as Retell gave it: URLs of files may be in it."""


ChatEntry = Annotated[
    ChatMessage
    | ChatToolCallInvocation
    | ChatToolCallResult
    | ChatNodeTransition
    | ChatStateTransition
    | ChatInjectedContext
    | ChatSmsMessage
    | UnknownChatEntry,
    union(
        "ChatEntry",
        Discriminator(
            "role",
            {
                "agent": "ChatMessage",
                "user": "ChatMessage",
                "tool_call_invocation": "ChatToolCallInvocation",
                "tool_call_result": "ChatToolCallResult",
                "node_transition": "ChatNodeTransition",
                "state_transition": "ChatStateTransition",
                "injected": "ChatInjectedContext",
                "sms": "ChatSmsMessage",
            },
            fallback="UnknownChatEntry",
        ),
        "What happened in a chat, in order: written, asked of tools, passed through.",
    ),
]


# --- The chat ----------------------------------------------------------------------------------


@object_type()
class ChatCost:
    """What a chat cost, in US cents."""

    product_costs: list[ProductCost | None] | None
    """By product."""
    combined_cost: float | None
    """US cents in all."""


@object_type()
class ChatAnalysis:
    """What was made of the chat afterwards. It comes some time after the end, or never."""

    chat_summary: str | None = personal(TRANSCRIPTS)
    """The chat in a few sentences."""
    user_sentiment: UserSentiment | None
    """How the user felt."""
    chat_successful: bool | None
    """Whether the agent reached its goal."""
    custom_analysis_data: JSON | None = personal(TRANSCRIPTS)
    """What the agent's own analysis was to find, by name."""


@object_type(
    completion=Completion(
        load=_load_full,
        leaves_out=ONLY_IN_FULL.__contains__,
        is_full=lambda chat: any(dict.get(chat, name) is not None for name in ONLY_IN_FULL),
    )
)
class Chat(Node):
    """A chat. Fields are as Retell has them now: before its end, many are null."""

    id: strawberry.ID = computed(lambda chat: global_id("Chat", chat.get("chat_id")))
    """Global id, for `node` and for client caches."""
    chat_id: strawberry.ID
    """Retell's id of the chat."""
    chat_type: ChatType | None
    """How the user is connected."""
    chat_status: ChatStatus | None
    """Where the chat is in its life."""
    agent_id: strawberry.ID | None
    """The chat agent that leads the chat."""
    version: int | None
    """The version of the agent."""
    agent_tag: str | None
    """The tag by which the agent's version was chosen."""
    agent = link("ChatAgent", lambda chat: agent_key(chat.get("agent_id"), chat.get("version")))
    """The agent, at the version that leads the chat. One upstream request for each distinct one."""
    start_timestamp: DateTime | None
    """When the chat began."""
    end_timestamp: DateTime | None
    """When it ended; null before that."""
    transcript: str | None = personal(TRANSCRIPTS)
    """The conversation as readable text.

    Lists do not have it: in a list, this and every field of messages below cost one upstream
    request for each chat (one for all of them together), at most 8 at a time.
    """
    message_with_tool_calls: list[ChatEntry | None] | None = personal(TRANSCRIPTS)
    """The conversation with tool calls and other events. See `transcript` for its cost in lists."""
    pre_session_message_with_tool_calls: list[ChatEntry | None] | None = personal(
        TRANSCRIPTS, twin="scrubbed_pre_session_message_with_tool_calls"
    )
    """Tools that ran before the first message. See `transcript` for its cost in lists."""
    post_session_message_with_tool_calls: list[ChatEntry | None] | None = personal(
        TRANSCRIPTS, twin="scrubbed_post_session_message_with_tool_calls"
    )
    """Tools that ran after the analysis. See `transcript` for its cost in lists."""
    scrubbed_pre_session_message_with_tool_calls: list[ChatEntry | None] | None
    """Tools before the first message, personal data removed. See `transcript` for its cost in
    lists."""
    scrubbed_post_session_message_with_tool_calls: list[ChatEntry | None] | None
    """Tools after the analysis, personal data removed. See `transcript` for its cost in lists."""
    chat_analysis: ChatAnalysis | None
    """What was made of it afterwards; null until then."""
    chat_cost: ChatCost | None
    """What it cost, in US cents."""
    metadata: JSON | None = personal(VARIABLES)
    """What your systems keep with the chat."""
    custom_attributes: JSON | None = personal(VARIABLES)
    """Values of the organisation's custom attributes, by id."""
    retell_llm_dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables that it was given: a map of texts."""
    collected_dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables that it found out: a map of texts; after its end."""


@object_type()
class ChatEdge(Edge):
    """A chat in its place in a list."""

    node: Chat | None
    """The chat."""


@object_type()
class ChatConnection(Connection):
    """A page of a list of chats."""

    edges: list[ChatEdge]
    """The chats with their cursors."""
    nodes: list[Chat | None]
    """The chats alone."""
    total_count: int | None
    """How many chats the whole list has. Retell counts them anew each time it is asked for."""


# --- Filter ------------------------------------------------------------------------------------


@input_type()
class ChatAgentFilter:
    """A chat agent, in all its versions or some."""

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
class ChatFilter:
    """Which chats a list has. All that is given must hold; Retell knows no OR across fields."""

    agent: list[ChatAgentFilter] | None = UNSET
    """Led by one of these agents."""
    agent_tag: list[str] | None = UNSET
    """With one of these agent tags."""
    chat_id: IdFilter | None = UNSET
    """By id."""
    chat_status: list[ChatStatus] | None = UNSET
    """In one of these states."""
    chat_type: list[ChatType] | None = UNSET
    """Of one of these kinds."""
    direction: list[ChatDirection] | None = UNSET
    """In one of these directions."""
    agent_number: StringFilter | None = UNSET
    """Of chats by text message: by the agent's number."""
    user_number: StringFilter | None = UNSET
    """Of chats by text message: by the user's number."""
    disconnection_reason: list[DisconnectionReason] | None = UNSET
    """Ended for one of these reasons. Retell does not tell the reason of a chat."""
    user_sentiment: list[UserSentiment] | None = UNSET
    """With one of these sentiments."""
    chat_successful: bool | None = UNSET
    """By whether the agent reached its goal."""
    data_storage_setting: list[DataStorageSetting] | None = UNSET
    """With one of these storage settings."""
    start_timestamp: DateTimeFilter | None = UNSET
    """By when it began."""
    end_timestamp: DateTimeFilter | None = UNSET
    """By when it ended."""
    duration_ms: NumberFilter | None = UNSET
    """By how long it took, in milliseconds."""
    combined_cost: NumberFilter | None = UNSET
    """By what it cost, in US cents."""
    custom_analysis_data: list[KeyedFilter] | None = UNSET
    """By values that the analysis found; all must hold."""
    custom_attributes: list[KeyedFilter] | None = UNSET
    """By custom attributes; all must hold."""

    def wire(self) -> Json:
        """Retell's `filter_criteria`."""
        given = {name: v for name, v in vars(self).items() if v is not UNSET and v is not None}
        return {name: _criterion(name, value) for name, value in given.items()}


SOUGHT = {
    "agent_number": NUMBERS,
    "user_number": NUMBERS,
    "custom_analysis_data": TRANSCRIPTS,
    "custom_attributes": VARIABLES,
}
"""What it takes to look for chats by these."""


def _criterion(name: str, value: Any) -> object:
    if isinstance(value, bool):
        return is_equal(value)
    if not isinstance(value, list):
        return value.wire()
    if name in {"custom_analysis_data", "custom_attributes"}:
        return [item.wire() for item in value]
    return [item.wire() for item in some(value)] if name == "agent" else one_of(value)


def _closes(criteria: Json) -> float | None:
    """The time after which no chat of this list can begin, in seconds since the epoch."""
    begin = criteria.get("start_timestamp", {})
    if begin.get("op") in {"lt", "le", "eq"}:
        return float(begin["value"]) / 1000
    return float(begin["value"][1]) / 1000 if begin.get("op") == "bt" else None


def _page(criteria: Json, order: ChatOrder, limit: int, key: str | None, wants_total: bool) -> Read:
    body: Json = {"limit": limit, "sort_order": order.value}
    if criteria:
        body["filter_criteria"] = criteria
    if key is not None:
        body["pagination_key"] = key
    if wants_total:
        body["include_total"] = True
    policy = partial(page_policy, closes=_closes(criteria))
    return CHATS.read(body=body, tags=_page_tags(criteria), policy=policy)


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class ChatQueries:
    """Root fields for chats."""

    @strawberry.field
    @needs(READ)
    def chat(
        self,
        info: Info,
        chat_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the chat.")
        ],
    ) -> Chat | None:
        """A chat; null where there is none. One upstream request, none for remembered chats.

        Several in one operation that select no messages are one request together.
        """
        return cast("Chat | None", load_chat(info, chat_id))

    @strawberry.field
    @needs(READ)
    async def chats(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            ChatFilter | None, strawberry.argument(description="Which chats; all where left out.")
        ] = UNSET,
        order_by: Annotated[
            ChatOrder, strawberry.argument(description="In which order.")
        ] = ChatOrder.START_TIMESTAMP_DESC,
    ) -> ChatConnection | None:
        """Chats, newest first. One upstream request for a page.

        `transcript` and fields of messages cost one more for each chat, at most 8 at a time;
        `totalCount` makes Retell count.
        """
        criteria = filter.wire() if filter else {}
        for name, wanted in SOUGHT.items():
            if name in criteria:  # what is found tells what it was sought by
                check(info.context.caller, wanted)
        bound = scope_of(info.context.caller.tenant, "chats", criteria, order_by.value)
        paged = partial(_page, criteria, order_by)
        return cast(
            "ChatConnection | None",
            await read_connection(
                info, paged, id_key="chat_id", first=first, after=after, scope=bound
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class CreateChatInput(Input):
    """A chat to begin."""

    agent_id: strawberry.ID
    """The chat agent that is to lead it."""
    agent_version: AgentVersionInput | None = UNSET
    """In which version; the newest if left out."""
    metadata: JSON | None = UNSET
    """What your systems keep with the chat: a JSON object."""
    retell_llm_dynamic_variables: JSON | None = UNSET
    """The dynamic variables of the chat: a JSON object whose values are texts."""


@input_type()
class CreateSmsChatInput(Input):
    """A chat by text message to begin."""

    from_number: PhoneNumber
    """The number that sends: one of Retell's, or imported, that can send text messages."""
    to_number: PhoneNumber
    """The number that is written to."""
    override_agent_id: strawberry.ID | None = UNSET
    """The chat agent that is to lead it, in place of the number's own."""
    override_agent_version: AgentVersionInput | None = UNSET
    """In which version."""
    honor_internal_dnc: bool | None = UNSET
    """Whether to refuse where the contact of the number is marked not to be contacted; false if
    left out."""
    metadata: JSON | None = UNSET
    """What your systems keep with the chat: a JSON object."""
    retell_llm_dynamic_variables: JSON | None = UNSET
    """The dynamic variables of the chat: a JSON object whose values are texts."""


@input_type()
class CreateChatCompletionInput(Input):
    """A message of the user."""

    chat_id: strawberry.ID
    """Retell's id of the chat, which must be ongoing."""
    content: str
    """What the user writes."""


@input_type()
class UpdateChatInput(Input):
    """What to change of a chat. What is left out stays as it is."""

    chat_id: strawberry.ID
    """Retell's id of the chat."""
    metadata: JSON | None = UNSET
    """Takes the place of the metadata: a JSON object of at most 50 kB; `{}` empties it."""
    custom_attributes: JSON | None = UNSET
    """Values by attribute id: texts, numbers or truth values. Ids that the organisation has not
    defined are ignored by Retell."""
    data_storage_setting: ChatStorageSetting | None = UNSET
    """Can only be made stricter: what is no longer to be stored is erased."""
    override_dynamic_variables: JSON | None = UNSET
    """Dynamic variables in place of the agent's, or besides: a JSON object whose values are texts,
    only those that differ. Null takes all of these away."""


@input_type()
class EndChatInput(Input):
    """Which chat to end."""

    chat_id: strawberry.ID
    """Retell's id of the chat."""


@input_type()
class RerunChatAnalysisInput(Input):
    """Which chat to analyse anew."""

    chat_id: strawberry.ID
    """Retell's id of the chat."""


@input_type()
class DeleteChatInput(Input):
    """Which chat to delete."""

    chat_id: strawberry.ID
    """Retell's id of the chat."""


@object_type()
class CreateChatPayload(Payload):
    """The outcome of `createChat`."""

    chat: Chat | None
    """The new chat; null where none was begun."""


@object_type()
class CreateSmsChatPayload(Payload):
    """The outcome of `createSmsChat`."""

    chat: Chat | None
    """The new chat; null where none was begun."""


@object_type()
class CreateChatCompletionPayload(Payload):
    """The outcome of `createChatCompletion`."""

    messages: list[ChatEntry | None] | None = personal(TRANSCRIPTS)
    """What the agent wrote and did in answer; the user's own message is not among it."""
    chat = link("Chat", lambda payload: payload.get("chat_id"))
    """The chat as it is now; null where the message was not taken. One upstream request."""


@object_type()
class UpdateChatPayload(Payload):
    """The outcome of `updateChat`."""

    chat: Chat | None
    """The chat as it is now; null where nothing was changed."""


@object_type()
class EndChatPayload(Payload):
    """The outcome of `endChat`."""

    chat = link("Chat", lambda payload: payload.get("chat_id"))
    """The chat as it is now; null where nothing was ended. One upstream request."""
    ended_chat_id: strawberry.ID | None = computed(lambda payload: payload.get("chat_id"))
    """Retell's id of the chat; null where nothing was ended."""


@object_type()
class RerunChatAnalysisPayload(Payload):
    """The outcome of `rerunChatAnalysis`."""

    chat: Chat | None
    """The chat as it is now; null where nothing was done."""


@object_type()
class DeleteChatPayload(Payload):
    """The outcome of `deleteChat`."""

    deleted_chat_id: strawberry.ID | None
    """Retell's id of the chat that is gone; null where nothing was deleted."""


def _check_attributes(value: Any, field: str) -> None:
    check_object(value, field)
    if not all(isinstance(item, str | int | float) for item in value.values()):
        raise BadUserInput("A custom attribute is a text, a number or a truth value.", field)


def _check_number(value: Any, field: str) -> None:
    PHONE_NUMBER.check(field, value)


def _check_id(value: Any, field: str) -> None:
    ID.check(field, value)


_CHECKS = {
    "agent_id": (_check_id, "agentId"),
    "chat_id": (_check_id, "chatId"),
    "custom_attributes": (_check_attributes, "customAttributes"),
    "from_number": (_check_number, "fromNumber"),
    "metadata": (check_metadata, "metadata"),
    "override_agent_id": (_check_id, "overrideAgentId"),
    "override_dynamic_variables": (check_texts, "overrideDynamicVariables"),
    "retell_llm_dynamic_variables": (check_texts, "retellLlmDynamicVariables"),
    "to_number": (_check_number, "toNumber"),
}
"""What Retell would not take is not sent."""


def _checked(body: Json) -> Json:
    for name, (check_value, field) in _CHECKS.items():
        if name in body:
            check_value(body[name], field)
    return body


def _update(input_: UpdateChatInput) -> Json:
    """The body of an update: null takes the overriding variables away, and nothing else."""
    body = some_given(input_, "chat_id")
    for name in ("metadata", "custom_attributes", "data_storage_setting"):
        if name in body and body[name] is None:
            field = {"custom_attributes": "customAttributes"}.get(name, name)
            field = "dataStorageSetting" if name == "data_storage_setting" else field
            raise BadUserInput(f"`{field}` cannot be null; leave it out to keep it.", field)
    _checked({name: value for name, value in body.items() if value is not None})
    return body


def _made(chat: Json) -> Read:
    """The read that a new chat answers."""
    chat_id = chat.get("chat_id")
    return _whole(chat_id if isinstance(chat_id, str) else "")


@object_type()
class ChatMutations:
    """Root fields that change chats."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_chat(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateChatInput, strawberry.argument(description="The chat.")
        ],
    ) -> CreateChatPayload | None:
        """Begin a chat with a chat agent. Retell charges for what the agent writes in it."""

        def prepare() -> Change:
            request = CREATE.request(body=_checked(new(input)))
            return Change(request, partial(_touched, None), answers=_made)

        return cast(
            "CreateChatPayload", await change(info, input, prepare, lambda chat: {"chat": chat})
        )

    @strawberry.mutation
    @needs(WRITE)
    async def create_sms_chat(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateSmsChatInput, strawberry.argument(description="The chat.")
        ],
    ) -> CreateSmsChatPayload | None:
        """Begin a chat by text message: somebody is written to, which is charged and cannot be
        undone. It is sent once, and never tried again."""

        def prepare() -> Change:
            request = CREATE_SMS.request(body=_checked(new(input)))
            return Change(request, partial(_touched, None), answers=_made)

        return cast(
            "CreateSmsChatPayload", await change(info, input, prepare, lambda chat: {"chat": chat})
        )

    @strawberry.mutation
    @needs(WRITE)
    async def create_chat_completion(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateChatCompletionInput, strawberry.argument(description="The message.")
        ],
    ) -> CreateChatCompletionPayload | None:
        """Write to the agent as the user of an ongoing chat, and get what it answers. Retell
        charges for it, and it cannot be undone. A model writes the answer: it takes seconds, and
        where it takes longer than an operation may, the answer is in the chat later."""

        def prepare() -> Change:
            _check_id(input.chat_id, "chatId")
            body = {"chat_id": input.chat_id, "content": input.content}
            told = COMPLETION.read(body=body, notes={"chat_id": input.chat_id})
            request = COMPLETION.endpoint.request(body=body)
            return Change(request, partial(_touched_by_message, input.chat_id), answers=told)

        def shown(answer: Json | None) -> Json:
            return {"messages": (answer or {}).get("messages"), "chat_id": input.chat_id}

        return cast(
            "CreateChatCompletionPayload", await change(info, input, prepare, shown, "chatId")
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_chat(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateChatInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateChatPayload | None:
        """Change metadata, custom attributes, variables or the storage setting of a chat."""

        def prepare() -> Change:
            request = UPDATE.request(body=_update(input), chat_id=input.chat_id)
            touches = partial(_touched, input.chat_id)
            return Change(request, touches, answers=_whole(input.chat_id))

        return cast(
            "UpdateChatPayload",
            await change(info, input, prepare, lambda chat: {"chat": chat}, "chatId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def end_chat(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            EndChatInput, strawberry.argument(description="Which chat.")
        ],
    ) -> EndChatPayload | None:
        """End an ongoing chat. It cannot be undone: a chat that is over takes no messages."""

        def prepare() -> Change:
            request = END.request(chat_id=input.chat_id)
            return Change(request, partial(_touched, input.chat_id))

        ended = {"chat_id": input.chat_id}
        return cast("EndChatPayload", await change(info, input, prepare, lambda _: ended, "chatId"))

    @strawberry.mutation
    @needs(WRITE)
    async def rerun_chat_analysis(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            RerunChatAnalysisInput, strawberry.argument(description="Which chat.")
        ],
    ) -> RerunChatAnalysisPayload | None:
        """Analyse a chat that is over anew, which takes the place of its analysis. Retell charges
        for it."""

        def prepare() -> Change:
            request = RERUN.request(chat_id=input.chat_id)
            touches = partial(_touched, input.chat_id)
            return Change(request, touches, answers=_whole(input.chat_id))

        return cast(
            "RerunChatAnalysisPayload",
            await change(info, input, prepare, lambda chat: {"chat": chat}, "chatId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_chat(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteChatInput, strawberry.argument(description="Which chat.")
        ],
    ) -> DeleteChatPayload | None:
        """Erase a chat with its messages. It cannot be undone."""

        def prepare() -> Change:
            request = DELETE.request(chat_id=input.chat_id)
            return Change(request, partial(_touched, input.chat_id))

        gone = {"deleted_chat_id": input.chat_id}
        return cast(
            "DeleteChatPayload", await change(info, input, prepare, lambda _: gone, "chatId")
        )


RESOURCE = Resource(
    name="Chat",
    queries=ChatQueries,
    mutations=ChatMutations,
    payloads=(CreateChatCompletionPayload,),
    node=load_chat,
    sources=(CHAT, CHATS, COMPLETION),
    id_key="chat_id",
    scope=READ,
    shows={
        CHAT: "Chat",
        CHATS: "Chat",
        COMPLETION: "ChatEntry",
        CREATE: "Chat",
        CREATE_SMS: "Chat",
        UPDATE: "Chat",
        END: "",
        RERUN: "Chat",
        DELETE: "",
    },
    filters={CHATS: "ChatFilter"},
)
