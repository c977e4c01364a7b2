"""Batch tests: test cases that were run together, and how many passed."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Loaded, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, links_by
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import DateTime
from gateway.schema.simulation import READ, WRITE, TestEngine, TestEngineInput, checked_version
from gateway.schema.types import input_type, object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

RUNNING = Freshness(max_age=3, stale_while_revalidate=2)
"""A batch that runs: people look at it while it does."""
COMPLETE = Freshness(max_age=1800, stale_while_revalidate=1800, stale_if_error=4 * 3600)
"""One that is over changes no more."""
PAGE = Freshness(max_age=10, stale_while_revalidate=20, stale_if_error=300)
"""A list that new batches may enter."""

EXCLUDED = {
    "ResponseEngineResponseEngineCustomLm.llm_websocket_url": (
        "people keep tokens in it, and custom LLMs cannot be tested"
    )
}
"""Fields of Retell's that the schema leaves out, and why."""


def batch_policy(batch: Json, _now: float) -> Freshness:
    """By whether it is over."""
    return COMPLETE if batch.get("status") == "complete" else RUNNING


def page_policy(page: Json, now: float) -> Freshness:
    """Of a page: that of a batch that runs, where there is one."""
    policies = [batch_policy(batch, now) for batch in page_items(page)]
    return RUNNING if RUNNING in policies else PAGE


BATCH = Source(
    "batch_test",
    Endpoint("GET", "/get-batch-test/{test_case_batch_job_id}", ids={"test_case_batch_job_id": ID}),
    batch_policy,
)
BATCHES = Source("batch_tests", Endpoint("GET", "/v2/list-batch-tests", lists=True), page_policy)
CREATE = Endpoint("POST", "/create-batch-test")


def _whole(id_: str) -> Read:
    return BATCH.read(test_case_batch_job_id=id_)


def load_batch(place: Place, key: str) -> Loaded:
    """The batch test with this id."""
    return place.context.loaders.find(_whole(key), place)


def _page(engine: Json, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = engine | {"limit": limit, "pagination_key": key}
    return BATCHES.read(query=query, tags=("all",))


@open_enum
class BatchTestStatus(Enum):
    """Whether a batch test is over."""

    IN_PROGRESS = "in_progress"
    """Some of its cases have yet to run, or are running."""
    COMPLETE = "complete"
    """All of its cases have run."""
    UNKNOWN = "UNKNOWN"


@object_type()
class BatchTest(Node):
    """Test cases that were run together."""

    id: strawberry.ID = computed(
        lambda batch: global_id("BatchTest", batch.get("test_case_batch_job_id"))
    )
    """Global id, for `node` and for client caches."""
    test_case_batch_job_id: strawberry.ID
    """Retell's id of the batch test."""
    status: BatchTestStatus | None
    """Whether it is over."""
    response_engine: TestEngine | None
    """What is tested."""
    total_count: int | None
    """How many cases it has."""
    pass_count: int | None
    """How many passed."""
    fail_count: int | None
    """How many failed."""
    error_count: int | None
    """How many could not be run."""
    creation_timestamp: DateTime | None
    """When it was begun."""
    user_modified_timestamp: DateTime | None
    """When it was last changed."""
    runs = links_by("TestRun", "batch", lambda batch: batch.get("test_case_batch_job_id"))
    """Its runs, one for each case, the first 1000. One upstream request; see `testRuns` for pages.
    """


@object_type()
class BatchTestEdge(Edge):
    """A batch test in its place in a list."""

    node: BatchTest | None
    """The batch test."""


@object_type()
class BatchTestConnection(Connection):
    """A page of a list of batch tests. Retell does not count them."""

    edges: list[BatchTestEdge]
    """The batch tests with their cursors."""
    nodes: list[BatchTest | None]
    """The batch tests alone."""


@object_type()
class BatchTestQueries:
    """Root fields for batch tests."""

    @strawberry.field
    @needs(READ)
    def batch_test(
        self,
        info: Info,
        test_case_batch_job_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the batch test.")
        ],
    ) -> BatchTest | None:
        """A batch test; null where there is none. One upstream request, none if remembered: while
        it runs, for 3 seconds."""
        return cast("BatchTest | None", load_batch(info, test_case_batch_job_id))

    @strawberry.field
    @needs(READ)
    async def batch_tests(
        self,
        info: Info,
        engine: Annotated[
            TestEngineInput, strawberry.argument(description="The engine that they test.")
        ],
        engine_version: Annotated[
            int | None,
            strawberry.argument(description="Which version of it; the newest where left out."),
        ] = UNSET,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
    ) -> BatchTestConnection | None:
        """The batch tests of an engine: Retell lists no others. One upstream request for a page."""
        wire = engine.wire() | checked_version(engine_version)
        return cast(
            "BatchTestConnection | None",
            await read_connection(
                info,
                partial(_page, wire),
                id_key="test_case_batch_job_id",
                first=first,
                after=after,
                scope=scope_of(info.context.caller.tenant, "batch_tests", wire),
            ),
        )


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class CreateBatchTestInput(Input):
    """Which test cases to run."""

    engine: TestEngineInput
    """What is tested."""
    engine_version: int | None = UNSET
    """The version of the engine; the newest where left out."""
    test_case_definition_ids: list[strawberry.ID]
    """The test cases, at least one."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        if not self.test_case_definition_ids:
            raise BadUserInput("Give at least one test case.", "testCaseDefinitionIds")
        return {
            "response_engine": self.engine.wire() | checked_version(self.engine_version),
            "test_case_definition_ids": self.test_case_definition_ids,
        }


@object_type()
class CreateBatchTestPayload(Payload):
    """The outcome of `createBatchTest`."""

    batch_test: BatchTest | None
    """The batch test, which has begun; null where none was made."""


def _made(batch: Json | None) -> list[tuple[str, str]]:
    id_ = (batch or {}).get("test_case_batch_job_id")
    return [("batch_tests", "all"), *([("batch_test", id_)] if isinstance(id_, str) else [])]


@object_type()
class BatchTestMutations:
    """Root fields that change batch tests."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_batch_test(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateBatchTestInput, strawberry.argument(description="Which test cases.")
        ],
    ) -> CreateBatchTestPayload | None:
        """Run test cases. **It costs**: models talk with each other, and tools that nothing stands
        in for are called for real."""

        def prepare() -> Change:
            request = CREATE.request(body=input.wire())
            return Change(
                request,
                _made,
                answers=lambda batch: _whole(batch.get("test_case_batch_job_id", "")),
            )

        return cast(
            "CreateBatchTestPayload",
            await change(info, input, prepare, lambda batch: {"batch_test": batch}),
        )


RESOURCE = Resource(
    name="BatchTest",
    queries=BatchTestQueries,
    mutations=BatchTestMutations,
    node=load_batch,
    sources=(BATCH, BATCHES),
    id_key="test_case_batch_job_id",
    scope=READ,
    shows={
        BATCH: "BatchTest",
        BATCHES: "BatchTest",
        CREATE: "BatchTest",
    },
    excluded=EXCLUDED,
)
