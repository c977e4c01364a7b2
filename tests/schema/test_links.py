"""Links to several objects, and by other keys than ids: either executor follows them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import parse

from gateway.auth.caller import Caller
from gateway.executor.plan import Operation
from gateway.operation.cost import Cost
from gateway.operation.survey import survey
from gateway.schema.fields import links, links_by
from tests.executor.small import both
from tests.loading import loading
from tests.schema.library import SCHEMA

if TYPE_CHECKING:
    from tests.executor.small import Both
    from tests.loading import Handler

BOOKS = [
    {"book_id": "b1", "writer_id": "w1", "editor_ids": ["w1", "w2"], "owner": "ann"},
    {"book_id": "b2", "writer_id": "w2", "editor_ids": ["w2", "gone"]},
    {"book_id": "b3", "writer_id": "w1", "editor_ids": ["w2", "w 2"]},
]


def library(request: httpx.Request) -> httpx.Response:
    kind, _, id_ = request.url.path.strip("/").partition("/")
    if kind == "books":
        return httpx.Response(200, json={"items": BOOKS})
    if id_ == "gone":
        return httpx.Response(404)
    if kind == "named":
        return httpx.Response(200, json={"writer_id": "w9", "name": id_})
    if kind == "writer":
        return httpx.Response(200, json={"writer_id": id_, "name": id_.upper()})
    return httpx.Response(200, json=next(book for book in BOOKS if book["book_id"] == id_))


async def asked(query: str, handler: Handler = library) -> tuple[Both, list[str]]:
    """What both executors answer, and what was asked of the library."""
    async with loading(handler) as world:
        context: Any = world.context()
        return await both(SCHEMA.executable, query, context), sorted(world.asked)


async def test_a_link_may_go_by_another_key() -> None:
    found, requests = await asked('{ book(id: "b1") { owner { name } } }')
    assert found.data == {"book": {"owner": {"name": "ann"}}}
    assert requests == ["GET /book/b1", "GET /named/ann"]


async def test_each_of_several_is_read_once_and_one_that_is_gone_is_null() -> None:
    found, requests = await asked("{ books(first: 2) { nodes { editors { name } } } }")
    assert [node["editors"] for node in found.data["books"]["nodes"]] == [
        [{"name": "W1"}, {"name": "W2"}],
        [{"name": "W2"}, None],
    ]
    assert requests == ["GET /writer/gone", "GET /writer/w1", "GET /writer/w2", "POST /books"]
    assert found.was_compiled
    assert not found.replayed


async def test_one_that_cannot_be_read_is_an_error_of_its_own() -> None:
    found, requests = await asked('{ book(id: "b3") { editors { name } } }')
    assert found.data == {"book": {"editors": [{"name": "W2"}, None]}}
    assert found.paths == ["['book', 'editors', 1]"]
    assert requests == ["GET /book/b3", "GET /writer/w2"]


async def test_all_that_belong_to_an_object_are_read_together_for_all_objects() -> None:
    query = '{ a: book(id: "b1") { writer { books { bookId } } } %s }'
    both_writers = query % 'b: book(id: "b2") { writer { books { bookId } } }'
    found, requests = await asked(both_writers)
    assert found.data["a"]["writer"]["books"] == [{"bookId": "b1"}, {"bookId": "b3"}]
    assert found.data["b"]["writer"]["books"] == [{"bookId": "b2"}]
    assert requests.count("POST /books") == 1
    assert not found.replayed


async def test_where_the_list_is_gone_there_is_none() -> None:
    def shut(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/books" else library(request)

    found, _ = await asked('{ book(id: "b1") { writer { books { bookId } } } }', shut)
    assert found.data == {"book": {"writer": {"books": None}}}


async def test_without_a_key_nothing_is_asked() -> None:
    def nameless(request: httpx.Request) -> httpx.Response:
        body = {"name": "W"} if "writer" in request.url.path else BOOKS[0]
        return httpx.Response(200, json=body)

    found, requests = await asked('{ book(id: "b1") { writer { books { bookId } } } }', nameless)
    assert found.data == {"book": {"writer": {"books": None}}}
    assert requests == ["GET /book/b1", "GET /writer/w1"]


async def test_a_field_of_an_object_may_take_arguments() -> None:
    found, requests = await asked(
        '{ book(id: "b1") { writer { written(first: 2) { nodes { bookId } } } } }'
    )
    assert found.data["book"]["writer"]["written"]["nodes"] == [{"bookId": "b1"}, {"bookId": "b2"}]
    assert requests == ["GET /book/b1", "GET /writer/w1", "POST /books"]
    assert found.was_compiled


async def test_a_field_of_an_object_may_need_a_scope() -> None:
    query = '{ book(id: "b1") { writer { name written { totalCount } } } }'
    caller = Caller("one", own_key=True, scopes=frozenset({"agents:read"}))
    async with loading(library) as world:
        context: Any = world.context(caller)
        found = await both(SCHEMA.executable, query, context)
        assert found.data == {"book": {"writer": {"name": "W1", "written": None}}}
        assert [error[3] for error in found.errors] == ["'FORBIDDEN'"]
        assert sorted(world.asked) == ["GET /book/b1", "GET /writer/w1"]


@pytest.mark.parametrize(
    ("query", "requests", "items"),
    [
        ('{ book(id: "b") { owner { name } } }', 2, 0),
        ('{ book(id: "b") { editors { name } } }', 11, 0),
        ('{ book(id: "b") { editors { books { bookId } } } }', 21, 10),
        ('{ book(id: "b") { writer { books { bookId } } } }', 3, 0),
        ('{ book(id: "b") { writer { books { text } } } }', 13, 10),
        ('{ book(id: "b") { writer { written(first: 7) { totalCount } } } }', 3, 0),
        ('{ book(id: "b") { writer { written(first: 7) { nodes { bookId } } } } }', 3, 7),
        ('{ book(id: "b") { writer { written(first: 7) { nodes { text } } } } }', 10, 7),
    ],
)
def test_what_links_cost_is_known_before(query: str, requests: int, items: int) -> None:
    operation = Operation.of(SCHEMA.executable, parse(query), None)
    assert operation is not None
    values = operation.variables.coerced({})
    assert not isinstance(values, list)
    assert survey(operation, values, None).weight.of({}) == Cost(requests, items)


@pytest.mark.parametrize(
    "field", [links("Writer", lambda _: ["w"]), links_by("Book", "writer", lambda _: "w")]
)
def test_links_that_were_never_connected_say_so(field: Any) -> None:
    with pytest.raises(LookupError, match="connected when the schema is built"):
        field.reading.load(None, {})


@pytest.mark.parametrize("odd", [{"id": "w1"}, ["w1"], 7, None])
async def test_what_is_no_text_names_nothing(odd: object) -> None:
    def careless(request: httpx.Request) -> httpx.Response:
        book = {**BOOKS[0], "writer_id": odd, "owner": odd}
        return httpx.Response(200, json={"items": [book]})

    found, requests = await asked(
        "{ books(first: 2) { nodes { writer { name } owner { name } } } }", careless
    )
    assert found.data == {"books": {"nodes": [{"writer": None, "owner": None}]}}
    assert requests == ["POST /books"]
