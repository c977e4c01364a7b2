"""The playground and the tools of MCP servers in the sandbox, driven by the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
from retell import UnprocessableEntityError
from retell.types import McpToolDefinition, PlaygroundCompletionResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_B, Clock, plain, sdk


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=Clock(), calls=1)


def agent_of(sandbox: Sandbox, channel: str = "voice") -> str:
    agents = sandbox.accounts[KEY_B].agents
    return next(agent.agent_id for agent in agents if agent.channel == channel)


async def test_every_field_of_a_completion_occurs(sandbox: Sandbox) -> None:
    client, agent_id = sdk(sandbox), agent_of(sandbox)
    answer = await client.playground.completion(
        agent_id,
        version="prod",
        messages=[{"role": "user", "content": "everything"}],
        tool_mocks=[
            {
                "tool_name": "find",
                "output": "{}",
                "input_match_rule": {"type": "partial_match", "args": {"a": 1}},
            }
        ],
    )
    assert fields_declared(PlaygroundCompletionResponse) - fields_seen(answer) == set()
    assert answer.call_ended is False
    again = await client.playground.completion(
        agent_id, messages=[{"role": "user", "content": "goodbye"}], dynamic_variables={"a": "b"}
    )
    assert again.call_ended is True
    assert again.dynamic_variables == {"a": "b", "turn": "1"}
    first = await client.playground.completion(agent_id, messages=[])
    assert [message.to_dict()["content"] for message in first.messages] == ["Hello!"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": ["hello"]},
        {"messages": [{"role": "ghost"}]},
        {"messages": [], "unheard_of": 1},
        {"messages": [], "tool_mocks": [{"tool_name": 1}]},
        {"messages": [], "dynamic_variables": {"a": 1}},
    ],
)
async def test_a_conversation_that_is_not_well_formed_is_refused(
    sandbox: Sandbox, body: dict[str, Any]
) -> None:
    path = f"/agent-playground-completion/{agent_of(sandbox)}"
    assert (await plain(sandbox).post(path, json=body)).status_code == 400


async def test_an_mcp_server_offers_its_tools(sandbox: Sandbox) -> None:
    client, agent_id = sdk(sandbox), agent_of(sandbox)
    tools = await client.mcp_tool.get_mcp_tools(agent_id, mcp_id="mcp_crm", version=0)
    assert [tool.name for tool in tools] == ["find_customer", "note_call"]
    assert fields_declared(McpToolDefinition) - fields_seen(tools) == set()
    assert (await plain(sandbox).get(f"/get-mcp-tools/{agent_id}")).status_code == 400


async def test_what_there_is_not_is_not_found(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    for agent_id, mcp_id, version in [
        ("agent_none", "mcp_crm", 0),
        (agent_of(sandbox, "chat"), "mcp_crm", 0),
        (agent_of(sandbox), "mcp_none", 0),
        (agent_of(sandbox), "mcp_crm", 99),
    ]:
        with pytest.raises(UnprocessableEntityError):
            await client.mcp_tool.get_mcp_tools(agent_id, mcp_id=mcp_id, version=version)
    with pytest.raises(UnprocessableEntityError):
        await client.playground.completion("agent_none", messages=[])
