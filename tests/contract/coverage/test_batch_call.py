"""All of a batch is shown, and all that Retell takes for one can be given."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType
from retell.types import BatchCallResponse, batch_call_create_batch_call_params
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing


def test_every_field_of_a_batch_is_shown() -> None:
    assert set(missing(BatchCallResponse, SCHEMA.get_type("BatchCall"))) == set()


@pytest.mark.parametrize(
    ("sdk", "input_name"),
    [
        (
            batch_call_create_batch_call_params.BatchCallCreateBatchCallParams,
            "CreateBatchCallInput",
        ),
        (batch_call_create_batch_call_params.Task, "BatchCallTaskInput"),
        (batch_call_create_batch_call_params.CallTimeWindow, "BatchCallTimeWindowInput"),
        (batch_call_create_batch_call_params.CallTimeWindowWindow, "BatchCallWindowInput"),
    ],
)
def test_everything_that_retell_takes_can_be_given(sdk: type, input_name: str) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    theirs = {to_camel_case(name) for name in sdk.__annotations__}
    assert set(input_.fields) - {"clientMutationId"} == theirs
