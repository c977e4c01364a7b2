"""Every field that the SDK declares of flows and of their components is in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from retell.types import (
    ConversationFlowComponentResponse,
    ConversationFlowResponse,
    conversation_flow_component_create_params,
    conversation_flow_component_update_params,
    conversation_flow_create_params,
    conversation_flow_update_params,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.schema.flows import EXCLUDED
from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from pydantic import BaseModel

SECRET = {"headers", "query_params"}


@pytest.mark.parametrize(
    ("model", "type_name", "holders"),
    [
        (
            ConversationFlowResponse,
            "ConversationFlow",
            {
                "Mcp",
                "ToolCustomTool",
                "NodeSubagentNodeToolCustomTool",
                "ComponentMcp",
                "ComponentToolCustomTool",
                "ComponentNodeSubagentNodeToolCustomTool",
            },
        ),
        (
            ConversationFlowComponentResponse,
            "ConversationFlowComponent",
            {"Mcp", "ToolCustomTool", "NodeSubagentNodeToolCustomTool"},
        ),
    ],
)
def test_every_field_is_shown_or_left_out_by_name(
    model: type[BaseModel], type_name: str, holders: set[str]
) -> None:
    lost = set(missing(model, SCHEMA.get_type(type_name)))
    assert lost == {f"{holder}.{name}" for holder in holders for name in SECRET}
    assert lost <= set(EXCLUDED)


def test_nothing_else_is_left_out() -> None:
    lost = missing(ConversationFlowResponse, SCHEMA.get_type("ConversationFlow"))
    assert set(lost) == set(EXCLUDED)


OLDER_FORMS = {"backup_model", "model_choice", "model_temperature"}
"""What `model_config` has taken the place of."""


@pytest.mark.parametrize(
    ("sdk", "input_name", "apart"),
    [
        (
            conversation_flow_create_params.ConversationFlowCreateParams,
            "CreateConversationFlowInput",
            OLDER_FORMS,
        ),
        (
            conversation_flow_update_params.ConversationFlowUpdateParams,
            "UpdateConversationFlowInput",
            OLDER_FORMS | {"is_transfer_cf"},  # Retell takes it, and ignores it
        ),
        (
            conversation_flow_component_create_params.ConversationFlowComponentCreateParams,
            "CreateConversationFlowComponentInput",
            set(),
        ),
        (
            conversation_flow_component_update_params.ConversationFlowComponentUpdateParams,
            "UpdateConversationFlowComponentInput",
            set(),
        ),
        (
            conversation_flow_create_params.ModelConfigCascadingModelConfig,
            "FlowModelConfigInput",
            set(),
        ),
        (conversation_flow_create_params.KBConfig, "FlowKbConfigInput", set()),
    ],
)
def test_what_can_be_given_to_retell_can_be_given_here(
    sdk: type, input_name: str, apart: set[str]
) -> None:
    input_ = SCHEMA.type_map[input_name]
    ids = {"clientMutationId", "conversationFlowId", "conversationFlowComponentId"}
    assert set(input_.fields) - ids == {  # type: ignore[attr-defined]  # an input has fields
        to_camel_case(name) for name in sdk.__annotations__.keys() - apart
    }
