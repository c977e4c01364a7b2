"""How many operations may be under way at once, for each tenant and in all. Nothing is queued."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gateway.errors import TooManyOperations


@dataclass(frozen=True, slots=True)
class AtOnceLimits:
    """Operations under way."""

    tenant: int = 1000
    all: int = 2000


class AtOnce:
    """One for the process; knows only tenants of which something is under way."""

    def __init__(self, limits: AtOnceLimits) -> None:
        self._limits = limits
        self._of_tenant: Counter[str] = Counter()
        self.running = 0

    def enter(self, tenant: str) -> None:
        """One more; `TooManyOperations`, and none more, where that is too many."""
        if self._of_tenant[tenant] >= self._limits.tenant:
            raise TooManyOperations("Too many operations of yours are under way.", of_caller=True)
        if self.running >= self._limits.all:
            raise TooManyOperations("Too many operations are under way.", of_caller=False)
        self._of_tenant[tenant] += 1
        self.running += 1

    def leave(self, tenant: str) -> None:
        """One of them has ended."""
        self.running -= 1
        self._of_tenant[tenant] -= 1
        if not self._of_tenant[tenant]:
            del self._of_tenant[tenant]
