"""The numbers of an agent, as links of other resources read them: `links_by(…, "agent", …)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import httpx
import pytest
import strawberry
from graphql import parse, validate

from gateway.app import find_resources
from gateway.executor.interpret import interpret
from gateway.resources.phone_number import MOST_PAGES
from gateway.schema.build import build_schema
from gateway.schema.fields import links_by
from gateway.schema.resource import Resource
from gateway.schema.types import object_type
from tests.loading import loading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import ExecutionResult

    from tests.loading import Loading

Json = dict[str, Any]


@object_type()
class Desk:
    """Where an agent sits."""

    numbers = links_by("PhoneNumber", "agent", lambda desk: desk.get("agent_id"))
    """The numbers of its agent."""


@object_type()
class DeskQueries:
    """Root fields for desks."""

    @strawberry.field
    async def desks(
        self, ids: Annotated[list[str], strawberry.argument(description="Of agents.")]
    ) -> list[Desk]:
        """Desks of these agents."""
        return cast("list[Desk]", [{"agent_id": id_} for id_ in ids])


SCHEMA = build_schema([*find_resources(), Resource("Desk", DeskQueries)])


async def asked(held: Loading, *agent_ids: str) -> ExecutionResult:
    document = parse("query ($ids: [String!]!) { desks(ids: $ids) { numbers { phoneNumber } } }")
    assert validate(SCHEMA.executable, document) == []
    result: Any = await interpret(
        SCHEMA.executable,
        document,
        context=held.context(),
        variables={"ids": list(agent_ids)},
        operation_name=None,
    )
    return cast("ExecutionResult", result)


async def numbers(held: Loading, *agent_ids: str) -> list[list[str]]:
    result = await asked(held, *agent_ids)
    assert result.errors is None
    assert result.data is not None
    return [[each["phoneNumber"] for each in desk["numbers"]] for desk in result.data["desks"]]


def number(name: int, **bound: Any) -> Json:
    lists = {binding: [{"agent_id": id_}] for binding, id_ in bound.items()}
    return {"phone_number": f"+{name}"} | lists


class Retell:
    """Gives these pages, one after the other."""

    def __init__(self, pages: Sequence[Json]) -> None:
        self._pages = pages

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert dict(request.url.params, pagination_key="") == {
            "limit": "1000",
            "sort_order": "descending",
            "pagination_key": "",
        }
        return httpx.Response(
            200, json=self._pages[int(request.url.params.get("pagination_key", 0))]
        )


def paged(*pages: list[Json]) -> list[Json]:
    """Each of which tells where the next one is."""
    last = len(pages) - 1
    return [
        {"items": items, "has_more": at < last}
        | ({"pagination_key": str(at + 1)} if at < last else {})
        for at, items in enumerate(pages)
    ]


async def test_an_agents_numbers_are_those_it_is_bound_to_for_whatever() -> None:
    pages = paged(
        [
            number(1, inbound_agents="a"),
            number(2, outbound_agents="a", inbound_agents="b"),
            number(3),
            number(4, inbound_sms_agents="a"),
        ],
        [number(5, outbound_sms_agents="a"), number(6, inbound_agents="b", outbound_agents="b")],
    )
    async with loading(Retell(pages)) as held:
        assert await numbers(held, "a", "b", "c") == [["+1", "+2", "+4", "+5"], ["+2", "+6"], []]
        assert len(held.requests) == 2
        assert await numbers(held, "b") == [["+2", "+6"]]
        assert len(held.requests) == 2


async def test_one_of_several_in_a_list_is_enough_and_odd_entries_are_passed_over() -> None:
    odd: list[Json] = [
        {"phone_number": "+1", "inbound_agents": [None, "a", {"agent_id": "b"}, {"agent_id": "a"}]},
        {"phone_number": "+2", "inbound_agents": "a", "outbound_agents": {"agent_id": "a"}},
        {"phone_number": "+3", "inbound_agents": 1, "inbound_sms_agents": None},
    ]
    async with loading(Retell(paged(odd))) as held:
        assert await numbers(held, "a") == [["+1"]]


@pytest.mark.parametrize(
    "end",
    [
        {"has_more": True},
        {"has_more": True, "pagination_key": None},
        {"has_more": False, "pagination_key": "2"},
        {"pagination_key": "2"},
        {"has_more": True, "pagination_key": "1"},
    ],
    ids=["no key", "null", "no more", "nothing said", "the same again"],
)
async def test_the_list_ends_where_retell_says_so_in_either_way(end: Json) -> None:
    first, _, third = paged([number(1, inbound_agents="a")], [], [])
    pages = [first, {"items": [number(2, inbound_agents="a")]} | end, third]
    async with loading(Retell(pages)) as held:
        assert await numbers(held, "a") == [["+1", "+2"]]
        assert len(held.requests) == 2


async def test_no_more_than_ten_pages_are_read() -> None:
    pages = paged(*([number(at, inbound_agents="a")] for at in range(1, MOST_PAGES + 3)))
    async with loading(Retell(pages)) as held:
        assert await numbers(held, "a") == [[f"+{at}" for at in range(1, MOST_PAGES + 1)]]
        assert len(held.requests) == MOST_PAGES == 10


async def test_an_organisation_without_a_list_has_no_numbers() -> None:
    async with loading(lambda _request: httpx.Response(404, json={})) as held:
        assert await numbers(held, "a") == [[]]
        assert len(held.requests) == 1


async def test_a_list_that_cannot_be_read_is_an_error_at_each_place() -> None:
    async with loading(lambda _request: httpx.Response(200, json={"items": 1})) as held:
        result = await asked(held, "a", "b")
        assert [error.path for error in result.errors or ()] == [
            ["desks", 0, "numbers"],
            ["desks", 1, "numbers"],
        ]
        assert result.data == {"desks": [{"numbers": None}, {"numbers": None}]}
