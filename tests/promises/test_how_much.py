"""What a caller may cause is bounded: by operation, by window, at once and in time. What is refused
never reaches Retell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.sandbox.faults import Fault
from tests.promises.clients import LONG, Client, arrived, departed
from tests.promises.test_defer import parts
from tests.world import GET_CALL, LIST_CALLS, UPDATE_CALL, faults, world

if TYPE_CHECKING:
    import httpx

    from tests.world import World

CALL = "query ($id: ID!) { call(callId: $id) { callId } }"
TOLD = ("ratelimit", "ratelimit-policy", "retry-after")


def told(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in TOLD if name in answer.headers}


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert "path" not in error
    return str(error["extensions"]["code"])


async def ask(it: World, number: int, **headers: str) -> httpx.Response:
    return await it.post(CALL, {"id": it.settled()[number]}, **headers)


async def test_a_caller_has_so_many_requests_in_a_window_and_is_told_of_them() -> None:
    async with world(rate_limit=2) as it:
        answers = [await ask(it, number) for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        policy = {"ratelimit-policy": '"caller";q=2;w=60'}
        assert [told(answer) for answer in answers] == [
            policy | {"ratelimit": '"caller";r=1;t=60'},
            policy | {"ratelimit": '"caller";r=0;t=60'},
            policy | {"ratelimit": '"caller";r=0;t=60', "retry-after": "60"},
        ]
        assert code(answers[2]) == "RATE_LIMITED"
        assert answers[2].json()["errors"][0]["extensions"]["retryAfter"] == 60
        assert answers[2].json()["extensions"] == {"cost": {"estimated": 1, "used": 0}}
        assert it.requests == {GET_CALL: 2}
        it.clock.forward(60)
        assert (await ask(it, 2)).status_code == 200
        assert it.requests == {GET_CALL: 3}


async def test_what_is_remembered_costs_nothing() -> None:
    async with world(rate_limit=2) as it:
        for _ in range(5):
            assert (await ask(it, 0)).status_code == 200
        other_words = await it.post(
            "query ($id: ID!) { call(callId: $id) { callId callStatus } }", {"id": it.settled()[0]}
        )
        assert told(other_words)["ratelimit"] == '"caller";r=1;t=60'
        assert it.requests == {GET_CALL: 1}


async def test_each_caller_has_a_window_of_its_own() -> None:
    async with world(api_key=None, rate_limit=1) as it:
        for key in ("sandbox-key-a", "sandbox-key-b"):
            by = {"authorization": f"Bearer {key}"}
            answers = [await it.post("{ calls { nodes { callId } } }", None, **by) for _ in "ab"]
            assert [answer.status_code for answer in answers] == [200, 200]
            third = await it.post("{ agents { nodes { agentId } } }", None, **by)
            assert third.status_code == 429
        assert it.requests == {LIST_CALLS: 2}


async def test_all_that_was_sent_counts() -> None:
    async with world(rate_limit=20) as it:
        page = await it.post("{ calls(first: 10) { nodes { callId transcript } } }")
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 10}
        assert told(page)["ratelimit"] == '"caller";r=9;t=60'


async def test_nothing_is_counted_where_that_is_set() -> None:
    async with world(rate_limit=0) as it:
        answers = [await ask(it, number) for number in range(3)]
        assert [(answer.status_code, told(answer)) for answer in answers] == [(200, {})] * 3


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/graphql-response+json", 400), ("application/json", 200)],
)
async def test_an_operation_that_may_cost_too_much_is_not_begun(accept: str, status: int) -> None:
    async with world(cost_limit=2) as it:
        fields = " ".join(f"c{n}: calls(first: {n + 1}) {{ nodes {{ callId }} }}" for n in range(3))
        answer = await it.post(f"{{ {fields} }}", None, accept=accept)
        assert (answer.status_code, code(answer)) == (status, "COST_LIMIT_EXCEEDED")
        assert answer.json()["extensions"] == {"cost": {"estimated": 3, "used": 0}}
        assert it.requests == {}


async def test_so_many_items_of_lists_may_be_asked_for() -> None:
    lists = " ".join(f"c{n}: calls(first: 1000) {{ nodes {{ callId }} }}" for n in range(11))
    async with world() as it:
        refused = await it.post(f"{{ {lists} }}")
        assert (refused.status_code, code(refused)) == (200, "ITEM_LIMIT_EXCEEDED")
        assert it.requests == {}
    async with world(item_limit=11_000) as it:
        assert "errors" not in (await it.post(f"{{ {lists} }}")).json()


async def test_what_it_cost_is_told_where_that_is_asked_for() -> None:
    async with world() as it:
        query = "{ calls(first: 3) { nodes { callId transcript } } }"
        answer = await it.answer(query, None, **{"x-gateway-debug": "1"})
        assert answer["extensions"]["cost"] == {"estimated": 4, "used": 4}
        assert "extensions" not in await it.answer(query)


async def test_what_it_cost_is_told_where_it_counts_and_nothing_of_it_is_remembered() -> None:
    query = "{ calls(first: 3) { nodes { callId transcript } } }"
    async with world(rate_limit=100) as it:
        first, again = await it.answer(query), await it.answer(query)
        assert first["extensions"] == {"cost": {"estimated": 4, "used": 4}}
        assert again == {"data": first["data"]}
    async with world(rate_limit=100, scopes=["calls:read"]) as it:
        first, again = await it.answer(query), await it.answer(query)
        masked = {"masked": [["calls", "nodes", "transcript"]]}
        assert first["extensions"] == masked | {"cost": {"estimated": 1, "used": 1}}
        assert again == {"data": first["data"], "extensions": masked}


async def test_what_answers_with_errors_and_in_parts_cost_is_told_as_well() -> None:
    async with world(rate_limit=100) as it:
        wrong = await it.answer('{ node(id: "x") { id } call(callId: "none") { callId } }')
        assert [error["path"] for error in wrong["errors"]] == [["node"]]
        assert wrong["extensions"] == {"cost": {"estimated": 2, "used": 1}}
        answers = await parts(
            it, "{ calls(first: 1) { nodes { callId ... @defer { transcript } } } }"
        )
        told = [part["extensions"]["cost"] for part in answers if "extensions" in part]
        assert told[-1]["estimated"] == 2


async def test_a_tenant_has_so_many_operations_at_once_and_nobody_waits() -> None:
    async with world(operations_at_once=3) as it:
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=LONG)])
        readers = [
            Client(it, f'{{ call(callId: "{id_}") {{ callId }} }}') for id_ in it.settled()[:3]
        ]
        await arrived(it, 3)
        refused = await it.post("{ calls { nodes { callId } } }")
        assert (refused.status_code, code(refused)) == (429, "TOO_MANY_OPERATIONS")
        assert told(refused) == {"retry-after": "1"}
        assert it.requests == {GET_CALL: 3}
        await readers[0].leave()
        assert (await it.post("{ calls { nodes { callId } } }")).status_code == 200
        for reader in readers[1:]:
            await reader.leave()
        await departed(it)


async def test_tenants_share_what_runs_in_all() -> None:
    async with world(api_key=None, operations_at_once=2, all_operations_at_once=2) as it:
        it.sandbox.faults.set([Fault(LIST_CALLS, latency_ms=LONG)])
        query = "{ calls { nodes { callId } } }"
        keys = ("sandbox-key-a", "sandbox-key-b")
        readers = [Client(it, query, authorization=f"Bearer {key}") for key in keys]
        await arrived(it, 2)
        refused = await it.post(query, None, authorization="Bearer sandbox-key-a")
        assert (refused.status_code, code(refused)) == (503, "TOO_MANY_OPERATIONS")
        assert it.requests == {LIST_CALLS: 2}
        for reader in readers:
            await reader.leave()
        await departed(it)


async def test_remembered_answers_are_given_however_much_runs() -> None:
    async with world(operations_at_once=1) as it:
        query = f'{{ call(callId: "{it.settled()[0]}") {{ callId }} }}'
        known = await it.answer(query)
        it.sandbox.faults.set([Fault(LIST_CALLS, latency_ms=LONG)])
        reader = Client(it, "{ calls { nodes { callId } } }")
        await arrived(it)
        assert await it.answer(query) == known
        assert (await it.http.get("/graphql", params={"query": query})).json() == known
        await reader.leave()
        await departed(it)


async def test_an_answer_in_parts_is_under_way_until_its_end() -> None:
    async with world(operations_at_once=1) as it:
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=LONG)])
        deferred = (
            f'{{ __typename ... @defer {{ call(callId: "{it.settled()[0]}") {{ callId }} }} }}'
        )
        reader = Client(it, deferred, accept="multipart/mixed")
        await reader.wire.answering()
        assert (await it.post("{ calls { nodes { callId } } }")).status_code == 429
        await reader.leave()
        await departed(it)
        assert (await it.post("{ calls { nodes { callId } } }")).status_code == 200


async def test_a_change_goes_on_when_its_operations_time_is_over() -> None:
    async with world(operation_seconds=0.05) as it:
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=300)])
        (id_,) = it.settled()[:1]
        change = """mutation ($id: ID!) {
          first: updateCall(input: {callId: $id, customAttributes: {}}) { call { callId } }
          second: updateCall(input: {callId: $id, customAttributes: {}}) { call { callId } }
        }"""
        answer = await it.answer(change, {"id": id_})
        assert faults(answer) == [("first", "OUTCOME_UNKNOWN"), ("second", "UPSTREAM_TIMEOUT")]
        async with asyncio.timeout(10):
            await departed(it)
        assert it.requests == {UPDATE_CALL: 1}
        assert it.sandbox.requests.left == {}


async def test_callers_who_are_not_told_apart_have_no_window_that_they_would_share() -> None:
    async with world() as it:
        assert told(await ask(it, 0)) == {}
    async with world(api_key=None) as it:
        assert told(await ask(it, 0, authorization="Bearer sandbox-key-a")) == {}


@pytest.mark.parametrize(
    "fields",
    [
        "calls(first: 1) @include(if: $on) { nodes { callId } }",
        "account { orgName } calls(first: 1) { nodes { callId @skip(if: $on) } }",
    ],
)
async def test_a_condition_that_is_null_is_refused_since_its_cost_cannot_be_told(
    fields: str,
) -> None:
    query = f"query ($on: Boolean = true) {{ {fields} }}"
    async with world() as it:
        for variables in ({}, {"on": None}, {"on": None}, {}):
            answer = await it.post(query, variables)
            if variables:
                assert (answer.status_code, code(answer)) == (200, "BAD_USER_INPUT")
            else:
                assert "errors" not in answer.json()
        made = dict(it.requests)
        await it.post(query, {"on": None})
        assert it.requests == made


DEEP = "{ call(callId: 1) { agent { " + "x { " * 20 + "y" + " }" * 23
REFUSED = {
    "GRAPHQL_PARSE_FAILED": {"query": "{ calls"},
    "GRAPHQL_VALIDATION_FAILED": {"query": "{ nonsense }"},
    "DEPTH_LIMIT_EXCEEDED": {"query": DEEP},
    "INTROSPECTION_DISABLED": {"query": "{ __schema { queryType { name } } }"},
    "BAD_USER_INPUT": {"query": CALL, "variables": {"id": None}},
    "VARIABLE_LIMIT_EXCEEDED": {"query": CALL, "variables": {"id": "x", "more": [0] * 5000}},
    "COST_LIMIT_EXCEEDED": {"query": "{ calls(first: 1000) { nodes { agent { agentId } } } }"},
    "ITEM_LIMIT_EXCEEDED": {"query": "{ calls(first: 1000) { nodes { callId } } }"},
}


@pytest.mark.parametrize("refused", REFUSED)
async def test_what_is_refused_takes_one_of_its_callers_allowance(refused: str) -> None:
    async with world(rate_limit=2, cost_limit=2, item_limit=10) as it:

        async def send(query: Any) -> httpx.Response:
            return await it.http.post("/graphql", json=query)

        answers = [await send(REFUSED[refused]) for _ in range(4)]
        expected = [refused, refused, "RATE_LIMITED", "RATE_LIMITED"]
        assert [code(answer) for answer in answers] == expected
        policy = {"ratelimit-policy": '"caller";q=2;w=60'}
        spent = policy | {"ratelimit": '"caller";r=0;t=60'}
        assert [told(answer) for answer in answers] == [
            policy | {"ratelimit": '"caller";r=1;t=60'},
            spent,
            *[spent | {"retry-after": "60"}] * 2,
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        it.clock.forward(60)
        assert code(await send(REFUSED[refused])) == refused
        assert it.requests == {}


async def test_who_has_spent_all_has_nothing_new_read_and_gets_what_is_remembered() -> None:
    async with world(rate_limit=3) as it:
        known = await ask(it, 0)
        by_get = {"query": CALL, "variables": f'{{"id":"{it.settled()[0]}"}}'}
        answers = [await it.post(f"{{ nonsense{number} }}") for number in range(4)]
        assert [code(answer) for answer in answers] == [
            "GRAPHQL_VALIDATION_FAILED",
            "GRAPHQL_VALIDATION_FAILED",
            "RATE_LIMITED",
            "RATE_LIMITED",
        ]
        # Its cost nobody knows, since it was not read.
        assert "extensions" not in answers[3].json()
        for query in ("{ __typename }", "{ calls { nodes { callId } } }"):
            assert code(await it.post(query)) == "RATE_LIMITED"
        again = {"data": known.json()["data"]}
        assert (await ask(it, 0)).json() == again
        assert (await it.http.get("/graphql", params=by_get)).json() == again
        assert it.requests == {GET_CALL: 1}


async def test_a_change_by_get_is_counted_as_well() -> None:
    async with world(rate_limit=2) as it:
        change = 'mutation { deleteCall(input: {callId: "x"}) { deletedCallId } }'
        answer = await it.http.get("/graphql", params={"query": change})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert told(answer)["ratelimit"] == '"caller";r=1;t=60'


async def test_asking_whether_a_hash_is_known_takes_nothing() -> None:
    async with world(rate_limit=1) as it:
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        for _ in range(3):
            answer = await it.http.post("/graphql", json={"extensions": extensions})
            assert (code(answer), told(answer)) == ("PERSISTED_QUERY_NOT_FOUND", {})
        assert told(await ask(it, 0))["ratelimit"] == '"caller";r=0;t=60'


async def test_what_one_caller_has_refused_takes_nothing_of_another() -> None:
    async with world(api_key=None, rate_limit=1) as it:
        a, b = ({"authorization": f"Bearer sandbox-key-{key}"} for key in "ab")
        codes = [code(await it.post("{ nonsense }", None, **by)) for by in (a, a, b)]
        refused = "GRAPHQL_VALIDATION_FAILED"
        assert codes == [refused, "RATE_LIMITED", refused]


async def test_where_nothing_is_counted_refusals_are_not() -> None:
    async with world() as it:
        for _ in range(3):
            answer = await it.post("{ nonsense }")
            assert (code(answer), told(answer)) == ("GRAPHQL_VALIDATION_FAILED", {})
