"""An answer is sent again as bytes exactly while all that it was made from is current and fresh."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.app import create_app
from gateway.sandbox.faults import Fault
from gateway.settings import GatewaySettings, RetellSettings, Settings
from tests.promises.clients import refreshed
from tests.world import GET_AGENT, GET_CALL, IMPATIENT, LIST_CALLS, UPDATE_CALL, World, world

CALL = "query ($id: ID!) { call(callId: $id) { callId metadata transcript } }"
LIST = (
    "{ calls(first: 5, filter: { callStatus: [ENDED] }) { nodes { callId agent { agentName } } } }"
)
UPDATE = """mutation ($id: ID!) { updateCall(input: { callId: $id, metadata: { seen: "new" } }) {
  call { callId } userErrors { code }
} }"""
A, B = {"authorization": "Bearer sandbox-key-a"}, {"authorization": "Bearer sandbox-key-b"}


async def raw(
    it: World, query: str, variables: dict[str, Any] | None = None, **headers: str
) -> bytes:
    response = await it.post(query, variables, **headers)
    assert response.status_code == 200
    return response.content


async def test_the_same_bytes_are_answered_with_the_same_bytes() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        first = await it.post(CALL, asked)
        second = await it.post(CALL, asked)
        assert second.content == first.content
        assert b"errors" not in first.content
        same = {"content-type", "cache-control", "vary", "x-content-type-options", "content-length"}
        assert {k: v for k, v in second.headers.items() if k in same} == {
            k: v for k, v in first.headers.items() if k in same
        }
        assert second.headers["x-request-id"] != first.headers["x-request-id"]
        assert it.requests == {GET_CALL: 1}


async def test_an_answer_out_of_memory_needs_no_execution() -> None:
    """What is remembered is sent even though nothing could be executed any more."""
    async with world() as it:
        asked = {"id": it.settled()[0]}
        first = await raw(it, CALL, asked)
        app: Any = it.app
        endpoint, app.front._endpoint = app.front._endpoint, None
        assert await raw(it, CALL, asked) == first
        other = await it.post(CALL, {"id": "another"})
        assert other.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        app.front._endpoint = endpoint


async def test_other_words_for_the_same_operation_find_the_same_answer() -> None:
    query = """query ($a: ID!, $b: ID!) {
      one: call(callId: $a) { callId } two: call(callId: $b) { callId }
    }"""
    async with world() as it:
        one, two = it.settled()[:2]
        app: Any = it.app
        first = await raw(it, query, {"a": one, "b": two})
        assert await raw(it, query, {"b": two, "a": one}) == first
        assert len(app.front._answers) == 1
        assert await raw(it, query, {"a": two, "b": one}) != first
        assert len(app.front._answers) == 2


async def test_a_get_finds_the_answer_to_a_post() -> None:
    query = "{ concurrency { concurrencyLimit } }"
    async with world() as it:
        first = await raw(it, query)
        response = await it.http.get("/graphql", params={"query": query})
        assert response.content == first
        app: Any = it.app
        assert len(app.front._answers) == 1


async def test_a_change_makes_it_invalid_at_once() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        await it.data(UPDATE, asked)
        new = await it.data(CALL, asked)
        assert (old["call"]["metadata"] != {"seen": "new"}, new["call"]["metadata"]) == (
            True,
            {"seen": "new"},
        )
        assert it.requests == {GET_CALL: 2, UPDATE_CALL: 1}


async def test_a_change_of_one_call_leaves_answers_about_others() -> None:
    async with world() as it:
        changed, other = it.settled()[:2]
        await it.data(CALL, {"id": other})
        await it.data(UPDATE, {"id": changed})
        await it.data(CALL, {"id": other})
        assert it.requests == {GET_CALL: 1, UPDATE_CALL: 1}


async def test_it_is_no_longer_valid_when_the_briefest_of_its_entries_is_not() -> None:
    """A page lives for 5 seconds, its agents for an hour: the answer lives for 5 seconds."""
    async with world() as it:
        first = await raw(it, LIST)
        agents = it.requests[GET_AGENT]
        it.clock.forward(4.9)
        assert await raw(it, LIST) == first
        assert it.requests == {LIST_CALLS: 1, GET_AGENT: agents}
        it.clock.forward(0.2)
        assert await raw(it, LIST) == first  # stale: served while it is fetched anew
        await refreshed()
        assert it.requests == {LIST_CALLS: 2, GET_AGENT: agents}


async def test_what_a_refresh_brings_is_in_the_next_answer() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        it.sandbox.accounts["sandbox-key-a"].changes.edits[asked["id"]] = {"metadata": {"a": 1}}
        assert await it.data(CALL, asked) == old
        it.clock.forward(1801)
        assert await it.data(CALL, asked) == old
        await refreshed()
        assert (await it.data(CALL, asked))["call"]["metadata"] == {"a": 1}
        assert it.requests == {GET_CALL: 2}


async def test_an_answer_with_an_error_is_not_remembered() -> None:
    query = "query ($id: ID!) { call(callId: $id) { callId } account { orgName } }"
    async with world() as it:
        app: Any = it.app
        asked = {"id": it.settled()[0]}
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT, path="/get-api-key-info")])
        assert (await it.answer(query, asked))["errors"]
        assert len(app.front._answers) == 0
        it.sandbox.faults.set([])
        assert (await it.data(query, asked))["account"]["orgName"]
        assert len(app.front._answers) == 1


async def test_changes_refusals_and_explanations_are_not_remembered() -> None:
    async with world() as it:
        app: Any = it.app
        asked = {"id": it.settled()[0]}
        await it.data(UPDATE, asked)
        await it.answer("{ nothing }")
        explained = [await it.explained(CALL, asked) for _ in range(2)]
        assert [each["upstreamRequests"] for each in explained] == [1, 0]
        assert len(app.front._answers) == 0


async def test_an_explanation_is_made_even_if_the_answer_is_remembered() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        await it.data(CALL, asked)
        assert (await it.explained(CALL, asked))["cache"][0]["state"] == "fresh"


async def test_two_keys_never_share_an_answer() -> None:
    query = "{ account { orgId apiKeyName } }"
    async with world(api_key=None) as it:
        one = await raw(it, query, None, **A)
        two = await raw(it, query, None, **B)
        assert one != two
        for _ in range(3):
            assert await raw(it, query, None, **A) == one
            assert await raw(it, query, None, **B) == two
        assert (await it.post(query)).status_code == 401


async def test_a_client_that_takes_parts_gets_parts_though_a_whole_answer_is_remembered() -> None:
    query = "query ($id: ID!) { call(callId: $id) { callId ... @defer { transcript } } }"
    async with world() as it:
        asked = {"id": it.settled()[0]}
        whole = await raw(it, query, asked)
        assert await raw(it, query, asked) == whole
        accept = "multipart/mixed, application/json"
        parts = await it.post(query, asked, accept=accept)
        assert parts.headers["content-type"].startswith("multipart/mixed")
        again = await it.post(query, asked, accept=accept)
        assert again.headers["content-type"].startswith("multipart/mixed")
        assert await raw(it, query, asked) == whole


async def test_an_answer_has_the_media_type_that_was_asked_for() -> None:
    query = "{ concurrency { concurrencyLimit } }"
    async with world() as it:
        for _ in range(2):
            for accept in ("application/json", "application/graphql-response+json"):
                response = await it.post(query, accept=accept)
                assert response.headers["content-type"] == f"{accept}; charset=utf-8"
            multipart = await it.post(query, accept="multipart/mixed")
            assert multipart.headers["content-type"].startswith("multipart/mixed")


async def test_without_a_cache_no_answer_is_remembered() -> None:
    async with world(cache="off") as it:
        asked = {"id": it.settled()[0]}
        for _ in range(3):
            await it.data(CALL, asked)
        assert it.requests == {GET_CALL: 3}


async def test_the_memory_for_answers_can_be_none() -> None:
    async with world(answer_bytes=0) as it:
        app: Any = it.app
        asked = {"id": it.settled()[0]}
        for _ in range(3):
            await it.data(CALL, asked)
        assert (it.requests, len(app.front._answers)) == ({GET_CALL: 1}, 0)


async def test_bodies_that_are_refused_are_refused_each_time() -> None:
    async with world() as it:
        for _ in range(2):
            for content, type_, status in (
                (b"[]", "application/json", 400),
                (b"{}", "text/plain", 415),
                (b"x" * 300_000, "application/json", 413),
                (b"", "application/json", 400),
            ):
                response = await it.http.post(
                    "/graphql", content=content, headers={"content-type": type_}
                )
                assert response.status_code == status


@pytest.mark.parametrize("debug", [True, False])
async def test_where_every_answer_is_explained_none_is_remembered(debug: bool) -> None:
    async with world(debug=debug) as it:
        app: Any = it.app
        await it.data("{ concurrency { concurrencyLimit } }")
        assert len(app.front._answers) == (0 if debug else 1)


async def test_another_host_name_is_not_answered_from_memory() -> None:
    async with world() as it:
        settings = Settings(GatewaySettings(), RetellSettings(api_key=SecretStr("sandbox-key-a")))
        app = create_app(
            settings,
            transport=httpx.ASGITransport(it.sandbox),
            clock=it.clock,
            hosts=frozenset({"gateway"}),
        )
        body = {"query": "{ concurrency { concurrencyLimit } }"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://gateway"
            ) as http,
        ):
            for _ in range(2):
                assert (await http.post("/graphql", json=body)).status_code == 200
            answer = await http.post("/graphql", json=body, headers={"host": "evil.test"})
            assert answer.status_code == 421
