"""The rules that the whole schema keeps to, and the file that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    validate_schema,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.app import find_resources, schema
from gateway.schema.fields import ReadField
from gateway.schema.readings import Computed
from gateway.schema.types import OPEN_ENUMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLField, GraphQLSchema

FILE = Path(__file__).parents[2] / "schema.graphql"
SCHEMA = schema().executable
SECRETS = {
    "access_token",
    "accesstoken",
    "headers",
    "queryparams",
    "query_params",
    "password",
    "apikey",
    "api_key",
}


def own_types(of: GraphQLSchema = SCHEMA) -> Iterator[GraphQLNamedType]:
    for type_ in of.type_map.values():
        if not (is_introspection_type(type_) or is_specified_scalar_type(type_)):
            yield type_


WRITE_ONLY = {"AppAuthConfigInput.apiKey", "AppBasicAuthInput.password"}
"""Credentials that are given for another system: inputs, which nothing shows again."""


def output_fields(of: GraphQLSchema = SCHEMA) -> Iterator[tuple[Any, str, GraphQLField]]:
    for type_ in own_types(of):
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield type_, name, field


def described(of: GraphQLSchema = SCHEMA) -> Iterator[tuple[str, str | None]]:
    """Everything that has a description, and which."""
    for type_ in own_types(of):
        yield type_.name, type_.description
        members: dict[str, Any] = {}
        if isinstance(type_, GraphQLEnumType):
            members = dict(type_.values)
        if isinstance(type_, GraphQLInputObjectType):
            members = dict(type_.fields)
        for name, member in members.items():
            yield f"{type_.name}.{name}", member.description
    for type_, name, field in output_fields(of):
        yield f"{type_.name}.{name}", field.description
        for argument, declared in field.args.items():
            yield f"{type_.name}.{name}({argument})", declared.description


def undescribed(of: GraphQLSchema = SCHEMA) -> list[str]:
    return [
        name for name, text in described(of) if not (text and text.strip().endswith((".", ":")))
    ]


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == schema().sdl, "run `make schema`"


def test_the_file_is_a_valid_schema_of_the_same_types() -> None:
    shown = build_schema(schema().sdl)
    assert validate_schema(shown) == []
    assert set(shown.type_map) - {"_Any"} == set(SCHEMA.type_map)


def test_everything_is_described_in_sentences() -> None:
    assert undescribed() == []


def test_what_is_not_described_is_found() -> None:
    lacking = build_schema(
        '''
        """A."""
        type Query {
          a: Int
          """B."""
          b(c: Int): Int
          """Not a sentence"""
          d: E
        }
        enum E { F }
        input G { "H." h: Int i: Int }
        '''
    )
    assert sorted(undescribed(lacking)) == [
        "E",
        "E.F",
        "G",
        "G.i",
        "Query.a",
        "Query.b(c)",
        "Query.d",
    ]


# --- Nullability -------------------------------------------------------------------------------

OWN_IDS = {(each.name, to_camel_case(each.id_key)) for each in find_resources()}
"""What an object cannot be without; of that object only: a call need not have an `agentId`."""
OURS = {
    "PageInfo": {"hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!"},
    "UserError": {"message": "String!", "code": "String!"},
    "Query": {"nodes": "[Node]!"},
}
"""What the gateway makes itself, and so has in every case."""


def is_own_id(type_: Any, name: str) -> bool:
    """Whether it names the object that it is a field of."""
    named = {type_.name, *(interface.name for interface in type_.interfaces)}
    return name == "id" or any((each, name) in OWN_IDS for each in named)


def made_by_the_gateway(type_: Any, name: str, field: GraphQLField) -> bool:
    if str(field.type) == OURS.get(type_.name, {}).get(name):
        return True
    if type_.name == "Mutation":
        return str(field.type) == f"{name[0].upper()}{name[1:]}Payload!"
    if name == "userErrors":
        return str(field.type) == "[UserError!]!" and type_.name.endswith("Payload")
    if type_.name.endswith("Connection"):
        return name in {"pageInfo", "edges", "nodes"}
    if type_.name.endswith("Edge"):
        return (name, str(field.type)) == ("cursor", "String!")
    return (name, str(field.type)) == ("raw", "JSON!") and type_.name.startswith("Unknown")


def test_only_ids_and_what_the_gateway_makes_is_never_null() -> None:
    never_null = [
        f"{type_.name}.{name}: {field.type}"
        for type_, name, field in output_fields()
        if isinstance(field.type, GraphQLNonNull)
        and not is_own_id(type_, name)
        and not made_by_the_gateway(type_, name, field)
    ]
    assert never_null == []


def test_ids_and_what_the_gateway_makes_is_never_null() -> None:
    found = {
        f"{type_.name}.{name}": str(field.type)
        for type_, name, field in output_fields()
        if isinstance(field.type, GraphQLNonNull)
    }
    for type_name, fields in OURS.items():
        for name, shown in fields.items():
            assert found[f"{type_name}.{name}"] == shown
    for type_, name, _field in output_fields():
        if is_own_id(type_, name):
            assert found[f"{type_.name}.{name}"] in ("ID!", "TelephoneNumber!")
        of_a_page = name != "edges" or type_.name.endswith("Connection")  # flows have edges too
        if name in {"userErrors", "cursor", "pageInfo", "edges"} and of_a_page:
            assert f"{type_.name}.{name}" in found
        if type_.name == "Mutation":  # else one that fails would hide what another one did
            assert f"{type_.name}.{name}" not in found


def test_what_is_read_from_retell_may_be_null_item_by_item() -> None:
    """Items of lists that the gateway makes are there, those of Retell's lists may not be."""
    whole = {f"{t.name}.{name}" for t, name, field in output_fields() if "!]" in str(field.type)}
    made = {name for name in whole if name.endswith(("Connection.edges", "Payload.userErrors"))}
    assert whole - made == {"UserError.field"}
    assert made


def test_a_global_id_is_made_by_the_gateway() -> None:
    read = [
        field.extensions["strawberry-definition"]
        for type_, name, field in output_fields()
        if name == "id" and type_.name != "Node"
    ]
    assert read
    assert all(isinstance(f, ReadField) and isinstance(f.reading, Computed) for f in read)


# --- Open enums --------------------------------------------------------------------------------


def open_enums() -> set[str]:
    return {enum.__name__ for enum in OPEN_ENUMS} & set(SCHEMA.type_map)


def test_every_open_enum_has_an_unknown_and_no_other_enum_has() -> None:
    unknowing = {
        type_.name
        for type_ in own_types()
        if isinstance(type_, GraphQLEnumType) and "UNKNOWN" in type_.values
    }
    assert unknowing == open_enums()
    assert unknowing


def test_every_enum_that_is_shown_is_open_and_has_its_raw_twin_beside_it() -> None:
    shown = 0
    for type_, name, field in output_fields():
        enum = get_named_type(field.type)
        if isinstance(enum, GraphQLEnumType):
            assert enum.name in open_enums()
            raw = type_.fields[f"{name}Raw"]
            assert str(raw.type) == str(field.type).replace(enum.name, "String")
            shown += 1
    twins = [name for _type, name, _field in output_fields() if name.endswith("Raw")]
    assert (len(twins), shown > 10) == (shown, True)


# --- Secrets -----------------------------------------------------------------------------------


def names(of: GraphQLSchema = SCHEMA) -> Iterator[str]:
    for type_, name, field in output_fields(of):
        yield f"{type_.name}.{name}"
        yield from (f"{type_.name}.{name}.{argument}" for argument in field.args)
    for type_ in own_types(of):
        if isinstance(type_, GraphQLInputObjectType):
            yield from (f"{type_.name}.{name}" for name in type_.fields)


HANDED_OVER = {"CreateWebCallPayload.accessToken", "ListenLiveCallPayload.accessToken"}
"""Secrets that a mutation makes, and gives to who asked for them."""


def secret(of: GraphQLSchema = SCHEMA) -> list[str]:
    found = [name for name in names(of) if name.rpartition(".")[2].lower() in SECRETS]
    return [name for name in found if name not in WRITE_ONLY]


def test_what_is_write_only_belongs_to_inputs() -> None:
    for name in WRITE_ONLY:
        input_ = SCHEMA.get_type(name.partition(".")[0])
        assert isinstance(input_, GraphQLInputObjectType)
        assert name.partition(".")[2] in input_.fields


def test_no_field_is_a_secret() -> None:
    assert set(secret()) == HANDED_OVER


def test_a_field_that_is_a_secret_is_found() -> None:
    leaking = build_schema(
        "type Query { accessToken: Int a(headers: Int): Int } input I { password: Int }"
    )
    assert secret(leaking) == ["Query.accessToken", "Query.a.headers", "I.password"]


# --- Names -------------------------------------------------------------------------------------


def test_every_mutation_has_one_input_and_a_payload() -> None:
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        capital = f"{name[0].upper()}{name[1:]}"
        assert {key: str(arg.type) for key, arg in field.args.items()} == {
            "input": f"{capital}Input!"
        }
        assert str(field.type) == f"{capital}Payload"


def test_every_time_is_a_date_time_and_no_id_is_a_number() -> None:
    for type_, name, field in output_fields():
        shown = get_named_type(field.type).name
        if name.lower().endswith("timestamp"):
            assert shown == "DateTime", f"{type_.name}.{name}"
        if name.endswith("Url"):
            assert shown in {"URL", "Boolean"}, f"{type_.name}.{name}"
