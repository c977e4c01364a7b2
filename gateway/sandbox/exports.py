"""The route of export requests: they are made in Retell's dashboard, and only listed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.pages import Paging
from gateway.sandbox.urls import plain, sign

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask

Json = dict[str, Any]

_HOUR_MS = 3_600_000
_STATUSES = ("completed", "completed", "error", "processing", "created")


def list_export_requests(ask: Ask) -> Json:
    paging = Paging.of_query(ask.query, [ask.account.key, "exports"])
    exports = [_export(ask, number) for number in range(len(_STATUSES))]
    return paging.cut(exports, _place).envelope(lambda each: each)


def _export(ask: Ask, number: int) -> Json:
    """URLs are signed anew on each read."""
    export_id = f"export_{token(seeded(ask.account.world, 'export', number), 20)}"
    export: Json = {
        "export_request_id": export_id,
        "channel": "chat" if number % 2 else "call",
        "created_timestamp": ask.account.anchor_ms - (len(_STATUSES) - number) * _HOUR_MS,
        "status": _STATUSES[number],
        "timezone": "America/Los_Angeles",
    }
    if _STATUSES[number] == "completed":
        export["url"] = sign(plain(export_id, "export.csv"), ask.now_ms)
    return export


def _place(export: Json) -> tuple[int, str]:
    return int(export["created_timestamp"]), str(export["export_request_id"])


ENDPOINTS = (Endpoint("GET", "/v2/list-export-requests", list_export_requests),)
