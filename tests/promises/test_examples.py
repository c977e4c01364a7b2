"""The tabs that GraphiQL opens with: each runs, and costs what its comment says."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.http.graphiql.examples import Example, examples
from tests.world import world

GET_CALL = "GET /v2/get-call"
LIST_CALLS = "POST /v3/list-calls"
GET_AGENT = "GET /get-agent"

COLD = {
    "recent-calls": {LIST_CALLS: 1},
    "one-call": {GET_CALL: 1},
    "transcript": {GET_CALL: 1},
    "call-log": {LIST_CALLS: 1},
    "review-queue": {LIST_CALLS: 1, GET_CALL: 5},
    "live-board": {LIST_CALLS: 1, "GET /get-concurrency": 1},
    "customer-timeline": {
        "GET /get-contact-by-phone": 1,
        "GET /list-contact-conversations": 1,
    },
    "batch-campaign": {LIST_CALLS: 6},
    "test-results": {"GET /v2/list-batch-tests": 1, "GET /v2/list-test-runs": 1},
    "account-and-agents": {"GET /get-api-key-info": 1, "POST /v2/list-agents": 1},
    "chat-inbox": {"POST /v3/list-chats": 1, "GET /get-chat-agent": 2},
    "chat-detail": {"GET /get-chat": 1},
    "call-detail": {GET_CALL: 1},
    "business-key-search": {LIST_CALLS: 1},
    "agent-editor": {
        GET_AGENT: 1,
        "GET /get-retell-llm": 1,
        "GET /list-knowledge-bases": 1,
        "GET /list-agent-versions": 1,
    },
}
"""Requests to Retell with nothing remembered."""

BY_DATA = {"agent-roster", "calls-with-agents", "phone-numbers-with-agents"}
"""What those cost depends on the data."""


def example(name: str) -> Example:
    return next(each for each in examples() if each.name == name)


def test_every_example_is_counted() -> None:
    assert {each.name for each in examples()} == COLD.keys() | BY_DATA


@pytest.mark.parametrize("name", COLD)
async def test_an_example_costs_what_it_says_and_nothing_the_second_time(name: str) -> None:
    tab = example(name)
    async with world(calls=2000) as it:
        cold = await it.data(tab.document, tab.variables)
        assert it.requests == COLD[name]
        assert await it.data(tab.document, tab.variables) == cold
        assert it.requests == COLD[name]
        assert None not in cold.values()


async def test_calls_with_agents_reads_each_agent_once() -> None:
    tab = example("calls-with-agents")
    async with world(calls=2000) as it:
        data = await it.data(tab.document, tab.variables)
        agents = Counter(
            (node["agent"]["agentName"], node["agent"]["version"])
            for node in data["calls"]["nodes"]
        )
        assert agents.total() == 20
        assert it.requests == {LIST_CALLS: 1, GET_AGENT: len(agents)}
        await it.data(tab.document, tab.variables)
        assert it.requests == {LIST_CALLS: 1, GET_AGENT: len(agents)}


async def test_phone_numbers_with_agents_reads_each_agent_once() -> None:
    tab = example("phone-numbers-with-agents")
    async with world(calls=1) as it:
        data = await it.data(tab.document, tab.variables)
        agents = Counter(
            (bound["agent"]["agentId"], bound["agent"]["version"])
            for number in data["phoneNumbers"]["nodes"]
            for bound in (*(number["inboundAgents"] or ()), *(number["outboundAgents"] or ()))
        )
        assert (agents.total(), len(agents)) == (10, 6)
        once = {"GET /v2/list-phone-numbers": 1, GET_AGENT: len(agents)}
        assert it.requests == once
        assert await it.data(tab.document, tab.variables) == data
        assert it.requests == once


async def test_the_agent_roster_reads_each_agent_and_each_engine_once() -> None:
    tab = example("agent-roster")
    async with world(calls=20) as it:
        agents = (await it.data(tab.document))["agents"]["nodes"]
        assert len(agents) == 12
        assert it.requests == {
            "POST /v2/list-agents": 1,
            GET_AGENT: 12,
            "GET /list-voices": 1,
            "GET /v2/list-phone-numbers": 1,
            "GET /get-retell-llm": 4,
            "GET /get-conversation-flow": 4,
        }
        assert all(agent["voice"]["voiceName"] for agent in agents)
        assert sum(len(agent["phoneNumbers"]) for agent in agents) > 5
        before = it.requests
        assert (await it.data(tab.document))["agents"]["nodes"] == agents
        assert it.requests == before
