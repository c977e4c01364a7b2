"""Which fetched answers may still be stored: none that a purge or a newer answer has overtaken.

Pure bookkeeping of the fetches in the air; knows neither tasks nor stores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True, eq=False)
class Ticket:
    """One fetch, in the air within `with`. Its own tags are not known before it lands, so purges
    are noted."""

    key: str
    _admission: Admission
    purged: set[str] = field(default_factory=set)
    overtaken: bool = False

    def __enter__(self) -> Self:
        self._admission.enter(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._admission.leave(self)


class Admission:
    """Held by one reader; bounded by the number of fetches in the air."""

    def __init__(self) -> None:
        self._in_the_air: dict[str, list[Ticket]] = {}

    def ticket(self, key: str) -> Ticket:
        """A ticket for one fetch, from before it leaves until it is stored or not."""
        return Ticket(key, self)

    def enter(self, ticket: Ticket) -> None:
        """It leaves."""
        self._in_the_air.setdefault(ticket.key, []).append(ticket)

    def leave(self, ticket: Ticket) -> None:
        """It was stored, or not."""
        tickets = self._in_the_air[ticket.key]
        tickets.remove(ticket)
        if not tickets:
            del self._in_the_air[ticket.key]

    def purge(self, tags: Iterable[str]) -> None:
        """Nothing that is in the air now may be stored with one of these tags."""
        purged = set(tags)
        for tickets in self._in_the_air.values():
            for ticket in tickets:
                ticket.purged |= purged

    def admit(self, ticket: Ticket, tags: frozenset[str]) -> bool:
        """Whether this answer may be stored; if so, fetches that left before it may not be."""
        if ticket.overtaken or ticket.purged & tags:
            return False
        in_order = self._in_the_air[ticket.key]
        for earlier in in_order[: in_order.index(ticket)]:
            earlier.overtaken = True
        return True
