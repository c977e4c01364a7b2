"""Errors as clients see them: every one has a code and a request id, none tells of our inside.

The one place that words errors, for whole answers and for parts alike.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from gateway.errors import BadUserInput, GatewayError, InternalServerError, UpstreamInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.operation.request import Json

log = logging.getLogger(__name__)

_UNFIT = UpstreamInvalid("Retell gave a value for this field that does not fit its type.")
_FAULT = InternalServerError("The gateway failed; its log has the request id.")


def masked(errors: Sequence[GraphQLError], request_id: str) -> list[Json]:
    """The `errors` of an answer."""
    return [_masked(error, request_id) for error in errors]


def refusal(kind: type[GatewayError], errors: Sequence[GraphQLError], request_id: str) -> Json:
    """The answer to a document that is not executed: graphql-core's words are for its author."""
    return {"errors": [_written(error, kind(error.message), request_id) for error in errors]}


def _masked(error: GraphQLError, request_id: str) -> Json:
    cause = _cause(error)
    if cause is _FAULT:
        log.error(
            "a resolver failed", extra={"request_id": request_id}, exc_info=error.original_error
        )
    return _written(error, cause, request_id)


def _cause(error: GraphQLError) -> GatewayError:
    original = error.original_error
    if isinstance(original, GatewayError):
        return original
    if error.path is None or error.message.startswith("Argument "):
        return BadUserInput(error.message)  # variables and arguments: the caller's own words
    if isinstance(original, GraphQLError) or error.message.startswith("Cannot return null"):
        return _UNFIT  # graphql-core's message would repeat the value
    return _FAULT


def _written(error: GraphQLError, cause: GatewayError, request_id: str) -> dict[str, Any]:
    written: dict[str, Any] = {"message": cause.message}
    if error.locations:
        written["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        written["path"] = error.path
    written["extensions"] = cause.extensions() | {"requestId": request_id}
    return written
