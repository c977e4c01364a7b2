"""What Retell gives that is newer than the schema: counted, and told in the log once each.

The values are Retell's own words for kinds and states. One that could be somebody's is not told.
"""

from __future__ import annotations

import logging
import re
from collections import Counter

log = logging.getLogger(__name__)

MOST = 1000
"""Different values that are counted apart."""
OTHER = "(another)"
"""Stands for those beyond, and for what does not look like a word of Retell's."""

_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,47}")


class Drift:
    """How often which value came that nothing in the schema stands for."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.counts: Counter[tuple[str, str]] = Counter()
        """By the enum, or the type that stands for unknown members, and the value."""

    def note(self, where: str, value: str) -> None:
        """One more of this value."""
        shown = value if _WORD.fullmatch(value) else OTHER
        if (where, shown) not in self.counts and len(self.counts) >= self._most:
            shown = OTHER
        self.counts[where, shown] += 1
        if self.counts[where, shown] == 1:
            log.warning(
                "Retell gave a value that is newer than the schema",
                extra={"type": where, "value": shown},
            )


DRIFT = Drift()
"""Of this process; it has nothing of any tenant."""
