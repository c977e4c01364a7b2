"""Requests to Retell, start to end: key, place in line, deadline, attempts, answer.

What is retried is decided in `retry`, what a status means in `statuses`, and what goes over the
wire in `exchange`.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.upstream.exchange import Exchange, UpstreamAnswer, busy, too_late
from gateway.upstream.retry import Failure, RetryBudget, RetryPolicy, final_error
from gateway.upstream.statuses import refused_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.upstream.connection import HttpClient
    from gateway.upstream.deadline import Deadline
    from gateway.upstream.endpoint import UpstreamRequest

__all__ = ["Attempt", "ClientLimits", "RetellClient", "UpstreamAnswer"]


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Seconds, bytes and numbers that one client keeps to."""

    seconds: float = 20.0
    """For a request with all its attempts and waits."""
    list_seconds: float = 60.0
    """The same for list pages: Retell is slow at long ones."""
    answer_bytes: int = 10 * 1024 * 1024
    """Of a decoded answer."""
    list_bytes: int = 16 * 1024 * 1024
    """Of a list page. Decoding holds the event loop: 0.17 s for 10.7 MB, 1.5 s for 64 MB
    (measured); a page of 1,000 calls is 2.4 MB."""
    at_once: int = 100
    """Exchanges under way at the same time."""
    queue_seconds: float = 5.0
    """Longest wait for one of them to end; then `UpstreamBusy`."""


@dataclass(slots=True)
class Attempt:
    """One exchange with Retell that was begun, for traces and logs."""

    endpoint_name: str
    status: int | None
    """None: no answer came."""
    duration: float
    number: int
    """From 1; above 1 it is a retry."""


class RetellClient:
    """Sends requests to Retell. One for the process; the caller owns and closes `http`."""

    def __init__(
        self,
        http: HttpClient,
        *,
        limits: ClientLimits | None = None,
        retries: RetryPolicy | None = None,
        budget: RetryBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._limits = limits or ClientLimits()
        self._retries = retries or RetryPolicy()
        self._budget = budget or RetryBudget()
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._random = random
        self._slots = asyncio.Semaphore(self._limits.at_once)

    async def send(
        self,
        request: UpstreamRequest,
        *,
        api_key: str,
        own_key: bool,
        deadline: Deadline,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> UpstreamAnswer:
        """Retell's answer, or one of the errors of `gateway.errors`.

        A request that changes something is sent once; `OutcomeUnknown` where no clear answer came.
        A caller that is cancelled cancels the exchange, and its connection is closed.
        """
        if not _KEY.fullmatch(api_key):
            raise refused_key(own_key=own_key)
        limits = self._limits
        deadline = deadline.sooner(limits.list_seconds if request.lists else limits.seconds)
        most = limits.list_bytes if request.lists else limits.answer_bytes
        self._budget.earn()
        number = 1
        while True:
            exchange = Exchange(
                self._http, request, api_key, own_key, most, wall_clock=self._wall_clock
            )
            outcome = await self._attempt(exchange, number, deadline, on_attempt)
            if isinstance(outcome, UpstreamAnswer):
                return outcome
            wait = self._wait(outcome, number, deadline) if request.safe else None
            if wait is None:
                raise final_error(outcome, safe=request.safe)
            await self._sleep(wait)
            number += 1

    async def _attempt(
        self,
        exchange: Exchange,
        number: int,
        deadline: Deadline,
        on_attempt: Callable[[Attempt], None] | None,
    ) -> UpstreamAnswer | Failure:
        if deadline.remaining() == 0:
            return too_late(sent=False)
        if self._slots.locked():
            try:
                async with asyncio.timeout(min(self._limits.queue_seconds, deadline.remaining())):
                    await self._slots.acquire()  # first come, first served
            except TimeoutError:
                return busy()
        else:
            await self._slots.acquire()  # at once: nobody waits
        began = self._clock()
        try:
            return await exchange.run(deadline.remaining())
        finally:
            self._slots.release()
            if on_attempt is not None:
                name, duration = exchange.request.endpoint_name, self._clock() - began
                on_attempt(Attempt(name, exchange.status, duration, number))

    def _wait(self, failure: Failure, number: int, deadline: Deadline) -> float | None:
        remaining, chance = deadline.remaining(), self._random()
        wait = self._retries.wait(failure, number=number, remaining=remaining, chance=chance)
        return wait if wait is not None and self._budget.spend() else None


_KEY = re.compile(r"[!-~]{1,512}")
"""What can stand in a header; other keys are refused here, since no Retell key looks like that."""
