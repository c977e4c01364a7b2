"""Every field and parameter of the SDK's phone numbers is in the schema."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType
from retell.types import PhoneNumberResponse, phone_number_list_response
from retell.types.phone_number_create_params import PhoneNumberCreateParams
from retell.types.phone_number_import_params import PhoneNumberImportParams
from retell.types.phone_number_update_params import InboundSMSAgent, PhoneNumberUpdateParams
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing


def test_every_field_is_shown() -> None:
    assert set(missing(PhoneNumberResponse, SCHEMA.get_type("PhoneNumber"))) == set()
    listed = phone_number_list_response.PhoneNumberListResponse.model_fields["items"].annotation
    assert get_args(listed) == (PhoneNumberResponse,)


@pytest.mark.parametrize(
    ("parameters", "input_name", "besides"),
    [
        (PhoneNumberCreateParams, "CreatePhoneNumberInput", {"clientMutationId"}),
        (PhoneNumberImportParams, "ImportPhoneNumberInput", {"clientMutationId"}),
        (PhoneNumberUpdateParams, "UpdatePhoneNumberInput", {"clientMutationId", "phoneNumber"}),
        (InboundSMSAgent, "PhoneNumberAgentInput", set()),
    ],
)
def test_every_parameter_is_taken(parameters: type, input_name: str, besides: set[str]) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    declared = {to_camel_case(name) for name in get_type_hints(parameters)}
    assert set(input_.fields) == declared | besides


@pytest.mark.parametrize(
    ("name", "enum_name"),
    [("number_provider", "PhoneNumberProvider"), ("country_code", "PhoneNumberCountry")],
)
def test_what_can_be_chosen_when_buying_is_known(name: str, enum_name: str) -> None:
    enum = SCHEMA.get_type(enum_name)
    assert isinstance(enum, GraphQLEnumType)
    known = {value.value for value in enum.values.values()}
    assert known == set(get_args(get_type_hints(PhoneNumberCreateParams)[name]))
