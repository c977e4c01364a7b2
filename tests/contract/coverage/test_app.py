"""Every field of apps that the official SDK declares is in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    AppGetToolSchemaResponse,
    AppResponse,
    AppTestAuthResponse,
    app_create_params,
    app_list_usages_response,
    app_update_params,
)
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel


@pytest.mark.parametrize(
    ("models", "type_name"),
    [
        ([AppResponse], "App"),
        (
            [
                app_list_usages_response.ItemAgentAppUsage,
                app_list_usages_response.ItemKnowledgeBaseAppUsage,
            ],
            "AppUsage",
        ),
        ([AppGetToolSchemaResponse], "AppToolSchema"),
        ([AppTestAuthResponse], "TestAppAuthPayload"),
    ],
)
def test_every_field_is_shown(models: list[type[BaseModel]], type_name: str) -> None:
    assert not {name for model in models for name in missing(model, SCHEMA.get_type(type_name))}


@pytest.mark.parametrize(
    ("sdk", "input_name", "more"),
    [
        (app_create_params.AppCreateParams, "CreateAppInput", {"clientMutationId"}),
        (app_update_params.AppUpdateParams, "UpdateAppInput", {"appId", "clientMutationId"}),
        (app_create_params.CRMConfig, "AppCrmConfigInput", set()),
        (app_create_params.CRMConfigInboundSyncMapping, "AppSyncMappingInput", set()),
    ],
)
def test_every_parameter_is_an_input(sdk: type, input_name: str, more: set[str]) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    assert set(input_.fields) == {to_camel_case(name) for name in sdk.__annotations__} | more


@pytest.mark.parametrize(
    ("sdk", "input_name"),
    [
        (app_create_params.AuthConfigOAuthConfigRequest, "AppOauth2Input"),
        (app_create_params.AuthConfigBasicAuthConfigRequest, "AppBasicAuthInput"),
    ],
)
def test_credentials_are_inputs_of_which_the_kind_is_told_by_their_field(
    sdk: type, input_name: str
) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    names = sdk.__annotations__.keys() - {"type"}
    assert set(input_.fields) == {to_camel_case(name) for name in names}
