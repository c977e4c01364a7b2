"""One whole HTTP answer: status, headers and bytes. Pure; the rules of GraphQL over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from gateway.errors import (
    AuthUnavailable,
    BadRequest,
    BodyLimitExceeded,
    BodyTimeLimitExceeded,
    CostLimitExceeded,
    CsrfPrevented,
    Forbidden,
    GatewayError,
    InternalServerError,
    ItemLimitExceeded,
    OperationTimeout,
    RateLimited,
    TooManyOperations,
    TooManyStreams,
    Unauthenticated,
)
from gateway.http.accept import GRAPHQL_RESPONSE, JSON
from gateway.http.problem import CLOSE, Header, HttpProblem, ShuttingDown
from gateway.operation.encoding import encode
from gateway.operation.rates import AllowanceSpent, Counted

if TYPE_CHECKING:
    from gateway.http.accept import MediaType
    from gateway.operation.rates import Left
    from gateway.operation.request import OperationResult, Refusal


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer that is sent in one piece."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[Header, ...] = ()


_ALLOW_POST: Header = (b"allow", b"POST")

_ALWAYS_ALIKE: tuple[tuple[type[GatewayError], int, tuple[Header, ...]], ...] = (
    (CsrfPrevented, 403, ()),
    (Forbidden, 403, ()),
    (OperationTimeout, 504, ()),
    (BodyTimeLimitExceeded, 408, (CLOSE,)),
    # Not closed: a client that still sends would lose the answer to the reset.
    (BodyLimitExceeded, 413, ()),
    (BadRequest, 400, ()),
)
"""Errors with a status and headers of their own, the narrower kinds first."""

# The audits of graphql-http ask for these; the specification's first edition recommends 422
# for what fails validation and 294 for data with errors, which hardly a client knows yet.
_STATUS: dict[MediaType, dict[Refusal | None, int]] = {
    GRAPHQL_RESPONSE: {None: 200, "parse": 400, "validation": 400, "request": 400, "method": 405},
    JSON: {None: 200, "parse": 200, "validation": 200, "request": 400, "method": 405},
}


def result_answer(result: OperationResult, media_type: MediaType, request_id: str) -> HttpAnswer:
    """The answer of an operation, executed or refused."""
    try:
        body = encode(result.body) if result.content is None else result.content
    except InternalServerError as error:
        return error_answer(error, media_type, request_id)
    status = _STATUS[media_type][result.refused]
    headers = left_headers(result.left)
    if result.refused == "method":
        headers = (_ALLOW_POST, *headers)
    return HttpAnswer(status, f"{media_type}; charset=utf-8", body, headers)


def error_answer(error: GatewayError, media_type: MediaType, request_id: str) -> HttpAnswer:
    """The answer where no operation ran."""
    status, headers = _status_and_headers(error, media_type)
    body: dict[str, Any] = {"errors": [error_entry(error, request_id)]}
    if isinstance(error, CostLimitExceeded | AllowanceSpent) and error.cost is not None:
        body["extensions"] = {"cost": {"estimated": error.cost, "used": 0}}
    return HttpAnswer(status, f"{media_type}; charset=utf-8", encode(body), headers)


def left_headers(left: Left | None) -> tuple[Header, ...]:
    """What the caller has left, as draft-ietf-httpapi-ratelimit-headers-10 words it."""
    if left is None:
        return ()
    policy = f'"caller";q={left.limit};w={left.window}'
    return (
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", f'"caller";r={left.remaining};t={left.reset}'.encode()),
    )


def _status_and_headers(
    error: GatewayError, media_type: MediaType
) -> tuple[int, tuple[Header, ...]]:
    match error:
        case HttpProblem():
            return error.status, error.headers
        case ShuttingDown():
            return error.status, (CLOSE,)
        case Unauthenticated():
            refused = b'Bearer error="invalid_token"' if error.token_given else b"Bearer"
            return 401, ((b"www-authenticate", refused),)
        case CostLimitExceeded() | ItemLimitExceeded():
            return _STATUS[media_type]["validation"], _left_headers_of(error)
        case RateLimited():
            return 429, (*_retry_after(error), *_left_headers_of(error))
        case TooManyOperations(of_caller=True) | TooManyStreams():
            return 429, _retry_after(error)
        case TooManyOperations() | AuthUnavailable():
            return 503, _retry_after(error)
    for kind, status, headers in _ALWAYS_ALIKE:
        if isinstance(error, kind):
            return status, headers
    return 500, ()


def _left_headers_of(error: GatewayError) -> tuple[Header, ...]:
    return left_headers(error.left) if isinstance(error, Counted) else ()


def _retry_after(error: GatewayError) -> tuple[Header, ...]:
    seconds = error.extensions().get("retryAfter")
    if not isinstance(seconds, int | float):
        return ()
    return ((b"retry-after", str(ceil(seconds)).encode()),)


def error_entry(error: GatewayError, request_id: str) -> dict[str, Any]:
    """The GraphQL error of one of ours."""
    extensions = error.extensions() | {"requestId": request_id}
    return {"message": error.message, "extensions": extensions}
