"""Whether an operation may run now: what it may cost, how many run, what its caller has left.

All three are asked before anything is sent, and told when the operation ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import CostLimitExceeded, ItemLimitExceeded

if TYPE_CHECKING:
    from gateway.auth.caller import Caller
    from gateway.operation.at_once import AtOnce
    from gateway.operation.cost import Cost
    from gateway.operation.rates import Left, Rates, Taken


@dataclass(slots=True)
class Admitted:
    """An operation that may run; `end` is to be called, and may be more than once."""

    cost: int
    _at_once: AtOnce
    _tenant: str
    _taken: Taken | None
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
            self._taken.settle(used)


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

    async def admit(self, caller: Caller, most: Cost) -> Admitted:
        """`CostLimitExceeded`, `ItemLimitExceeded`, `TooManyOperations` or `AllowanceSpent` where
        it may not run."""
        cost = most.requests
        if cost > self._most_cost:
            raise CostLimitExceeded(cost, self._most_cost)
        if most.items > self._most_items:
            raise ItemLimitExceeded(most.items, self._most_items)
        self._at_once.enter(caller.tenant)
        try:
            taken = None
            if self._rates is not None and cost > 0:
                taken = await self._rates.take(caller_key(caller), cost)
        except BaseException:
            self._at_once.leave(caller.tenant)
            raise
        return Admitted(cost, self._at_once, caller.tenant, taken)


def caller_key(caller: Caller) -> str:
    """Whose allowance it is: the caller's by name, within the tenant.

    Callers without a name share one. Their addresses do not tell them apart: behind a proxy all
    have the same, and what a proxy says of them can be made up.
    """
    return f"{caller.tenant}/{caller.name}"
