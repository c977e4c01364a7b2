"""The seam between reading and storing: what every store can do, and the one that keeps nothing.

A shared store (Redis) would come in here, behind the memory of this process. Readers go by `peek`:
what can only be waited for is looked for where its source is out, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.cache.entry import Entry


class Tier(Protocol):
    """Where entries are kept.

    Commands take effect in the order in which they are given, whenever they return: a purge takes
    what was set before it. A tier that is out of order has no entries; it does not raise.
    """

    @property
    def changes(self) -> int:
        """How often an entry that `peek` can give came or went."""

    def peek(self, key: str) -> Entry | None:
        """The entry if it can be had without waiting; counts as a use of it."""

    async def get(self, key: str) -> Entry | None:
        """The entry wherever it is; fresh or not is for the reader to judge."""

    async def set(self, key: str, entry: Entry) -> object:
        """Keep it in place of what was there, or nothing if it is too big or past all use."""

    async def purge(self, tags: Iterable[str]) -> object:
        """Forget every entry that has one of these tags; done when this returns."""


class NullStore:
    """Keeps nothing: with it, readers share flights and that is all."""

    changes = 0

    def peek(self, key: str) -> None:  # noqa: ARG002 - the protocol's
        """Never there."""
        return

    async def get(self, key: str) -> None:  # noqa: ARG002 - the protocol's
        """Never there."""
        return

    async def set(self, key: str, entry: Entry) -> None:
        """Not kept."""

    async def purge(self, tags: Iterable[str]) -> None:
        """Nothing to forget."""
