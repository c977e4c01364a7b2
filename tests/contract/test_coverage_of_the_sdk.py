"""Every field that the official SDK declares is in the schema, or left out for a stated reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args, get_origin

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)
from pydantic import BaseModel
from retell.types import (
    AgentResponse,
    ConcurrencyRetrieveResponse,
    PhoneCallResponse,
    WebCallResponse,
    agent_list_params,
    agent_list_response,
    call_list_params,
)
from retell.types.identity_retrieve_response import IdentityRetrieveResponse
from strawberry.utils.str_converters import to_camel_case

from gateway.app import schema
from gateway.resources import call
from gateway.schema.agent_parts import EXCLUDED as SECRETS_OF_TOOLS
from gateway.schema.types import DISCRIMINATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = schema().executable


def parts(annotation: object) -> Iterator[object]:
    """The models and the literal values in an annotation, wherever they stand."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for argument in get_args(annotation):
            yield from parts(argument)


def shown_as(model: type[BaseModel], type_: GraphQLNamedType | None) -> set[GraphQLObjectType]:
    """The object types that objects of this model are of, where the schema has `type_`."""
    if isinstance(type_, GraphQLObjectType):
        return {type_}
    assert type_ is not None
    discriminator = DISCRIMINATORS[type_.name]
    values = parts(model.model_fields[discriminator.key].annotation)
    names = [discriminator.members[str(value)] for value in values]
    found = {SCHEMA.type_map[name] for name in names}
    return {member for member in found if isinstance(member, GraphQLObjectType)}


def missing(model: type[BaseModel], type_: GraphQLNamedType | None) -> Iterator[str]:
    """`Model.field` of what has no field, `Model.field=value` of what an enum does not know."""
    for member in shown_as(model, type_):
        for name, declared in model.model_fields.items():
            field = member.fields.get(to_camel_case(name))
            if field is None:
                yield f"{model.__name__}.{name}"
                continue
            shown = get_named_type(field.type)
            if shown.name != "JSON":  # JSON has all there is
                for lost in missing_in(parts(declared.annotation), shown):
                    yield lost or f"{model.__name__}.{name}"


def missing_in(found: Iterator[object], shown: GraphQLNamedType) -> Iterator[str]:
    """The same of a field's values; empty where they are objects and it is a scalar."""
    known = {v.value for v in shown.values.values()} if isinstance(shown, GraphQLEnumType) else None
    for part in found:
        if isinstance(part, type) and issubclass(part, BaseModel):
            if is_composite_type(shown):
                yield from missing(part, shown)
            else:
                yield ""
        elif known is not None and part not in known:
            yield f"{shown.name}={part}"


@pytest.mark.parametrize(
    ("models", "type_name", "excluded"),
    [
        ([AgentResponse, agent_list_response.Item], "Agent", SECRETS_OF_TOOLS),
        ([WebCallResponse, PhoneCallResponse], "Call", call.EXCLUDED),
        ([ConcurrencyRetrieveResponse], "Concurrency", {}),
        ([IdentityRetrieveResponse], "Account", {}),
    ],
)
def test_every_field_is_shown_or_left_out_by_name(
    models: list[type[BaseModel]], type_name: str, excluded: Mapping[str, str]
) -> None:
    lost = {name for model in models for name in missing(model, SCHEMA.get_type(type_name))}
    assert lost == set(excluded)


@pytest.mark.parametrize(
    ("sdk", "input_name"),
    [
        (call_list_params.FilterCriteria, "CallFilter"),
        (call_list_params.FilterCriteriaAgent, "CallAgentFilter"),
        (call_list_params.FilterCriteriaToolCall, "ToolCallFilter"),
        (agent_list_params.FilterCriteria, "AgentFilter"),
    ],
)
def test_every_filter_is_an_input(sdk: type, input_name: str) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    assert set(input_.fields) == {to_camel_case(name) for name in sdk.__annotations__}


def test_a_field_that_no_type_has_is_found() -> None:
    class Priced(BaseModel):
        amount: float

    class Newer(BaseModel):
        api_key_name: Priced
        org_id: Literal["a"]
        price: list[Priced] | None

    lost = set(missing(Newer, SCHEMA.get_type("Account")))
    assert lost == {"Newer.api_key_name", "Newer.price"}


def test_an_enum_value_that_is_not_known_is_found() -> None:
    class Newer(BaseModel):
        channel: Literal["voice", "smoke"] | None

    assert set(missing(Newer, SCHEMA.get_type("Agent"))) == {"AgentChannel=smoke"}


def test_a_kind_that_is_not_known_is_found() -> None:
    class Newer(BaseModel):
        type: Literal["brain"]

    with pytest.raises(KeyError, match="brain"):
        set(missing(Newer, SCHEMA.get_type("ResponseEngine")))
