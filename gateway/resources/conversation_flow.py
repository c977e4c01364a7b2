"""Conversation flows: how they are read, at any version, listed and changed.

What flows are made of is in `gateway.schema.flows`: components have the same parts. Longer than
other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Loaded, Read, Source
from gateway.schema import flows
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, ids_under, links, read
from gateway.schema.flows import (
    EXCLUDED,
    READ,
    WRITE,
    FlowKbConfig,
    FlowLocalComponent,
    FlowMcpServer,
    FlowModelChoice,
    FlowModelConfig,
    FlowModelTier,
    FlowModelType,
    FlowNode,
    FlowNote,
    FlowOrder,
    FlowPosition,
    FlowPositionInput,
    FlowTool,
    not_null,
    objects_only,
)
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, DateTime
from gateway.schema.types import input_type, object_type, open_enum
from gateway.schema.versions import (
    checked_version,
    edited_page_policy,
    edited_policy,
    key_under,
    read_at,
    split_key,
)
from gateway.upstream.endpoint import ID, Endpoint

# --- Where it is read --------------------------------------------------------------------------

FLOW = Source(
    "conversation_flow",
    Endpoint(
        "GET",
        "/get-conversation-flow/{conversation_flow_id}",
        ids={"conversation_flow_id": ID},
    ),
    edited_policy,  # Retell does not say of a flow whether its version is published
)
FLOWS = Source(
    "conversation_flows",
    Endpoint("GET", "/v2/list-conversation-flows", lists=True),
    edited_page_policy,
)
CREATE = Endpoint("POST", "/create-conversation-flow")
UPDATE = Endpoint(
    "PATCH",
    "/update-conversation-flow/{conversation_flow_id}",
    ids={"conversation_flow_id": ID},
)
DELETE = Endpoint(
    "DELETE",
    "/delete-conversation-flow/{conversation_flow_id}",
    ids={"conversation_flow_id": ID},
)


def _read(flow_id: str, version: int | None) -> Read:
    tags = (flow_id, "all")  # by the last one, components and agents' versions forget all of them
    return read_at(FLOW, "conversation_flow_id", flow_id, version, tags=tags)


def load_flow(place: Place, key: str) -> Loaded:
    """The flow by the key of its global id: its id, or `conversation_flow_id:version`."""
    return place.context.loaders.find(_read(*split_key(key, "a conversation flow")), place)


def _read_of_new(flow: Json) -> Read:
    return _read(str(flow.get("conversation_flow_id")), None)


def _page(order: FlowOrder, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return FLOWS.read(query=query, tags=("all",))


# --- The flow ----------------------------------------------------------------------------------


@open_enum
class FlowSpeaker(Enum):
    """Who speaks first."""

    USER = "user"
    """The user."""
    AGENT = "agent"
    """The agent."""
    UNKNOWN = "UNKNOWN"


_key = key_under("conversation_flow_id")


@object_type()
class ConversationFlow(Node):
    """A graph of nodes that conversations go through, in one of its versions: what an agent says
    and does."""

    id: strawberry.ID = computed(lambda flow: global_id("ConversationFlow", _key(flow)))
    """Global id, for `node` and for client caches. It names the version where one was asked for;
    else the newest one, whichever that is."""
    conversation_flow_id: strawberry.ID
    """Retell's id of the flow, the same in all versions."""
    version: int | None
    """The number of this version."""
    last_modification_timestamp: DateTime | None
    """When this version was last changed, or made."""
    global_prompt: str | None
    """The prompt that holds in every node."""
    start_speaker: FlowSpeaker | None
    """Who speaks first."""
    begin_after_user_silence_ms: int | None
    """Milliseconds after which the agent speaks first all the same, where the user does not. Null
    stands for never."""
    start_node_id: strawberry.ID | None
    """Where it begins, by the node's `nodeId`."""
    nodes: list[FlowNode | None] | None
    """Its steps."""
    components: list[FlowLocalComponent | None] | None
    """Components that are its own."""
    tools: list[FlowTool | None] | None
    """Tools that its nodes can use."""
    mcps: list[FlowMcpServer | None] | None
    """MCP servers that its nodes can use."""
    knowledge_base_ids: list[strawberry.ID | None] | None
    """Retell's ids of the knowledge bases that are searched in all nodes."""
    knowledge_bases = links("KnowledgeBase", ids_under("knowledge_base_ids"))
    """The knowledge bases. One upstream request for each, or one for all of them together."""
    kb_config: FlowKbConfig | None
    """How they are searched."""
    model_config: FlowModelConfig | None
    """The models that lead the conversation."""
    model_choice: FlowModelChoice | None = read(
        "model_choice", deprecated="Retell has replaced it by `modelConfig`."
    )
    """The model in Retell's older form."""
    model_temperature: float | None = read(
        "model_temperature", deprecated="Retell has replaced it by `modelConfig.temperature`."
    )
    """The temperature in Retell's older form."""
    backup_model: FlowModelChoice | None
    """A model that runs beside it, and takes over when it is slow, in Retell's older form. Agents
    that chat cannot have one."""
    tool_call_strict_mode: bool | None
    """Whether tools are called with exactly what their schema says, where the model can do that."""
    default_dynamic_variables: JSON | None
    """Dynamic variables for conversations that set none: a map of texts."""
    flex_mode: bool | None
    """Whether all of it is run as one prompt."""
    is_transfer_cf: bool | None
    """Whether it is for agents that decide on warm transfers."""
    notes: list[FlowNote | None] | None
    """Notes on the canvas of Retell's editor."""
    begin_tag_display_position: FlowPosition | None
    """Where its beginning is marked on the canvas."""


@object_type()
class ConversationFlowEdge(Edge):
    """A conversation flow in its place in a list."""

    node: ConversationFlow | None
    """The flow."""


@object_type()
class ConversationFlowConnection(Connection):
    """A page of a list of conversation flows. Retell does not count them."""

    edges: list[ConversationFlowEdge]
    """The flows with their cursors."""
    nodes: list[ConversationFlow | None]
    """The flows alone."""


@object_type()
class ConversationFlowQueries:
    """Root fields for conversation flows."""

    @strawberry.field
    @needs(READ)
    def conversation_flow(
        self,
        info: Info,
        conversation_flow_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the flow.")
        ],
        version: Annotated[
            int | None, strawberry.argument(description="Which version; the newest if left out.")
        ] = UNSET,
    ) -> ConversationFlow | None:
        """A conversation flow; null where there is none. One upstream request, none if
        remembered."""
        wanted = _read(conversation_flow_id, checked_version(version, "a conversation flow"))
        return cast("ConversationFlow | None", info.context.loaders.find(wanted, info))

    @strawberry.field
    @needs(READ)
    async def conversation_flows(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            FlowOrder, strawberry.argument(description="In which order.")
        ] = FlowOrder.DESCENDING,
    ) -> ConversationFlowConnection | None:
        """Conversation flows. One upstream request for a page.

        Retell sends them whole, which is much: ask for few at once.
        """
        bound = scope_of(info.context.caller.tenant, "conversation_flows", {}, order_by.value)
        return cast(
            "ConversationFlowConnection | None",
            await read_connection(
                info,
                partial(_page, order_by),
                id_key="conversation_flow_id",
                first=first,
                after=after,
                scope=bound,
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class FlowKbConfigInput:
    """How knowledge bases are searched."""

    top_k: int | None = UNSET
    """How many pieces of text are found at the most."""
    filter_score: float | None = UNSET
    """How alike they must be to what is said."""


@input_type()
class FlowModelInput:
    """A model, and how it runs."""

    model: str
    """Its name, such as `gpt-5.4-mini`."""
    tier: FlowModelTier | None = UNSET
    """Which capacity is used; `STANDARD` if left out. Models that speak have none."""
    kick_in_timeout_ms: int | None = UNSET
    """Of a backup model: milliseconds for which the primary one is preferred while both run;
    1,500 if left out."""


@input_type()
class FlowModelConfigInput:
    """The models that lead a conversation. In an update, what is left out stays as it is."""

    type: FlowModelType | None = UNSET
    """What kind of model speaks; `CASCADING` if left out. To change it, give `primary` as well;
    `backup` is then gone."""
    primary: FlowModelInput | None = UNSET
    """The model."""
    backup: FlowModelInput | None = UNSET
    """A model that runs beside it, and takes over when it is slow; null for none."""
    temperature: float | None = UNSET
    """How much answers vary: from 0, the default, to 1."""


@input_type()
class FlowSettings(Input):
    """What can be set of a flow, whether it is new or there."""

    global_prompt: str | None = UNSET
    """The prompt that holds in every node."""
    start_node_id: strawberry.ID | None = UNSET
    """Where it begins: the `id` of a node."""
    begin_after_user_silence_ms: int | None = UNSET
    """Milliseconds after which the agent speaks first all the same, where the user does not."""
    knowledge_base_ids: list[strawberry.ID] | None = UNSET
    """Retell's ids of the knowledge bases that are searched in all nodes."""
    kb_config: FlowKbConfigInput | None = UNSET
    """How they are searched."""
    model_config: FlowModelConfigInput | None = UNSET
    """The models that lead the conversation."""
    tool_call_strict_mode: bool | None = UNSET
    """Whether tools are called with exactly what their schema says, where the model can do that."""
    default_dynamic_variables: JSON | None = UNSET
    """Dynamic variables for conversations that set none: a JSON object of texts."""
    flex_mode: bool | None = UNSET
    """Whether all of it is run as one prompt."""
    begin_tag_display_position: FlowPositionInput | None = UNSET
    """Where its beginning is marked on the canvas."""
    components: JSON | None = UNSET
    """Components of its own: a list of JSON objects in Retell's own form."""
    tools: JSON | None = UNSET
    """Tools that its nodes can use: a list of JSON objects in Retell's own form. It takes the place
    of all tools, with their headers and query parameters, which are not shown: give them again."""
    mcps: JSON | None = UNSET
    """MCP servers that its nodes can use: a list of JSON objects in Retell's own form. It takes the
    place of all servers, with their headers and query parameters, which are not shown: give them
    again."""
    notes: JSON | None = UNSET
    """Notes on the canvas: a list of JSON objects in Retell's own form."""


def _body(found: Json) -> Json:
    """What was given, checked as far as it can be without knowing the flow."""
    variables = found.get("default_dynamic_variables")
    texts = isinstance(variables, dict) and all(isinstance(v, str) for v in variables.values())
    if variables is not None and not texts:
        name = "defaultDynamicVariables"
        raise BadUserInput(f"`{name}` must be a JSON object of texts.", name)
    not_null(found, nodes="nodes", start_speaker="startSpeaker", kb_config="kbConfig")
    not_null(found, model_config="modelConfig")
    return objects_only(found, "nodes", "components", "tools", "mcps", "notes")


@input_type()
class CreateConversationFlowInput(FlowSettings):
    """A new conversation flow."""

    nodes: JSON
    """Its steps: a list of JSON objects in Retell's own form, each with its `id` and `type`."""
    start_speaker: FlowSpeaker
    """Who speaks first."""
    is_transfer_cf: bool | None = UNSET
    """Whether it is for agents that decide on warm transfers; it stays so."""


@input_type()
class UpdateConversationFlowInput(FlowSettings):
    """What to change of a conversation flow. What is left out stays as it is; null empties it."""

    conversation_flow_id: strawberry.ID
    """Retell's id of the flow."""
    version: int | None = UNSET
    """Which version to change; the newest if left out."""
    nodes: JSON | None = UNSET
    """Takes the place of all steps: a list of JSON objects in Retell's own form. Tools of subagent
    nodes lose headers and query parameters, which are not shown, unless they are given again."""
    start_speaker: FlowSpeaker | None = UNSET
    """Who speaks first."""


@input_type()
class DeleteConversationFlowInput(Input):
    """Which conversation flow to delete."""

    conversation_flow_id: strawberry.ID
    """Retell's id of the flow."""
    force_delete: bool | None = UNSET
    """Whether to delete it though agents use it, which are then left without it. Retell refuses
    otherwise."""


@object_type()
class CreateConversationFlowPayload(Payload):
    """The outcome of `createConversationFlow`."""

    conversation_flow: ConversationFlow | None
    """The new flow; null where none was made."""


@object_type()
class UpdateConversationFlowPayload(Payload):
    """The outcome of `updateConversationFlow`."""

    conversation_flow: ConversationFlow | None
    """The version that was changed, as it is now; null where nothing was changed."""


@object_type()
class DeleteConversationFlowPayload(Payload):
    """The outcome of `deleteConversationFlow`."""

    deleted_conversation_flow_id: strawberry.ID | None
    """Retell's id of the flow that is gone; null where nothing was deleted."""


def _touched(flow_id: str | None, _answer: Json | None) -> list[tuple[str, str]]:
    """A change of a flow shows in lists, in the components that it uses or no longer uses, and in
    what its MCP servers offer."""
    own = [] if flow_id is None else [("conversation_flow", flow_id)]
    linked = ("conversation_flow_component", "conversation_flow_components", "mcp_tools")
    return [*own, ("conversation_flows", "all"), *((name, "all") for name in linked)]


@object_type()
class ConversationFlowMutations:
    """Root fields that change conversation flows."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_conversation_flow(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateConversationFlowInput, strawberry.argument(description="The flow.")
        ],
    ) -> CreateConversationFlowPayload | None:
        """Make a conversation flow. An agent speaks by it once it is its response engine."""

        def prepare() -> Change:
            request = CREATE.request(body=_body(given(input)))
            return Change(request, partial(_touched, None), answers=_read_of_new)

        return cast(
            "CreateConversationFlowPayload",
            await change(info, input, prepare, lambda flow: {"conversation_flow": flow}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_conversation_flow(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateConversationFlowInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateConversationFlowPayload | None:
        """Change a conversation flow, in its newest version or another one. Agents that use that
        version speak by it from then on."""

        def prepare() -> Change:
            flow_id = input.conversation_flow_id
            version = checked_version(input.version, "a conversation flow")
            body = _body(some_given(input, "conversation_flow_id", "version"))
            query = None if version is None else {"version": version}
            request = UPDATE.request(query=query, body=body, conversation_flow_id=flow_id)
            return Change(request, partial(_touched, flow_id), answers=_read(flow_id, version))

        return cast(
            "UpdateConversationFlowPayload",
            await change(
                info,
                input,
                prepare,
                lambda flow: {"conversation_flow": flow},
                "conversationFlowId",
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_conversation_flow(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteConversationFlowInput, strawberry.argument(description="Which flow.")
        ],
    ) -> DeleteConversationFlowPayload | None:
        """Delete a conversation flow with all its versions. It cannot be undone."""
        flow_id = input.conversation_flow_id

        def prepare() -> Change:
            query = given(input, "conversation_flow_id")
            request = DELETE.request(query=query, conversation_flow_id=flow_id)
            return Change(request, partial(_touched, flow_id))

        gone = {"deleted_conversation_flow_id": flow_id}
        return cast(
            "DeleteConversationFlowPayload",
            await change(info, input, prepare, lambda _: gone, "conversationFlowId"),
        )


RESOURCE = Resource(
    name="ConversationFlow",
    queries=ConversationFlowQueries,
    mutations=ConversationFlowMutations,
    types=flows.MEMBERS,
    node=load_flow,
    sources=(FLOW, FLOWS),
    id_key="conversation_flow_id",
    scope=READ,
    shows={
        FLOW: "ConversationFlow",
        FLOWS: "ConversationFlow",
        CREATE: "ConversationFlow",
        UPDATE: "ConversationFlow",
        DELETE: "",
    },
    excluded=EXCLUDED,
)
