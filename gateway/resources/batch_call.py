"""Batch calls: many calls begun at once, and how far they have come.

Retell can neither be asked for a batch nor for a list of them: its progress is counted from calls.
Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Read, Source, at_hand
from gateway.schema.agent_version import AgentVersionInput
from gateway.schema.conversation import OF_CONTACTS
from gateway.schema.fields import computed, derived, id_under, links_by
from gateway.schema.filters import one_of
from gateway.schema.info import Info
from gateway.schema.json_input import new
from gateway.schema.mutation import Input, Payload, change
from gateway.schema.new_call import NewCallInput, check_number
from gateway.schema.permissions import needs, scope
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, DateTime, PhoneNumber
from gateway.schema.types import input_type, object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = scope("calls:read", "See calls, their states, times, latencies and costs.")
CREATE = scope("calls:create", "Start calls, by telephone and from browsers.")

# Retell takes as long for many calls as for a long list: it is given the time of one.
CREATE_BATCH_CALL = Endpoint("POST", "/create-batch-call", lists=True)

COUNT = Source(
    "batch_call_count",
    Endpoint("POST", "/v3/list-calls", safe=True),
    lambda _page, _now: Freshness(max_age=5, stale_while_revalidate=5, stale_if_error=300),
)
"""How many calls of a batch are in a state. They move while it runs, and boards poll them."""

MINUTES = 24 * 60


def _count(batch_call_id: str, status: str | None) -> Read:
    criteria: Json = {"batch_call_id": {"type": "string", "op": "eq", "value": batch_call_id}}
    if status is not None:
        criteria["call_status"] = one_of([status])
    body = {"limit": 1, "filter_criteria": criteria, "include_total": True}
    return COUNT.read(body=body, tags=(batch_call_id,))


async def _load_count(name: str, status: str | None, place: Place, progress: Json) -> Json:
    read = _count(progress["batch_call_id"], status)
    page = await at_hand(place.context.loaders.find(read, place))
    return {name: (page or {}).get("total")}


@open_enum
class Weekday(Enum):
    """A day of the week."""

    MONDAY = "Monday"
    """Monday."""
    TUESDAY = "Tuesday"
    """Tuesday."""
    WEDNESDAY = "Wednesday"
    """Wednesday."""
    THURSDAY = "Thursday"
    """Thursday."""
    FRIDAY = "Friday"
    """Friday."""
    SATURDAY = "Saturday"
    """Saturday."""
    SUNDAY = "Sunday"
    """Sunday."""
    UNKNOWN = "UNKNOWN"


@object_type()
class BatchCallWindow:
    """A part of a day."""

    start: float | None
    """From then on: minutes after midnight, local time."""
    end: float | None
    """Before then: minutes after midnight, local time."""


@object_type()
class BatchCallTimeWindow:
    """When calls of a batch may be dialled."""

    windows: list[BatchCallWindow | None] | None
    """The parts of a day."""
    day: list[Weekday | None] | None
    """The days; null stands for every day."""
    timezone: str | None
    """The IANA time zone. Null stands for `America/Los_Angeles`."""


@object_type()
class BatchCallProgress:
    """How far the calls of a batch have come: counted by Retell. One upstream request for each
    count that is selected, remembered for 5 seconds."""

    batch_call_id: strawberry.ID
    """Retell's id of the batch."""
    total: int | None = derived("total", partial(_load_count, "total", None))
    """Calls that were begun, those included that are about to be dialled. The batch has more tasks
    where it has not come to all of them."""
    not_connected: int | None = derived(
        "not_connected", partial(_load_count, "not_connected", "not_connected")
    )
    """Calls that nobody answered."""
    ongoing: int | None = derived("ongoing", partial(_load_count, "ongoing", "ongoing"))
    """Calls that are running."""
    ended: int | None = derived("ended", partial(_load_count, "ended", "ended"))
    """Calls that are over."""
    calls = links_by("Call", "batch", id_under("batch_call_id"))
    """Its newest 50 calls. One upstream request. For more, or for some of them:
    `calls(filter: { batchCallId: … })`."""
    error: int | None = derived("error", partial(_load_count, "error", "error"))
    """Calls that ended with an error."""


@object_type()
class BatchCall:
    """A batch of calls, as it was told when it was made: Retell does not tell it again."""

    batch_call_id: strawberry.ID
    """Retell's id of the batch: keep it, for nothing lists it."""
    name: str | None
    """Its name."""
    from_number: PhoneNumber | None
    """The number that it calls from."""
    scheduled_timestamp: DateTime | None
    """When it begins."""
    total_task_count: int | None
    """How many calls it is to make."""
    call_time_window: BatchCallTimeWindow | None
    """When it may dial; null for at any time."""
    progress: BatchCallProgress | None = computed(
        lambda batch: {"batch_call_id": batch.get("batch_call_id")}
    )
    """How far it has come. One upstream request for each count that is selected."""


@object_type()
class BatchCallQueries:
    """Root fields for batch calls."""

    @strawberry.field
    @needs(READ)
    async def batch_call(
        self,
        info: Info,  # noqa: ARG002 - every root field has it
        batch_call_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the batch.")
        ],
    ) -> BatchCallProgress | None:
        """How far a batch has come; of one that there is not, all counts are 0, since Retell does
        not know batches by themselves. Its calls are in `calls(filter: {batchCallId: …})`."""
        ID.check("batchCallId", batch_call_id)
        return cast("BatchCallProgress", {"batch_call_id": batch_call_id})


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class BatchCallWindowInput:
    """A part of a day, within it: give two for a night."""

    start: int
    """From then on: minutes after midnight, local time."""
    end: int
    """Before then: minutes after midnight, local time; at the most 1440."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it is no time."""
        if not 0 <= self.start < self.end <= MINUTES:
            raise BadUserInput(
                f"A window goes from a minute to a later one, of {MINUTES}.", "callTimeWindow"
            )
        return {"start": self.start, "end": self.end}


@input_type()
class BatchCallTimeWindowInput:
    """When calls may be dialled."""

    windows: list[BatchCallWindowInput]
    """The parts of a day."""
    day: list[Weekday] | None = UNSET
    """The days; every day where left out."""
    timezone: str | None = UNSET
    """The IANA time zone, such as `Europe/Paris`; `America/Los_Angeles` where left out."""

    def wire(self) -> Json:
        """Retell's form."""
        return new(self)


@input_type()
class BatchCallTaskInput(NewCallInput):
    """One call of a batch."""

    to_number: PhoneNumber
    """The number to call, in E.164 form: `+14155550100`."""
    override_agent_id: strawberry.ID | None = UNSET
    """The agent that leads this call; the one of `fromNumber` where left out."""
    override_agent_version: AgentVersionInput | None = UNSET
    """The version of the agent."""
    custom_sip_headers: JSON | None = UNSET
    """SIP headers to add: a JSON object whose values are texts."""
    ignore_e164_validation: bool | None = UNSET
    """Whether numbers of another form are taken, as inside of a telephone system of your own."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput`, which blames the list of tasks, where there is none."""
        try:
            if self.ignore_e164_validation is not True:
                check_number(self.to_number, "toNumber")
            return super().wire()
        except BadUserInput as error:
            raise BadUserInput(error.message, "tasks") from None


@input_type()
class CreateBatchCallInput(Input):
    """Whom to call, from which number, and when."""

    from_number: PhoneNumber
    """The number to call from: one of your own, bought from Retell or imported."""
    tasks: list[BatchCallTaskInput]
    """The calls, at least one."""
    name: str | None = UNSET
    """A name, for you."""
    trigger_timestamp: DateTime | None = UNSET
    """When to begin; at once where left out."""
    call_time_window: BatchCallTimeWindowInput | None = UNSET
    """When calls may be dialled; at any time where left out."""
    reserved_concurrency: int | None = UNSET
    """How many calls at once are kept free for others, such as inbound ones."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        if not self.tasks:
            raise BadUserInput("A batch needs at least one task.", "tasks")
        if not any(task.ignore_e164_validation for task in self.tasks):
            check_number(self.from_number, "fromNumber")
        if isinstance(self.reserved_concurrency, int) and self.reserved_concurrency < 0:
            raise BadUserInput("`reservedConcurrency` is not negative.", "reservedConcurrency")
        return new(self)


@object_type()
class CreateBatchCallPayload(Payload):
    """The outcome of `createBatchCall`."""

    batch_call: BatchCall | None
    """The batch; null where none was made."""


def _touched(answer: Json | None) -> Iterator[tuple[str, str]]:
    """The lists that calls of now can be in, those of contacts among them, and what was counted of
    the batch."""
    yield "calls", "open"
    yield OF_CONTACTS
    if isinstance(id_ := (answer or {}).get("batch_call_id"), str):
        yield "batch_call_count", id_


@object_type()
class BatchCallMutations:
    """Root fields that change batch calls."""

    @strawberry.mutation
    @needs(CREATE)
    async def create_batch_call(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateBatchCallInput, strawberry.argument(description="Whom to call, and when.")
        ],
    ) -> CreateBatchCallPayload | None:
        """Dial many numbers, now or later. **Each call dials and costs**, and a batch cannot be
        taken back by this API. Sent once, never again by itself: Retell tells no repeats of it
        apart, so who is told `OUTCOME_UNKNOWN` looks into `calls` before sending it anew.
        """

        def prepare() -> Change:
            return Change(CREATE_BATCH_CALL.request(body=input.wire()), _touched)

        return cast(
            "CreateBatchCallPayload",
            await change(info, input, prepare, lambda batch: {"batch_call": batch}),
        )


RESOURCE = Resource(
    name="BatchCall",
    queries=BatchCallQueries,
    mutations=BatchCallMutations,
    shows={
        CREATE_BATCH_CALL: "BatchCall",
    },
)
