"""Jobs over all contacts: each is queued, then under way, then over, as the clock moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.problem import Problem
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

QUEUED_MS, WORKING_MS = 2_000, 20_000
_HOUR_MS = 3_600_000


def _jobs(account: Account) -> Shelf:
    synced = {
        "name": "sync",
        "start_timestamp": account.anchor_ms - _HOUR_MS,
        "items": 30,
        "triggered_by": "cron",
    }
    return Shelf("job", "name", [synced], 404)


def state(ask: Ask, name: str) -> Json:
    """Where the job of this name is: an organisation has one of each."""
    jobs = {job["name"]: job for job in ask.account.shelf("contact jobs", _jobs)}
    if name not in jobs:
        return {"status": "idle"}
    job = jobs[name]
    worked_ms = ask.now_ms - job["start_timestamp"] - QUEUED_MS
    share = min(1.0, max(0.0, worked_ms / WORKING_MS))
    done = int(share * job["items"])
    status = "queued" if worked_ms < 0 else "idle" if share == 1 else "running"
    failed = done // 10
    return {
        "status": status,
        "start_timestamp": job["start_timestamp"],
        "succeeded": done - failed,
        "failed": failed,
        "triggered_by": job["triggered_by"],
    }


def begin(ask: Ask, name: str, items: int) -> Json:
    """Begin it, over so many items; a `Problem` where the last one is not over."""
    if state(ask, name)["status"] != "idle":
        raise Problem(409, f"A {name} is under way")
    ask.account.shelf("contact jobs", _jobs).put(
        {"name": name, "start_timestamp": ask.now_ms, "items": items, "triggered_by": "manual"}
    )
    return state(ask, name)
