"""Apollo Client, urql, graphql-request, graphql-ws and graphql-sse as they come, without any option
for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.sandbox.app import KEYS
from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node

NOTHING = "Cannot query field 'nothing' on type 'Query'."
PARTLY = {"hello": "Hello world", "missing": None}


@pytest.fixture(scope="module")
def clients(packages: Path) -> Path:
    return installed("clients", packages)


async def seen(script: Path, *arguments: str) -> dict[str, Any]:
    return {line["what"]: line["seen"] for line in await printed(script, *arguments)}


async def test_apollo_client_understands_every_answer(clients: Path, url: str) -> None:
    def failed(message: str) -> dict[str, Any]:
        return {"name": "CombinedGraphQLErrors", "messages": [message]}

    person = {"__typename": "Person", "id": "1", "name": "Ada"}
    in_parts = [
        {"data": {"person": person}, "dataState": "streaming"},
        {"data": {"person": person | {"born": 1815}}, "dataState": "complete"},
    ]
    assert await seen(clients / "apollo.js", url) == {
        "query": {"hello": "Hello world"},
        "variables": {"hello": "Hello you"},
        "mutation": {"greet": "Hello you"},
        "field error": {"data": PARTLY, "error": failed("Nobody is here.")},
        "refused": {"error": failed(NOTHING)},
        "deferSpec=20220824": in_parts,
        "incrementalSpec=v0.2": in_parts,
    }


async def test_urql_understands_every_answer(clients: Path, url: str) -> None:
    found = await seen(clients / "urql.js", url)
    assert found.pop("defer") == [
        {"data": {"person": {"id": "1"}}, "hasNext": True},
        {"data": {"person": {"id": "1", "born": 1815}}, "hasNext": False},
    ]
    expected = {
        "query": {"data": {"hello": "Hello world"}},
        "variables": {"data": {"hello": "Hello you"}},
        "mutation": {"data": {"greet": "Hello you"}},
        "field error": {"data": PARTLY, "errors": ["Nobody is here."]},
        "refused": {"errors": [NOTHING]},
    }
    assert found == {
        f"{what} by {method}": answer
        for what, answer in expected.items()
        for method in ("get", "post")
    }


async def test_graphql_request_understands_every_answer(clients: Path, url: str) -> None:
    assert await seen(clients / "graphql-request.js", url) == {
        "query": {"hello": "Hello world"},
        "variables": {"hello": "Hello you"},
        "mutation": {"greet": "Hello you"},
        "field error": {"status": 200, "data": PARTLY, "errors": ["Nobody is here."]},
        "refused": {"status": 400, "errors": [NOTHING]},
    }


async def test_all_three_understand_the_gateway_itself(clients: Path, sandbox_url: str) -> None:
    found = await seen(clients / "gateway.js", sandbox_url)
    pages = found.pop("apollo pages")
    assert len(set(pages)) == 6
    assert found.pop("apollo normalises") > 0
    assert found == {
        "apollo defer": [True, True],
        "apollo mutation": {"seen": True},
        "urql": True,
        "urql by GET": {"orgName": "Sandbox of A"},
        "graphql-request": {"account": {"orgName": "Sandbox of A"}},
        "graphql-request error": {"status": 200, "code": "BAD_USER_INPUT"},
        "apollo persisted": [
            ["POST", "hash", 400],
            ["POST", "text", 200],
            ["POST", "hash", 200],
            ["POST", "hash", 200],
        ],
        "apollo persisted by GET": [["GET", "hash", 200]] * 3,
    }


async def test_clients_of_sockets_and_event_streams_understand_the_gateway(
    clients: Path, streams_url: str
) -> None:
    key = KEYS[0]
    headers = {"authorization": f"Bearer {key}"}
    query = {"query": "{ calls(first: 1, filter: { callStatus: [ENDED] }) { nodes { callId } } }"}
    async with httpx.AsyncClient(headers=headers) as http:
        answer = (await http.post(streams_url, json=query)).json()
    call_id = answer["data"]["calls"]["nodes"][0]["callId"]
    found = await seen(clients / "streams.js", streams_url, key, call_id)
    alike = {
        "query": [{"data": {"account": {"orgName": "Sandbox of A"}}}],
        "variables": True,
        "mutation": {"updateCall": {"call": {"metadata": {"seen": True}}}},
        "refused": ["GRAPHQL_VALIDATION_FAILED"],
        "field error": [{"call": None}, ["BAD_USER_INPUT"]],
    }
    expected = {
        f"{client} {what}": answer
        for client in ("graphql-ws", "graphql-sse")
        for what, answer in alike.items()
    }
    refused = [4401, "Send a Retell API key as `Authorization: Bearer <key>`."]
    assert found == expected | {
        "graphql-ws defer": [None],
        "graphql-sse defer": [True, False],
        "graphql-ws at once": [1, 1, 1],
        "graphql-ws pongs": True,
        "graphql-ws no key": refused,
        "graphql-ws a key elsewhere": refused,
        "graphql-ws a key in the URL": refused,
        "graphql-sse no key": 401,
        "apollo query": {"account": {"__typename": "Account", "orgName": "Sandbox of A"}},
        "apollo mutation": {"seen": True},
        "apollo defer at once": [["complete", True]],
        "apollo defer in parts": [["streaming", False], ["complete", True]],
        "apollo newer defer in parts": [["streaming", False], ["complete", True]],
        "urql query": {"account": {"orgName": "Sandbox of A"}},
        "urql defer in parts": [[True, False], [False, True]],
    }
