"""Every field and parameter of the SDK's voices is in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType
from retell.types import VoiceResponse
from retell.types.voice_add_resource_params import VoiceAddResourceParams
from retell.types.voice_clone_params import VoiceCloneParams
from retell.types.voice_search_params import VoiceSearchParams
from retell.types.voice_search_response import Voice
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel


@pytest.mark.parametrize(
    ("model", "type_name"), [(VoiceResponse, "Voice"), (Voice, "CommunityVoice")]
)
def test_every_field_is_shown(model: type[BaseModel], type_name: str) -> None:
    assert set(missing(model, SCHEMA.get_type(type_name))) == set()


def test_every_parameter_is_taken() -> None:
    added = SCHEMA.get_type("AddCommunityVoiceInput")
    assert isinstance(added, GraphQLInputObjectType)
    parameters = {to_camel_case(name) for name in get_type_hints(VoiceAddResourceParams)}
    assert set(added.fields) == parameters | {"clientMutationId"}
    cloned = SCHEMA.get_type("CloneVoiceInput")
    assert isinstance(cloned, GraphQLInputObjectType)
    parameters = {to_camel_case(name) for name in get_type_hints(VoiceCloneParams)}
    assert set(cloned.fields) == parameters | {"clientMutationId"}
    assert SCHEMA.query_type is not None
    arguments = SCHEMA.query_type.fields["searchCommunityVoices"].args
    assert set(arguments) == {to_camel_case(name) for name in get_type_hints(VoiceSearchParams)}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (VoiceAddResourceParams, "CommunityVoiceProvider"),
        (VoiceSearchParams, "CommunityVoiceProvider"),
        (VoiceCloneParams, "VoiceCloneProvider"),
    ],
)
def test_every_provider_is_known(parameters: type, name: str) -> None:
    enum = SCHEMA.get_type(name)
    assert isinstance(enum, GraphQLEnumType)
    known = {value.value for value in enum.values.values()}
    assert known == set(get_args(get_type_hints(parameters)["voice_provider"]))
