"""Apollo Client, urql and graphql-request as they come, without any option for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node

NOTHING = "Cannot query field 'nothing' on type 'Query'."
PARTLY = {"hello": "Hello world", "missing": None}


@pytest.fixture(scope="module")
def clients(packages: Path) -> Path:
    return installed("clients", packages)


async def seen(script: Path, url: str) -> dict[str, Any]:
    return {line["what"]: line["seen"] for line in await printed(script, url)}


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
