"""Chat agents: who writes with users, and how; read, listed and changed.

Their versions have the endpoints of all agents, which stand in `agent`. Longer than other modules,
since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, cast

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
    CHAT_AGENT,
    LISTED,
    READ,
    WRITE,
    AgentVersionConnection,
    at_version,
    checked_version,
    is_full,
    key_of,
    load_agent_by_key,
    load_full,
    new_id,
    page_of_agents,
    read_versions,
    touches_chat,
    touches_gone_chat,
)
from gateway.schema.agent_settings import AgentSettings, settings, some_settings
from gateway.schema.bare_urls import bare_url
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import completed_by, computed, id_under, links_by
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change
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

CHAT_AGENTS = Source(
    "chat_agents", Endpoint("POST", "/v2/list-agents", safe=True), edited_page_policy
)
CREATE = Endpoint("POST", "/create-chat-agent")
UPDATE = Endpoint("PATCH", "/update-chat-agent/{agent_id}", ids={"agent_id": ID})
DELETE = Endpoint("DELETE", "/delete-chat-agent/{agent_id}", ids={"agent_id": ID})

OF_CHAT: Json = {"channel": {"type": "string", "op": "eq", "value": "chat"}}
"""Retell lists agents of voice and of chat together."""


def load_chat_agent(place: Place, key: str) -> Loaded:
    """The chat agent by the key of its global id: `agent_id`, or `agent_id:version`."""
    return load_agent_by_key(CHAT_AGENT, place, key)


_load_full = partial(load_full, CHAT_AGENT)


# --- The agent ---------------------------------------------------------------------------------


@open_enum
class ChatAgentWebhookEvent(Enum):
    """An event in a chat that the agent's webhook can be told of."""

    CHAT_STARTED = "chat_started"
    """A chat began."""
    CHAT_ENDED = "chat_ended"
    """A chat ended."""
    CHAT_ANALYZED = "chat_analyzed"
    """The analysis of a chat is there."""
    TRANSCRIPT_UPDATED = "transcript_updated"
    """Something was written in a chat."""
    UNKNOWN = "UNKNOWN"


@object_type(
    completion=Completion(
        load=_load_full, leaves_out=lambda name: name not in LISTED, is_full=is_full
    )
)
class ChatAgent(Node):
    """A chat agent in one of its versions: who writes with the user, and how.

    In lists, it is known by a few fields only: any other one costs one upstream request for each
    agent (one for all of them together), at most 8 at a time, and is of the newest version.
    """

    id: strawberry.ID = computed(lambda agent: global_id("ChatAgent", key_of(agent)))
    """Global id, for `node` and for client caches. It names the version where one was asked for, as
    `Chat.agent` does; else the newest one, whichever that is."""
    agent_id: strawberry.ID
    """Retell's id of the agent, the same in all versions."""
    phone_numbers = links_by("PhoneNumber", "agent", id_under("agent_id"))
    """Numbers that it is bound to, for calls or text messages, among the newest 10,000. One
    upstream request for each 1,000 numbers, for all agents together."""
    agent_name: str | None
    """The agent's name."""
    is_suspended: bool | None
    """Whether it is suspended. Only lists have it: null otherwise."""
    is_transfer_agent: bool | None
    """Whether it is for warm transfers. Only lists have it: null otherwise."""
    channel: str | None
    """Always `chat`. Only lists have it: null otherwise."""
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
    base_version: int | None
    """The version that it was made from; null for the first one."""
    is_published: bool | None
    """Whether this version is published: then it changes no more."""
    assigned_tags: list[str | None] | None
    """Tags that stand for this version, the preferred one first."""
    last_modification_timestamp: DateTime | None
    """When this version was last changed, or made."""
    response_engine: ResponseEngine | None
    """What decides what it writes."""
    handbook_config: HandbookConfig | None
    """Ways of behaving that are switched on or off; those by voice only are null."""
    guardrail_config: GuardrailConfig | None
    """Topics that it does not go into."""
    contact_memory_config: ContactMemoryConfig | None
    """Whether it remembers people, in chats by text message; null stands for no."""
    pre_session_tools: list[AgentTool | None] | None
    """Tools that run before its first message; what they find becomes dynamic variables."""
    post_session_tools: list[AgentTool | None] | None
    """Tools that run after the analysis of a chat."""
    language: str | None = completed_by(_load_full, is_full, "language", first_language)
    """The language it writes, such as `en-US`: the first where there are several. Null where none
    is set, which Retell takes as `en-US`."""
    languages: list[str | None] | None = completed_by(
        _load_full, is_full, "language", all_languages
    )
    """All languages it writes. Null where none is set."""
    timezone: str | None
    """Its IANA time zone, such as `Europe/Paris`. Null stands for `America/Los_Angeles`."""
    auto_close_message: str | None
    """The message that is shown when a chat is closed since the user stayed silent."""
    end_chat_after_silence_ms: int | None
    """Milliseconds of the user's silence after which a chat is ended. Null stands for 3,600,000:
    one hour."""
    post_chat_analysis_data: list[AnalysisData | None] | None
    """What the analysis of each chat is to find."""
    post_chat_analysis_model: str | None
    """The model that analyses chats."""
    data_storage_setting: DataStorageSetting | None
    """How much of its chats Retell stores. Null stands for `EVERYTHING`."""
    data_storage_retention_days: int | None
    """Days after which chats are deleted; null for never."""
    pii_config: PiiConfig | None
    """Which personal data is removed from chats."""
    opt_in_signed_url: bool | None
    """Whether the URLs of logs are signed and stop working after a time."""
    signed_url_expiration_ms: BigInt | None
    """Milliseconds after which they do. Null stands for 86,400,000: one day."""
    webhook_url: URL | None = completed_by(_load_full, is_full, "webhook_url", bare_url)
    """Where events of its chats are sent; null for the account's own webhook. Without user,
    password and query, where people keep tokens."""
    webhook_events: list[ChatAgentWebhookEvent | None] | None
    """Which events are sent. Null stands for `CHAT_STARTED`, `CHAT_ENDED` and `CHAT_ANALYZED`."""
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
class ChatAgentEdge(Edge):
    """A chat agent in its place in a list."""

    node: ChatAgent | None
    """The agent."""


@object_type()
class ChatAgentConnection(Connection):
    """A page of a list of chat agents. Retell does not count them."""

    edges: list[ChatAgentEdge]
    """The agents with their cursors."""
    nodes: list[ChatAgent | None]
    """The agents alone."""


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class ChatAgentQueries:
    """Root fields for chat agents."""

    @strawberry.field
    @needs(READ)
    def chat_agent(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the agent.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = UNSET,
    ) -> ChatAgent | None:
        """A chat agent; null where there is none, and for a voice agent: see `agent`.

        One upstream request, none if remembered.
        """
        read = at_version(CHAT_AGENT, agent_id, checked_version(version))
        return cast("ChatAgent | None", info.context.loaders.find(read, info))

    @strawberry.field
    @needs(READ)
    async def chat_agents(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        query: Annotated[
            str | None,
            strawberry.argument(
                description="With this text in their name, in any letter case, or in their id."
            ),
        ] = UNSET,
        order_by: Annotated[
            AgentOrder, strawberry.argument(description="In which order.")
        ] = AgentOrder.DESCENDING,
    ) -> ChatAgentConnection | None:
        """Chat agents. One upstream request for a page.

        Fields that lists do not have cost one more for each agent, at most 8 at a time: lists have
        `agentId`, `agentName`, `isSuspended`, `isTransferAgent`, `channel`, `tags` and
        `userModifiedTimestamp`.
        """
        criteria = OF_CHAT | ({"query": query} if query else {})
        bound = scope_of(info.context.caller.tenant, "chat_agents", criteria, order_by.value)
        paged = partial(page_of_agents, CHAT_AGENTS, criteria, order_by)
        return cast(
            "ChatAgentConnection | None",
            await read_connection(
                info, paged, id_key="agent_id", first=first, after=after, scope=bound
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class ChatAgentSettings(AgentSettings):
    """What chat agents can be set to."""

    auto_close_message: str | None = UNSET
    """The message that is shown when a chat is closed since the user stayed silent."""
    end_chat_after_silence_ms: int | None = UNSET
    """Milliseconds of the user's silence after which a chat is ended: from 120,000 to
    259,200,000."""
    post_chat_analysis_data: JSON | None = UNSET
    """What the analysis of each chat is to find: a list in Retell's own form."""
    post_chat_analysis_model: str | None = UNSET
    """The model that analyses chats."""
    webhook_events: list[ChatAgentWebhookEvent] | None = UNSET
    """Which events are sent to the webhook."""


@input_type()
class CreateChatAgentInput(ChatAgentSettings):
    """What a new chat agent is set to. What is left out is Retell's default."""

    response_engine: JSON
    """What decides what it writes: an object in Retell's own form, such as
    `{"type": "retell-llm", "llm_id": "llm_..."}`. The engine must be there already."""


@input_type()
class UpdateChatAgentInput(ChatAgentSettings):
    """What to change of a chat agent. What is left out stays as it is."""

    agent_id: strawberry.ID
    """Retell's id of the agent."""
    version: int | None = UNSET
    """Which version, one that is not published; the newest if left out."""
    response_engine: JSON | None = UNSET
    """What decides what it writes: an object in Retell's own form."""


@input_type()
class DeleteChatAgentInput(Input):
    """Which chat agent to delete."""

    agent_id: strawberry.ID
    """Retell's id of the agent."""


@object_type()
class CreateChatAgentPayload(Payload):
    """The outcome of `createChatAgent`."""

    chat_agent: ChatAgent | None
    """The new agent; null where none was made."""


@object_type()
class UpdateChatAgentPayload(Payload):
    """The outcome of `updateChatAgent`."""

    chat_agent: ChatAgent | None
    """The agent as it is now; null where nothing was changed."""


@object_type()
class DeleteChatAgentPayload(Payload):
    """The outcome of `deleteChatAgent`."""

    deleted_agent_id: strawberry.ID | None
    """Retell's id of the agent that is gone; null where nothing was deleted."""


def _made(answer: Json) -> Read:
    """The read that a new agent answers."""
    return at_version(CHAT_AGENT, new_id(answer), None)


@object_type()
class ChatAgentMutations:
    """Root fields that change chat agents."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_chat_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateChatAgentInput, strawberry.argument(description="What it is set to.")
        ],
    ) -> CreateChatAgentPayload | None:
        """Make a chat agent: its first version, a draft."""

        def prepare() -> Change:
            request = CREATE.request(body=settings(input))
            return Change(request, lambda made: touches_chat(new_id(made)), answers=_made)

        return cast(
            "CreateChatAgentPayload",
            await change(info, input, prepare, lambda made: {"chat_agent": made}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_chat_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateChatAgentInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateChatAgentPayload | None:
        """Change a draft of a chat agent. Chats that name no version use it from then on; a
        published version cannot be changed. See `publishAgentVersion` and the other mutations of
        versions, which are for agents of both kinds."""

        def prepare() -> Change:
            version = checked_version(input.version)
            body = some_settings(input, "agent_id", "version")
            request = UPDATE.request(query={"version": version}, body=body, agent_id=input.agent_id)
            read = at_version(CHAT_AGENT, input.agent_id, version)
            return Change(request, partial(touches_chat, input.agent_id), answers=read)

        return cast(
            "UpdateChatAgentPayload",
            await change(info, input, prepare, lambda agent: {"chat_agent": agent}, "agentId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_chat_agent(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteChatAgentInput, strawberry.argument(description="Which agent.")
        ],
    ) -> DeleteChatAgentPayload | None:
        """Delete a chat agent with all its versions. It cannot be undone."""

        def prepare() -> Change:
            request = DELETE.request(agent_id=input.agent_id)
            return Change(request, partial(touches_gone_chat, input.agent_id))

        gone = {"deleted_agent_id": input.agent_id}
        return cast(
            "DeleteChatAgentPayload", await change(info, input, prepare, lambda _: gone, "agentId")
        )


RESOURCE = Resource(
    name="ChatAgent",
    queries=ChatAgentQueries,
    mutations=ChatAgentMutations,
    sources=(CHAT_AGENT, CHAT_AGENTS),
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
    node=load_chat_agent,
    shows={
        CHAT_AGENT: "ChatAgent",
        CHAT_AGENTS: "ChatAgent",
        CREATE: "ChatAgent",
        UPDATE: "ChatAgent",
        DELETE: "",
    },
    excluded=EXCLUDED,
)
