"""Jobs over all contacts of an organisation: an import, a backfill, a sync with its CRM."""

from __future__ import annotations

from enum import Enum

from gateway.cache.entry import Freshness
from gateway.loaders import Json
from gateway.schema.scalars import DateTime
from gateway.schema.types import object_type, open_enum

RUNNING = Freshness(max_age=2, stale_if_error=60)
"""A job that is under way: whoever waits for it polls."""
IDLE = Freshness(max_age=15, stale_while_revalidate=60, stale_if_error=3600)
"""One that is over. Another may begin at any time, by hand elsewhere or on a schedule."""


def job_policy(job: Json, _now: float) -> Freshness:
    """By whether it is over."""
    return IDLE if job.get("status") == "idle" else RUNNING


@open_enum
class ContactJobStatus(Enum):
    """Where a job is."""

    QUEUED = "queued"
    """It waits for its turn."""
    RUNNING = "running"
    """It is under way."""
    IDLE = "idle"
    """It is over, or there never was one."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ContactJobTrigger(Enum):
    """What began a job."""

    MANUAL = "manual"
    """Somebody asked for it."""
    CRON = "cron"
    """The schedule."""
    UNKNOWN = "UNKNOWN"


@object_type()
class ContactJob:
    """A job over contacts, the current one or the last: an organisation has one of each kind."""

    status: ContactJobStatus | None
    """Where it is."""
    start_timestamp: DateTime | None
    """When it began."""
    succeeded: int | None
    """How many items it has done so far."""
    failed: int | None
    """How many items it could not do so far."""
    triggered_by: ContactJobTrigger | None
    """What began it."""
