"""How many operations may be under way at once, for each tenant and in all. Nothing is queued."""

from __future__ import annotations

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
        self._of_tenant: dict[str, int] = {}
        self.running = 0

    def enter(self, tenant: str) -> None:
        """One more; `TooManyOperations`, and none more, where that is too many."""
        own = self._of_tenant.get(tenant, 0)
        if own >= self._limits.tenant:
            raise TooManyOperations("Too many operations of yours are under way.", of_caller=True)
        if self.running >= self._limits.all:
            raise TooManyOperations("Too many operations are under way.", of_caller=False)
        self._of_tenant[tenant] = own + 1
        self.running += 1

    def leave(self, tenant: str) -> None:
        """One of them has ended."""
        self.running -= 1
        own = self._of_tenant.pop(tenant) - 1
        if own:
            self._of_tenant[tenant] = own
