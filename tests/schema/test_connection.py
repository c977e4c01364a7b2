"""`gateway.schema.connection`: pages of a list that upstream gives by limit and key."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from gateway.errors import BadUserInput, UpstreamInvalid
from tests.loading import loading
from tests.schema.library import ask, data

QUERY = """
query($first: Int! = 2, $after: String) {
  books(first: $first, after: $after) {
    nodes { bookId }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def shelf(count: int) -> Any:
    """A list of so many books, whose keys are the numbers of the first book of a page."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = orjson.loads(request.content)
        begin = int(asked["key"] or 0)
        end = min(begin + asked["limit"], count)
        page: dict[str, Any] = {
            "items": [{"book_id": f"b{n}"} for n in range(begin, end)],
            "has_more": end < count,
        }
        if end < count:
            page["pagination_key"] = str(end)
        if asked["total"]:
            page["total"] = count
        return httpx.Response(200, json=page)

    return answer


def asked(world: Any) -> list[tuple[int, str | None, bool]]:
    bodies = [orjson.loads(request.content) for request in world.requests]
    return [(body["limit"], body["key"], body["total"]) for body in bodies]


def ids(connection: Any) -> list[str]:
    return [node["bookId"] for node in connection["nodes"]]


async def test_a_page_is_one_request_of_its_size() -> None:
    async with loading(shelf(5)) as world:
        books = (await data(world, QUERY))["books"]
        assert ids(books) == ["b0", "b1"]
        info = books["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
        assert asked(world) == [(2, None, False)]


async def test_the_end_cursor_goes_on_with_one_request_to_the_end() -> None:
    async with loading(shelf(5)) as world:
        after, seen, flags = None, [], []
        for _ in range(3):
            books = (await data(world, QUERY, {"after": after}))["books"]
            after = books["pageInfo"]["endCursor"]
            seen += ids(books)
            flags += [(books["pageInfo"]["hasNextPage"], books["pageInfo"]["hasPreviousPage"])]
        assert seen == ["b0", "b1", "b2", "b3", "b4"]
        assert flags == [(True, False), (True, True), (False, True)]
        assert asked(world) == [(2, None, False), (2, "2", False), (2, "4", False)]


async def test_the_cursor_of_the_very_last_item_leads_to_nothing() -> None:
    async with loading(shelf(2)) as world:
        after = (await data(world, QUERY))["books"]["pageInfo"]["endCursor"]
        books = (await data(world, QUERY, {"after": after}))["books"]
        assert ids(books) == []
        assert books["pageInfo"] == {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": None,
            "endCursor": None,
        }


async def test_the_cursor_within_a_page_is_that_page_and_the_next() -> None:
    async with loading(shelf(9)) as world:
        first = (await data(world, QUERY, {"first": 4}))["books"]
        after = first["pageInfo"]["startCursor"]
        books = (await data(world, QUERY, {"first": 5, "after": after}))["books"]
        assert ids(books) == ["b1", "b2", "b3", "b4", "b5"]
        assert books["pageInfo"]["hasNextPage"] is True
        # The first page is remembered; what is missing of five is asked for.
        assert asked(world) == [(4, None, False), (2, "4", False)]
        rest = await data(world, QUERY, {"first": 9, "after": books["pageInfo"]["endCursor"]})
        assert ids(rest["books"]) == ["b6", "b7", "b8"]


async def test_few_items_within_a_page_need_no_second_one() -> None:
    async with loading(shelf(9)) as world:
        after = (await data(world, QUERY, {"first": 4}))["books"]["pageInfo"]["startCursor"]
        books = (await data(world, QUERY, {"first": 2, "after": after}))["books"]
        assert (ids(books), books["pageInfo"]["hasNextPage"]) == (["b1", "b2"], True)
        last = await data(world, QUERY, {"first": 1, "after": books["pageInfo"]["endCursor"]})
        assert (ids(last["books"]), len(world.requests)) == (["b3"], 1)


async def test_the_last_page_may_be_read_from_within() -> None:
    async with loading(shelf(3)) as world:
        after = (await data(world, QUERY, {"first": 4}))["books"]["pageInfo"]["startCursor"]
        books = (await data(world, QUERY, {"first": 4, "after": after}))["books"]
        assert (ids(books), books["pageInfo"]["hasNextPage"]) == (["b1", "b2"], False)
        assert len(world.requests) == 1


async def test_the_total_is_asked_for_where_it_is_selected_alone() -> None:
    async with loading(shelf(9)) as world:
        got = await data(world, "{ books(first: 3) { totalCount nodes { bookId } } }")
        assert (got["books"]["totalCount"], ids(got["books"])) == (9, ["b0", "b1", "b2"])
        got = await data(world, "{ books(first: 3) { __typename totalCount } }")
        assert got["books"]["totalCount"] == 9
        assert asked(world) == [(3, None, True), (1, None, True)]


async def test_the_total_is_asked_for_once_over_two_pages() -> None:
    async with loading(shelf(9)) as world:
        after = (await data(world, QUERY, {"first": 4}))["books"]["pageInfo"]["startCursor"]
        query = "query($a: String) { books(first: 4, after: $a) { totalCount nodes { bookId } } }"
        got = await data(world, query, {"a": after})
        assert (got["books"]["totalCount"], len(ids(got["books"]))) == (9, 4)
        assert asked(world)[1:] == [(4, None, True), (1, "4", False)]


async def test_no_items_tell_whether_there_are_some() -> None:
    async with loading(shelf(1)) as world:
        books = (await data(world, QUERY, {"first": 0}))["books"]
        assert ids(books) == []
        assert books["pageInfo"]["hasNextPage"] is True
        assert asked(world) == [(1, None, False)]


@pytest.mark.parametrize("first", [-1, 1001])
async def test_a_page_that_cannot_be_is_refused(first: int) -> None:
    async with loading(shelf(1)) as world:
        result = await ask(world, QUERY, {"first": first})
        (error,) = result.errors or []
        assert isinstance(error.original_error, BadUserInput)
        assert (error.message, world.requests) == ("`first` must be from 0 to 1000.", [])


async def test_the_largest_page_is_one_request() -> None:
    async with loading(shelf(1)) as world:
        await data(world, QUERY, {"first": 1000})
        assert asked(world) == [(1000, None, False)]


async def test_a_cursor_of_another_list_is_refused() -> None:
    async with loading(shelf(5)) as world:
        after = (await data(world, QUERY))["books"]["pageInfo"]["endCursor"]
        other = '{ books(after: "%s", where: {bookId: {eq: "b"}}) { nodes { bookId } } }'
        result = await ask(world, other % after)
        (error,) = result.errors or []
        assert isinstance(error.original_error, BadUserInput)
        assert len(world.requests) == 1


@pytest.mark.parametrize(
    "answer", [httpx.Response(404), httpx.Response(200, json={"items": "none"})]
)
async def test_what_is_not_a_page_is_not_an_empty_one(answer: httpx.Response) -> None:
    async with loading(lambda _request: answer) as world:
        result = await ask(world, QUERY)
        (error,) = result.errors or []
        assert isinstance(error.original_error, UpstreamInvalid)


async def test_a_key_without_more_to_come_leads_nowhere() -> None:
    page = {"items": [{"book_id": "b0"}], "has_more": False, "pagination_key": "1"}
    async with loading(lambda _request: httpx.Response(200, json=page)) as world:
        books = (await data(world, QUERY))["books"]
        assert books["pageInfo"]["hasNextPage"] is False


class Shifting:
    """A list whose items change between requests: always given whole, up to the limit."""

    def __init__(self, *books: str) -> None:
        self.books = list(books)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        limit = orjson.loads(request.content)["limit"]
        items = [{"book_id": book} for book in self.books[:limit]]
        return httpx.Response(200, json={"items": items, "has_more": False})


EDGES = """query($first: Int!, $after: String) {
  books(first: $first, after: $after) { edges { cursor node { bookId } } }
}"""


async def test_the_place_behind_an_item_is_found_again_though_the_page_has_shifted() -> None:
    shelf_ = Shifting("b5", "b4", "b3", "b2", "b1")
    async with loading(shelf_) as world:
        edges = (await data(world, EDGES, {"first": 5}))["books"]["edges"]
        behind_b3 = edges[2]["cursor"]
        for books, rest in [
            (["b5", "b3", "b2", "b1"], ["b2", "b1"]),  # one before it is gone
            (["b6", "b5", "b4", "b3", "b2"], ["b2"]),  # one is new
            (["b5", "b4", "b2", "b1"], ["b1"]),  # it is gone itself: its number has to do
        ]:
            shelf_.books = books
            world.now += 1000
            connection = (await data(world, EDGES, {"first": 5, "after": behind_b3}))["books"]
            assert [edge["node"]["bookId"] for edge in connection["edges"]] == rest


async def test_a_page_without_items_says_where_the_list_goes_on() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if orjson.loads(request.content)["key"] is None:
            empty = {"items": [], "has_more": True, "pagination_key": "2"}
            return httpx.Response(200, json=empty)
        return httpx.Response(200, json={"items": [{"book_id": "b1"}], "has_more": False})

    async with loading(answer) as world:
        first = (await data(world, QUERY))["books"]
        assert (ids(first), first["pageInfo"]["hasNextPage"]) == ([], True)
        second = (await data(world, QUERY, {"after": first["pageInfo"]["endCursor"]}))["books"]
        assert (ids(second), second["pageInfo"]["hasNextPage"]) == (["b1"], False)


async def test_a_key_that_is_no_text_is_no_key() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [], "has_more": True, "pagination_key": 7})

    async with loading(answer) as world:
        (error,) = (await ask(world, QUERY)).errors or []
        assert isinstance(error.original_error, UpstreamInvalid)
