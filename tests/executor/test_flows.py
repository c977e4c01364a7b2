"""Conversation flows, compiled and interpreted: fifteen kinds of nodes in one list."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import parse, validate

from gateway.app import schema
from gateway.auth.caller import Caller
from gateway.executor.compiled import Compiler
from gateway.executor.interpret import Interpreted
from gateway.sandbox.data.agents import agents_of
from gateway.sandbox.data.flows import flows_of
from gateway.upstream.record import plain
from tests.executor.answers import replays
from tests.executor.damage import damaged
from tests.executor.ways import outcome
from tests.loading import ONE

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = schema().executable

CONDITION = "type prompt operator equations { left operator right } promptCondition { prompt }"
EDGE = f"{{ edgeId destinationNodeId transitionCondition {{ {CONDITION} }} }}"
EXAMPLE = "{ exampleId transcript { role content toolCallId name arguments } destinationNodeId }"
TRANSFER = """
    transferDestination { type number extension prompt }
    transferOption {
      type onHoldMusic publicHandoffOption { type prompt message } ivrOption { prompt }
      agenticTransferConfig { transferAgent { agentId agentVersion } transferTimeoutMs }
    }
    customSipHeaders
"""
SWAP = "agentId agentVersion webhookSetting webhookSettingRaw keepCurrentVoice"
VARIABLES = "variables { type typeRaw name choices examples required }"
EVERY_KIND = f"""
{{
  conversationFlow(conversationFlowId: "conversation_flow_1") {{
    id version startSpeaker
    nodes {{
      __typename nodeId type name displayPosition {{ x y }} instruction {{ type text template }}
      edges {EDGE} elseEdge {EDGE}
      globalNodeSetting {{
        condition {{ {CONDITION} }} coolDown goBackConditions {{ edgeId }}
        positiveFinetuneExamples {EXAMPLE}
      }}
      modelConfig {{ primary {{ model tier }} }}
      ... on FlowConversationNode {{ alwaysEdge {EDGE} sttMode kbConfig {{ topK filterScore }} }}
      ... on FlowSubagentNode {{
        toolIds
        tools {{
          __typename type name executionMessageType
          ... on FlowTransferCallTool {{ {TRANSFER} }}
          ... on FlowAgentSwapTool {{ {SWAP} }}
          ... on FlowPressDigitTool {{ delayMs }}
          ... on FlowSmsTool {{ smsContent {{ type text prompt template }} }}
          ... on FlowCustomTool {{ url parameters timeoutMs }}
          ... on FlowCodeTool {{ code timeoutMs }}
          ... on FlowExtractVariablesTool {{ {VARIABLES} }}
          ... on FlowMcpTool {{ mcpId inputSchema }}
          ... on FlowAppTool {{ appId outputSelection {{ mode fields }} parameters }}
        }}
      }}
      ... on FlowEndNode {{ customSipHeaders speakDuringExecution }}
      ... on FlowFunctionNode {{ toolId toolType waitForResult }}
      ... on FlowCodeNode {{ code responseVariables }}
      ... on FlowTransferCallNode {{ {TRANSFER} edge {EDGE} }}
      ... on FlowPressDigitNode {{ delayMs }}
      ... on FlowBranchNode {{ finetuneTransitionExamples {EXAMPLE} }}
      ... on FlowSmsNode {{ successEdge {EDGE} smsDestination {{ type phoneNumber }} }}
      ... on FlowExtractVariablesNode {{ {VARIABLES} }}
      ... on FlowAgentSwapNode {{ {SWAP} edge {EDGE} }}
      ... on FlowMcpNode {{ mcpId mcpToolName }}
      ... on FlowComponentNode {{ componentId componentType }}
      ... on FlowBridgeTransferNode {{ speakDuringExecution }}
      ... on FlowCancelTransferNode {{ speakDuringExecution }}
    }}
    tools {{ __typename name }}
    components {{ name nodes {{ nodeId type }} }}
  }}
}}
"""


def a_flow() -> dict[str, Any]:
    """The one with every kind of node."""
    agents = agents_of("7/key", 1_700_000_000_000)
    flow: dict[str, Any] = flows_of("7/key", agents)[0]["versions"][-1]
    return flow


def retell(flow: object) -> Callable[[httpx.Request], httpx.Response]:
    body = json.dumps(flow).encode()
    return lambda _request: httpx.Response(200, content=body)


async def both_ways(flow: object, caller: Caller = ONE) -> tuple[dict[str, Any], int]:
    """The answer, which is the same both ways; how often it was left to graphql-core."""
    document = parse(EVERY_KIND)
    compiled = Compiler(
        SCHEMA, plain, from_use=1, scopes_of=lambda each: each.caller.scopes
    ).prepare(document)
    interpreted = Interpreted(SCHEMA, document)
    expected = await outcome(interpreted, None, {}, retell(flow), caller)  # type: ignore[arg-type]  # any Retell
    with replays() as replayed:
        found = await outcome(compiled, None, {}, retell(flow), caller)  # type: ignore[arg-type]  # any Retell
    assert all(compiled._plans.values())  # it was not too long to compile
    assert (found.data, found.errors) == (expected.data, expected.errors)
    answer: dict[str, Any] = json.loads(found.data)
    return answer, replayed.count


def test_the_operation_is_valid_and_names_every_kind() -> None:
    assert validate(SCHEMA, parse(EVERY_KIND)) == []
    subagents = "FlowSubagentNode", "UnknownFlowNode"
    for member in SCHEMA.get_possible_types(SCHEMA.type_map["FlowNode"]):  # type: ignore[arg-type]  # an interface
        assert member.name in EVERY_KIND or member.name in subagents


async def test_a_flow_of_every_kind_is_compiled_and_answered_as_graphql_core_does() -> None:
    flow = a_flow()
    answer, left = await both_ways(flow)
    nodes = answer["conversationFlow"]["nodes"]
    assert left == 0
    assert [node["nodeId"] for node in nodes] == [node["id"] for node in flow["nodes"]]
    kinds = {node["__typename"] for node in nodes}
    assert kinds == {
        member.name
        for member in SCHEMA.get_possible_types(SCHEMA.type_map["FlowNode"])  # type: ignore[arg-type]  # an interface
        if member.name != "UnknownFlowNode"
    }


@pytest.mark.parametrize("scopes", [frozenset({"engines:read"}), frozenset({"agents:read"})])
async def test_so_it_is_for_callers_that_may_not_see_all(scopes: frozenset[str]) -> None:
    answer, left = await both_ways(a_flow(), Caller("key-one", own_key=True, scopes=scopes))
    if "engines:read" not in scopes:
        assert (answer, left) == ({"conversationFlow": None}, 0)
        return
    transfers = [n for n in answer["conversationFlow"]["nodes"] if n["type"] == "transfer_call"]
    numbers = [node["transferDestination"]["number"] for node in transfers]
    assert (numbers, left) == (["+1415•••0123", None, "+1415•••0123"], 0)
    assert [node["customSipHeaders"] for node in transfers] == [None] * 3


async def test_kinds_that_are_newer_are_answered_as_graphql_core_does() -> None:
    flow = a_flow()
    flow = flow | {"nodes": [{"id": "a", "type": "teleport", "to": "Mars"}, {"id": "b"}, None]}
    answer, left = await both_ways(flow)
    names = [node and node["__typename"] for node in answer["conversationFlow"]["nodes"]]
    assert (names, left) == (["UnknownFlowNode", "UnknownFlowNode", None], 0)


@pytest.mark.parametrize("seed", range(40))
async def test_damaged_flows_are_answered_as_graphql_core_does(seed: int) -> None:
    random = Random(seed)
    flow = json.loads(json.dumps(a_flow()))
    answer, _ = await both_ways(damaged(flow, random, random.choice((1, 3, 6, 20))))
    assert not answer or answer.keys() == {"conversationFlow"}


async def test_a_long_flow_lets_others_have_their_turns() -> None:
    flow = a_flow()
    nodes = [node | {"id": f"n{n}"} for n in range(10) for node in flow["nodes"]]
    assert len(nodes) > 200
    turns, answered = 0, asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not answered.is_set():
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    answer, left = await both_ways(flow | {"nodes": nodes})
    answered.set()
    await running
    assert (len(answer["conversationFlow"]["nodes"]), left) == (len(nodes), 0)
    assert turns > 1
