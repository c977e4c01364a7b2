"""What a fetch returns, what is stored of it, and how fresh that is in the words of RFC 5861.

Pure: no clock of its own, no I/O. Seconds everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

Clock = Callable[[], float]
"""Seconds since the epoch; replicas that share a tier must agree on it."""

ASSUMED_SIZE = 1024


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long an answer is fresh, and for how long after that it may still be served."""

    max_age: float
    stale_while_revalidate: float = 0
    """After `max_age`: served at once, while it is fetched anew."""
    stale_if_error: float = 0
    """After `max_age`: served if the fetch fails because upstream is out."""

    def __post_init__(self) -> None:
        # Written so that a NaN, which compares false with everything, is refused too.
        for seconds in (self.max_age, self.stale_while_revalidate, self.stale_if_error):
            if not seconds >= 0:
                raise ValueError(f"a freshness is 0 seconds or more, not {seconds}")

    @property
    def life(self) -> float:
        """The age from which the answer is of no use at all."""
        return self.max_age + max(self.stale_while_revalidate, self.stale_if_error)

    def capped(self, seconds: float) -> Freshness:
        """The same, but of no use from the age of `seconds` on."""
        limit = max(seconds, 0)
        max_age = min(self.max_age, limit)
        return Freshness(
            max_age,
            min(self.stale_while_revalidate, limit - max_age),
            min(self.stale_if_error, limit - max_age),
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch returns. From here on everyone shares `value`: nobody may change it."""

    value: object
    """None where the object is known to be missing; a miss is the absence of an entry."""
    freshness: Freshness
    tags: frozenset[str] = frozenset()
    size: int = ASSUMED_SIZE
    """Bytes, about: the length of the body it was read from."""

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(f"a size is 0 bytes or more, not {self.size}")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A stored answer. Two entries are never equal: a memo asks whether it still has the same."""

    value: object
    freshness: Freshness
    tags: frozenset[str]
    size: int
    stored_at: float
    """When the fetch landed, not when it left: else a slow upstream would end all caching."""
    fresh_until: float = field(init=False, repr=False)
    kept_until: float = field(init=False, repr=False)
    """From here on it is of no use to anyone. Both are worked out once: every read asks."""
    ids: dict[str, frozenset[str]] = field(init=False, repr=False, default_factory=dict)
    """Those of the objects in it, by the key that they have them under: for who reads it to fill,
    since every operation that reads it is noted with them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fresh_until", self.stored_at + self.freshness.max_age)
        object.__setattr__(self, "kept_until", self.stored_at + self.freshness.life)

    @classmethod
    def of(cls, fetched: Fetched, now: float) -> Entry:
        """The entry made of an answer that came in now."""
        return cls(fetched.value, fetched.freshness, fetched.tags, fetched.size, now)


class State(Enum):
    """What an entry is good for at some moment."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


def age(entry: Entry, now: float) -> float:
    """Seconds since it was stored; 0 where the clock was set back."""
    return max(now - entry.stored_at, 0.0)


def state(entry: Entry, now: float) -> State:
    """Fresh below `max_age`, stale while it may be served without waiting, else expired."""
    if now < entry.fresh_until:
        return State.FRESH
    if now < entry.fresh_until + entry.freshness.stale_while_revalidate:
        return State.STALE
    return State.EXPIRED


def usable_on_error(entry: Entry, now: float) -> bool:
    """Whether it may be served because upstream is out."""
    return now < entry.fresh_until + entry.freshness.stale_if_error
