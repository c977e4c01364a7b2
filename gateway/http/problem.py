"""What http itself refuses: an HTTP status beside the GraphQL error. Knows no operation."""

from __future__ import annotations

from typing import ClassVar

from gateway.errors import BadRequest, InternalServerError, Unauthenticated

Header = tuple[bytes, bytes]
CLOSE: Header = (b"connection", b"close")


class HttpProblem(BadRequest):
    """A request that is not a well-formed GraphQL request over HTTP, and its status."""

    def __init__(self, status: int, message: str, *headers: Header) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class ShuttingDown(InternalServerError):
    """The operation was still running when the time for it to end had passed."""

    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__("The gateway is shutting down.")


class CallerEnded(Unauthenticated):
    """The time of the caller's key or token was over before the answer was."""

    def __init__(self) -> None:
        super().__init__("The time of the key or token is over.", token_given=True)
