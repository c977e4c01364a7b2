"""How often each endpoint was asked, and by how many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Visit:
    """One request under way; `left` is set where the client did not wait for its answer."""

    left: bool = False


class RequestLog:
    """Counts by endpoint name; bounded by the number of endpoints."""

    def __init__(self) -> None:
        self._now: Counter[str] = Counter()
        self._most: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._count: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        return dict(self._count)

    @property
    def highest(self) -> dict[str, int]:
        """The most requests that were under way at once."""
        return dict(self._most)

    @property
    def left(self) -> dict[str, int]:
        """Requests whose client went away before the answer."""
        return dict(self._left)

    @property
    def under_way(self) -> dict[str, int]:
        return {name: count for name, count in self._now.items() if count}

    @property
    def total(self) -> int:
        return self._count.total()

    def clear(self) -> None:
        """Forget all but what is under way."""
        self._count.clear()
        self._left.clear()
        self._most = Counter(self.under_way)

    def report(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "requests": self.counts,
            "highest": self.highest,
            "left": self.left,
            "under_way": self.under_way,
        }

    @contextmanager
    def counted(self, name: str) -> Iterator[Visit]:
        visit = Visit()
        self._count[name] += 1
        self._now[name] += 1
        self._most[name] = max(self._most[name], self._now[name])
        try:
            yield visit
        except asyncio.CancelledError:
            visit.left = True
            raise
        finally:
            self._now[name] -= 1
            if visit.left:
                self._left[name] += 1
