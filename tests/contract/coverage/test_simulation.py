"""All of a test is shown, and all that Retell takes for one can be given."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    BatchTestResponse,
    TestCaseDefinitionResponse,
    TestCaseJobResponse,
    test_create_batch_test_params,
    test_create_test_case_definition_params,
    test_update_test_case_definition_params,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.resources import simulation_batch
from tests.contract.coverage.walk import SCHEMA, missing


@pytest.mark.parametrize(
    ("model", "type_name", "excluded"),
    [
        (TestCaseDefinitionResponse, "TestCaseDefinition", set()),
        (TestCaseJobResponse, "TestRun", set()),
        (BatchTestResponse, "BatchTest", set(simulation_batch.EXCLUDED)),
    ],
)
def test_every_field_is_shown_or_left_out_by_name(
    model: type, type_name: str, excluded: set[str]
) -> None:
    assert set(missing(model, SCHEMA.get_type(type_name))) == excluded


@pytest.mark.parametrize(
    ("sdk", "input_name"),
    [
        (test_create_batch_test_params.TestCreateBatchTestParams, "CreateBatchTestInput"),
        (
            test_create_test_case_definition_params.TestCreateTestCaseDefinitionParams,
            "CreateTestCaseDefinitionInput",
        ),
        (
            test_update_test_case_definition_params.TestUpdateTestCaseDefinitionParams,
            "UpdateTestCaseDefinitionInput",
        ),
    ],
)
def test_everything_that_retell_takes_can_be_given(sdk: type, input_name: str) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    ours = set(input_.fields) - {"clientMutationId", "testCaseDefinitionId"}
    engine = {"engine", "engineVersion"}
    assert ours >= engine
    theirs = {to_camel_case(name) for name in sdk.__annotations__}
    assert ours - engine == theirs - {"responseEngine"}
