"""Everything that mutations of calls answer, and all that they can be given, as the SDK has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    CallListenLiveResponse,
    CreateWebCallResponse,
    call_create_phone_call_params,
    call_create_web_call_params,
    call_register_phone_call_params,
    call_update_live_params,
)
from retell.types.call_take_over_live_response import CallTakeOverLiveResponse
from retell.types.call_update_live_response import CallUpdateLiveResponse
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel


@pytest.mark.parametrize(
    ("model", "type_name"),
    [
        (CreateWebCallResponse, "CreateWebCallPayload"),
        (CallListenLiveResponse, "ListenLiveCallPayload"),
        (CallUpdateLiveResponse, "UpdateLiveCallPayload"),
        (CallTakeOverLiveResponse, "TakeOverLiveCallPayload"),
    ],
)
def test_every_field_of_an_answer_is_shown(model: type[BaseModel], type_name: str) -> None:
    lost = set(missing(model, SCHEMA.get_type(type_name)))
    assert lost == set()


@pytest.mark.parametrize(
    ("sdk", "input_name", "ours"),
    [
        (
            call_create_phone_call_params.CallCreatePhoneCallParams,
            "CreatePhoneCallInput",
            {"idempotencyKey"},
        ),
        (call_create_web_call_params.CallCreateWebCallParams, "CreateWebCallInput", set()),
        (
            call_register_phone_call_params.CallRegisterPhoneCallParams,
            "RegisterPhoneCallInput",
            set(),
        ),
        (call_update_live_params.FieldsToOverride, "LiveCallFieldsInput", set()),
        (call_update_live_params.CallControl, "LiveCallControlInput", set()),
    ],
)
def test_everything_that_retell_takes_can_be_given(
    sdk: type, input_name: str, ours: set[str]
) -> None:
    """`ours` is what the gateway gives by itself."""
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    theirs = {to_camel_case(name) for name in sdk.__annotations__}
    assert set(input_.fields) - {"clientMutationId"} == theirs - ours
