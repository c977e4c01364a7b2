"""`gateway.schema.fields`: where the value of a field comes from."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx
import pytest

from gateway.errors import BadUserInput, NotFound, UpstreamInvalid
from gateway.loaders import at_hand
from gateway.schema.fields import (
    ReadField,
    _named_by_retell,
    is_link,
    link,
    links,
    read,
)
from gateway.schema.readings import Computed, Key
from tests.loading import loading
from tests.schema.library import ask, data

FULL = {
    "book_id": "b1",
    "kind": "novel",
    "binding": "cloth",
    "text": "Call me.",
    "writer_id": "w1",
    "reviewer": None,
}


def library(request: httpx.Request) -> httpx.Response:
    kind, _, id_ = request.url.path.strip("/").partition("/")
    if kind == "books":
        thin = {"book_id": "b1", "kind": "novel", "writer_id": "w1"}
        return httpx.Response(200, json={"items": [thin, {"book_id": "gone"}]})
    if id_ == "gone":
        return httpx.Response(404)
    return httpx.Response(200, json={"writer_id": id_, "name": "W"} if kind == "writer" else FULL)


def value_of(reading: Any, source: dict[str, Any]) -> object:
    return ReadField(reading).get_result(source, None, [], {})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"a": 1, "b": 2}, 1),
        ({"b": 2}, 2),
        ({"a": None, "b": 2}, None),
        ({"c": 3}, None),
        ({}, None),
    ],
)
def test_the_first_key_that_is_there_counts(source: dict[str, Any], value: object) -> None:
    assert value_of(Key(("a", "b")), source) == value


def test_a_value_is_worked_out_from_the_object_alone() -> None:
    assert value_of(Computed(len), {"a": 1}) == 1


def test_links_are_told_from_other_fields() -> None:
    assert is_link(link("Book", lambda _book: None))
    assert not is_link(read("book"))
    assert not is_link("book")


def test_plain_fields_need_no_info() -> None:
    assert ReadField(Key(("a",))).is_basic_field
    assert ReadField(Computed(len)).is_basic_field
    assert not link("Book", lambda _book: None).is_basic_field


async def test_what_is_there_is_not_completed() -> None:
    async with loading(library) as world:
        got = await data(world, '{ book(id: "b1") { text firstWord reviewer } }')
        assert got == {"book": {"text": "Call me.", "firstWord": "Call", "reviewer": None}}
        assert world.asked == ["GET /book/b1"]


async def test_a_full_object_that_lacks_a_value_is_not_asked_for_again() -> None:
    full = {"book_id": "b1", "binding": "cloth"}
    async with loading(lambda _request: httpx.Response(200, json=full)) as world:
        assert await data(world, '{ book(id: "b1") { text } }') == {"book": {"text": None}}
        assert len(world.requests) == 1


async def test_list_items_are_completed_once_for_all_their_fields() -> None:
    async with loading(library) as world:
        got = await data(world, "{ books(first: 2) { nodes { text firstWord } } }")
        assert got["books"]["nodes"] == [
            {"text": "Call me.", "firstWord": "Call"},
            {"text": None, "firstWord": None},
        ]
        assert sorted(world.asked) == ["GET /book/b1", "GET /book/gone", "POST /books"]


async def test_list_items_are_not_completed_for_what_they_have() -> None:
    async with loading(library) as world:
        await data(world, "{ books(first: 2) { nodes { bookId mood } } }")
        assert world.asked == ["POST /books"]


async def test_an_item_that_cannot_be_completed_is_an_error_of_its_own() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if request.url.path == "/book/gone" else library(request)

    async with loading(failing) as world:
        result = await ask(world, "{ books(first: 2) { nodes { text } } }")
        assert result.data == {"books": {"nodes": [{"text": "Call me."}, {"text": None}]}}
        assert [error.path for error in result.errors or []] == [["books", "nodes", 1, "text"]]


async def test_a_link_is_read_by_the_key_in_the_object() -> None:
    async with loading(library) as world:
        got = await data(world, "{ books(first: 2) { nodes { writer { name } } } }")
        assert got["books"]["nodes"] == [{"writer": {"name": "W"}}, {"writer": None}]
        assert world.asked == ["POST /books", "GET /writer/w1"]


async def test_a_link_is_read_once_however_many_lead_there() -> None:
    async with loading(library) as world:
        await data(
            world, '{ a: book(id: "b1") { writer { name } } b: book(id: "b2") { writer { id } } }'
        )
        assert sorted(world.asked) == ["GET /book/b1", "GET /book/b2", "GET /writer/w1"]


async def test_an_error_of_a_link_is_that_fields() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if "writer" in request.url.path else library(request)

    async with loading(failing) as world:
        result = await ask(world, '{ book(id: "b1") { bookId writer { name } } }')
        assert result.data == {"book": {"bookId": "b1", "writer": None}}
        (error,) = result.errors or []
        assert error.path == ["book", "writer"]
        assert not isinstance(error.original_error, NotFound)


async def test_an_id_of_retells_that_cannot_be_sent_is_not_the_callers_fault() -> None:
    def refuse(*_: object) -> None:
        raise BadUserInput("`callId` must be an id.", "callId")

    async def refuse_later(*_: object) -> None:
        refuse()

    with pytest.raises(UpstreamInvalid, match="by an id that cannot be one"):
        _named_by_retell(refuse)(None, "call 1")
    with pytest.raises(UpstreamInvalid, match="by an id that cannot be one"):
        await at_hand(_named_by_retell(refuse_later)(None, "call 1"))


async def test_what_is_on_its_way_is_passed_on_whatever_becomes_of_it() -> None:
    for error, told in (
        (BadUserInput("Retell refused the request as malformed."), UpstreamInvalid),
        (NotFound("There is none."), NotFound),
    ):
        loading: asyncio.Future[Any] = asyncio.Future()
        loaded = _named_by_retell(lambda *_, it=loading: it)(None, "a")
        loading.set_exception(error)
        with pytest.raises(told):
            await at_hand(loaded)
    for found in ({"a": 1}, None):
        loading = asyncio.Future()
        loaded = _named_by_retell(lambda *_, it=loading: it)(None, "a")
        loading.set_result(found)
        assert await at_hand(loaded) == found


async def test_what_ends_on_its_way_ends_for_who_waits() -> None:
    loading: asyncio.Future[Any] = asyncio.Future()
    waiting: Any = _named_by_retell(lambda *_: loading)(None, "a")
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_who_waits_no_more_is_told_nothing() -> None:
    loading: asyncio.Future[Any] = asyncio.Future()
    waiting: Any = _named_by_retell(lambda *_: loading)(None, "a")
    waiting.cancel()
    loading.set_exception(NotFound("There is none."))
    await asyncio.sleep(0)
    assert waiting.cancelled()


async def test_a_link_that_retell_refuses_is_not_the_callers_fault() -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400) if "writer" in request.url.path else library(request)

    async with loading(refusing) as world:
        result = await ask(world, '{ book(id: "b1") { bookId writer { name } } }')
        assert result.data == {"book": {"bookId": "b1", "writer": None}}
        (error,) = result.errors or []
        assert isinstance(error.original_error, UpstreamInvalid)


async def test_a_list_item_that_cannot_be_completed_for_its_links_is_not_the_callers_fault() -> (
    None
):
    async def refuse(*_: object) -> None:
        raise BadUserInput("`agentId` must be an id.", "agentId")

    class Full:
        load = staticmethod(refuse)
        is_full = staticmethod(lambda _source: False)

    field = links("Writer", lambda _source: [], full=cast("Any", Full))
    field.connect(object, lambda *_: None)
    with pytest.raises(UpstreamInvalid, match="by an id that cannot be one"):
        await at_hand(field.reading.load(None, {}))


def test_a_link_that_was_never_connected_says_so() -> None:
    with pytest.raises(LookupError, match="connected when the schema is built"):
        link("Writer", lambda _book: "w").reading.load(None, "w")
