"""What goes into an operation and what comes out: the words that `http` and `operation` share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.auth.caller import Caller
    from gateway.operation.answers import Body
    from gateway.operation.rates import Left

Json = dict[str, Any]
"""A JSON object, ready to be encoded."""


@dataclass(slots=True)
class OperationRequest:
    """One GraphQL operation as a caller asked for it; well-formed, not yet parsed."""

    query: str | None
    """The document's text; None where it is told by its id or hash alone."""
    caller: Caller
    request_id: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    read_only: bool = False
    """Set for GET: anything but a query is refused with the reason `method`."""
    incremental: bool = False
    """Set where the client accepts an answer in parts; else `@defer` is answered in one."""
    explain: bool = False
    """Set where the client asked for `extensions.gateway`."""
    document_id: str | None = None
    """By which the document is known here."""
    sha256: str | None = None
    """Of the document's text, where it is to be known by that (automatic persisted queries)."""
    body: Body | None = None
    """The request as it came, where the same bytes may come again."""


Refusal = Literal["parse", "validation", "request", "method"]
"""Why no execution took place: the HTTP status depends on it."""


@dataclass(slots=True)
class OperationResult:
    """A whole answer. `refused` is None once execution began (then `body` has a `data` key)."""

    body: Json
    refused: Refusal | None = None
    content: bytes | None = None
    """The body as JSON, where it is at hand in that form: then `body` may be empty."""
    left: Left | None = None
    """What the caller has left, where that is counted and something was taken of it."""


@dataclass(frozen=True, slots=True)
class IncrementalResult:
    """An answer in parts: the first, then the rest as they come (`@defer`, `@stream`)."""

    first: Json
    rest: AsyncIterator[Json]
    left: Left | None = None


Answer = OperationResult | IncrementalResult
