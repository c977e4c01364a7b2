"""How many WebSockets and event streams a tenant has open. Nothing is queued."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.errors import TooManyStreams

if TYPE_CHECKING:
    from collections.abc import Iterator


class Streams:
    """One for the process; knows only tenants that have one open."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self.open: Counter[str] = Counter()

    @contextmanager
    def one_of(self, tenant: str) -> Iterator[None]:
        """One more, as long as the block lasts; `TooManyStreams` where that is too many."""
        if self.open[tenant] >= self._most:
            raise TooManyStreams
        self.open[tenant] += 1
        try:
            yield
        finally:
            self.open[tenant] -= 1
            if not self.open[tenant]:
                del self.open[tenant]
