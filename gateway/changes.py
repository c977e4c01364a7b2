"""The changes under way in this process, and what came of those that may be asked for again.

Knows nothing of what a change is: something begins it, and equal ones have an equal `what`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from gateway.errors import BadUserInput, GatewayError, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

log = logging.getLogger(__name__)

SECONDS = 3600.0
"""How long a change is answered with its first outcome: as long as Retell knows the keys by which
it tells repeats."""
MOST = 2000
MOST_OF_TENANT = 500
MOST_BYTES = 32 * 1024 * 1024
"""Of outcomes that are kept. Beyond that the oldest that has come to an end is forgotten."""


class Outcome(Protocol):
    """What a change has come to."""

    @property
    def held(self) -> int:
        """Bytes that it takes in memory, about."""


T = TypeVar("T", bound=Outcome)


@dataclass(frozen=True, slots=True)
class Named:
    """A change that its caller gave a name: asked for again, it is not made again."""

    tenant: str
    caller: str
    name: str


@dataclass(slots=True)
class _Known:
    what: object
    task: asyncio.Task[Any]
    until: float
    size: int = 0


class Changes:
    """Changes end even if their callers leave."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds; only differences count."""
        self._clock = clock
        self._running: set[asyncio.Task[Any]] = set()
        self._known: dict[Named, _Known] = {}
        self._of_tenant: Counter[str] = Counter()
        self._bytes = 0

    async def run(
        self,
        begin: Callable[[], Coroutine[Any, Any, T]],
        what: object = None,
        named: Named | None = None,
    ) -> T:
        """The outcome of the change that `begin` begins, which goes on if the caller is cancelled.

        One that is `named` is begun once; whoever names it again gets the same outcome, unless it
        is certain that nothing came of it. `BadUserInput` where it was another change.
        """
        task = None if named is None else self._again(named, what)
        if task is None:
            task = asyncio.create_task(begin())
            self._running.add(task)
            task.add_done_callback(self._done)
            if named is not None:
                self._keep(named, what, task)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait for all of them; each ends at its own deadline."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _again(self, named: Named, what: object) -> asyncio.Task[Any] | None:
        known = self._known.get(named)
        if known is None:
            return None
        if known.until <= self._clock() or _came_to_nothing(known.task):
            self._forget(named)
            return None
        if known.what != what:
            raise BadUserInput(
                "This `clientMutationId` was given to another change: each needs one of its own, "
                "such as a UUID.",
                "clientMutationId",
            )
        return known.task

    def _keep(self, named: Named, what: object, task: asyncio.Task[Any]) -> None:
        if self._of_tenant[named.tenant] >= MOST_OF_TENANT:
            self._forget_oldest(named.tenant)
        if len(self._known) >= MOST:
            self._forget_oldest()
        known = self._known[named] = _Known(what, task, self._clock() + SECONDS)
        self._of_tenant[named.tenant] += 1
        task.add_done_callback(lambda _task: self._weigh(named, known))

    def _weigh(self, named: Named, known: _Known) -> None:
        """Now that there is an outcome: it counts, as long as it is kept."""
        if known.task.cancelled() or known.task.exception() is not None:
            return
        if self._known.get(named) is known:
            known.size = known.task.result().held
            self._bytes += known.size
            while self._bytes > MOST_BYTES:
                self._forget_oldest()

    def _forget_oldest(self, tenant: str | None = None) -> None:
        ended = (
            named
            for named, known in self._known.items()
            if known.task.done() and tenant in (None, named.tenant)
        )
        if (oldest := next(ended, None)) is not None:
            self._forget(oldest)

    def _forget(self, named: Named) -> None:
        self._bytes -= self._known.pop(named).size
        self._of_tenant[named.tenant] -= 1
        if not self._of_tenant[named.tenant]:
            del self._of_tenant[named.tenant]

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a change failed", extra={"error": type(error).__name__})


def _came_to_nothing(task: asyncio.Task[Any]) -> bool:
    """Whether nothing was changed for certain: then it may be tried again under the same name."""
    if not task.done() or task.cancelled():
        return False
    error = task.exception()
    return isinstance(error, GatewayError) and not isinstance(error, OutcomeUnknown)
