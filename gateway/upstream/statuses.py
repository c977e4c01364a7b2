"""What a status of Retell's means, as one of our errors. Every message is our own text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    RateLimited,
    Unauthenticated,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from gateway.upstream.retry import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_ERRORS: Mapping[int, tuple[type[GatewayError], str]] = {
    400: (BadUserInput, "Retell refused the request as malformed."),
    402: (Forbidden, "Retell asks for payment before it does this."),
    403: (Forbidden, "The API key may not do this."),
    404: (NotFound, "Retell has no such object under this API key."),
    408: (UpstreamTimeout, "Retell did not answer in time."),
    409: (Conflict, "The object is in a state that does not allow this."),
    412: (Conflict, "The object has changed in the meantime."),
    504: (UpstreamTimeout, "Retell did not answer in time."),
}


def failure_of_status(
    status: int,
    *,
    own_key: bool,
    by_id: bool,
    safe: bool = True,
    retry_after: float | None = None,
) -> Failure:
    """The failure that a status other than 2xx stands for.

    Unclear for a change: 5xx (a 500 is an answer, but not about the effect), 408, and 303, which
    is how a server says that it did something and shows it elsewhere.
    """
    return Failure(
        error_of_status(status, own_key=own_key, by_id=by_id, safe=safe, retry_after=retry_after),
        transient=status in (408, 429) or status >= 500,
        unclear=status in (303, 408) or status >= 500,
        retry_after=retry_after,
    )


def error_of_status(
    status: int,
    *,
    own_key: bool,
    by_id: bool,
    safe: bool = True,
    retry_after: float | None = None,
) -> GatewayError:
    """The error for a status; `by_id`: the request names one object in its path."""
    if status in _ERRORS:
        kind, message = _ERRORS[status]
        return kind(message)
    if status == 401:
        return refused_key(own_key=own_key)
    if status == 422:
        return _unprocessable(by_id=by_id, safe=safe)
    if status == 429:
        return RateLimited("Retell asks for fewer requests.", retry_after)
    if status >= 500:
        return UpstreamUnavailable("Retell answered with a server error.")
    return UpstreamInvalid("Retell answered in a way that the gateway does not know.")


def _unprocessable(*, by_id: bool, safe: bool) -> GatewayError:
    """Retell says 422 of a missing object where others say 404; else it means what it says."""
    if not by_id:
        return BadUserInput("Retell cannot process these values.")
    if safe:
        return NotFound("Retell has no such object under this API key.")
    return NotFound(
        "Retell has no such object under this API key, or its state does not allow this."
    )


def refused_key(*, own_key: bool) -> GatewayError:
    """A key that does not work: the caller's to mend, or the operator's."""
    if own_key:
        return Unauthenticated("Retell does not accept this API key.")
    return UpstreamUnauthenticated("Retell does not accept the API key of the gateway.")
