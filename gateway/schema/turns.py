"""Long lists, given to the executor with pauses, so that others get their turn meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SHORT = 50
"""Lists of up to so many items are given as they are."""
FEW = 10
"""The same of lists whose items are whole objects: each may take some milliseconds."""


def in_turns(items: list[Any], short: int = SHORT) -> list[Any]:
    """The items as a list that graphql-core takes its time with, where they are many."""
    return items if len(items) <= short else InTurns(items)


class InTurns(list[Any]):
    """A list that is an asynchronous iterable as well; may be iterated more than once.

    graphql-core completes a plain list in one go: a page of 1,000 calls held everybody up for
    two seconds.
    """

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Each item, with a pause when the ones before took their time."""
        turns = Turns()
        for item in self:
            yield item
            if turns.is_over():
                await turns.pause()
