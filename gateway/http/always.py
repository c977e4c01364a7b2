"""The headers of every answer, whatever it says: what caches and browsers may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

    from gateway.http.problem import Header

ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What reads with CORS is not kept out by the last: that is for pictures, scripts and the like."""


def always(https_only_seconds: int = 0) -> tuple[Header, ...]:
    """All of them; browsers are told to come by https only for so many seconds, if any."""
    if not https_only_seconds:
        return ALWAYS
    return (*ALWAYS, (b"strict-transport-security", b"max-age=%d" % https_only_seconds))


def with_defaults(given: list[Header], defaults: tuple[Header, ...]) -> list[Header]:
    """The headers of an answer, and those that it does not have yet."""
    names = {name for name, _ in given}
    return given + [header for header in defaults if header[0] not in names]


def adding(defaults: tuple[Header, ...], send: Send) -> Send:
    """For answers that are made elsewhere: a `send` that adds what they lack."""

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = with_defaults(list(message["headers"]), defaults)
        await send(message)

    return add
