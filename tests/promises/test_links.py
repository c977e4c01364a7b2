"""A link costs one request for each distinct object, not for each place that leads to it."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.faults import Fault
from tests.world import GET_AGENT, GET_CALL, IMPATIENT, LIST_CALLS, World, faults, world

LINKED = "{ calls(first: 50) { nodes { callId agent { agentId version agentName } } } }"


def distinct(items: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(item["agent_id"], item["agent_version"]) for item in items}


def asked_agents(it: World) -> list[str]:
    """Path and query of each request for an agent."""
    return [sent.url.raw_path.decode() for sent in it.sent if "get-agent" in sent.url.path]


async def test_agents_of_fifty_calls_cost_one_request_for_each_version() -> None:
    async with world() as it:
        expected = distinct(it.items()[:50])
        nodes = (await it.data(LINKED))["calls"]["nodes"]
        assert it.requests == {LIST_CALLS: 1, GET_AGENT: len(expected)}
        assert sorted(asked_agents(it)) == sorted(
            f"/get-agent/{a}?version={v}" for a, v in expected
        )
        assert [(call["agent"]["agentId"], call["agent"]["version"]) for call in nodes] == [
            (item["agent_id"], item["agent_version"]) for item in it.items()[:50]
        ]


async def test_warm_links_cost_nothing() -> None:
    async with world() as it:
        await it.data(LINKED)
        it.sandbox.requests.clear()
        await it.data(LINKED)
        assert it.requests == {}
        await it.data("{ calls(first: 49) { edges { node { agent { voiceId language } } } } }")
        assert it.requests == {LIST_CALLS: 1}


async def test_a_link_and_a_transcript_of_one_call_are_one_request_each() -> None:
    async with world() as it:
        query = "query ($id: ID!) { call(callId: $id) { transcript agent { agentName } } }"
        await it.data(query, {"id": it.settled()[0]})
        assert it.requests == {GET_CALL: 1, GET_AGENT: 1}


async def test_the_link_is_to_the_version_that_led_the_call() -> None:
    async with world() as it:
        old, new = (
            next(item for item in it.items() if item.get("agent_version") == version)
            for version in (0, 1)
        )
        query = "query ($id: ID!) { call(callId: $id) { agent { version versionTitle } } }"
        for item in (old, new):
            data = await it.data(query, {"id": item["call_id"]})
            version = item["agent_version"]
            assert data["call"]["agent"] == {"version": version, "versionTitle": f"v{version}"}


async def test_an_agent_that_cannot_be_read_is_an_error_at_each_of_its_places() -> None:
    async with world() as it:
        items = it.items()[:10]
        agent_id = items[0]["agent_id"]
        it.sandbox.faults.set([Fault(path=f"/get-agent/{agent_id}", status=500, headers=IMPATIENT)])
        answer = await it.answer("{ calls(first: 10) { nodes { callId agent { agentName } } } }")
        hit = [place for place, item in enumerate(items) if item["agent_id"] == agent_id]
        assert faults(answer) == [
            (f"calls.nodes.{place}.agent", "UPSTREAM_UNAVAILABLE") for place in hit
        ]
        calls = answer["data"]["calls"]["nodes"]
        assert [place for place, call in enumerate(calls) if call["agent"] is None] == hit
        assert it.requests == {LIST_CALLS: 1, GET_AGENT: len(distinct(items))}


async def test_an_agent_that_is_gone_is_null_without_an_error() -> None:
    async with world() as it:
        example = "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6"  # its agent is none of the account's
        query = "query ($id: ID!) { call(callId: $id) { callId agentId agent { agentName } } }"
        data = await it.data(query, {"id": example})
        assert data["call"]["agent"] is None
        assert data["call"]["agentId"] == "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD"
        assert it.requests == {GET_CALL: 1, GET_AGENT: 1}
