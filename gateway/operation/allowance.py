"""Whether an operation may run now: what it may cost, how many run, what its caller has left.

All three are asked before anything is sent, and told when the operation ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import CostLimitExceeded, ItemLimitExceeded
from gateway.operation.rates import Counted

if TYPE_CHECKING:
    from gateway.auth.caller import Caller
    from gateway.operation.at_once import AtOnce
    from gateway.operation.cost import Cost
    from gateway.operation.rates import Left, Rates, Taken


class CostRefused(CostLimitExceeded, Counted):
    """The same, and what its caller has left."""


class ItemsRefused(ItemLimitExceeded, Counted):
    """The same, and what its caller has left."""


@dataclass(slots=True)
class Admitted:
    """An operation that may run; `end` is to be called, and may be more than once."""

    cost: int
    _at_once: AtOnce
    _tenant: str
    _taken: Taken | None
    _least: int = 0
    """It takes so much, whatever it uses."""
    _ended: bool = False

    @property
    def left(self) -> Left | None:
        """What its caller has left; None where that is not counted."""
        return None if self._taken is None else self._taken.left

    def end(self, used: int) -> None:
        """It made so many requests."""
        if self._ended:
            return
        self._ended = True
        self._at_once.leave(self._tenant)
        if self._taken is not None:
            self._taken.settle(max(used, self._least))


class Allowance:
    """One for the process."""

    def __init__(
        self, most_cost: int, at_once: AtOnce, rates: Rates | None, *, most_items: int = 10_000
    ) -> None:
        """`rates` is None where callers may cause as many requests as they like."""
        self._most_cost = most_cost if rates is None else min(most_cost, rates.limit)
        self._most_items = most_items
        self._at_once = at_once
        self._rates = rates

    async def admit(self, caller: Caller, most: Cost, *, least: int = 0) -> Admitted:
        """`CostLimitExceeded`, `ItemLimitExceeded`, `TooManyOperations` or `AllowanceSpent` where
        it may not run. It takes the `least` even if it uses nothing."""
        cost = max(most.requests, least)
        if cost > self._most_cost:
            raise await self._charged(caller, CostRefused(cost, self._most_cost))
        if most.items > self._most_items:
            raise await self._charged(caller, ItemsRefused(most.items, self._most_items))
        self._at_once.enter(caller.tenant)
        try:
            taken = None
            if self._rates is not None and cost > 0:
                taken = await self._rates.take(caller_key(caller), cost)
        except BaseException:
            self._at_once.leave(caller.tenant)
            raise
        return Admitted(cost, self._at_once, caller.tenant, taken, least)

    def check(self, caller: Caller) -> None:
        """`AllowanceSpent` where its caller has nothing left: then nothing new is read for it."""
        if self._rates is not None:
            self._rates.check(caller_key(caller))

    async def charge(self, caller: Caller) -> Left | None:
        """Count what is refused, and tell what is left; `AllowanceSpent` where nothing was."""
        return None if self._rates is None else await self._rates.charge(caller_key(caller))

    async def _charged(self, caller: Caller, error: CostRefused | ItemsRefused) -> Counted:
        error.left = await self.charge(caller)
        return error


def caller_key(caller: Caller) -> str:
    """Whose allowance it is: the caller's by name, within the tenant.

    Callers without a name share one. Their addresses do not tell them apart: behind a proxy all
    have the same, and what a proxy says of them can be made up.
    """
    return f"{caller.tenant}/{caller.name}"
