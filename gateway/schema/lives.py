"""How long calls and chats are fresh, and pages of them: what is the same for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.cache.entry import Freshness
from gateway.loaders import page_items

if TYPE_CHECKING:
    from gateway.loaders import Json, Policy

LIVE = Freshness(max_age=2)
"""One that is ongoing, or about to be: never shown older than this."""
ENDED = Freshness(max_age=10, stale_while_revalidate=20, stale_if_error=300)
"""One that ended, but of which something may still come, or go."""
SETTLED = Freshness(max_age=1800, stale_while_revalidate=1800, stale_if_error=4 * 3600)
"""One that changes no more, unless somebody changes it. Bounded, for retention's sake."""
OPEN_PAGE = Freshness(max_age=5, stale_while_revalidate=5, stale_if_error=300)
"""A page that a new one may enter at any time."""
CLOSED_PAGE = Freshness(max_age=600, stale_while_revalidate=600, stale_if_error=4 * 3600)
"""A page of a time that is over: no new one can enter it."""

SETTLED_AFTER = 600.0
"""Seconds after the end from which one that was analysed is taken as settled."""
SETTLED_ANYWAY_AFTER = 3600.0
"""Seconds after the end from which any is: some are never analysed."""


class PagePolicy(Protocol):
    """How long a page is fresh."""

    def __call__(
        self, page: Json, now: float, *, closes: float | None = None, expected: int | None = None
    ) -> Freshness:
        """The shortest life of its items and of the list itself.

        `closes` is the time (seconds since the epoch) after which nothing of the list can begin;
        `expected`, for lists of ids, how many of them there are.
        """


def page_policy_of(item_policy: Policy, closed_after: float) -> PagePolicy:
    """That of pages whose items live so; a time is over for lists so many seconds later."""

    def page_policy(
        page: Json, now: float, *, closes: float | None = None, expected: int | None = None
    ) -> Freshness:
        items = page_items(page)
        complete = expected is not None and len(items) >= expected
        closed = complete or (closes is not None and now - closes >= closed_after)
        lives = [CLOSED_PAGE if closed else OPEN_PAGE, *(item_policy(item, now) for item in items)]
        return Freshness(
            max_age=min(life.max_age for life in lives),
            stale_while_revalidate=min(life.stale_while_revalidate for life in lives),
            stale_if_error=min(life.stale_if_error for life in lives),
        )

    return page_policy


def moment(found: Json, name: str) -> float | None:
    """Seconds since the epoch; None where Retell gave nothing that could be a time."""
    given = dict.get(found, name)  # no time has to be decoded
    if given.__class__ is not int and given.__class__ is not float:
        return None
    return given / 1000 if given > 0 else None
