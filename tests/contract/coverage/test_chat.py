"""Chats, chat agents and versions of agents, compared with the official SDK."""

from __future__ import annotations

from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType
from retell.types import (
    AgentResponse,
    ChatAgentResponse,
    ChatCreateChatCompletionResponse,
    ChatResponse,
    agent_create_params,
    agent_create_version_params,
    agent_list_versions_response,
    agent_publish_params,
    agent_update_params,
    chat_agent_create_params,
    chat_agent_list_response,
    chat_agent_update_params,
    chat_create_chat_completion_params,
    chat_create_params,
    chat_create_sms_chat_params,
    chat_list_params,
    chat_list_response,
    chat_update_params,
)
from strawberry.utils.str_converters import to_camel_case

from gateway.schema.agent_parts import EXCLUDED
from tests.contract.coverage.walk import SCHEMA, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


@pytest.mark.parametrize(
    ("models", "type_name", "excluded"),
    [
        ([ChatResponse, chat_list_response.Item], "Chat", {}),
        ([ChatCreateChatCompletionResponse], "CreateChatCompletionPayload", {}),
        ([ChatAgentResponse, chat_agent_list_response.Item], "ChatAgent", EXCLUDED),
        ([AgentResponse], "Agent", EXCLUDED),
        ([agent_list_versions_response.Item], "AgentVersion", {}),
    ],
)
def test_every_field_is_shown_or_left_out_by_name(
    models: list[type[BaseModel]], type_name: str, excluded: Mapping[str, str]
) -> None:
    lost = {name for model in models for name in missing(model, SCHEMA.get_type(type_name))}
    assert {name for name in lost if not any(fnmatchcase(name, each) for each in excluded)} == set()
    assert [each for each in excluded if not filter_names(lost, each)] == []


LANGUAGES = {"language": "languages"}
"""What an input calls otherwise than Retell."""


@pytest.mark.parametrize(
    ("sdk", "input_name", "beside"),
    [
        (chat_list_params.FilterCriteria, "ChatFilter", set()),
        (chat_list_params.FilterCriteriaAgent, "ChatAgentFilter", set()),
        (chat_create_params.ChatCreateParams, "CreateChatInput", set()),
        (chat_create_sms_chat_params.ChatCreateSMSChatParams, "CreateSmsChatInput", set()),
        (
            chat_create_chat_completion_params.ChatCreateChatCompletionParams,
            "CreateChatCompletionInput",
            set(),
        ),
        (chat_update_params.ChatUpdateParams, "UpdateChatInput", {"chatId"}),
        (chat_agent_create_params.ChatAgentCreateParams, "CreateChatAgentInput", set()),
        (chat_agent_update_params.ChatAgentUpdateParams, "UpdateChatAgentInput", {"agentId"}),
        (agent_create_params.AgentCreateParams, "CreateAgentInput", set()),
        (agent_update_params.AgentUpdateParams, "UpdateAgentInput", {"agentId"}),
        (
            agent_create_version_params.AgentCreateVersionParams,
            "CreateAgentVersionInput",
            {"agentId"},
        ),
        (agent_publish_params.AgentPublishParams, "PublishAgentVersionInput", {"agentId"}),
    ],
)
def test_every_parameter_is_in_the_input(sdk: type, input_name: str, beside: set[str]) -> None:
    input_ = SCHEMA.get_type(input_name)
    assert isinstance(input_, GraphQLInputObjectType)
    names = {to_camel_case(LANGUAGES.get(name, name)) for name in sdk.__annotations__}
    assert set(input_.fields) - {"clientMutationId"} == names | beside
