"""Every field of contacts that the official SDK declares is in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    ContactBackfillAnalysisDataResponse,
    ContactCreateImportResponse,
    ContactGetBackfillJobStatusResponse,
    ContactGetImportResponse,
    ContactListResponse,
    ContactResponse,
    contact_backfill_analysis_data_params,
    contact_create_import_params,
    contact_create_params,
    contact_list_conversations_response,
    contact_list_params,
    contact_update_params,
)
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel


CONVERSATIONS: list[type[BaseModel]] = [
    contact_list_conversations_response.ItemContactCall,
    contact_list_conversations_response.ItemContactChat,
]
JOBS: list[type[BaseModel]] = [
    ContactBackfillAnalysisDataResponse,
    ContactCreateImportResponse,
    ContactGetBackfillJobStatusResponse,
    ContactGetImportResponse,
]


@pytest.mark.parametrize(
    ("models", "type_name"),
    [
        ([ContactResponse], "Contact"),
        (CONVERSATIONS, "ContactConversation"),
        (JOBS, "ContactJob"),
    ],
)
def test_every_field_is_shown(models: list[type[BaseModel]], type_name: str) -> None:
    lost = {name for model in models for name in missing(model, SCHEMA.get_type(type_name))}
    assert lost == set()


def test_a_list_is_counted() -> None:
    assert set(ContactListResponse.model_fields) == {
        "has_more",
        "items",
        "pagination_key",
        "total",
    }


@pytest.mark.parametrize(
    ("sdk", "input_name", "more"),
    [
        (contact_list_params.FilterCriteria, "ContactFilter", set()),
        (contact_create_params.ContactCreateParams, "CreateContactInput", {"clientMutationId"}),
        (
            contact_update_params.ContactUpdateParams,
            "UpdateContactInput",
            {"clientMutationId", "contactId"},
        ),
        (
            contact_create_import_params.ContactCreateImportParams,
            "CreateContactImportInput",
            {"clientMutationId"},
        ),
        (contact_create_import_params.ColumnMapping, "ContactImportColumnInput", set()),
        (
            contact_backfill_analysis_data_params.ContactBackfillAnalysisDataParams,
            "BackfillContactsInput",
            {"clientMutationId"},
        ),
        (
            contact_backfill_analysis_data_params.BackfillCallFilter,
            "ContactBackfillFilter",
            set(),
        ),
        (
            contact_backfill_analysis_data_params.BackfillCallFilterAgent,
            "ContactBackfillAgentInput",
            set(),
        ),
    ],
)
def test_every_parameter_is_an_input(sdk: type, input_name: str, more: set[str]) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    assert set(input_.fields) == {to_camel_case(name) for name in sdk.__annotations__} | more


def test_a_list_takes_what_retell_takes_but_skip() -> None:
    query = SCHEMA.query_type
    assert query is not None
    spelled = {"filter_criteria": "filter", "limit": "first", "pagination_key": "after"}
    spelled["sort_order"] = "orderBy"
    taken = contact_list_params.ContactListParams.__annotations__.keys() - {"skip"}
    names = {spelled.get(name, to_camel_case(name)) for name in taken}
    assert set(query.fields["contacts"].args) == names
