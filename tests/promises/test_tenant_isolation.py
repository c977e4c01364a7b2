"""Where callers bring their own keys, no key sees another key's data: warm or cold, ever."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from gateway.sandbox.app import KEYS
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from tests.http.talking import talking
from tests.promises.carried import STREAMS, TRANSPORTS, carried
from tests.world import GET_AGENT, GET_CALL, LIST_CALLS, World, faults, world

A, B = KEYS
CALL = "query ($id: ID!) { call(callId: $id) { callId transcript } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Call { callId } ... on Agent { agentId } } }"
PAGE = "{ calls(first: 20) { nodes { callId agent { agentId } } } }"
THIN = "{ calls(first: 20) { nodes { callId } } }"
NEXT = """query ($after: String) {
  calls(first: 3, after: $after) { nodes { callId } pageInfo { endCursor } }
}"""
ACCOUNT = "{ account { apiKeyName orgName } concurrency { currentConcurrency } }"


def by(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def ids(it: World, key: str) -> list[str]:
    return [item["call_id"] for item in it.items(key)]


def open_world() -> Any:
    return world(api_key=None)


async def test_each_key_lists_its_own_calls_warm_and_cold() -> None:
    async with open_world() as it:
        for _ in range(2):
            for key in KEYS:
                data = await it.data(PAGE, None, **by(key))
                assert [call["callId"] for call in data["calls"]["nodes"]] == ids(it, key)[:20]
        assert it.requests[LIST_CALLS] == 2
        assert {sent.headers["authorization"] for sent in it.sent} == {f"Bearer {k}" for k in KEYS}


@pytest.mark.parametrize("field", ["transcript", "callStatus", "agent { agentName }"])
async def test_a_call_that_one_key_has_warm_is_missing_for_the_other(field: str) -> None:
    query = f"query ($id: ID!) {{ call(callId: $id) {{ callId {field} }} }}"
    async with open_world() as it:
        call = {"id": it.settled(A)[0]}
        assert (await it.data(query, call, **by(A)))["call"]["callId"] == call["id"]
        it.sandbox.requests.clear()
        assert await it.data(query, call, **by(B)) == {"call": None}
        assert it.requests == {GET_CALL: 1}
        assert (await it.data(query, call, **by(A)))["call"]["callId"] == call["id"]
        assert it.requests == {GET_CALL: 1}


async def test_that_one_key_misses_a_call_is_not_remembered_for_the_other() -> None:
    async with open_world() as it:
        call = {"id": it.settled(A)[0]}
        assert await it.data(CALL, call, **by(B)) == {"call": None}
        assert (await it.data(CALL, call, **by(A)))["call"]["callId"] == call["id"]


async def test_a_global_id_opens_nothing_for_another_key() -> None:
    async with open_world() as it:
        item = it.items(A)[0]
        for id_ in (global_id("Call", item["call_id"]), global_id("Agent", item["agent_id"])):
            assert (await it.data(NODE, {"id": id_}, **by(A)))["node"] is not None
            assert (await it.data(NODE, {"id": id_}, **by(B)))["node"] is None
        assert it.requests == {GET_CALL: 2, GET_AGENT: 2}


async def test_many_ids_of_both_keys_show_each_its_own() -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Call { callId } } }"
    async with open_world() as it:
        asked = [call for pair in zip(ids(it, A)[:9], ids(it, B)[:9], strict=True) for call in pair]
        for place, key in enumerate((A, B, A, B)):
            data = await it.data(query, {"ids": [global_id("Call", c) for c in asked]}, **by(key))
            own = [call if n % 2 == place % 2 else None for n, call in enumerate(asked)]
            assert [node and node["callId"] for node in data["nodes"]] == own
        assert it.requests == {LIST_CALLS: 2}


async def test_a_cursor_of_another_key_is_refused_before_anything_is_asked() -> None:
    async with open_world() as it:
        first = await it.data(NEXT, None, **by(A))
        after = {"after": first["calls"]["pageInfo"]["endCursor"]}
        it.sandbox.requests.clear()
        assert faults(await it.answer(NEXT, after, **by(B))) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}
        found = await it.data(NEXT, after, **by(A))
        assert [c["callId"] for c in found["calls"]["nodes"]] == ids(it, A)[3:6]


async def test_readers_with_two_keys_never_share_a_request() -> None:
    async with open_world() as it:
        it.sandbox.faults.set([Fault(latency_ms=20)])
        call = {"id": it.settled(A)[0]}
        answers = await asyncio.gather(*(it.data(CALL, call, **by(KEYS[n % 2])) for n in range(20)))
        assert [bool(answer["call"]) for answer in answers] == [True, False] * 10
        assert it.requests == {GET_CALL: 2}


async def test_an_outage_shows_no_key_what_the_other_one_knew() -> None:
    async with open_world() as it:
        call = {"id": it.settled(A)[0]}
        known = await it.data(CALL, call, **by(A))
        it.sandbox.faults.set([Fault(status=500, headers={"retry-after": "300"})])
        it.clock.forward(3601)
        assert await it.data(CALL, call, **by(A)) == known
        answer = await it.answer(CALL, call, **by(B))
        assert faults(answer) == [("call", "UPSTREAM_UNAVAILABLE")]
        assert answer["data"] == {"call": None}


async def test_a_change_by_one_key_purges_nothing_of_the_other() -> None:
    delete = 'mutation { deleteCall(input: { callId: "%s" }) { deletedCallId } }'
    async with open_world() as it:
        for key in KEYS:
            await it.data(THIN, None, **by(key))
        await it.data(delete % it.settled(A)[0], None, **by(A))
        it.sandbox.requests.clear()
        await it.data(THIN, None, **by(B))
        assert it.requests == {}
        await it.data(THIN, None, **by(A))
        assert it.requests == {LIST_CALLS: 1}


async def test_operations_of_both_keys_in_any_order_show_each_its_own() -> None:
    async with open_world() as it:
        it.sandbox.faults.set([Fault(latency_ms=1, rate=0.5)])
        own = {key: set(ids(it, key)) for key in KEYS}
        agents = {key: {a.agent_id for a in it.sandbox.accounts[key].agents} for key in KEYS}
        random = Random(3)

        async def ask(key: str) -> None:
            await asyncio.sleep(random.random() / 50)
            if random.random() < 0.5:
                data = await it.data(PAGE, None, **by(key))
                for call in data["calls"]["nodes"]:
                    assert call["callId"] in own[key]
                    assert call["agent"] is None or call["agent"]["agentId"] in agents[key]
                return
            wanted = random.choice(ids(it, random.choice(KEYS))[:10])
            found = (await it.data(CALL, {"id": wanted}, **by(key)))["call"]
            assert (found is not None) == (wanted in own[key])
            assert found is None or found["callId"] == wanted

        await asyncio.gather(*(ask(KEYS[n % 2]) for n in range(60)))


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic c2FuZGJveA==", "sandbox-key-a", "Bearer a b", "Bearer \x7f"],
)
async def test_without_a_key_nothing_is_answered_and_nothing_asked(authorization: str) -> None:
    async with open_world() as it:
        await it.data(PAGE, None, **by(A))
        it.sandbox.requests.clear()
        for headers in ({}, {"authorization": authorization}):
            response = await it.post(PAGE, None, **headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert faults(response.json()) == [("", "UNAUTHENTICATED")]
            assert "data" not in response.json()
        assert it.requests == {}


async def test_a_key_that_retell_does_not_know_gets_nothing_that_is_warm() -> None:
    async with open_world() as it:
        call = {"id": it.settled(A)[0]}
        await it.data(CALL, call, **by(A))
        for key in ("unknown", "sandbox-key-A", "sandbox-key-a2", "sandbox-key"):
            answer = await it.answer(CALL, call, **by(key))
            assert faults(answer) == [("call", "UNAUTHENTICATED")]
            assert answer["data"] == {"call": None}
        assert "sandbox-key-A" not in str(answer)


async def test_with_a_key_of_its_own_the_gateway_needs_none_and_sends_no_other() -> None:
    async with world(api_key=A) as it:
        await it.data(PAGE)
        data = await it.data(PAGE, None, **by(B))
        assert [call["callId"] for call in data["calls"]["nodes"]] == ids(it, A)[:20]
        assert it.requests[LIST_CALLS] == 1
        assert {sent.headers["authorization"] for sent in it.sent} == {f"Bearer {A}"}


async def test_account_and_concurrency_are_each_keys_own() -> None:
    async with open_world() as it:
        names = [(await it.data(ACCOUNT, None, **by(key)))["account"]["apiKeyName"] for key in KEYS]
        again = [(await it.data(ACCOUNT, None, **by(key)))["account"]["apiKeyName"] for key in KEYS]
        assert names == again
        assert len(set(names)) == 2
        assert it.sandbox.requests.total == 4


@pytest.mark.parametrize("how", STREAMS)
async def test_over_streams_each_key_lists_its_own_calls_warm_and_cold(how: str) -> None:
    async with open_world() as it:
        for _ in range(2):
            for key in KEYS:
                (answer,) = await carried(it, how, PAGE, None, **by(key))
                nodes = answer["data"]["calls"]["nodes"]
                assert [call["callId"] for call in nodes] == ids(it, key)[:20]
        assert it.requests[LIST_CALLS] == 2
        assert {sent.headers["authorization"] for sent in it.sent} == {f"Bearer {k}" for k in KEYS}


async def test_whatever_carries_them_operations_of_both_keys_show_each_its_own() -> None:
    async with open_world() as it:
        it.sandbox.faults.set([Fault(latency_ms=1, rate=0.5)])
        own = {key: set(ids(it, key)) for key in KEYS}
        random = Random(5)

        async def ask(key: str) -> None:
            how = random.choice(TRANSPORTS)
            if random.random() < 0.5:
                (answer,) = await carried(it, how, THIN, None, **by(key))
                calls = answer["data"]["calls"]["nodes"]
                assert [call["callId"] for call in calls] == ids(it, key)[:20]
                return
            wanted = random.choice(ids(it, random.choice(KEYS))[:10])
            (answer,) = await carried(it, how, CALL, {"id": wanted}, **by(key))
            found = answer["data"]["call"]
            assert (found is not None) == (wanted in own[key])
            assert found is None or found["callId"] == wanted

        await asyncio.gather(*(ask(KEYS[n % 2]) for n in range(60)))


async def test_two_sockets_at_once_are_each_its_own_keys() -> None:
    async with open_world() as it, talking(it.app) as a, talking(it.app) as b:
        await a.init(by(A))
        await b.init(by(B))
        call = {"id": it.settled(A)[0]}
        for _ in range(2):
            assert (await a.ask(CALL, call))["data"]["call"]["callId"] == call["id"]
            assert (await b.ask(CALL, call))["data"] == {"call": None}
        assert it.requests == {GET_CALL: 2}
        async with talking(it.app) as nobody:
            nobody.say({"type": "connection_init"})
            closed = await nobody.ended()
        assert closed == (4401, "Send a Retell API key as `Authorization: Bearer <key>`.")
