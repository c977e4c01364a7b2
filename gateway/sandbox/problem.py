"""An answer that is an error, in Retell's form."""

from __future__ import annotations


class Problem(Exception):
    """A request that is refused: the status, and the message that goes into the body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, str]:
        return {"status": "error", "message": self.message}


def bad_request(message: str) -> Problem:
    return Problem(400, message)


def not_found(what: str, name: str, status: int = 422) -> Problem:
    """Of most objects that the key does not have Retell says 422, and 404 of some."""
    return Problem(status, f"Cannot find requested asset under given api key: {what} {name}")
