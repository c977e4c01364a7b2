"""The playground: what an agent would say next, in a conversation that is nobody's.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Source
from gateway.schema.agent_version import AgentVersionInput
from gateway.schema.fields import computed
from gateway.schema.info import Info
from gateway.schema.json_input import check_texts, new
from gateway.schema.mutation import Input, Payload, change
from gateway.schema.permissions import TRANSCRIPTS, VARIABLES, needs, personal, scope
from gateway.schema.readings import Discriminator
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime
from gateway.schema.tool_mock import ToolMockInput
from gateway.schema.types import input_type, interface, object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

RUN = scope("playground:run", "Have agents answer in the playground: it costs, tools included.")

# A model is at work, and tools may be: it is given the time of a long list.
COMPLETION = Source(
    "playground_completion",
    Endpoint("POST", "/agent-playground-completion/{agent_id}", ids={"agent_id": ID}, lists=True),
    lambda _answer, _now: Freshness(0),
)
"""Never read: what it answers is known by this name to the audit, as the agent's."""


@open_enum
class PlaygroundTransitionType(Enum):
    """How a node of a conversation flow was reached."""

    NORMAL = "normal"
    """Along an edge of the flow."""
    GLOBAL = "global"
    """Into a global node."""
    GLOBAL_GO_BACK = "global_go_back"
    """Back out of a global node."""
    INTERRUPT_GO_BACK = "interrupt_go_back"
    """Back after an interruption."""
    UNKNOWN = "UNKNOWN"


@interface(
    discriminator=Discriminator(
        "role",
        {
            "agent": "PlaygroundText",
            "user": "PlaygroundText",
            "tool_call_invocation": "PlaygroundToolCall",
            "tool_call_result": "PlaygroundToolResult",
            "node_transition": "PlaygroundNodeTransition",
            "state_transition": "PlaygroundStateTransition",
            "injected": "PlaygroundInjected",
            "sms": "PlaygroundSms",
        },
        fallback="UnknownPlaygroundMessage",
    )
)
class PlaygroundMessage:
    """Something that happened in the conversation."""

    role: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    message_id: str | None
    """Retell's id of the message."""
    created_timestamp: DateTime | None
    """When it was made."""


@object_type()
class PlaygroundFile:
    """A file that came with a message."""

    url: URL | None
    """Where it is."""
    summary: str | None
    """What it shows, in words."""


@object_type()
class PlaygroundText(PlaygroundMessage):
    """Something that the agent or the user said: `agent` or `user`."""

    content: str | None
    """What was said."""
    multimedia: list[PlaygroundFile | None] | None
    """The files that came with it."""


@object_type()
class PlaygroundToolCall(PlaygroundMessage):
    """The agent called a tool: `tool_call_invocation`."""

    tool_call_id: str | None
    """Joins it to its result."""
    name: str | None
    """Name of the tool, or of the node that is one."""
    arguments: str | None
    """What it was called with: a JSON object, as text."""
    type: str | None
    """Kind of the tool."""
    thought_signature: str | None
    """Opaque mark that some models want back."""


@object_type()
class PlaygroundToolResult(PlaygroundMessage):
    """A tool answered, or what stood in for it: `tool_call_result`."""

    tool_call_id: str | None
    """Joins it to its call."""
    content: str | None
    """What it answered: text, JSON or otherwise."""
    successful: bool | None
    """Whether the call succeeded."""


@object_type()
class PlaygroundNodeTransition(PlaygroundMessage):
    """The conversation flow went from one node to another: `node_transition`."""

    former_node_id: str | None
    """The node it left."""
    former_node_name: str | None
    """Name of the node it left."""
    new_node_id: str | None
    """The node it entered."""
    new_node_name: str | None
    """Name of the node it entered."""
    transition_type: PlaygroundTransitionType | None
    """What kind of step it was."""


@object_type()
class PlaygroundStateTransition(PlaygroundMessage):
    """The Retell LLM went from one state to another: `state_transition`."""

    former_state_name: str | None
    """The state it left."""
    new_state_name: str | None
    """The state it entered."""


@object_type()
class PlaygroundInjected(PlaygroundMessage):
    """Context that the agent was given from outside: `injected`."""

    content: str | None
    """What the agent was told."""


@object_type()
class PlaygroundSms(PlaygroundMessage):
    """A text message during the call: `sms`."""

    content: str | None
    """Its text."""
    multimedia: list[PlaygroundFile | None] | None
    """The files that came with it."""


@object_type()
class UnknownPlaygroundMessage(PlaygroundMessage):
    """Something of a kind that is newer than this schema."""

    raw: JSON = computed(lambda message: message)
    """All of it, as Retell gave it: to be given back as it is."""


@object_type()
class CreatePlaygroundCompletionPayload(Payload):
    """The outcome of `createPlaygroundCompletion`; null where there is none."""

    messages: list[PlaygroundMessage | None] | None = personal(TRANSCRIPTS)
    """What the agent added to the conversation; what was given is not repeated."""
    raw_messages: JSON | None = personal(TRANSCRIPTS)
    """The same in Retell's own form: add it to what was given, for the next turn."""
    call_ended: bool | None
    """Whether the agent ended the conversation."""
    current_node_id: str | None
    """Where in the conversation flow it is now; give it back for the next turn."""
    current_state: str | None
    """The state that the Retell LLM is in now; give it back for the next turn."""
    dynamic_variables: JSON | None = personal(VARIABLES)
    """The dynamic variables as they are now: a map of texts."""
    knowledge_base_retrieved_contents: list[str | None] | None = personal(TRANSCRIPTS)
    """What was found in knowledge bases for this turn."""


@input_type()
class CreatePlaygroundCompletionInput(Input):
    """A conversation so far, and the agent that is to go on with it."""

    agent_id: strawberry.ID
    """The agent."""
    version: AgentVersionInput | None = UNSET
    """The version of the agent; the newest where left out."""
    messages: list[JSON]
    """All of the conversation so far, in Retell's own form: objects with `role` and what belongs
    to it, such as `{role: "user", content: "Hello"}`. `rawMessages` gives those of a turn."""
    current_node_id: str | None = UNSET
    """The node of the conversation flow to go on from."""
    component_id: str | None = UNSET
    """The component of the flow that the node is in, where it is in one."""
    current_state: str | None = UNSET
    """The state of the Retell LLM to go on from."""
    dynamic_variables: JSON | None = UNSET
    """The dynamic variables: a JSON object whose values are texts."""
    tool_mocks: list[ToolMockInput] | None = UNSET
    """What stands in for tools; the others are called for real."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = new(self, "agent_id", "version")
        for message in body["messages"]:
            if not isinstance(message, dict) or not isinstance(message.get("role"), str):
                raise BadUserInput("A message is a JSON object with a `role`.", "messages")
        if "dynamic_variables" in body:
            check_texts(body["dynamic_variables"], "dynamicVariables")
        return body


_SHOWN = (
    "messages",
    "call_ended",
    "current_node_id",
    "current_state",
    "dynamic_variables",
    "knowledge_base_retrieved_contents",
)


def _shown(answer: Json | None) -> Json:
    told: dict[str, Any] = answer or {}
    return {name: told.get(name) for name in _SHOWN} | {"raw_messages": told.get("messages")}


@object_type()
class PlaygroundMutations:
    """Root fields that run agents."""

    @strawberry.mutation
    @needs(RUN)
    async def create_playground_completion(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreatePlaygroundCompletionInput,
            strawberry.argument(description="The conversation so far."),
        ],
    ) -> CreatePlaygroundCompletionPayload | None:
        """Have an agent say what it would say next. **It costs**: a model answers, and tools that
        nothing stands in for are called for real. Retell keeps nothing of it. Sent once."""

        def prepare() -> Change:
            query = {"version": input.version.wire() if input.version else None}
            told = COMPLETION.read(
                query=query,
                body=input.wire(),
                notes={"agent_id": input.agent_id},
                agent_id=input.agent_id,
            )
            return Change(told.request, lambda _: (), answers=told)

        return cast(
            "CreatePlaygroundCompletionPayload",
            await change(info, input, prepare, _shown, "agentId"),
        )


RESOURCE = Resource(
    name="Playground",
    queries=None,
    mutations=PlaygroundMutations,
    types=(
        PlaygroundText,
        PlaygroundToolCall,
        PlaygroundToolResult,
        PlaygroundNodeTransition,
        PlaygroundStateTransition,
        PlaygroundInjected,
        PlaygroundSms,
        UnknownPlaygroundMessage,
    ),
    payloads=(CreatePlaygroundCompletionPayload,),
    sources=(COMPLETION,),
    id_key="agent_id",
    shows={
        COMPLETION: "CreatePlaygroundCompletionPayload",
    },
)
