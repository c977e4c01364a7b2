"""Two tenants at once, half of whose clients leave before they are answered: nothing of the one
reaches the other, and nothing of either is left when all is over."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from gateway.sandbox.app import KEYS
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from tests.promises.clients import Client, departed, refreshed
from tests.promises.test_who_may_ask import Mode
from tests.world import LIST_CALLS, faults

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.app import App, Gateway
    from tests.world import JsonObject, World

TENANTS = dict(zip(("default", "b"), KEYS, strict=True))
NAMES = {"default": "Sandbox of A", "b": "Sandbox of B"}
OPERATIONS = 300
ID = re.compile(r"(?:call|agent)_[0-9a-z]+")

CALL = '{ call(callId: "%s") { callId transcript fromNumber: callStatus agent { agentId } } }'
NODES = '{ nodes(ids: ["%s", "%s"]) { ... on Call { callId transcript } } }'
PAGE = (
    "{ calls(first: %s) { nodes { callId agent { agentId agentName } } pageInfo { endCursor } } }"
)
ACCOUNT = "{ account { orgName apiKeyName } }"
UPDATE = """mutation { updateCall(input: { callId: "%s", metadata: { of: "%s" } }) {
  userErrors { code } call { callId metadata } } }"""
PERSISTED = "query Of_%s { calls(first: 3) { nodes { callId } } }"


@pytest.fixture(name="mode", params=["passthrough", "api-key"])
def given_mode(request: pytest.FixtureRequest, tmp_path: Path) -> Mode:
    return Mode(request.param, tmp_path)


class Load:
    """What one client asks after the other, and what became of it."""

    def __init__(self, it: World, mode: Mode, seed: int) -> None:
        self.it = it
        self.mode = mode
        self.random = Random(seed)
        self.ids = {tenant: self._ids(key) for tenant, key in TENANTS.items()}
        self.answered = 0
        self.given_up = 0
        self.estimated = dict.fromkeys(TENANTS, 0)

    def _ids(self, key: str) -> list[str]:
        return [item["call_id"] for item in self.it.items(key)]

    def body(self, tenant: str) -> JsonObject:
        """A request; some ask for what is the other tenant's."""
        random, own, every = self.random, self.ids[tenant], [*self.ids.values()]
        some, other = random.choice(own[:8]), random.choice(random.choice(every)[:8])
        both = [global_id("Call", random.choice(ids[:8])) for ids in every]
        text = PERSISTED % tenant
        stranger = PERSISTED % next(name for name in TENANTS if name != tenant)
        cost, body = random.choice(
            [
                (3, {"query": CALL % some}),
                (3, {"query": CALL % other}),
                (2, {"query": NODES % (both[0], both[1])}),
                (60, {"query": PAGE % random.choice([5, 20])}),
                (1, {"query": ACCOUNT}),
                (1, {"query": UPDATE % (some, tenant)}),
                (1, {"query": UPDATE % (other, tenant)}),
                (1, {"query": text} | _hash(text)),
                (1, _hash(text)),
                (1, _hash(stranger)),
            ]
        )
        self.estimated[tenant] += cost
        return body

    async def client(self) -> None:
        tenant = self.random.choice([*TENANTS])
        await asyncio.sleep(self.random.random() / 4)
        body, headers = self.body(tenant), self.mode.sends(tenant)
        asking = asyncio.create_task(self.it.http.post("/graphql", json=body, headers=headers))
        if self.random.random() < 0.4:
            await asyncio.sleep(self.random.random() / 50)
            asking.cancel()
        try:
            response = await asking
        except asyncio.CancelledError:
            self.given_up += 1
            return
        self.answered += 1
        self.check(tenant, body, response.json())

    def check(self, tenant: str, body: JsonObject, answer: JsonObject) -> None:
        """All that it tells is its tenant's, but for what was asked with."""
        text = orjson.dumps(answer.get("data")).decode()
        others = {id_ for name, ids in self.ids.items() if name != tenant for id_ in ids}
        assert not others & set(ID.findall(text)), (tenant, body, answer)
        assert not [name for other, name in NAMES.items() if other != tenant and name in text]
        known = {"UPSTREAM_UNAVAILABLE", "PERSISTED_QUERY_NOT_FOUND", "OUTCOME_UNKNOWN"}
        assert {code for _, code in faults(answer)} <= known, answer
        if body == _hash(PERSISTED % next(name for name in TENANTS if name != tenant)):
            assert faults(answer) == [("", "PERSISTED_QUERY_NOT_FOUND")]

    async def wire(self) -> None:
        """A client that hangs up its connection."""
        tenant = self.random.choice([*TENANTS])
        await asyncio.sleep(self.random.random() / 4)
        query = CALL % self.random.choice(self.ids[tenant][:8])
        self.estimated[tenant] += 3
        client = Client(self.it, query, **self.mode.sends(tenant))
        await asyncio.sleep(self.random.random() / 50)
        await client.leave()
        self.given_up += 1


def _hash(text: str) -> JsonObject:
    digest = sha256(text.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


def inside(it: World) -> Gateway:
    """What is open while it runs."""
    app = cast("App", it.app)
    assert app.front is not None
    pipeline: Any = app.front._endpoint._run
    opened: Any = pipeline.__self__._open_context
    gateway: Gateway = opened.__self__
    return gateway


def left_over(it: World) -> JsonObject:
    """Whatever of an operation is still there."""
    gateway = inside(it)
    allowance, cache = gateway.pipeline._allowance, gateway._cache
    app = cast("App", it.app)
    return {
        "operations": allowance._at_once.running,
        "operations of tenants": dict(allowance._at_once._of_tenant),
        "being drained": app.state.drain.running,
        "flights": dict(cache._flights._flights),
        "tasks of flights": set(cache._flights._tasks),
        "changes": set(gateway._changes._running),
        "requests": gateway._client._limits.at_once - gateway._client._slots._value,
    }


NOTHING: JsonObject = {
    "operations": 0,
    "operations of tenants": {},
    "being drained": 0,
    "flights": {},
    "tasks of flights": set(),
    "changes": set(),
    "requests": 0,
}


def counted(it: World) -> dict[str, int]:
    """What was taken of each allowance."""
    rates = inside(it).pipeline._allowance._rates
    assert rates is not None
    return {key: counter.count for key, counter in rates._counters._counters.items()}


async def over(it: World, tasks: set[asyncio.Task[Any]]) -> None:
    """Until all has come to an end that was begun since there were these tasks."""
    await departed(it)
    await refreshed()
    async with asyncio.timeout(10):
        while asyncio.all_tasks() - tasks:  # noqa: ASYNC110 - it waits for whatever there is
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_of_one_tenant_reaches_the_other(mode: Mode, seed: int) -> None:
    async with mode.open(rate_limit=100_000, cost_limit=1000) as it:
        it.sandbox.faults.set(
            [
                Fault(latency_ms=8, rate=0.5),
                Fault(status=503, headers={"retry-after": "300"}, rate=0.1),
            ]
        )
        load = Load(it, mode, seed)
        tasks = asyncio.all_tasks()
        clients = (load.wire() if n % 10 == 0 else load.client() for n in range(OPERATIONS))
        await asyncio.gather(*clients)
        assert load.answered > OPERATIONS / 4
        assert load.given_up > OPERATIONS / 10

        await over(it, tasks)
        assert left_over(it) == NOTHING

        sent = {
            tenant: sum(request.headers["authorization"] == f"Bearer {key}" for request in it.sent)
            for tenant, key in TENANTS.items()
        }
        assert sum(sent.values()) == len(it.sent)
        hashes = set()
        for line in map(orjson.loads, it.audited):
            tenant = next(name for name, ids in load.ids.items() if set(line["ids"]) <= set(ids))
            assert line["tenant"] == ("default" if mode.name == "passthrough" else tenant)
            hashes.add((tenant, line["tenant_hash"]))
        assert len(hashes) == 2

        taken = counted(it)
        assert len(taken) == 2
        by_tenant = {
            tenant: count
            for key, count in taken.items()
            for tenant, hash_ in hashes
            if key.find(hash_) >= 0
        }
        assert set(by_tenant) == set(TENANTS)
        for tenant, count in by_tenant.items():
            assert sent[tenant] * 0.5 <= count <= load.estimated[tenant] + sent[tenant]


async def test_who_spends_an_allowance_spends_no_other(mode: Mode) -> None:
    async with mode.open(rate_limit=3, cache="off") as it:
        for n in range(3):
            await it.data(PERSISTED % f"a{n}", None, **mode.sends("default"))
        assert await it.errors(ACCOUNT, None, **mode.sends("default")) == [("", "RATE_LIMITED")]
        response = await it.post(ACCOUNT, None, **mode.sends("b"))
        assert response.json()["data"]["account"]["orgName"] == NAMES["b"]
        assert response.headers["ratelimit"].startswith('"caller";r=2;')


async def test_who_fills_all_places_fills_no_other(mode: Mode) -> None:
    async with mode.open(operations_at_once=2) as it:
        it.sandbox.faults.set([Fault(LIST_CALLS, latency_ms=3_600_000)])
        tasks = asyncio.all_tasks()
        slow = [
            asyncio.create_task(it.post(PERSISTED % f"a{n}", None, **mode.sends("default")))
            for n in range(2)
        ]
        while left_over(it)["operations"] < 2:  # noqa: ASYNC110 - it only counts
            await asyncio.sleep(0)
        assert await it.errors(ACCOUNT, None, **mode.sends("default")) == [
            ("", "TOO_MANY_OPERATIONS")
        ]
        assert (await it.data(ACCOUNT, None, **mode.sends("b")))["account"]["orgName"] == NAMES["b"]
        for task in slow:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await over(it, tasks)
        assert left_over(it) == NOTHING
        assert await it.data(ACCOUNT, None, **mode.sends("default"))
