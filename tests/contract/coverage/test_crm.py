"""Every field of the CRM that the official SDK declares is in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    CRMConfig,
    CRMGetSchemaResponse,
    CRMGetSyncJobStatusResponse,
    CRMRunSyncJobResponse,
    crm_update_config_params,
)
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel


@pytest.mark.parametrize(
    ("models", "type_name"),
    [
        ([CRMConfig], "CrmConfig"),
        ([CRMGetSchemaResponse], "CrmSchema"),
        ([CRMGetSyncJobStatusResponse, CRMRunSyncJobResponse], "ContactJob"),
    ],
)
def test_every_field_is_shown(models: list[type[BaseModel]], type_name: str) -> None:
    lost = {name for model in models for name in missing(model, SCHEMA.get_type(type_name))}
    assert lost == set()


@pytest.mark.parametrize(
    ("sdk", "input_name", "more"),
    [
        (
            crm_update_config_params.CRMUpdateConfigParams,
            "UpdateCrmConfigInput",
            {"clientMutationId"},
        ),
        (
            crm_update_config_params.CRMAnalysisDataMapping,
            "CrmAnalysisDataMappingInput",
            set(),
        ),
        (crm_update_config_params.CustomField, "CrmFieldInput", set()),
    ],
)
def test_every_parameter_is_an_input(sdk: type, input_name: str, more: set[str]) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    assert set(input_.fields) == {to_camel_case(name) for name in sdk.__annotations__} | more
