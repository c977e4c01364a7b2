"""The route that makes a batch of calls: one every five seconds, every fifth of them unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.outcomes import HANGUPS, unanswered
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import listed, properties
from gateway.sandbox.new_calls import DIALLED, check_dialled, dial, number
from gateway.sandbox.problem import bad_request

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask

Json = dict[str, Any]

EVERY_MS = 5000
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def create_batch_call(ask: Ask) -> Json:
    asked = properties(
        "body",
        ask.body,
        {
            "call_time_window",
            "from_number",
            "name",
            "reserved_concurrency",
            "tasks",
            "trigger_timestamp",
        },
    )
    tasks = [properties("tasks", task, DIALLED) for task in listed("tasks", asked.get("tasks"))]
    at_ms = asked.get("trigger_timestamp", ask.now_ms)
    if not tasks or not isinstance(at_ms, int | float):
        raise bad_request("tasks must not be empty, and trigger_timestamp a number")
    window = _window(asked["call_time_window"]) if "call_time_window" in asked else None
    ignores = any(task.get("ignore_e164_validation") for task in tasks)
    from_number = number(asked | {"ignore_e164_validation": ignores}, "from_number")
    for task in tasks:  # all of them or none
        check_dialled(ask, task)
    made = len(ask.account.changes.made)
    batch_call_id = f"batch_call_{token(seeded(ask.account.world, 'batch', made), 16)}"
    for place, task in enumerate(tasks):
        dial(
            ask,
            task,
            from_number,
            int(at_ms) + place * EVERY_MS,
            batch_call_id=batch_call_id,
            end=unanswered("dial_no_answer") if place % 5 == 4 else HANGUPS[place % 2],
        )
    told = {
        "batch_call_id": batch_call_id,
        "name": asked.get("name", "Batch"),
        "from_number": from_number,
        "scheduled_timestamp": at_ms,
        "total_task_count": len(tasks),
    }
    return told if window is None else told | {"call_time_window": window}


def _window(given: object) -> Json:
    asked = properties("call_time_window", given, {"windows", "day", "timezone"})
    for window in listed("windows", asked.get("windows")):
        times = properties("windows", window, {"start", "end"})
        if not 0 <= times.get("start", -1) < times.get("end", 0) <= 1440:
            raise bad_request("windows must go from a minute to a later one of the same day")
    if any(day not in _DAYS for day in listed("day", asked.get("day", []))):
        raise bad_request(f"day must be among {', '.join(_DAYS)}")
    return asked


ENDPOINTS = (Endpoint("POST", "/create-batch-call", create_batch_call),)
