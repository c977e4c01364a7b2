"""Tools of MCP servers: asked for once, and for those who may see agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.sandbox.faults import Fault
from tests.world import IMPATIENT, world

if TYPE_CHECKING:
    from tests.world import World

GET = "GET /get-mcp-tools"
QUERY = """query ($agent: ID!, $mcp: ID!, $component: ID, $version: AgentVersionInput) {
  mcpTools(agentId: $agent, mcpId: $mcp, componentId: $component, version: $version) {
    name description inputSchema } }"""


def agent(it: World) -> str:
    return it.sandbox.accounts["sandbox-key-a"].agents[0].agent_id


async def test_the_tools_of_a_server_are_asked_for_once() -> None:
    async with world(calls=1) as it:
        variables: dict[str, Any] = {"agent": agent(it), "mcp": "mcp_crm"}
        tools = (await it.data(QUERY, variables))["mcpTools"]
        assert tools == [
            {
                "name": name,
                "description": f"Does what {name} says.",
                "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}},
            }
            for name in ("find_customer", "note_call")
        ]
        assert dict(it.sent[-1].url.params) == {"mcp_id": "mcp_crm"}
        assert (await it.data(QUERY, variables))["mcpTools"] == tools
        assert it.requests == {GET: 1}
        more = variables | {"component": "component_1", "version": {"number": 0}}
        assert (await it.data(QUERY, more))["mcpTools"] == tools
        assert dict(it.sent[-1].url.params) == {
            "mcp_id": "mcp_crm",
            "component_id": "component_1",
            "version": "0",
        }


@pytest.mark.parametrize("variables", [{"mcp": "mcp_none"}, {"agent": "agent_none"}])
async def test_a_server_that_there_is_not_is_null(variables: dict[str, str]) -> None:
    async with world(calls=1) as it:
        given = {"agent": agent(it), "mcp": "mcp_crm"} | variables
        assert await it.data(QUERY, given) == {"mcpTools": None}
        assert it.requests == {GET: 1}


async def test_what_is_no_list_is_an_error_and_not_remembered() -> None:
    async with world(calls=1) as it:
        given = {"agent": agent(it), "mcp": "mcp_crm"}
        it.sandbox.faults.set([Fault(GET, body="not_json", headers=IMPATIENT, times=1)])
        assert await it.errors(QUERY, given) == [("mcpTools", "UPSTREAM_INVALID")]
        assert len((await it.data(QUERY, given))["mcpTools"]) == 2


async def test_who_may_not_see_agents_sees_no_tools() -> None:
    async with world(calls=1, scopes=["calls:read"]) as it:
        given = {"agent": agent(it), "mcp": "mcp_crm"}
        assert await it.errors(QUERY, given) == [("mcpTools", "FORBIDDEN")]
        assert it.sent == []


@pytest.mark.parametrize(
    ("change", "given"),
    [
        ("updateRetellLlm", {"llmId": "llm_1", "mcps": []}),
        ("updateConversationFlow", {"conversationFlowId": "flow_1", "mcps": []}),
        (
            "updateConversationFlowComponent",
            {"conversationFlowComponentId": "part_1", "mcps": []},
        ),
    ],
)
async def test_tools_are_asked_for_anew_once_a_server_is_another(
    change: str, given: dict[str, Any]
) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[] if "tools" in request.url.path else {})

    mutation = f"""mutation ($input: {change[0].upper()}{change[1:]}Input!) {{
      {change}(input: $input) {{ userErrors {{ message }} }} }}"""
    async with world(calls=0, transport=httpx.MockTransport(retell)) as it:
        variables = {"agent": "agent_1", "mcp": "mcp_1"}
        for _ in range(2):
            await it.data(QUERY, variables)
        assert len(it.sent) == 1
        assert (await it.data(mutation, {"input": given}))[change] == {"userErrors": []}
        await it.data(QUERY, variables)
        assert len(it.sent) == 3


@pytest.mark.parametrize(
    ("variables", "field"),
    [({"mcp": "a/b"}, "mcpId"), ({"mcp": ""}, "mcpId"), ({"component": "x y"}, "componentId")],
)
async def test_an_id_that_cannot_be_one_is_not_sent_in_a_query_either(
    variables: dict[str, str], field: str
) -> None:
    async with world(calls=1) as it:
        answer = await it.answer(QUERY, {"agent": agent(it), "mcp": "mcp_crm"} | variables)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(f"`{field}` must be 1 to 128 letters")
        assert it.sent == []
