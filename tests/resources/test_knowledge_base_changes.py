"""What changes of knowledge bases send, refuse, answer and make forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.resources.knowledge_base import CREATE
from gateway.sandbox.data.knowledge_bases import knowledge_base_id
from gateway.sandbox.faults import Fault
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-knowledge-base", "GET /list-knowledge-bases"
MAKE, FILL = "POST /create-knowledge-base", "POST /add-knowledge-base-sources"
DELETE, EMPTY = "DELETE /delete-knowledge-base", "DELETE /delete-knowledge-base-source"
BASE = (
    "knowledgeBase { knowledgeBaseId knowledgeBaseName status knowledgeBaseSources { sourceId } }"
)
ERRORS = "userErrors { field message code }"
CHANGES = {
    MAKE: f"""mutation ($input: CreateKnowledgeBaseInput!) {{
      createKnowledgeBase(input: $input) {{ {BASE} {ERRORS} }} }}""",
    FILL: f"""mutation ($input: AddKnowledgeBaseSourcesInput!) {{
      addKnowledgeBaseSources(input: $input) {{ {BASE} {ERRORS} }} }}""",
    DELETE: f"""mutation ($input: DeleteKnowledgeBaseInput!) {{
      deleteKnowledgeBase(input: $input) {{ deletedKnowledgeBaseId {ERRORS} }} }}""",
    EMPTY: f"""mutation ($input: DeleteKnowledgeBaseSourceInput!) {{
      deleteKnowledgeBaseSource(input: $input) {{ deletedSourceId {BASE} {ERRORS} }} }}""",
}
READ = (
    "query ($id: ID!) { knowledgeBase(knowledgeBaseId: $id) { status } knowledgeBases { status } }"
)
INPUTS: dict[str, dict[str, Any]] = {
    MAKE: {"knowledgeBaseName": "Houses"},
    FILL: {"knowledgeBaseUrls": ["https://example.com"]},
    DELETE: {},
    EMPTY: {"sourceId": "source_1"},
}


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def id_of(w: World, number: int = 0) -> str:
    return knowledge_base_id(w.sandbox.accounts["sandbox-key-a"].world, number)


def input_of(w: World, change: str, **more: Any) -> dict[str, Any]:
    id_ = {} if change == MAKE else {"knowledgeBaseId": id_of(w)}
    return id_ | INPUTS[change] | more


async def changed(w: World, change: str, **more: Any) -> dict[str, Any]:
    """The payload of a change."""
    (payload,) = (await w.data(CHANGES[change], {"input": input_of(w, change, **more)})).values()
    assert isinstance(payload, dict)
    return payload


async def test_what_is_given_is_sent_as_a_form_and_nothing_else(w: World) -> None:
    text = {"title": "A", "text": "Ä\nb"}
    payload = await changed(
        w,
        MAKE,
        knowledgeBaseTexts=[text],
        knowledgeBaseUrls=["https://example.com/a", "http://b.example"],
        enableAutoRefresh=False,
        maxChunkSize=600,
        minChunkSize=None,
    )
    (sent,) = w.sent
    form = {
        "knowledge_base_texts": [text],
        "knowledge_base_urls": ["https://example.com/a", "http://b.example"],
        "knowledge_base_name": "Houses",
        "enable_auto_refresh": False,
        "max_chunk_size": 600,
    }
    expected = CREATE.request(body=form)
    assert (sent.method, sent.url.path) == ("POST", "/create-knowledge-base")
    assert sent.headers["content-type"] == expected.content_type
    assert sent.content == expected.body
    id_ = payload["knowledgeBase"].pop("knowledgeBaseId")
    assert id_.startswith("knowledge_base_")
    assert payload == {
        "knowledgeBase": {
            "knowledgeBaseName": "Houses",
            "status": "IN_PROGRESS",
            "knowledgeBaseSources": None,
        },
        "userErrors": [],
    }


async def test_one_is_made_filled_emptied_and_deleted(w: World) -> None:
    made = (await changed(w, MAKE))["knowledgeBase"]["knowledgeBaseId"]
    await changed(w, FILL, knowledgeBaseId=made)
    assert w.sent[-1].url.path == f"/add-knowledge-base-sources/{made}"
    w.clock.forward(10)
    query = (
        f'{{ knowledgeBase(knowledgeBaseId: "{made}") {{ knowledgeBaseSources {{ sourceId }} }} }}'
    )
    (source,) = (await w.data(query))["knowledgeBase"]["knowledgeBaseSources"]
    emptied = await changed(w, EMPTY, knowledgeBaseId=made, sourceId=source["sourceId"])
    path = f"/delete-knowledge-base-source/{made}/source/{source['sourceId']}"
    assert (w.sent[-1].url.path, w.sent[-1].content) == (path, b"")
    assert emptied["deletedSourceId"] == source["sourceId"]
    assert emptied["knowledgeBase"]["knowledgeBaseSources"] == []
    gone = await changed(w, DELETE, knowledgeBaseId=made)
    assert gone == {"deletedKnowledgeBaseId": made, "userErrors": []}
    assert await w.data(query) == {"knowledgeBase": None}
    assert w.requests == {MAKE: 1, FILL: 1, EMPTY: 1, DELETE: 1, GET: 2}


@pytest.mark.parametrize(
    ("change", "more", "field", "message"),
    [
        (MAKE, {"knowledgeBaseName": ""}, ["knowledgeBaseName"], "1 to 39 characters"),
        (MAKE, {"knowledgeBaseName": "x" * 40}, ["knowledgeBaseName"], "1 to 39 characters"),
        (MAKE, {"minChunkSize": 2000}, ["minChunkSize"], "less than `maxChunkSize`"),
        (MAKE, {"maxChunkSize": 400}, ["minChunkSize"], "less than `maxChunkSize`"),
        (MAKE, {"minChunkSize": 0}, ["minChunkSize"], "above 0"),
        (MAKE, {"knowledgeBaseUrls": ["ftp://x"]}, ["knowledgeBaseUrls"], "`http` or `https`"),
        (FILL, {"knowledgeBaseUrls": []}, None, "at least one"),
        (FILL, {"knowledgeBaseUrls": None, "knowledgeBaseTexts": None}, None, "at least one"),
        (FILL, {"knowledgeBaseId": "../x"}, ["knowledgeBaseId"], "1 to 128 letters"),
        (DELETE, {"knowledgeBaseId": "a/b"}, ["knowledgeBaseId"], "1 to 128 letters"),
        (EMPTY, {"sourceId": "a/b"}, ["sourceId"], "1 to 128 letters"),
    ],
)
async def test_what_retell_would_not_take_is_refused_unasked(
    w: World, change: str, more: dict[str, Any], field: list[str] | None, message: str
) -> None:
    payload = await changed(w, change, **more)
    (error,) = payload.pop("userErrors")
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
    assert message in error["message"]
    assert set(payload.values()) == {None}
    assert w.requests == {}


async def test_a_name_may_have_39_characters(w: World) -> None:
    payload = await changed(w, MAKE, knowledgeBaseName="x" * 39, minChunkSize=1, maxChunkSize=2)
    assert payload["userErrors"] == []


@pytest.mark.parametrize("change", CHANGES)
async def test_what_a_change_touches_is_read_anew_and_nothing_else(w: World, change: str) -> None:
    other = {"id": id_of(w, 1)}
    source = """query ($id: ID!) {
      knowledgeBase(knowledgeBaseId: $id) { knowledgeBaseSources { sourceId } }
    }"""
    found = (await w.data(source, {"id": id_of(w)}))["knowledgeBase"]["knowledgeBaseSources"]
    await w.data(READ, other)
    await w.data(READ, {"id": id_of(w)})
    assert w.requests == {GET: 2, LIST: 1}
    more = {"sourceId": found[0]["sourceId"]} if change == EMPTY else {}
    assert (await changed(w, change, **more))["userErrors"] == []
    await w.data(READ, other)
    assert w.requests == {GET: 2, LIST: 2, change: 1}
    await w.data(READ, {"id": id_of(w)})
    assert w.requests == {GET: 2 if change == MAKE else 3, LIST: 2, change: 1}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_sent_once_whatever_comes_of_it(w: World, change: str) -> None:
    w.sandbox.faults.set([Fault(change, status=500)])
    asked = {"input": input_of(w, change, clientMutationId="once-and-for-all")}
    for _ in range(2):
        answer = await w.answer(CHANGES[change], asked)
        assert [code for _, code in faults(answer)] == ["OUTCOME_UNKNOWN"]
    assert w.requests == {change: 1}


async def test_a_change_that_its_caller_names_is_made_once(w: World) -> None:
    one = await changed(w, MAKE, clientMutationId="the-only-one")
    same = await changed(w, MAKE, clientMutationId="the-only-one")
    assert one == same
    assert w.requests == {MAKE: 1}


@pytest.mark.parametrize("change", CHANGES)
async def test_without_its_scope_nothing_is_sent(change: str) -> None:
    async with world(calls=1, scopes=["knowledge-bases:read"]) as w:
        answer = await w.answer(CHANGES[change], {"input": input_of(w, change)})
        assert [code for _, code in faults(answer)] == ["FORBIDDEN"]
        assert w.requests == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [(FILL, "knowledgeBaseId"), (DELETE, "knowledgeBaseId"), (EMPTY, "sourceId")],
)
@pytest.mark.parametrize(("status", "code"), [(404, "NOT_FOUND"), (409, "CONFLICT")])
async def test_what_a_person_can_mend_is_data(
    w: World, change: str, field: str, status: int, code: str
) -> None:
    w.sandbox.faults.set([Fault(change, status=status)])
    payload = await changed(w, change)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, [field])
    assert w.requests == {change: 1}


async def test_what_retell_finds_malformed_is_data(w: World) -> None:
    w.sandbox.faults.set([Fault(MAKE, status=400)])
    payload = await changed(w, MAKE)
    assert [error["code"] for error in payload["userErrors"]] == ["BAD_USER_INPUT"]


async def test_files_in_a_payload_are_noted_by_the_id_of_what_is_new(w: World) -> None:
    query = """mutation ($input: AddKnowledgeBaseSourcesInput!) {
      addKnowledgeBaseSources(input: $input) {
        knowledgeBase { knowledgeBaseSources { ... on KnowledgeBaseDocument { fileUrl } } }
      }
    }"""
    await w.data(query, {"input": input_of(w, FILL)})
    new = """mutation ($input: CreateKnowledgeBaseInput!) {
      createKnowledgeBase(input: $input) { knowledgeBase {
        knowledgeBaseId knowledgeBaseSources { ... on KnowledgeBaseText { contentUrl } }
      } }
    }"""
    made = await w.data(new, {"input": input_of(w, MAKE)})
    id_ = made["createKnowledgeBase"]["knowledgeBase"]["knowledgeBaseId"]
    assert [orjson.loads(line)["ids"] for line in w.audited] == [[id_of(w)], [id_]]


async def test_an_answer_without_an_id_is_shown_all_the_same() -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"knowledge_base_name": "Houses"})

    async with world(transport=httpx.MockTransport(retell)) as w:
        query = CHANGES[MAKE].replace("knowledgeBaseId ", "")
        payload = (await w.data(query, {"input": INPUTS[MAKE]}))["createKnowledgeBase"]
        assert payload["knowledgeBase"]["knowledgeBaseName"] == "Houses"
