"""Test case definitions: simulated conversations, and what must hold of them.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Loaded, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed
from gateway.schema.info import Info
from gateway.schema.json_input import check_texts, new
from gateway.schema.mutation import Input, Payload, change, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON
from gateway.schema.simulation import (
    READ,
    WRITE,
    TestCaseSnapshot,
    TestEngineInput,
    checked_version,
)
from gateway.schema.tool_mock import ToolMockInput
from gateway.schema.types import input_type, object_type
from gateway.upstream.endpoint import ID, Endpoint

WRITTEN = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)
"""Cases change when somebody writes them."""

_BY_ID = {"test_case_definition_id": ID}


def page_policy(page: Json, _now: float) -> Freshness:
    """Of a page; what is not one is not kept."""
    page_items(page)
    return WRITTEN


CASE = Source(
    "test_case",
    Endpoint("GET", "/get-test-case-definition/{test_case_definition_id}", ids=_BY_ID),
    lambda _case, _now: WRITTEN,
)
CASES = Source(
    "test_cases", Endpoint("GET", "/v2/list-test-case-definitions", lists=True), page_policy
)
CREATE = Endpoint("POST", "/create-test-case-definition")
UPDATE = Endpoint("PUT", "/update-test-case-definition/{test_case_definition_id}", ids=_BY_ID)
DELETE = Endpoint("DELETE", "/delete-test-case-definition/{test_case_definition_id}", ids=_BY_ID)


def _whole(id_: str) -> Read:
    return CASE.read(test_case_definition_id=id_)


def load_case(place: Place, key: str) -> Loaded:
    """The test case with this id."""
    return place.context.loaders.find(_whole(key), place)


def _page(engine: Json, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = engine | {"limit": limit, "pagination_key": key}
    return CASES.read(query=query, tags=("all",))


@object_type()
class TestCaseDefinition(TestCaseSnapshot, Node):
    """A test case: a conversation to be simulated with an agent's engine, and what must hold."""

    id: strawberry.ID = computed(
        lambda case: global_id("TestCaseDefinition", case.get("test_case_definition_id"))
    )
    """Global id, for `node` and for client caches."""


@object_type()
class TestCaseDefinitionEdge(Edge):
    """A test case in its place in a list."""

    node: TestCaseDefinition | None
    """The test case."""


@object_type()
class TestCaseDefinitionConnection(Connection):
    """A page of a list of test cases. Retell does not count them."""

    edges: list[TestCaseDefinitionEdge]
    """The test cases with their cursors."""
    nodes: list[TestCaseDefinition | None]
    """The test cases alone."""


@object_type()
class TestCaseQueries:
    """Root fields for test cases."""

    @strawberry.field
    @needs(READ)
    def test_case_definition(
        self,
        info: Info,
        test_case_definition_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the test case.")
        ],
    ) -> TestCaseDefinition | None:
        """A test case; null where there is none. One upstream request, none if remembered."""
        return cast("TestCaseDefinition | None", load_case(info, test_case_definition_id))

    @strawberry.field
    @needs(READ)
    async def test_case_definitions(
        self,
        info: Info,
        engine: Annotated[
            TestEngineInput, strawberry.argument(description="The engine that they test.")
        ],
        first: First = DEFAULT_FIRST,  # noqa: PT028 - no test
        after: After = UNSET,  # noqa: PT028 - no test
    ) -> TestCaseDefinitionConnection | None:
        """The test cases of an engine: Retell lists no others. One upstream request for a page."""
        wire = engine.wire()
        return cast(
            "TestCaseDefinitionConnection | None",
            await read_connection(
                info,
                partial(_page, wire),
                id_key="test_case_definition_id",
                first=first,
                after=after,
                scope=scope_of(info.context.caller.tenant, "test_cases", wire),
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


def _checked(body: Json, engine: Any, version: Any) -> Json:
    """The body with its engine; `BadUserInput` where it would not be one."""
    if "dynamic_variables" in body:
        check_texts(body["dynamic_variables"], "dynamicVariables")
    if engine is not UNSET and engine is not None:
        return body | {"response_engine": engine.wire() | checked_version(version)}
    if version is not UNSET and version is not None:
        raise BadUserInput("A version is one of an engine: give `engine` as well.", "engineVersion")
    return body


@input_type()
class CreateTestCaseDefinitionInput(Input):
    """A new test case."""

    name: str
    """Its name."""
    engine: TestEngineInput
    """What it tests."""
    engine_version: int | None = UNSET
    """The version of the engine; the newest where left out."""
    user_prompt: str
    """What the simulated user is told to be and to want."""
    metrics: list[str]
    """What must hold for the test to pass, in words."""
    dynamic_variables: JSON | None = UNSET
    """The dynamic variables of the conversation: a JSON object whose values are texts."""
    tool_mocks: list[ToolMockInput] | None = UNSET
    """What stands in for tools; the others are called for real."""
    llm_model: str | None = UNSET
    """The model that plays the user, as Retell calls it, such as `gpt-5.4-mini`."""

    def wire(self) -> Json:
        """Retell's body."""
        body = new(self, "engine", "engine_version")
        return _checked(body, self.engine, self.engine_version)


@input_type()
class UpdateTestCaseDefinitionInput(Input):
    """What to change of a test case. What is left out stays as it is."""

    test_case_definition_id: strawberry.ID
    """Retell's id of the test case."""
    name: str | None = UNSET
    """Its name."""
    engine: TestEngineInput | None = UNSET
    """What it tests."""
    engine_version: int | None = UNSET
    """The version of the engine that is given; the newest where left out."""
    user_prompt: str | None = UNSET
    """What the simulated user is told to be and to want."""
    metrics: list[str] | None = UNSET
    """What must hold for the test to pass: takes the place of all that was said before."""
    dynamic_variables: JSON | None = UNSET
    """Takes the place of the dynamic variables: a JSON object whose values are texts."""
    tool_mocks: list[ToolMockInput] | None = UNSET
    """Takes the place of all that stood in for tools."""
    llm_model: str | None = UNSET
    """The model that plays the user."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = some_given(self, "test_case_definition_id")
        if None in body.values():
            raise BadUserInput("A field cannot be null; leave it out to keep it.")
        for name in ("engine", "engine_version"):
            body.pop(name, None)
        return _checked(body, self.engine, self.engine_version)


@input_type()
class DeleteTestCaseDefinitionInput(Input):
    """Which test case to delete."""

    test_case_definition_id: strawberry.ID
    """Retell's id of the test case."""


@object_type()
class CreateTestCaseDefinitionPayload(Payload):
    """The outcome of `createTestCaseDefinition`."""

    test_case_definition: TestCaseDefinition | None
    """The new test case; null where none was made."""


@object_type()
class UpdateTestCaseDefinitionPayload(Payload):
    """The outcome of `updateTestCaseDefinition`."""

    test_case_definition: TestCaseDefinition | None
    """The test case as it is now; null where nothing was changed."""


@object_type()
class DeleteTestCaseDefinitionPayload(Payload):
    """The outcome of `deleteTestCaseDefinition`."""

    deleted_test_case_definition_id: strawberry.ID | None
    """Retell's id of the test case that is gone; null where nothing was deleted."""


def _made(case: Json | None) -> list[tuple[str, str]]:
    id_ = (case or {}).get("test_case_definition_id")
    return [("test_cases", "all"), *([("test_case", id_)] if isinstance(id_, str) else [])]


def _touched(id_: str, _answer: Json | None) -> list[tuple[str, str]]:
    return [("test_case", id_), ("test_cases", "all")]


@object_type()
class TestCaseMutations:
    """Root fields that change test cases."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_test_case_definition(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateTestCaseDefinitionInput, strawberry.argument(description="The test case.")
        ],
    ) -> CreateTestCaseDefinitionPayload | None:
        """Write a test case. It is not run: see `createBatchTest`."""

        def prepare() -> Change:
            request = CREATE.request(body=input.wire())
            return Change(
                request, _made, answers=lambda case: _whole(case.get("test_case_definition_id", ""))
            )

        return cast(
            "CreateTestCaseDefinitionPayload",
            await change(info, input, prepare, lambda case: {"test_case_definition": case}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_test_case_definition(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateTestCaseDefinitionInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateTestCaseDefinitionPayload | None:
        """Change a test case. Runs of it keep what it was."""
        id_ = input.test_case_definition_id

        def prepare() -> Change:
            request = UPDATE.request(body=input.wire(), test_case_definition_id=id_)
            return Change(request, partial(_touched, id_), answers=_whole(id_))

        return cast(
            "UpdateTestCaseDefinitionPayload",
            await change(
                info,
                input,
                prepare,
                lambda case: {"test_case_definition": case},
                "testCaseDefinitionId",
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_test_case_definition(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteTestCaseDefinitionInput, strawberry.argument(description="Which test case.")
        ],
    ) -> DeleteTestCaseDefinitionPayload | None:
        """Delete a test case. It cannot be undone."""
        id_ = input.test_case_definition_id

        def prepare() -> Change:
            return Change(DELETE.request(test_case_definition_id=id_), partial(_touched, id_))

        gone = {"deleted_test_case_definition_id": id_}
        return cast(
            "DeleteTestCaseDefinitionPayload",
            await change(info, input, prepare, lambda _: gone, "testCaseDefinitionId"),
        )


RESOURCE = Resource(
    name="TestCaseDefinition",
    queries=TestCaseQueries,
    mutations=TestCaseMutations,
    node=load_case,
    sources=(CASE, CASES),
    id_key="test_case_definition_id",
    scope=READ,
    shows={
        CASE: "TestCaseDefinition",
        CASES: "TestCaseDefinition",
        CREATE: "TestCaseDefinition",
        UPDATE: "TestCaseDefinition",
        DELETE: "",
    },
)
