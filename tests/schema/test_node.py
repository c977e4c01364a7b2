"""`gateway.schema.node`: global ids, `node` and `nodes`."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadUserInput, UpstreamUnavailable
from gateway.schema.node import MOST_NODES, global_id, split_global_id
from tests.loading import loading
from tests.schema.library import ask, data


def library(request: httpx.Request) -> httpx.Response:
    kind, _, id_ = request.url.path.strip("/").partition("/")
    if id_ in {"gone", "broken"}:
        return httpx.Response(404 if id_ == "gone" else 500)
    return httpx.Response(200, json={f"{kind}_id": id_, "kind": "novel", "binding": ""})


@settings(deadline=None)
@given(st.from_regex(r"\A[A-Z][A-Za-z]*\Z"), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_global_id_comes_back_as_its_parts(type_name: str, key: str) -> None:
    assert split_global_id(global_id(type_name, key) or "") == (type_name, key)


def test_a_key_may_have_a_colon() -> None:
    assert split_global_id(global_id("Agent", "agent_1:3") or "") == ("Agent", "agent_1:3")
    assert global_id("Call", "call_1") == "Q2FsbDpjYWxsXzE="


@pytest.mark.parametrize("key", [None, 7, ["call_1"]])
def test_what_has_no_key_has_no_global_id(key: object) -> None:
    assert global_id("Call", key) is None


@pytest.mark.parametrize("value", ["call_1", "Q2FsbDpjYWxsXzE", "Q2Fs\n", "é", "/w==", "\ud800"])
def test_what_is_no_global_id_is_refused(value: str) -> None:
    with pytest.raises(BadUserInput, match="not a global id"):
        split_global_id(value)


async def test_a_node_is_of_its_type() -> None:
    async with loading(library) as world:
        query = "query($id: ID!) { node(id: $id) { __typename id ... on Writer { name } } }"
        for type_name, shown in [("Writer", "Writer"), ("Book", "Novel")]:
            id_ = global_id(type_name, "x1")
            got = await data(world, query, {"id": id_})
            assert got["node"].items() >= {"__typename": shown, "id": id_}.items()
        assert world.asked == ["GET /writer/x1", "GET /book/x1"]


async def test_a_node_that_is_gone_is_null() -> None:
    async with loading(library) as world:
        query = f'{{ node(id: "{global_id("Book", "gone")}") {{ id }} }}'
        assert await data(world, query) == {"node": None}


@pytest.mark.parametrize("id_", [global_id("Shelf", "1"), b64encode(b"Book").decode(), "", "x"])
async def test_an_id_of_nothing_that_can_be_read_is_refused(id_: str) -> None:
    async with loading(library) as world:
        result = await ask(world, "query($id: ID!) { node(id: $id) { id } }", {"id": id_})
        (error,) = result.errors or []
        assert isinstance(error.original_error, BadUserInput)
        assert (result.data, world.requests) == ({"node": None}, [])


async def test_nodes_come_in_order_and_fail_alone() -> None:
    async with loading(library) as world:
        ids = [
            global_id("Book", "b1"),
            global_id("Book", "gone"),
            global_id("Writer", "broken"),
            "x",
            global_id("Writer", "w1"),
        ]
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
        result = await ask(world, query, {"ids": ids})
        assert result.data == {
            "nodes": [
                {"__typename": "Novel", "id": ids[0]},
                None,
                None,
                None,
                {"__typename": "Writer", "id": ids[4]},
            ]
        }
        errors = {tuple(e.path or ()): type(e.original_error) for e in result.errors or []}
        assert errors == {("nodes", 2): UpstreamUnavailable, ("nodes", 3): BadUserInput}


async def test_more_nodes_than_allowed_are_refused_before_anything_is_read() -> None:
    async with loading(library) as world:
        ids = [global_id("Book", f"b{n}") for n in range(MOST_NODES + 1)]
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        result = await ask(world, query, {"ids": ids})
        (error,) = result.errors or []
        assert isinstance(error.original_error, BadUserInput)
        assert world.requests == []
