"""What holds for every resource, whichever there are: a new one is in here by being there."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_argument,
)
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from gateway.app import find_resources, schema
from gateway.sandbox.data.agents import agents_of
from gateway.schema.fields import ReadField
from gateway.schema.node import global_id
from gateway.schema.permissions import needed
from gateway.schema.readings import READING, Completed, Computed, Linked, LinkedMany, Scoped
from gateway.schema.types import TYPES
from tests.world import world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.schema.resource import Resource
    from tests.world import World

SCHEMA = schema().executable
RESOURCES = {resource.name: resource for resource in find_resources()}
NODES = sorted(name for name, resource in RESOURCES.items() if resource.node)


def links() -> list[tuple[str, str, str]]:
    """Type, field and target of every link of a type in the schema."""
    return [
        (name, to_camel_case(str(field.python_name)), field.declared.target)
        for name, type_ in sorted(TYPES.items())
        for field in get_object_definition(type_, strict=True).fields
        if isinstance(field, ReadField) and isinstance(field.declared, Linked | LinkedMany)
        if name in SCHEMA.type_map
    ]


_LLM = agents_of("1/sandbox-key-a", 0)[0].versions[-1].body["response_engine"]["llm_id"]
UNLISTED: dict[str, str] = {
    "TestCaseDefinition": f'{{ testCaseDefinitions(engine: {{ llmId: "{_LLM}" }})'
    " { nodes { id } } }",
    "BatchTest": f'{{ batchTests(engine: {{ llmId: "{_LLM}" }}) {{ nodes {{ id }} }} }}',
    "TestRun": f'{{ batchTests(engine: {{ llmId: "{_LLM}" }}) {{ nodes {{ runs {{ id }} }} }} }}',
}
"""Types with global ids that no root field lists by itself, and how to get an id of one: a document
whose answer has one, wherever, under `id`."""


def listed(field: GraphQLField) -> str | None:
    """The name of the type that a root field lists, if it does, and wants to be told nothing."""
    if any(is_required_argument(argument) for argument in field.args.values()):
        return None
    type_ = get_named_type(field.type)
    if isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection"):
        return str(get_named_type(type_.fields["nodes"].type))
    return type_.name if is_list_type(get_nullable_type(field.type)) else None


def lists() -> dict[str, str]:
    """For each type that is listed, a document that lists some of it."""
    assert SCHEMA.query_type is not None
    found: dict[str, str] = {}
    for name, field in SCHEMA.query_type.fields.items():
        type_ = listed(field)
        if type_ is not None and type_ in NODES:
            paged = get_named_type(field.type).name.endswith("Connection")
            found[type_] = (
                f"{name}(first: 20) {{ nodes {{ id }} }}" if paged else f"{name} {{ id }}"
            )
    return {type_: f"{{ {field} }}" for type_, field in found.items()} | UNLISTED


def ids_in(value: object) -> list[str]:
    """Every `id` in an answer."""
    if isinstance(value, list):
        return [id_ for each in value for id_ in ids_in(each)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if isinstance(value.get("id"), str) else []
    return own + [id_ for each in value.values() for id_ in ids_in(each)]


async def some_id(gateway: World, name: str, key: str = "sandbox-key-a") -> str:
    """The global id of an object of the resource's list that can be read alone.

    Chat agents are listed among the others, but cannot be read yet.
    """
    bearer = f"Bearer {key}"
    ids = ids_in(await gateway.data(lists()[name], authorization=bearer))
    whole = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    read = await gateway.data(whole, {"ids": ids[:20]}, authorization=bearer)
    id_: str = next(node["id"] for node in read["nodes"] if node)
    return id_


def test_there_are_resources() -> None:
    assert set(RESOURCES) >= {"Account", "Agent", "Call"}
    assert set(NODES) >= {"Agent", "Call"}
    assert len(RESOURCES) == len(find_resources())


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_a_resource_has_root_fields_that_no_other_has(name: str) -> None:
    def fields(resource: Resource) -> list[str]:
        roots = [type_ for type_ in (resource.queries, resource.mutations) if type_]
        return [
            str(field.python_name)
            for type_ in roots
            for field in get_object_definition(type_, strict=True).fields
        ]

    others = {field for other, r in RESOURCES.items() if other != name for field in fields(r)}
    own = fields(RESOURCES[name])
    assert own
    assert not others & set(own)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_the_types_that_a_resource_hands_in_are_those_that_nothing_leads_to(name: str) -> None:
    for type_ in RESOURCES[name].types:
        shown = SCHEMA.type_map[type_.__name__]
        assert isinstance(shown, GraphQLObjectType)
        assert shown.interfaces


@pytest.mark.parametrize("name", NODES)
def test_what_has_a_global_id_is_a_node_and_is_listed(name: str) -> None:
    type_ = SCHEMA.type_map[name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    assert "Node" in {interface.name for interface in type_.interfaces}
    assert name in lists()


@pytest.mark.parametrize("name", NODES)
async def test_a_global_id_leads_back_to_its_object(name: str) -> None:
    async with world(calls=20) as gateway:
        id_ = await some_id(gateway, name)
        assert b64decode(id_).decode().startswith(f"{name}:")
        query = "query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }"
        got = await gateway.data(query, {"id": id_})
        shown = SCHEMA.type_map[got["node"].pop("__typename")]
        assert isinstance(shown, GraphQLObjectType)
        assert name in {shown.name, *(interface.name for interface in shown.interfaces)}
        assert got == {"node": {"id": id_}, "nodes": [{"id": id_}]}


@pytest.mark.parametrize("name", NODES)
async def test_an_object_that_retell_does_not_know_is_null(name: str) -> None:
    async with world(calls=1) as gateway:
        query = "query($id: ID!) { node(id: $id) { id } }"
        got = await gateway.data(query, {"id": global_id(name, "no_such_id")})
        assert got == {"node": None}
        assert sum(gateway.requests.values()) == 1


@pytest.mark.parametrize("name", NODES)
@pytest.mark.parametrize("key", ["../x", "a/b", "a?b", "a%2fb", "", "x" * 200, "a\n"])
async def test_a_key_that_cannot_be_one_is_not_sent(name: str, key: str) -> None:
    async with world(calls=1) as gateway:
        query = "query($id: ID!) { node(id: $id) { id } }"
        answer = await gateway.answer(query, {"id": global_id(name, key)})
        assert answer["data"] == {"node": None}
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert gateway.requests == {}


@pytest.mark.parametrize("name", NODES)
async def test_what_one_key_may_read_another_does_not_see(name: str) -> None:
    async with world(calls=20, api_key=None) as gateway:
        variables = {"id": await some_id(gateway, name, "sandbox-key-a")}
        query = "query($id: ID!) { node(id: $id) { id } }"
        for letter, node in [("a", variables), ("b", None), ("a", variables)]:
            bearer = f"Bearer sandbox-key-{letter}"
            assert await gateway.data(query, variables, authorization=bearer) == {"node": node}


@pytest.mark.parametrize(("type_name", "field", "target"), links())
def test_a_link_leads_to_a_resource(type_name: str, field: str, target: str) -> None:
    type_ = SCHEMA.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    assert str(type_.fields[to_camel_case(field)].type) in (target, f"[{target}]")


def test_calls_are_linked_to_their_agents() -> None:
    assert ("Call", "agent", "Agent") in links()


async def test_a_link_is_followed() -> None:
    async with world(calls=20) as gateway:
        query = "{ calls(first: 20) { nodes { agentId agent { id agentId } } } }"
        calls = (await gateway.data(query))["calls"]["nodes"]
        linked = [call for call in calls if call["agent"]]
        assert linked
        assert all(call["agent"]["agentId"] == call["agentId"] for call in linked)
        distinct = {call["agent"]["id"] for call in linked}
        assert gateway.requests["GET /get-agent"] == len(distinct)


def test_every_field_that_asks_retell_says_which_scope_it_takes() -> None:
    asking = {
        f"{type_.name}.{name}": needed(resolver.wrapped_func)
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if (declared := field.extensions.get("strawberry-definition")) is not None
        and (resolver := declared.base_resolver) is not None
    }
    assert {name for name, scope in asking.items() if scope is None} == {
        "Query.node",
        "Query.nodes",
    }
    assert {"Agent.versions", "App.usages", "Contact.conversations"} < asking.keys()


class Whatever(dict[str, Any]):
    """An object of Retell's that has this value under every key."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value

    def get(self, _name: str, _otherwise: Any = None, /) -> Any:
        return self._value

    def __getitem__(self, _name: str, /) -> Any:
        return self._value

    def __contains__(self, _name: object, /) -> bool:
        return True


VALUES: list[Any] = ["x", 7, 7.5, True, None, [], ["x"], [7], [None], [{}]]
VALUES += [{}, {"a": "x"}, {"a": 7}, {"a": None}]


def worked_out() -> list[tuple[str, Callable[[Any], object]]]:
    """Every function that works a field out, or the key of a link, by what its field is called."""
    found: list[tuple[str, Callable[[Any], object]]] = []
    for type_ in SCHEMA.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            told = getattr(field, "extensions", {}).get(READING)
            both = (told.reading, told.otherwise) if isinstance(told, Scoped) else (told,)
            for each in both:
                if isinstance(each, Computed):
                    found.append((f"{type_.name}.{name}", each.compute))
                elif isinstance(each, Linked):
                    found.append((f"{type_.name}.{name}", each.key))
                elif isinstance(each, LinkedMany):
                    found.append((f"{type_.name}.{name}", each.keys))
                elif isinstance(each, Completed):
                    found.append((f"{type_.name}.{name}", each.of))
    return found


def test_nothing_that_retell_may_give_upsets_what_works_a_field_out() -> None:
    upset = []
    functions = worked_out()
    for name, function in functions:
        for value in VALUES:
            try:
                function(Whatever(value))
            except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                upset.append((name, value, error))
    assert upset == []
    assert len(functions) > 200
