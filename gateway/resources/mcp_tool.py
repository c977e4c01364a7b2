"""Tools that an agent's MCP servers offer: asked of the server by Retell, at the moment."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.loaders import Json, Source, page_items
from gateway.schema.agent_version import AgentVersionInput
from gateway.schema.fields import read
from gateway.schema.info import Info
from gateway.schema.permissions import needs, scope
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON
from gateway.schema.turns import in_turns
from gateway.schema.types import object_type
from gateway.upstream.endpoint import ID, Endpoint

READ = scope("agents:read", "See agents, their versions and settings.")


def policy(tools: Json, _now: float) -> Freshness:
    """A server offers the same until somebody changes it; what is no list is not kept."""
    page_items(tools)
    return Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)


TOOLS = Source(
    "mcp_tools",
    Endpoint("GET", "/get-mcp-tools/{agent_id}", ids={"agent_id": ID}, lists=True),
    policy,
    bare=True,
)


@object_type()
class McpTool:
    """A tool that an MCP server offers."""

    name: str | None
    """Its name."""
    description: str | None
    """What it does."""
    input_schema: JSON | None = read("inputSchema")
    """What it takes: a JSON Schema."""


@object_type()
class McpToolQueries:
    """Root fields for tools of MCP servers."""

    @strawberry.field
    @needs(READ)
    async def mcp_tools(
        self,
        info: Info,
        agent_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the agent.")
        ],
        mcp_id: Annotated[
            strawberry.ID, strawberry.argument(description="Which of its MCP servers.")
        ],
        component_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The flow component that the server belongs to."),
        ] = UNSET,
        version: Annotated[
            AgentVersionInput | None,
            strawberry.argument(description="Which version of the agent; the newest if left out."),
        ] = UNSET,
    ) -> list[McpTool | None] | None:
        """The tools of an agent's MCP server; null where there is no such agent or server. One
        upstream request, for which Retell asks the server; none if remembered."""
        ID.check("mcpId", mcp_id)
        if component_id:
            ID.check("componentId", component_id)
        query = {
            "mcp_id": mcp_id,
            "component_id": component_id or None,
            "version": version.wire() if version else None,
        }
        # The server is the agent's, its engine's or a component's, whose changes forget them all.
        wanted = TOOLS.read(query=query, agent_id=agent_id, tags=(agent_id, "all"))
        tools = await info.context.loaders.load(wanted, info)
        found = None if tools is None else in_turns(page_items(tools))
        return cast("list[McpTool | None] | None", found)


RESOURCE = Resource(
    name="McpTool",
    queries=McpToolQueries,
    shows={
        TOOLS: "McpTool",
    },
)
