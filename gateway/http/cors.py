"""Which other origins' pages may read answers (CORS). Pure; never with cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.http.answer import HttpAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import Headers

    from gateway.http.problem import Header

ANY = "*"

REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "x-request-id",
    "x-gateway-debug",
    "x-requested-with",
    "apollo-require-preflight",
    "graphql-require-preflight",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "apollographql-client-name",
    "apollographql-client-version",
    "traceparent",
    "tracestate",
)
"""What a page may send besides what browsers let every page send."""
RESPONSE_HEADERS = ("x-request-id", "ratelimit", "ratelimit-policy", "retry-after")
"""What a page may read besides what browsers let every page read."""
MAX_AGE = 7200
"""Seconds for which browsers need not ask again; Chromium's own limit."""


class Cors:
    """One for the process."""

    def __init__(self, origins: Iterable[str] = ()) -> None:
        """`*` among them allows every origin."""
        self._origins = frozenset(origins)
        self._vary: Header = (b"vary", b"accept, origin" if self._origins else b"accept")

    def allows(self, origin: str | None) -> bool:
        """Whether pages of this origin may read answers; it is None where no page asks."""
        return origin is not None and (origin in self._origins or ANY in self._origins)

    def headers(self, origin: str | None) -> tuple[Header, ...]:
        """What an answer says to a page of this origin, and to caches on the way."""
        if origin is None or not self.allows(origin):
            return (self._vary,)
        told = ANY if ANY in self._origins else origin
        return (self._vary, (b"access-control-allow-origin", told.encode("latin-1")), _EXPOSE)

    def preflight(self, headers: Headers) -> HttpAnswer | None:
        """The answer to a browser that asks before it sends; None where it asks in vain."""
        if not self.allows(headers.get("origin")):
            return None
        return _PREFLIGHT if "access-control-request-method" in headers else None


_EXPOSE: Header = (b"access-control-expose-headers", ", ".join(RESPONSE_HEADERS).encode())
_PREFLIGHT = HttpAnswer(
    200,
    "text/plain; charset=utf-8",
    b"",
    (
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", ", ".join(REQUEST_HEADERS).encode()),
        (b"access-control-max-age", str(MAX_AGE).encode()),
    ),
)
