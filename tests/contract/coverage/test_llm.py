"""LLM engines: every field of the official SDK's models is in the schema, or left out by name."""

from __future__ import annotations

from graphql import GraphQLObjectType
from retell.types import LlmResponse, llm_create_params, llm_response, llm_update_params
from strawberry.utils.str_converters import to_camel_case

from gateway.resources.llm import EXCLUDED
from tests.contract.coverage.walk import SCHEMA, missing

RENAMED = {
    "api_model_config": "modelConfig",
    "api_model_high_priority": "modelHighPriority",
    "api_model_temperature": "modelTemperature",
    "api_model_ultrafast": "modelUltrafast",
}
"""What the SDK calls otherwise than Retell does."""
OLDER = {"backupModel", "modelHighPriority", "modelTemperature", "modelUltrafast"}
"""What `modelConfig` stands for."""


def fields_of(name: str) -> set[str]:
    return set(SCHEMA.type_map[name].fields)  # type: ignore[attr-defined]  # a type with fields


def test_every_field_is_shown_or_left_out_by_name() -> None:
    lost = set(missing(LlmResponse, SCHEMA.get_type("RetellLlm")))
    assert lost == EXCLUDED.keys()


def test_what_the_sdk_calls_otherwise_is_shown() -> None:
    assert set(RENAMED.values()) <= fields_of("RetellLlm")
    shown = SCHEMA.get_type("LlmModelConfig")
    assert isinstance(shown, GraphQLObjectType)
    for model in (
        llm_response.ModelConfigCascadingModelConfig,
        llm_response.ModelConfigS2SModelConfig,
    ):
        assert set(missing(model, shown)) == set()


def test_every_setting_can_be_given_but_older_forms() -> None:
    new = {to_camel_case(name) for name in llm_create_params.LlmCreateParams.__annotations__}
    more = {to_camel_case(name) for name in llm_update_params.LlmUpdateParams.__annotations__}
    assert new - fields_of("CreateRetellLlmInput") == OLDER
    assert more - fields_of("UpdateRetellLlmInput") == OLDER | {"isTransferLlm"}
    for params, input_name in {
        llm_create_params.ModelConfigCascadingModelConfig: "LlmModelConfigInput",
        llm_create_params.ModelConfigCascadingModelConfigPrimary: "LlmModelInput",
        llm_create_params.ModelConfigCascadingModelConfigBackupBackupModelRef: (
            "LlmBackupModelRefInput"
        ),
        llm_create_params.KBConfig: "LlmKnowledgeBaseConfigInput",
    }.items():
        assert {to_camel_case(name) for name in params.__annotations__} == fields_of(input_name)
