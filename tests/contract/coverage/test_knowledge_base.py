"""Knowledge bases: every field of the official SDK's models is in the schema."""

from __future__ import annotations

from retell.types import (
    KnowledgeBaseResponse,
    knowledge_base_add_sources_params,
    knowledge_base_create_params,
)
from strawberry.utils.str_converters import to_camel_case

from tests.contract.coverage.walk import SCHEMA, missing

NOT_OURS = {"clientMutationId", "knowledgeBaseId"}


def fields_of(input_name: str) -> set[str]:
    return set(SCHEMA.type_map[input_name].fields) - NOT_OURS  # type: ignore[attr-defined]  # an input


def test_every_field_is_shown_or_left_out_by_name() -> None:
    lost = set(missing(KnowledgeBaseResponse, SCHEMA.get_type("KnowledgeBase")))
    assert lost == set()


def test_every_setting_can_be_given() -> None:
    new = knowledge_base_create_params.KnowledgeBaseCreateParams.__annotations__
    more = knowledge_base_add_sources_params.KnowledgeBaseAddSourcesParams.__annotations__
    text = knowledge_base_create_params.KnowledgeBaseText.__annotations__
    assert {to_camel_case(name) for name in new} == fields_of("CreateKnowledgeBaseInput")
    assert {to_camel_case(name) for name in more} == fields_of("AddKnowledgeBaseSourcesInput")
    assert {to_camel_case(name) for name in text} == fields_of("KnowledgeBaseTextInput")
