"""What tests of agents have in common: the engine, the case, what stands in for tools."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.loaders import Json
from gateway.schema.fields import computed, id_under, link
from gateway.schema.permissions import VARIABLES, personal, scope
from gateway.schema.scalars import JSON, DateTime
from gateway.schema.types import input_type, object_type, open_enum
from gateway.upstream.endpoint import ID

READ = scope("tests:read", "See tests of agents, what they simulate and how they went.")
WRITE = scope("tests:write", "Write tests of agents, and run them: it costs.")


@open_enum
class TestEngineType(Enum):
    """What kind of engine is tested."""

    RETELL_LLM = "retell-llm"
    """A Retell LLM."""
    CONVERSATION_FLOW = "conversation-flow"
    """A conversation flow."""
    CUSTOM_LLM = "custom-llm"
    """A model that somebody else runs: Retell cannot test those yet."""
    UNKNOWN = "UNKNOWN"


@object_type()
class TestEngine:
    """The response engine that is tested: what decides what an agent says."""

    type: TestEngineType | None
    """Its kind."""
    llm_id: strawberry.ID | None
    """Retell's id of the Retell LLM; null where it is none."""
    conversation_flow_id: strawberry.ID | None
    """Retell's id of the conversation flow; null where it is none."""
    version: int | None
    """Its version; null for the newest."""
    llm = link("RetellLlm", id_under("llm_id", "version"))
    """The Retell LLM. One upstream request for each distinct one."""
    conversation_flow = link("ConversationFlow", id_under("conversation_flow_id", "version"))
    """The conversation flow. One upstream request for each distinct one."""


@input_type(one_of=True)
class TestEngineInput:
    """The response engine that is tested."""

    llm_id: strawberry.ID | None = UNSET
    """A Retell LLM, by Retell's id."""
    conversation_flow_id: strawberry.ID | None = UNSET
    """A conversation flow, by Retell's id."""

    def wire(self) -> Json:
        """Retell's form."""
        if self.llm_id is not UNSET:
            ID.check("llmId", self.llm_id)
            return {"type": "retell-llm", "llm_id": self.llm_id}
        ID.check("conversationFlowId", self.conversation_flow_id)
        return {"type": "conversation-flow", "conversation_flow_id": self.conversation_flow_id}


def checked_version(version: int | None) -> Json:
    """The version of an engine as it is sent, where one is given."""
    if version is UNSET or version is None:
        return {}
    if version < 0:
        raise BadUserInput("The version of an engine is not negative.", "engineVersion")
    return {"version": version}


def _args(mock: Json) -> object:
    rule = mock.get("input_match_rule")
    return rule.get("args") if isinstance(rule, dict) else None


@object_type()
class ToolMock:
    """What stands in for a tool in a simulation: the tool is not called."""

    tool_name: str | None
    """The name by which the model calls the tool."""
    output: str | None
    """What the model is told in the tool's place: JSON, as text."""
    args: JSON | None = computed(_args)
    """Only calls whose arguments have these values are answered; null for all calls."""
    input_match_rule: JSON | None
    """Which calls are answered, as Retell holds it."""
    result: bool | None
    """For tools that succeed or fail, such as a transfer: which of the two."""


@object_type()
class TestCaseSnapshot:
    """A test case as it was when it was run."""

    test_case_definition_id: strawberry.ID
    """Retell's id of the test case."""
    name: str | None
    """Its name."""
    type: str | None
    """What kind of test it is: always `simulation` so far."""
    response_engine: TestEngine | None
    """What it tests."""
    user_prompt: str | None
    """What the simulated user is told to be and to want."""
    metrics: list[str | None] | None
    """What must hold for the test to pass, in words."""
    dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables of the simulated conversation: a map of texts."""
    tool_mocks: list[ToolMock | None] | None
    """What stands in for tools."""
    llm_model: str | None
    """The model that plays the user."""
    creation_timestamp: DateTime | None
    """When the case was made."""
    user_modified_timestamp: DateTime | None
    """When somebody last changed it."""
