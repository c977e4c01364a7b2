"""Long lists, given to the executor with pauses, so that others get their turn meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SHORT = 50
"""Lists of up to so many items are given as they are."""
TURN = 0.005
"""Seconds between two pauses, about: one item may take a while where many fields are selected."""


def in_turns(items: list[Any]) -> list[Any]:
    """The items as a list that graphql-core takes its time with, where they are many."""
    return items if len(items) <= SHORT else InTurns(items)


class InTurns(list[Any]):
    """A list that is an asynchronous iterable as well; may be iterated more than once.

    graphql-core completes a plain list in one go: a page of 1,000 calls held everybody up for
    two seconds.
    """

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Each item, with a pause when the ones before took their time."""
        pause = time.perf_counter() + TURN
        for item in self:
            yield item
            if time.perf_counter() > pause:
                await asyncio.sleep(0)
                pause = time.perf_counter() + TURN
