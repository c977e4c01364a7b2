"""An answer while it comes: what its connection puts in, and its reader takes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    import httpx

    from gateway.upstream.message import Fields

_LENGTHS = frozenset((b"content-length", b"transfer-encoding"))


class Answer:
    """What has come of an answer so far; filled by its connection, emptied by its reader."""

    __slots__ = ("begun", "buffered", "done", "error", "fields", "pieces", "status", "waiter")

    def __init__(self, *, done: bool = False) -> None:
        self.status = 0
        """0 until the whole head has come."""
        self.fields: Fields = []
        self.pieces: list[bytes] = []
        self.buffered = 0
        self.begun = False
        """The peer has sent something."""
        self.done = done
        """It is complete."""
        self.error: httpx.TransportError | None = None
        """It will never be."""
        self.waiter: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        """Nothing more comes."""
        return self.done or self.error is not None

    @property
    def says_its_length(self) -> bool:
        """Whether its head tells where the body ends; if not, that is where the connection does."""
        return any(name.lower() in _LENGTHS for name, _ in self.fields)

    def fail(self, error: httpx.TransportError) -> None:
        """It breaks off here, if it was not over already."""
        if not self.over:
            self.error = error

    def wake(self) -> None:
        """Have the reader look again."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
