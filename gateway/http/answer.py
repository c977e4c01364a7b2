"""One whole HTTP answer: status, headers and bytes. Pure; the rules of GraphQL over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.errors import (
    BadRequest,
    BodyLimitExceeded,
    BodyTimeLimitExceeded,
    GatewayError,
    InternalServerError,
    Unauthenticated,
)
from gateway.http.accept import GRAPHQL_RESPONSE, JSON
from gateway.http.problem import Header, HttpProblem, ShuttingDown
from gateway.operation.encoding import encode

if TYPE_CHECKING:
    from gateway.http.accept import MediaType
    from gateway.operation.request import OperationResult, Refusal


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer that is sent in one piece."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[Header, ...] = ()


_ALLOW_POST: Header = (b"allow", b"POST")

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
    headers = (_ALLOW_POST,) if result.refused == "method" else ()
    return HttpAnswer(status, f"{media_type}; charset=utf-8", body, headers)


def error_answer(error: GatewayError, media_type: MediaType, request_id: str) -> HttpAnswer:
    """The answer where no operation ran."""
    status = 500
    headers: tuple[Header, ...] = ()
    match error:
        case HttpProblem():
            status, headers = error.status, error.headers
        case ShuttingDown():
            status, headers = error.status, ((b"connection", b"close"),)
        case BodyTimeLimitExceeded():
            status, headers = 408, ((b"connection", b"close"),)
        case BodyLimitExceeded():
            # No `connection: close`: a client that still sends would lose the answer to the reset.
            status = 413
        case BadRequest():
            status = 400
        case Unauthenticated():
            status, headers = 401, ((b"www-authenticate", b"Bearer"),)
    body = encode({"errors": [error_entry(error, request_id)]})
    return HttpAnswer(status, f"{media_type}; charset=utf-8", body, headers)


def error_entry(error: GatewayError, request_id: str) -> dict[str, Any]:
    """The GraphQL error of one of ours."""
    extensions = error.extensions() | {"requestId": request_id}
    return {"message": error.message, "extensions": extensions}
