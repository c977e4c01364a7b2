"""Test runs: how one test case went."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.loaders import Json, Loaded, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import LARGEST_PAGE, scope_of
from gateway.schema.fields import computed, link
from gateway.schema.info import Info
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import TRANSCRIPTS, needs, personal
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, DateTime
from gateway.schema.simulation import READ, TestCaseSnapshot
from gateway.schema.types import object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

RUNNING = Freshness(max_age=3, stale_while_revalidate=2)
"""A run that waits or is under way."""
OVER = Freshness(max_age=1800, stale_while_revalidate=1800, stale_if_error=4 * 3600)
"""One that has its result."""

ENDS = ("pass", "fail", "error")


def run_policy(run: Json, _now: float) -> Freshness:
    """By whether it has its result."""
    return OVER if run.get("status") in ENDS else RUNNING


def page_policy(page: Json, now: float) -> Freshness:
    """Of a page: that of a run that is not over, where there is one. No run enters a batch later,
    but its list may come before them."""
    policies = [run_policy(run, now) for run in page_items(page)]
    return OVER if policies and RUNNING not in policies else RUNNING


RUN = Source(
    "test_run",
    Endpoint("GET", "/get-test-run/{test_case_job_id}", ids={"test_case_job_id": ID}),
    run_policy,
)
RUNS = Source(
    "test_runs",
    Endpoint(
        "GET",
        "/v2/list-test-runs/{test_case_batch_job_id}",
        ids={"test_case_batch_job_id": ID},
        lists=True,
    ),
    page_policy,
)


def load_run(place: Place, key: str) -> Loaded:
    """The run with this id."""
    return place.context.loaders.find(RUN.read(test_case_job_id=key), place)


def _page(batch_id: str, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key}
    return RUNS.read(query=query, test_case_batch_job_id=batch_id)


def load_of_batch(place: Place, batch_id: str) -> Loaded:
    """The runs of a batch test: the first page of them, as long as pages are."""
    return place.context.loaders.find(_page(batch_id, LARGEST_PAGE, None, False), place)


@open_enum
class TestRunStatus(Enum):
    """How a run stands."""

    PENDING = "pending"
    """It waits."""
    IN_PROGRESS = "in_progress"
    """The conversation is being simulated."""
    PASS = "pass"  # noqa: S105 - no password
    """All that must hold did."""
    FAIL = "fail"
    """Something that must hold did not."""
    ERROR = "error"
    """It could not be run."""
    UNKNOWN = "UNKNOWN"


@object_type()
class TestRun(Node):
    """How one test case went."""

    id: strawberry.ID = computed(lambda run: global_id("TestRun", run.get("test_case_job_id")))
    """Global id, for `node` and for client caches."""
    test_case_job_id: strawberry.ID
    """Retell's id of the run."""
    status: TestRunStatus | None
    """How it stands."""
    result_explanation: str | None = personal(TRANSCRIPTS)
    """Why it passed or failed, in words."""
    test_case_definition_id: strawberry.ID | None
    """Retell's id of the test case."""
    definition = link("TestCaseDefinition", lambda run: run.get("test_case_definition_id"))
    """The test case as it is now; null where it is gone. One upstream request for each distinct
    one."""
    test_case_definition_snapshot: TestCaseSnapshot | None
    """The test case as it was then."""
    transcript_snapshot: JSON | None = personal(TRANSCRIPTS)
    """The simulated conversation, in Retell's own form: what tools answered that were called for
    real is in it."""
    creation_timestamp: DateTime | None
    """When it was begun."""
    user_modified_timestamp: DateTime | None
    """When it was last changed."""


@object_type()
class TestRunEdge(Edge):
    """A run in its place in a list."""

    node: TestRun | None
    """The run."""


@object_type()
class TestRunConnection(Connection):
    """A page of a list of runs. Retell does not count them."""

    edges: list[TestRunEdge]
    """The runs with their cursors."""
    nodes: list[TestRun | None]
    """The runs alone."""


@object_type()
class TestRunQueries:
    """Root fields for runs."""

    @strawberry.field
    @needs(READ)
    def test_run(
        self,
        info: Info,
        test_case_job_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the run.")
        ],
    ) -> TestRun | None:
        """A run; null where there is none. One upstream request, none if remembered: until it has
        its result, for 3 seconds."""
        return cast("TestRun | None", load_run(info, test_case_job_id))

    @strawberry.field
    @needs(READ)
    async def test_runs(
        self,
        info: Info,
        test_case_batch_job_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the batch test.")
        ],
        first: First = DEFAULT_FIRST,  # noqa: PT028 - no test
        after: After = UNSET,  # noqa: PT028 - no test
    ) -> TestRunConnection | None:
        """The runs of a batch test. One upstream request for a page."""
        ID.check("testCaseBatchJobId", test_case_batch_job_id)
        return cast(
            "TestRunConnection | None",
            await read_connection(
                info,
                partial(_page, test_case_batch_job_id),
                id_key="test_case_job_id",
                first=first,
                after=after,
                scope=scope_of(info.context.caller.tenant, "test_runs", test_case_batch_job_id),
            ),
        )


RESOURCE = Resource(
    name="TestRun",
    queries=TestRunQueries,
    node=load_run,
    reads={"batch": load_of_batch},
    sources=(RUN, RUNS),
    id_key="test_case_job_id",
    scope=READ,
    shows={
        RUN: "TestRun",
        RUNS: "TestRun",
    },
)
