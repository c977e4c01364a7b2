"""Whether a failed request is sent again, and after how long. Decisions only: no I/O, no clock.

Only requests that read are ever repeated. A request that changes something is sent once; where
its effect is unclear, the caller is told so (`OutcomeUnknown`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from gateway.errors import GatewayError, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Failure:
    """How one attempt ended without an answer."""

    error: GatewayError
    transient: bool
    """The same request may well succeed when it is sent again."""
    unclear: bool
    """A change, had this been one, may have taken place."""
    retry_after: float | None = None
    """Seconds that Retell asked to wait."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and how long apart (seconds)."""

    attempts: int = 3
    base: float = 0.25
    cap: float = 4.0
    longest_retry_after: float = 30.0
    """Where Retell asks for more patience than this, the caller is told instead."""

    def wait(
        self, failure: Failure, *, number: int, remaining: float, chance: float
    ) -> float | None:
        """Seconds before attempt `number + 1`; None: there is none.

        Exponential backoff with full jitter (`chance` in [0, 1)). A `Retry-After` comes on top, so
        that the wait is never shorter and not every client returns in the same instant.
        """
        asked = failure.retry_after or 0.0
        if not failure.transient or number >= self.attempts or asked > self.longest_retry_after:
            return None
        wait = asked + chance * min(self.cap, self.base * 2 ** (number - 1))
        return wait if wait < remaining else None


class RetryBudget:
    """A token bucket that holds retries to a share of all requests, so that an outage of Retell
    is not answered with a multiple of the usual load."""

    def __init__(self, ratio: float = 0.2, reserve: float = 10.0) -> None:
        self._ratio = ratio
        self._reserve = reserve
        self._tokens = reserve

    def earn(self) -> None:
        """A request is being made (its first attempt)."""
        self._tokens = min(self._reserve, self._tokens + self._ratio)

    def spend(self) -> bool:
        """Take one retry out, if there is one."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def final_error(failure: Failure, *, safe: bool) -> GatewayError:
    """What the caller is told when the request is not sent again."""
    if safe or not failure.unclear:
        return failure.error
    return OutcomeUnknown("The change was sent to Retell, but it is not known whether it was made.")


_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the answer asks to wait; `now` is in seconds since the epoch.

    `headers` finds names in lower case. A date is measured against the answer's own `Date`, so
    that a clock that is off does not matter; `now` is used where there is none.
    """
    milliseconds = headers.get("retry-after-ms", "")
    if _SECONDS.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "")
    if _SECONDS.fullmatch(value):
        return float(value)
    at, sent = _timestamp(value), _timestamp(headers.get("date", ""))
    return None if at is None else max(0.0, at - (now if sent is None else sent))


def _timestamp(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
