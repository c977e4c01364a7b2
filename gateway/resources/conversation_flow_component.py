"""Components that several conversation flows share: how they are read, listed and changed.

What they are made of is in `gateway.schema.flows`: flows have the same parts. Longer than other
modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.loaders import Change, Json, Loaded, Read, Source
from gateway.schema import flows
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, links
from gateway.schema.flows import (
    EXCLUDED,
    READ,
    WRITE,
    FlowMcpServer,
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
from gateway.schema.types import input_type, object_type
from gateway.schema.versions import edited_page_policy, edited_policy
from gateway.upstream.endpoint import ID, Endpoint

# --- Where it is read --------------------------------------------------------------------------

_ID = {"conversation_flow_component_id": ID}

COMPONENT = Source(
    "conversation_flow_component",
    Endpoint("GET", "/get-conversation-flow-component/{conversation_flow_component_id}", ids=_ID),
    edited_policy,
)
COMPONENTS = Source(
    "conversation_flow_components",
    Endpoint("GET", "/v2/list-conversation-flow-components", lists=True),
    edited_page_policy,
)
CREATE = Endpoint("POST", "/create-conversation-flow-component")
UPDATE = Endpoint(
    "PATCH", "/update-conversation-flow-component/{conversation_flow_component_id}", ids=_ID
)
DELETE = Endpoint(
    "DELETE", "/delete-conversation-flow-component/{conversation_flow_component_id}", ids=_ID
)


def _read(component_id: str) -> Read:
    # By the last tag, what is done to a flow forgets all of them: they name the flows they are in.
    tags = (component_id, "all")
    return COMPONENT.read(conversation_flow_component_id=component_id, tags=tags)


def _read_of_new(component: Json) -> Read:
    return _read(str(component.get("conversation_flow_component_id")))


def load_component(place: Place, key: str) -> Loaded:
    """The component by its id."""
    return place.context.loaders.find(_read(key), place)


def _page(order: FlowOrder, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return COMPONENTS.read(query=query, tags=("all",))


# --- The component -----------------------------------------------------------------------------


def _linked(component: Json) -> list[str]:
    ids = component.get("linked_conversation_flow_ids")
    return [id_ for id_ in ids if isinstance(id_, str)] if isinstance(ids, list) else []


@object_type()
class ConversationFlowComponent(Node):
    """A flow of its own that several conversation flows share as one of their nodes."""

    id: strawberry.ID = computed(
        lambda component: global_id(
            "ConversationFlowComponent", component.get("conversation_flow_component_id")
        )
    )
    """Global id, for `node` and for client caches."""
    conversation_flow_component_id: strawberry.ID
    """Retell's id of the component."""
    name: str | None
    """Its name."""
    user_modified_timestamp: DateTime | None
    """When somebody last changed it."""
    linked_conversation_flow_ids: list[strawberry.ID | None] | None
    """Retell's ids of the flows that it is a part of."""
    linked_conversation_flows = links("ConversationFlow", _linked)
    """The flows that it is a part of, at their newest version. One upstream request for each."""
    start_node_id: strawberry.ID | None
    """Where it begins, by the node's `nodeId`."""
    nodes: list[FlowNode | None] | None
    """Its steps."""
    tools: list[FlowTool | None] | None
    """Tools that its nodes can use."""
    mcps: list[FlowMcpServer | None] | None
    """MCP servers that its nodes can use."""
    flex_mode: bool | None
    """Whether all of it is run as one prompt."""
    notes: list[FlowNote | None] | None
    """Notes on the canvas of Retell's editor."""
    begin_tag_display_position: FlowPosition | None
    """Where its beginning is marked on the canvas."""


@object_type()
class ConversationFlowComponentEdge(Edge):
    """A component in its place in a list."""

    node: ConversationFlowComponent | None
    """The component."""


@object_type()
class ConversationFlowComponentConnection(Connection):
    """A page of a list of components. Retell does not count them."""

    edges: list[ConversationFlowComponentEdge]
    """The components with their cursors."""
    nodes: list[ConversationFlowComponent | None]
    """The components alone."""


@object_type()
class ConversationFlowComponentQueries:
    """Root fields for components of conversation flows."""

    @strawberry.field
    @needs(READ)
    def conversation_flow_component(
        self,
        info: Info,
        conversation_flow_component_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the component.")
        ],
    ) -> ConversationFlowComponent | None:
        """A component that flows share; null where there is none. One upstream request, none if
        remembered."""
        found = info.context.loaders.find(_read(conversation_flow_component_id), info)
        return cast("ConversationFlowComponent | None", found)

    @strawberry.field
    @needs(READ)
    async def conversation_flow_components(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            FlowOrder, strawberry.argument(description="In which order.")
        ] = FlowOrder.DESCENDING,
    ) -> ConversationFlowComponentConnection | None:
        """Components that flows share. One upstream request for a page.

        Retell sends them whole, which is much: ask for few at once.
        """
        tenant = info.context.caller.tenant
        bound = scope_of(tenant, "conversation_flow_components", {}, order_by.value)
        return cast(
            "ConversationFlowComponentConnection | None",
            await read_connection(
                info,
                partial(_page, order_by),
                id_key="conversation_flow_component_id",
                first=first,
                after=after,
                scope=bound,
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class ComponentSettings(Input):
    """What can be set of a component, whether it is new or there."""

    start_node_id: strawberry.ID | None = UNSET
    """Where it begins: the `id` of a node."""
    flex_mode: bool | None = UNSET
    """Whether all of it is run as one prompt."""
    begin_tag_display_position: FlowPositionInput | None = UNSET
    """Where its beginning is marked on the canvas."""
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
    not_null(found, name="name", nodes="nodes")
    return objects_only(found, "nodes", "tools", "mcps", "notes")


@input_type()
class CreateConversationFlowComponentInput(ComponentSettings):
    """A new component."""

    name: str
    """Its name."""
    nodes: JSON
    """Its steps: a list of JSON objects in Retell's own form, each with its `id` and `type`."""


@input_type()
class UpdateConversationFlowComponentInput(ComponentSettings):
    """What to change of a component. What is left out stays as it is; null empties it."""

    conversation_flow_component_id: strawberry.ID
    """Retell's id of the component."""
    name: str | None = UNSET
    """Its name."""
    nodes: JSON | None = UNSET
    """Takes the place of all steps: a list of JSON objects in Retell's own form. Tools of subagent
    nodes lose headers and query parameters, which are not shown, unless they are given again."""


@input_type()
class DeleteConversationFlowComponentInput(Input):
    """Which component to delete."""

    conversation_flow_component_id: strawberry.ID
    """Retell's id of the component."""


@object_type()
class CreateConversationFlowComponentPayload(Payload):
    """The outcome of `createConversationFlowComponent`."""

    conversation_flow_component: ConversationFlowComponent | None
    """The new component; null where none was made."""


@object_type()
class UpdateConversationFlowComponentPayload(Payload):
    """The outcome of `updateConversationFlowComponent`."""

    conversation_flow_component: ConversationFlowComponent | None
    """The component as it is now; null where nothing was changed."""


@object_type()
class DeleteConversationFlowComponentPayload(Payload):
    """The outcome of `deleteConversationFlowComponent`."""

    deleted_conversation_flow_component_id: strawberry.ID | None
    """Retell's id of the component that is gone; null where nothing was deleted."""


def _made(_answer: Json | None) -> list[tuple[str, str]]:
    return [("conversation_flow_components", "all")]


def _changed(component_id: str, answer: Json | None) -> list[tuple[str, str]]:
    own = ("conversation_flow_component", component_id)
    return [own, ("mcp_tools", "all"), *_made(answer)]


def _gone(component_id: str, answer: Json | None) -> list[tuple[str, str]]:
    """The flows that it was a part of get copies of their own."""
    copied = ("conversation_flow", "conversation_flows")
    return [*_changed(component_id, answer), *((name, "all") for name in copied)]


@object_type()
class ConversationFlowComponentMutations:
    """Root fields that change components of conversation flows."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_conversation_flow_component(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateConversationFlowComponentInput,
            strawberry.argument(description="The component."),
        ],
    ) -> CreateConversationFlowComponentPayload | None:
        """Make a component that conversation flows can share."""

        def prepare() -> Change:
            request = CREATE.request(body=_body(given(input)))
            return Change(request, _made, answers=_read_of_new)

        return cast(
            "CreateConversationFlowComponentPayload",
            await change(info, input, prepare, lambda made: {"conversation_flow_component": made}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_conversation_flow_component(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateConversationFlowComponentInput,
            strawberry.argument(description="What to change."),
        ],
    ) -> UpdateConversationFlowComponentPayload | None:
        """Change a component, in every flow that it is a part of."""
        component_id = input.conversation_flow_component_id

        def prepare() -> Change:
            body = _body(some_given(input, "conversation_flow_component_id"))
            request = UPDATE.request(body=body, conversation_flow_component_id=component_id)
            touches = partial(_changed, component_id)
            return Change(request, touches, answers=_read(component_id))

        return cast(
            "UpdateConversationFlowComponentPayload",
            await change(
                info,
                input,
                prepare,
                lambda component: {"conversation_flow_component": component},
                "conversationFlowComponentId",
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_conversation_flow_component(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteConversationFlowComponentInput,
            strawberry.argument(description="Which component."),
        ],
    ) -> DeleteConversationFlowComponentPayload | None:
        """Delete a component. Flows that it is a part of get a copy of their own. It cannot be
        undone."""
        component_id = input.conversation_flow_component_id

        def prepare() -> Change:
            request = DELETE.request(conversation_flow_component_id=component_id)
            return Change(request, partial(_gone, component_id))

        gone = {"deleted_conversation_flow_component_id": component_id}
        return cast(
            "DeleteConversationFlowComponentPayload",
            await change(info, input, prepare, lambda _: gone, "conversationFlowComponentId"),
        )


RESOURCE = Resource(
    name="ConversationFlowComponent",
    queries=ConversationFlowComponentQueries,
    mutations=ConversationFlowComponentMutations,
    types=flows.MEMBERS,
    node=load_component,
    sources=(COMPONENT, COMPONENTS),
    id_key="conversation_flow_component_id",
    scope=READ,
    shows={
        COMPONENT: "ConversationFlowComponent",
        COMPONENTS: "ConversationFlowComponent",
        CREATE: "ConversationFlowComponent",
        UPDATE: "ConversationFlowComponent",
        DELETE: "",
    },
    excluded=EXCLUDED,
)
