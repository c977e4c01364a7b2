"""What can be said of a request as soon as all of it is there: an answer, or that one was begun.

The words that `front`, which finds it, shares with `replying`, which writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from gateway.http.problem import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.http.problem import Header

PATH = b"/graphql"


class Heading(NamedTuple):
    """The headers that many answers have in common, in both forms that they are sent in."""

    headers: tuple[Header, ...]
    lines: bytes
    closes: bool = False
    """Whether they say that it is the last on its connection."""

    @classmethod
    def of(cls, headers: tuple[Header, ...]) -> Heading:
        """Of these headers; nothing in them may end a line."""
        lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        return cls(headers, lines, CLOSE in headers)


class Whole(NamedTuple):
    """An answer that is ready to be sent."""

    status: int
    heading: Heading
    id: bytes
    """Of the request."""
    content: bytes


class Begun(NamedTuple):
    """An operation that waits for something."""

    whole: Callable[[], Coroutine[Any, Any, Whole]]
    """Gives the answer, whatever comes of it; to be called once, and awaited in a task. It ends
    where that is cancelled."""
    id: str
    """Of the request."""


class Reply(Protocol):
    """What says what a POST to `PATH` comes to."""

    def __call__(self, headers: list[Header], body: bytes, /) -> Whole | Begun | None:
        """Given its headers, their names in lower case, and its body. None: what it comes to is the
        application's to say, and nothing has happened."""
