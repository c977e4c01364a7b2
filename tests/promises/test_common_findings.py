"""What scanners for GraphQL look for (those of graphql-cop, by hand), in production and in
development. What each finding would be is what is asserted not to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.auth.key_file import new_key, write_keys
from gateway.schema.permissions import SCOPES
from tests.promises.test_who_may_ask import LIFE, THEN
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "sec-fetch-site": "cross-site"}
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(name="production")
async def given_production(tmp_path: Path) -> AsyncIterator[World]:
    """With keys of the gateway's own, and a caller who may do everything."""
    key, kept = new_key("scanner", "default", ["*"], THEN, LIFE)
    write_keys(tmp_path / "keys.json", [kept])
    auth = {"auth": "api-key", "keys_file": str(tmp_path / "keys.json")}
    async with world(calls=5, auth=auth) as it:
        it.headers["authorization"] = f"Bearer {key}"
        yield it


@pytest.fixture(name="dev")
async def given_dev() -> AsyncIterator[World]:
    """Open to everybody on loopback, with its schema told and GraphiQL."""
    async with world(calls=5, introspection=True, graphiql=True) as it:
        yield it


@pytest.fixture(name="it", params=["production", "dev"])
def given_either(request: pytest.FixtureRequest) -> World:
    profile: World = request.getfixturevalue(request.param)
    return profile


async def get(it: World, headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
    return await it.http.get("/graphql", params=params, headers=it.headers | (headers or {}))


OVERLOADS = {
    "aliases": ("{ " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }", 1),
    "one field, 500 times": ("{ " + "__typename " * 500 + "}", 1),
    "directives": ("{ __typename " + "@aa" * 10 + " }", 1),
    "introspection in a circle": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { type {"
        " name } } } } } } } } } } }",
        1,
    ),
}


@pytest.mark.parametrize(("query", "most"), OVERLOADS.values(), ids=OVERLOADS)
async def test_overloads_are_refused_in_a_few_words(it: World, query: str, most: int) -> None:
    response = await it.post(query)
    answer = response.json()
    assert "data" not in answer
    assert 1 <= len(answer["errors"]) <= most
    assert len(response.content) < 1000


async def test_a_list_of_operations_is_refused_as_a_whole(it: World) -> None:
    response = await it.http.post(
        "/graphql", json=[{"query": "{ __typename }"}] * 10, headers=it.headers
    )
    assert faults(response.json()) == [("", "BATCH_LIMIT_EXCEEDED")]


async def test_a_form_of_another_site_is_refused(it: World) -> None:
    for type_ in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        headers = it.headers | {"content-type": type_}
        response = await it.http.post("/graphql", content="query={__typename}", headers=headers)
        assert response.status_code == 415
        assert "data" not in response.json()


async def test_nothing_is_changed_by_get(it: World) -> None:
    change = 'mutation { deleteCall(input: { callId: "x" }) { deletedCallId } }'
    response = await get(it, {"content-type": "application/json"}, query=change)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert it.sent == []


async def test_a_get_that_a_page_may_have_caused_is_answered_to_nobody(
    production: World, dev: World
) -> None:
    """In production it lacks the key, which no browser adds by itself; in development it lacks a
    header that shows that no other site made it."""
    for it, status in ((production, 401), (dev, 403)):
        response = await it.http.get(
            "/graphql", params={"query": "{ __typename }"}, headers=BROWSER | {"accept": "*/*"}
        )
        assert response.status_code == status
        assert "data" not in response.json()


async def test_nothing_is_suggested_and_no_schema_is_told_in_production(
    production: World,
) -> None:
    for query in ("{ acount { orgName } }", "{ __schema { directives { name } } }", "{ calls }"):
        response = await production.post(query)
        assert "data" not in response.json()
        for telling in ("Did you mean", "account", "Connection", "Query", "skip"):
            assert telling not in response.text


async def test_there_is_no_page_in_production(production: World) -> None:
    paths = ("/", "/graphql", "/graphiql", "/playground", "/console", "/altair", "/voyager")
    for path in (*paths, "/docs", "/openapi.json", "/metrics", "/__sandbox"):
        response = await production.http.get(path, headers=production.headers | HTML)
        assert response.status_code in (400, 404)
        assert "<html" not in response.text.lower()
        assert "graphiql" not in response.text.lower()


async def test_the_page_that_there_is_in_development_loads_nothing_from_elsewhere(
    dev: World,
) -> None:
    response = await dev.http.get("/graphql", headers=HTML)
    assert response.status_code == 200
    assert "http://" not in response.text.replace("http://www.w3.org", "")
    assert "default-src 'none'" in response.headers["content-security-policy"]


TRACING = {"x-apollo-tracing": "1", "apollo-federation-include-trace": "ftv1"}


async def test_an_answer_has_no_tracing(it: World) -> None:
    answer = await it.answer("{ __typename }", None, **TRACING)
    assert answer == {"data": {"__typename": "Query"}}


ODD: dict[str, Any] = {
    "no operation": "qwerty cop { abc }",
    "a field of nothing": "{ abc { def } }",
    "half of one": "query { account {",
    "an unknown type": "query ($a: Abc!) { call(callId: $a) { callId } }",
}


@pytest.mark.parametrize("query", ODD.values(), ids=ODD)
async def test_an_error_tells_nothing_of_the_inside(it: World, query: str) -> None:
    response = await it.post(query)
    assert response.status_code < 500
    for error in response.json()["errors"]:
        assert set(error) <= {"message", "locations", "path", "extensions"}
        assert set(error["extensions"]) == {"code", "requestId"}
    for telling in ("Traceback", "exception", "stack", ".py", "graphql.", "strawberry"):
        assert telling not in response.text


async def test_headers_tell_no_software(it: World) -> None:
    response = await it.post("{ __typename }")
    assert not {"server", "x-powered-by", "via"} & set(response.headers)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_methods_that_nobody_needs_are_refused(it: World) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "HEAD", "CONNECT", "QUERY"):
        response = await it.http.request(method, "/graphql", headers=it.headers)
        assert response.status_code == 405, method


async def test_a_caller_of_the_scanner_has_every_scope(production: World) -> None:
    answer = await production.answer("{ account { orgName } concurrency { concurrencyLimit } }")
    assert "errors" not in answer
    assert len(SCOPES) > 8
