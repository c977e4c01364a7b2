"""Counts the operations that run, so that a server that stops lets them finish first."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, Protocol, Self

from gateway.http.problem import ShuttingDown
from gateway.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

State = Literal["starting", "ready", "draining"]


class Guest(Protocol):
    """What stays between operations: a WebSocket."""

    def go_away(self) -> None:
        """Leave as soon as nothing runs; said once."""


class Operation(Interruption):
    """An operation under way; a class of its own since each one enters it."""

    def __init__(self, drain: Drain) -> None:
        super().__init__(ShuttingDown)
        self._drain = drain

    def __enter__(self) -> Self:
        self._drain.enter(self)
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._drain.leave(self)
        super().__exit__(kind, error, traceback)


class Drain:
    """The gateway's life as `/readyz` tells it, and the operations that are under way."""

    def __init__(self, last_words: float = 1.0) -> None:
        """`last_words`: seconds in which cancelled operations may still say that they were."""
        self._last_words = last_words
        self.state: State = "starting"
        self._running: set[Operation] = set()
        self._guests: set[Guest] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """How many operations are under way."""
        return len(self._running)

    def ready(self) -> None:
        """All that a request needs is open; not taken back once draining began."""
        if self.state == "starting":
            self.state = "ready"

    def begin(self) -> None:
        """Tell `/readyz` to refuse; requests that still arrive are answered as before."""
        self.state = "draining"

    def operation(self) -> Operation:
        """Count what runs inside; it ends with `ShuttingDown` when its time has passed."""
        return Operation(self)

    @contextmanager
    def guest(self, guest: Guest) -> Iterator[None]:
        """It stays as long as the block lasts, or until it is told to go away."""
        self._guests.add(guest)
        self._idle.clear()
        try:
            yield
        finally:
            self._guests.discard(guest)
            self._look()

    def enter(self, operation: Operation) -> None:
        """It is under way."""
        self._running.add(operation)
        self._idle.clear()

    def leave(self, operation: Operation) -> None:
        """It has ended."""
        self._running.discard(operation)
        self._look()

    def _look(self) -> None:
        if not self._running and not self._guests:
            self._idle.set()

    async def finish(self, grace: float) -> int:
        """Wait `grace` seconds for the operations to end, then cancel the rest; how many."""
        self.begin()
        for guest in tuple(self._guests):
            guest.go_away()
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            left = tuple(self._running)
            for interruption in left:
                interruption.fire()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._last_words):
                    await self._idle.wait()
            return len(left)
        return 0
