"""Knowledge bases through the gateway: what is shown, to whom, and what it costs in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.resources.knowledge_base import (
    INDEXED,
    INDEXING,
    LISTED,
    knowledge_base_policy,
    list_policy,
)
from gateway.sandbox.data.knowledge_bases import knowledge_base_id
from gateway.sandbox.data.session_tools import SECRET
from gateway.schema.node import global_id
from tests.sandbox.asking import plain
from tests.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-knowledge-base", "GET /list-knowledge-bases"
SOURCES = """knowledgeBaseSources { __typename type sourceId
  ... on KnowledgeBaseDocument { filename fileSize fileUrl }
  ... on KnowledgeBaseText { title contentUrl }
  ... on KnowledgeBaseWebPage { url }
  ... on UnknownKnowledgeBaseSource { raw }
}"""
WHOLE = f"""id knowledgeBaseId knowledgeBaseName status statusRaw enableAutoRefresh
  lastRefreshedTimestamp maxChunkSize minChunkSize {SOURCES}"""


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def id_of(w: World, number: int) -> str:
    return knowledge_base_id(w.sandbox.accounts["sandbox-key-a"].world, number)


async def test_one_is_shown_whole_and_read_once(w: World) -> None:
    query = f'{{ knowledgeBase(knowledgeBaseId: "{id_of(w, 0)}") {{ {WHOLE} }} }}'
    base = (await w.data(query))["knowledgeBase"]
    document, text, page = base.pop("knowledgeBaseSources")
    assert base == {
        "id": global_id("KnowledgeBase", id_of(w, 0)),
        "knowledgeBaseId": id_of(w, 0),
        "knowledgeBaseName": "Opening hours",
        "status": "COMPLETE",
        "statusRaw": "complete",
        "enableAutoRefresh": True,
        "lastRefreshedTimestamp": "2026-05-27T20:26:40.000Z",
        "maxChunkSize": 2000,
        "minChunkSize": 400,
    }
    assert document.pop("fileUrl").startswith(f"https://files.retell.example/{id_of(w, 0)}/")
    assert text.pop("contentUrl").startswith(f"https://files.retell.example/{id_of(w, 0)}/")
    assert [len(source.pop("sourceId")) for source in (document, text, page)] == [19, 19, 19]
    assert document == {
        "__typename": "KnowledgeBaseDocument",
        "type": "document",
        "filename": "manual, 3rd edition.pdf",
        "fileSize": 482_133,
    }
    assert text == {"__typename": "KnowledgeBaseText", "type": "text", "title": "Opening hours"}
    address = f"https://ada:{SECRET}-page@shop.example.com/hours?key={SECRET}-key"
    assert page == {"__typename": "KnowledgeBaseWebPage", "type": "url", "url": address}
    await w.data(query)
    assert w.requests == {GET: 1}


async def test_all_are_listed_with_one_request(w: World) -> None:
    query = f"{{ knowledgeBases {{ knowledgeBaseName status {SOURCES} }} }}"
    bases = (await w.data(query))["knowledgeBases"]
    shown = [(base["knowledgeBaseName"], base["status"]) for base in bases]
    assert shown == [
        ("Opening hours", "COMPLETE"),
        ("Price list", "COMPLETE"),
        ("Product manuals", "REFRESHING_IN_PROGRESS"),
        ("Broken import", "ERROR"),
        ("New handbook", "IN_PROGRESS"),
    ]
    counts = [base["knowledgeBaseSources"] and len(base["knowledgeBaseSources"]) for base in bases]
    assert counts == [3, 1, 1, None, None]
    assert w.requests == {LIST: 1}


async def test_several_in_one_operation_are_one_request(w: World) -> None:
    query = """query ($ids: [ID!]!) {
      nodes(ids: $ids) { ... on KnowledgeBase { knowledgeBaseName } }
    }"""
    ids = [global_id("KnowledgeBase", id_of(w, number)) for number in (1, 3, 1)]
    names = [node["knowledgeBaseName"] for node in (await w.data(query, {"ids": ids}))["nodes"]]
    assert names == ["Price list", "Broken import", "Price list"]
    assert w.requests == {LIST: 1}


async def test_one_that_a_remembered_list_lacks_is_asked_for_by_its_id(w: World) -> None:
    await w.data("{ knowledgeBases { id } }")
    async with plain(w.sandbox, "sandbox-key-a") as retell:
        form = {"knowledge_base_name": (None, "New one")}
        made = (await retell.post("/create-knowledge-base", files=form)).json()["knowledge_base_id"]
    w.sandbox.requests.clear()
    query = """query ($a: ID!, $b: ID!, $c: ID!) {
      a: knowledgeBase(knowledgeBaseId: $a) { knowledgeBaseName }
      b: knowledgeBase(knowledgeBaseId: $b) { knowledgeBaseName }
      c: knowledgeBase(knowledgeBaseId: $c) { knowledgeBaseName }
    }"""
    assert await w.data(query, {"a": id_of(w, 0), "b": made, "c": "knowledge_base_none"}) == {
        "a": {"knowledgeBaseName": "Opening hours"},
        "b": {"knowledgeBaseName": "New one"},
        "c": None,
    }
    assert w.requests == {GET: 2}


async def test_who_may_not_have_the_files_sees_what_there_is() -> None:
    async with world(calls=1, scopes=["knowledge-bases:read"]) as w:
        query = f'{{ knowledgeBase(knowledgeBaseId: "{id_of(w, 0)}") {{ {SOURCES} }} }}'
        answer = await w.answer(query)
        document, text, page = answer["data"]["knowledgeBase"]["knowledgeBaseSources"]
        assert (document["filename"], document["fileUrl"]) == ("manual, 3rd edition.pdf", None)
        assert (text["title"], text["contentUrl"]) == ("Opening hours", None)
        assert page["url"] == "https://shop.example.com/hours"
        masked = answer["extensions"]["masked"]
        assert sorted(path[-1] for path in masked) == ["contentUrl", "fileUrl", "url"]
        assert w.audited == []


async def test_who_has_the_files_is_noted(w: World) -> None:
    await w.data(f'{{ knowledgeBase(knowledgeBaseId: "{id_of(w, 0)}") {{ {SOURCES} }} }}')
    (line,) = w.audited
    assert f'"ids":["{id_of(w, 0)}"]'.encode() in line


@pytest.mark.parametrize(
    "query", ["knowledgeBases { id }", 'knowledgeBase(knowledgeBaseId: "k") { id }']
)
async def test_without_its_scope_nothing_is_asked(query: str) -> None:
    async with world(calls=1, scopes=["knowledge-base-files:read"]) as w:
        name = query.partition("(")[0].partition(" ")[0]
        assert await w.errors(f"{{ {query} }}") == [(name, "FORBIDDEN")]
        assert w.requests == {}


async def test_what_is_newer_than_the_schema_is_shown() -> None:
    base = {
        "knowledge_base_id": "knowledge_base_1",
        "status": "paused",
        "knowledge_base_sources": [{"type": "drive", "source_id": "s1", "folder": "x"}],
    }

    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=base)

    async with world(transport=httpx.MockTransport(retell)) as w:
        fields = f"status statusRaw {SOURCES}"
        query = f'{{ knowledgeBase(knowledgeBaseId: "knowledge_base_1") {{ {fields} }} }}'
        assert (await w.data(query))["knowledgeBase"] == {
            "status": "UNKNOWN",
            "statusRaw": "paused",
            "knowledgeBaseSources": [
                {
                    "__typename": "UnknownKnowledgeBaseSource",
                    "type": "drive",
                    "sourceId": "s1",
                    "raw": {"type": "drive", "source_id": "s1", "folder": "x"},
                }
            ],
        }


async def test_indexing_is_followed_and_what_is_indexed_is_remembered(w: World) -> None:
    for number, moved, requests in ((4, 4, 2), (0, 100, 3)):
        query = f'{{ knowledgeBase(knowledgeBaseId: "{id_of(w, number)}") {{ status }} }}'
        await w.data(query)
        w.clock.forward(moved + (2 if number == 4 else 0))
        await w.data(query)
        assert w.requests == {GET: requests}


@pytest.mark.parametrize(
    ("base", "freshness"),
    [
        ({"status": "complete"}, INDEXED),
        ({"status": "error"}, INDEXED),
        ({"status": "in_progress"}, INDEXING),
        ({"status": "refreshing_in_progress"}, INDEXING),
        ({"status": "newer"}, INDEXING),
        ({}, INDEXING),
        ({"status": "complete", "knowledge_base_sources": "x"}, INDEXED),
        (
            {"status": "complete", "knowledge_base_sources": [None, {"file_url": "https://a"}]},
            INDEXED,
        ),
        (
            {
                "status": "complete",
                "knowledge_base_sources": [{"file_url": "https://a?Expires=1100"}],
            },
            INDEXED.capped(50),
        ),
        (
            {
                "status": "complete",
                "knowledge_base_sources": [{"content_url": "https://a?Expires=1010"}],
            },
            INDEXED.capped(5),
        ),
    ],
)
def test_an_answer_lives_by_its_state_and_its_urls(base: dict[str, Any], freshness: object) -> None:
    assert knowledge_base_policy(base, 1000.0) == freshness


def test_a_list_lives_as_long_as_the_shortest_of_its_items() -> None:
    def lived(*statuses: str) -> object:
        return list_policy({"items": [{"status": status} for status in statuses]}, 0.0)

    assert lived() == lived("complete", "error") == LISTED
    assert lived("complete", "in_progress") == INDEXING
