"""All that a completion and a tool of an MCP server have is shown, and all can be asked for."""

from __future__ import annotations

from graphql import GraphQLInputObjectType
from retell.types import (
    McpToolDefinition,
    PlaygroundCompletionResponse,
    mcp_tool_get_mcp_tools_params,
    playground_completion_params,
)
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing


def test_every_field_is_shown() -> None:
    payload = SCHEMA.get_type("CreatePlaygroundCompletionPayload")
    assert set(missing(PlaygroundCompletionResponse, payload)) == set()
    assert set(missing(McpToolDefinition, SCHEMA.get_type("McpTool"))) == set()


def test_everything_that_retell_takes_can_be_given() -> None:
    input_ = SCHEMA.get_type("CreatePlaygroundCompletionInput")
    assert isinstance(input_, GraphQLInputObjectType)
    params = playground_completion_params.PlaygroundCompletionParams
    theirs = {to_camel_case(name) for name in params.__annotations__}
    assert set(input_.fields) - {"clientMutationId", "agentId"} == theirs
    assert SCHEMA.query_type is not None
    query = mcp_tool_get_mcp_tools_params.McpToolGetMcpToolsParams
    asked = {to_camel_case(name) for name in query.__annotations__}
    assert set(SCHEMA.query_type.fields["mcpTools"].args) == asked | {"agentId"}
