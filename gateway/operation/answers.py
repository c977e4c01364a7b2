"""Answers that are remembered as bytes, together with the entries that they were made from.

One is valid exactly as long as every one of them is the current, fresh entry: there is no second
expiry and no second invalidation. Knows nothing of what an answer says.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.cache.entry import Clock, Entry
    from gateway.telemetry.audit import Reads

OVERHEAD = 1500
"""Bytes that an answer takes besides its texts, about."""
ENTRY_BYTES = 200
"""Bytes that the note of an entry takes, about."""
ID_BYTES = 100
"""Bytes that the id of an object takes that is noted, about."""
MOST_BODIES = 4
"""Spellings of one request that lead to its answer at once."""


class Asked(NamedTuple):
    """What an answer depends on besides data: the caller's view, and what was asked."""

    view: str
    document: str
    operation_name: str | None
    variables: bytes
    """As JSON, the names in order."""


class Body(NamedTuple):
    """A request as it came: whose it is, whether parts are accepted, and its bytes."""

    view: str
    in_parts: bool
    content: bytes


@dataclass(slots=True, eq=False)
class Remembered:
    """An answer's bytes and what they stand on."""

    asked: Asked
    content: bytes
    entries: tuple[tuple[str, Entry], ...]
    fresh_until: float
    size: int
    reads: tuple[Reads, ...] = ()
    """What of it tells of persons: to be noted each time that it is sent."""
    bodies: list[Body] = field(default_factory=list)
    seen: int = -1
    """How often entries had changed when all of its own were seen to be current."""


class Answers:
    """One for the process. The least recently used go first when there are too many bytes."""

    def __init__(
        self,
        is_current: Callable[[str, Entry], bool],
        changes: Callable[[], int],
        clock: Clock,
        *,
        most_bytes: int,
    ) -> None:
        """`is_current` says whether an entry is the one that is kept under its key, `changes` how
        often any came, went or was replaced."""
        self._is_current = is_current
        self._changes = changes
        self._clock = clock
        self._most_bytes = most_bytes
        self._answers: OrderedDict[Asked, Remembered] = OrderedDict()
        self._by_body: dict[Body, Remembered] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def is_off(self) -> bool:
        """Whether none is ever remembered."""
        return self._most_bytes == 0

    @property
    def bytes_held(self) -> int:
        """The sizes of all answers together."""
        return self._bytes

    def to_body(self, body: Body) -> Remembered | None:
        """The answer to a request that came before in the same bytes, if it is valid."""
        remembered = self._by_body.get(body)
        return None if remembered is None else self._valid(remembered)

    def to_asked(self, asked: Asked, body: Body | None) -> Remembered | None:
        """The answer to an operation that was asked before in other words, if it is valid."""
        remembered = self._answers.get(asked)
        if remembered is None or self._valid(remembered) is None:
            return None
        self._note(remembered, body)
        return remembered

    def remember(
        self,
        asked: Asked,
        body: Body | None,
        content: bytes,
        entries: Mapping[str, Entry],
        reads: tuple[Reads, ...] = (),
    ) -> None:
        """Keep an answer, unless it is outdated already or larger than all may be."""
        fresh_until = min((entry.fresh_until for entry in entries.values()), default=float("inf"))
        size = OVERHEAD + len(content) + 2 * len(asked.document) + len(asked.variables)
        size += ENTRY_BYTES * len(entries) + ID_BYTES * sum(len(each.ids) for each in reads)
        if asked in self._answers:
            self._forget(self._answers[asked])
        if size > self._most_bytes:
            return
        made_from = tuple(entries.items())
        remembered = Remembered(asked, content, made_from, fresh_until, size, reads)
        if not self._is_valid(remembered):
            return
        self._answers[asked] = remembered
        self._bytes += size
        self._note(remembered, body)
        self._shrink()

    def _valid(self, remembered: Remembered) -> Remembered | None:
        if not self._is_valid(remembered):
            self._forget(remembered)
            return None
        self._answers.move_to_end(remembered.asked)
        return remembered

    def _is_valid(self, remembered: Remembered) -> bool:
        if self._clock() >= remembered.fresh_until:
            return False
        changes = self._changes()
        if remembered.seen == changes:
            return True
        for key, entry in remembered.entries:
            if not self._is_current(key, entry):
                return False
        remembered.seen = changes
        return True

    def _note(self, remembered: Remembered, body: Body | None) -> None:
        """From now on these bytes lead to the answer at once."""
        if body is None or body in self._by_body or len(remembered.bodies) >= MOST_BODIES:
            return
        size = len(body.content) + ENTRY_BYTES
        remembered.bodies.append(body)
        remembered.size += size
        self._bytes += size
        self._by_body[body] = remembered
        self._shrink()

    def _shrink(self) -> None:
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._answers.values())))

    def _forget(self, remembered: Remembered) -> None:
        del self._answers[remembered.asked]
        self._bytes -= remembered.size
        for body in remembered.bodies:
            del self._by_body[body]
