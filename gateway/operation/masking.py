"""Errors as clients see them: every one has a code and a request id, none tells of our inside.

The one place that words errors, for whole answers and for parts alike, whatever carries them.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from gateway.errors import BadUserInput, GatewayError, InternalServerError, UpstreamInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.operation.request import Json

log = logging.getLogger(__name__)

MOST_LOGGED = 10
"""Tracebacks of one answer: a fault may strike at every item of a list."""

_UNFIT = UpstreamInvalid("Retell gave a value for this field that does not fit its type.")
_STREAMED_FROM = "initialCount must be a positive integer"  # graphql-core's, of `@stream`
_NAMED = re.compile(r"(?:Variable|Argument) '\$?\w+'")
"""How graphql-core begins to say what of a value does not fit: so far in the document's words."""
_FAULT = InternalServerError("The gateway failed; its log has the request id.")


def masked(errors: Sequence[GraphQLError], request_id: str, *, explains: bool = True) -> list[Json]:
    """The `errors` of an answer; those who may not know the schema are told nothing of it."""
    causes = [_cause(error, explains) for error in errors]
    faults = {
        error.original_error: None
        for error, cause in zip(errors, causes, strict=True)
        if cause is _FAULT
    }
    for fault in list(faults)[:MOST_LOGGED]:
        log.error("a resolver failed", extra={"request_id": request_id}, exc_info=fault)
    return [_written(error, cause, request_id) for error, cause in zip(errors, causes, strict=True)]


def shown(error: Exception, request_id: str) -> GatewayError:
    """What clients see of the error that ended an operation: one that is unknown is logged."""
    if isinstance(error, GatewayError):
        return error
    log.error("an operation failed", extra={"request_id": request_id}, exc_info=error)
    return _FAULT


def refusal(kind: type[GatewayError], errors: Sequence[GraphQLError], request_id: str) -> Json:
    """The answer to a document that is not executed: graphql-core's words are for its author."""
    return {"errors": [_written(error, kind(error.message), request_id) for error in errors]}


def _cause(error: GraphQLError, explains: bool) -> GatewayError:
    original = error.original_error
    if isinstance(original, GatewayError):
        return original
    if error.message == _STREAMED_FROM:
        return BadUserInput(error.message)
    if original is not None and not isinstance(original, GraphQLError):
        # What is worded by graphql-core as an exception of Python's; any other is a fault of ours.
        return _UNFIT if error.message.startswith("Cannot return null") else _FAULT
    if error.path is None or error.message.startswith("Argument "):
        # Variables and arguments: the caller's own words.
        return BadUserInput(error.message if explains else _untold(error.message))
    return _UNFIT  # graphql-core's message would repeat the value


def _untold(message: str) -> str:
    """What graphql-core says of a variable or an argument, without what it says of its type."""
    named = _NAMED.match(message)
    whose = named.group() if named else "A variable"
    return f"{whose} is missing, or has a value that does not fit its type."


def _written(error: GraphQLError, cause: GatewayError, request_id: str) -> dict[str, Any]:
    written: dict[str, Any] = {"message": cause.message}
    if error.locations:
        written["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        written["path"] = error.path
    written["extensions"] = cause.extensions() | {"requestId": request_id}
    return written
