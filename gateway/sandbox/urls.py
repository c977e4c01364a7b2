"""Addresses of recordings and logs: plain ones live for ever, signed ones expire, as at S3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

FILES = "https://files.retell.example"
"""A reserved name: nothing answers there, and nothing should ask."""

DEFAULT_LIFE_MS = 24 * 3600 * 1000

_STAMP = "%Y%m%dT%H%M%SZ"


def plain(call_id: str, name: str) -> str:
    return f"{FILES}/{call_id}/{name}"


def sign(url: str, now_ms: int, life_ms: int = DEFAULT_LIFE_MS) -> str:
    """The URL with a signature made now, in whole seconds as S3 has them."""
    at = datetime.fromtimestamp(now_ms // 1000, UTC).strftime(_STAMP)
    signature = sha256(f"{url} {at} {life_ms}".encode()).hexdigest()
    return (
        f"{url}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential=SANDBOX%2F{at[:8]}%2Fus-west-2%2Fs3%2Faws4_request"
        f"&X-Amz-Date={at}&X-Amz-Expires={life_ms // 1000}"
        f"&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    )


def expires_at_ms(url: str) -> int | None:
    """When a signed URL stops working; None for one that is not signed."""
    query = parse_qs(urlsplit(url).query)
    if "X-Amz-Date" not in query:
        return None
    at = datetime.strptime(query["X-Amz-Date"][0], _STAMP).replace(tzinfo=UTC)
    end = at + timedelta(seconds=int(query["X-Amz-Expires"][0]))
    return int(end.timestamp()) * 1000


def is_expired(url: str, now_ms: int) -> bool:
    end = expires_at_ms(url)
    return end is not None and now_ms >= end
