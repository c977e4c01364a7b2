"""Whatever is sent: never a server error, always JSON, always a request id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.tiny import client, endpoint

if TYPE_CHECKING:
    import httpx

QUERIES = st.sampled_from(
    ["{ hello }", "{", "{ nope }", "{ missing }", "mutation { greet(name: 1) }"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["query", "variables", "operationName", "extensions", "other"])
REQUESTS = st.dictionaries(NAMES, JSON | QUERIES) | JSON
LIMITED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def is_a_graphql_answer(answer: httpx.Response) -> None:
    assert answer.status_code < 500
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"] == "made-id"
    body = orjson.loads(answer.content)
    assert set(body) <= {"data", "errors"}
    assert body


async def post(content: bytes, **headers: bytes) -> httpx.Response:
    names: dict[bytes, bytes] = {b"content-type": b"application/json"}
    names |= {name.encode(): value for name, value in headers.items()}
    async with client(endpoint()) as http:
        return await http.post("/graphql", content=content, headers=list(names.items()))


@LIMITED
@given(st.binary(max_size=200))
async def test_any_bytes(content: bytes) -> None:
    is_a_graphql_answer(await post(content))


@LIMITED
@given(REQUESTS)
async def test_any_json(document: Any) -> None:
    import json

    is_a_graphql_answer(await post(json.dumps(document).encode()))


@LIMITED
@given(st.binary(max_size=100), QUERIES)
async def test_any_query_string(noise: bytes, query: str) -> None:
    async with client(endpoint()) as http:
        for text in (quote_from_bytes(noise), f"query={query}&variables={quote_from_bytes(noise)}"):
            is_a_graphql_answer(await http.get(f"/graphql?{text}"))


@LIMITED
@given(st.binary(max_size=40), st.binary(max_size=40))
async def test_any_header(accept: bytes, content_type: bytes) -> None:
    answer = await post(b'{"query":"{ hello }"}', accept=accept + b", application/json")
    assert answer.status_code == 200
    answer = await post(b"{}", **{"content-type": content_type, "x-request-id": content_type})
    assert answer.status_code in (400, 415)
