"""`gateway.schema.build`: a schema out of resources, over dicts as upstream gave them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    execute_sync,
    introspection_from_schema,
    parse,
    validate,
)
from strawberry.exceptions import UnresolvedFieldTypeError

from gateway.schema.build import MUTATION, QUERY, build_schema
from gateway.schema.fields import link
from gateway.schema.resource import Resource
from gateway.schema.types import object_type
from tests.loading import loading
from tests.schema.library import (
    BOOK_RESOURCE,
    SCHEMA,
    WRITER_RESOURCE,
    Book,
    Novel,
    OtherBook,
    WriterQueries,
    ask,
    data,
)


@object_type()
class DamagedQueries:
    """Root fields that are read from a root value."""

    book: Book | None
    """A book."""
    part: Novel | None
    """A novel."""


DAMAGED = build_schema(
    [Resource("Damaged", DamagedQueries, types=(OtherBook,)), WRITER_RESOURCE]
).executable


@object_type()
class Haunted:
    """A house."""

    rooms: int | None
    """How many rooms it has."""
    ghost = link("Ghost", lambda _house: "g1")
    """Who lives in it."""


@object_type()
class HauntedQueries:
    """Root fields for houses."""

    house: Haunted | None
    """A house."""


@object_type()
class LibraryMutations:
    """Root fields that change."""

    closed: bool | None
    """Whether it was closed."""


def answering(**book: Any) -> Any:
    return lambda _request: httpx.Response(200, json={"book_id": "b1", "binding": "", **book})


async def book(selection: str, **values: Any) -> Any:
    async with loading(answering(**values)) as world:
        return (await data(world, f'{{ book(id: "b1") {{ {selection} }} }}'))["book"]


def test_a_schema_does_not_depend_on_the_order_of_its_resources() -> None:
    again = build_schema([BOOK_RESOURCE, WRITER_RESOURCE])
    assert again.sdl == SCHEMA.sdl
    assert again.sdl.endswith("}\n")


def test_root_fields_are_those_of_all_resources() -> None:
    query = SCHEMA.executable.query_type
    assert query is not None
    assert set(query.fields) == {
        "book",
        "books",
        "selected",
        "nothingSelected",
        "nobody",
        "node",
        "nodes",
    }
    assert query.description == QUERY
    assert SCHEMA.executable.mutation_type is None


def test_mutations_are_there_where_a_resource_has_some() -> None:
    changing = Resource("Writer", WriterQueries, LibraryMutations)
    mutation = build_schema([changing]).executable.mutation_type
    assert mutation is not None
    assert (set(mutation.fields), mutation.description) == ({"closed"}, MUTATION)


def test_types_that_only_an_interface_leads_to_are_there() -> None:
    assert isinstance(SCHEMA.executable.type_map["OtherBook"], GraphQLObjectType)


@pytest.mark.parametrize(
    ("kind", "type_name"), [("novel", "Novel"), ("poem", "OtherBook"), (None, "OtherBook")]
)
async def test_a_dict_is_of_the_type_that_its_key_says(kind: str | None, type_name: str) -> None:
    got = await book("__typename bookId ... on Novel { hero }", kind=kind, hero="Ishmael")
    hero = {"hero": "Ishmael"} if type_name == "Novel" else {}
    assert got == {"__typename": type_name, "bookId": "b1"} | hero


async def test_members_of_a_union_are_told_by_its_own_key() -> None:
    things = [{"type": "receipt", "price": 1.5}, {"type": "leaf"}, None]
    got = await book(
        "things { __typename ... on Receipt { price } ... on OtherThing { raw } }", things=things
    )
    assert got["things"] == [
        {"__typename": "Receipt", "price": 1.5},
        {"__typename": "OtherThing", "raw": {"type": "leaf"}},
        None,
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("merry", "MERRY"),
        ("Sad", "SAD"),
        ("MERRY", "UNKNOWN"),
        ("angry", "UNKNOWN"),
        ("UNKNOWN", "UNKNOWN"),
        (7, "UNKNOWN"),
        (["merry"], "UNKNOWN"),
        (None, None),
    ],
)
async def test_an_open_enum_shows_what_it_knows(given: object, shown: str | None) -> None:
    assert await book("mood", mood=given) == {"mood": shown}


async def test_the_raw_twin_has_the_value_as_it_was_given() -> None:
    got = await book(
        "mood moodRaw moodsByPart moodsByPartRaw",
        mood="angry",
        moods_by_part=["merry", "calm", None],
    )
    assert got == {
        "mood": "UNKNOWN",
        "moodRaw": "angry",
        "moodsByPart": ["MERRY", "UNKNOWN", None],
        "moodsByPartRaw": ["merry", "calm", None],
    }


async def test_scalars_are_written_from_the_form_that_upstream_has() -> None:
    got = await book("printed copies pages", printed=1_780_000_000_000, copies=2**53, pageCount=3)
    assert got == {"printed": "2026-05-28T20:26:40.000Z", "copies": 2**53, "pages": 3}


@pytest.mark.parametrize("given", ["{}", "{eq: null}", '{eq: "a", ne: "b"}', '{eq: "a", ne: null}'])
def test_an_input_that_is_one_of_several_is_checked_before_execution(given: str) -> None:
    document = parse(f"{{ books(where: {{bookId: {given}}}) {{ totalCount }} }}")
    (error,) = validate(SCHEMA.executable, document)
    assert "exactly one" in error.message


def test_inputs_that_are_not_one_of_several_stay_as_they_are() -> None:
    inputs = [
        t for t in SCHEMA.executable.type_map.values() if isinstance(t, GraphQLInputObjectType)
    ]
    assert {input_.name: input_.is_one_of for input_ in inputs} == {
        "BookFilter": False,
        "IdFilter": True,
    }


@pytest.mark.parametrize("damaged", ["a text", "hero", 7, ["list"]])
@pytest.mark.parametrize(
    ("selection", "name"), [("book { __typename }", "book"), ("part { hero }", "part")]
)
def test_what_should_be_an_object_and_is_none_is_an_error_of_its_place(
    damaged: object, selection: str, name: str
) -> None:
    root = {"book": damaged, "part": damaged}
    result = execute_sync(DAMAGED, parse(f"{{ {selection} }}"), root)
    assert result.data == {name: None}
    (error,) = result.errors or []
    assert error.message.startswith("Expected value of type")
    assert error.path == [name]


def test_the_schema_can_be_asked_about_itself() -> None:
    introspected = introspection_from_schema(SCHEMA.executable)
    assert introspected["__schema"]["queryType"]["name"] == "Query"


def test_a_link_that_leads_to_no_resource_is_named() -> None:
    with pytest.raises(UnresolvedFieldTypeError, match="ghost"):
        build_schema([Resource("Haunted", HauntedQueries)])


async def test_a_root_field_is_called_as_strawberry_would_call_it() -> None:
    """The layers between are left out; arguments, the info and what it selects are the same."""
    query = """query ($first: Int!, $ids: [String!]!) {
      selected { names at more { names } }
      books(first: $first, where: { bookId: { in: $ids } }, by: TITLE) { totalCount }
    }"""

    def retell(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [], "total": 3})

    async with loading(retell) as world:
        result = await ask(world, query, {"first": 2, "ids": ["a", "b"]})
        assert result.errors is None
        assert result.data == {
            "selected": {"names": ["at", "more", "names"], "at": ["selected"], "more": None},
            "books": {"totalCount": 3},
        }
