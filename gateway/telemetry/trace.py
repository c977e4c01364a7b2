"""What one operation did: requests sent to Retell, and where each answer came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""Where in the answer: response names and list positions."""


@dataclass(slots=True)
class Sent:
    """One request to Retell; `status` is None where no answer came."""

    endpoint: str
    status: int | None
    duration: float
    number: int


@dataclass(slots=True)
class Seen:
    """One answer that was read, and how it was come by: see `gateway.cache.read_through.Source`."""

    path: Path
    state: str
    age: float


@dataclass(slots=True)
class Trace:
    """Filled while an operation runs; shown in `extensions.gateway` where asked for."""

    sent: list[Sent] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    is_shown: bool = True
    """Whether somebody asked for it: else what was seen is not noted."""

    def explain(self, request_id: str) -> dict[str, Any]:
        """The value of `extensions.gateway`."""
        return {
            "requestId": request_id,
            "upstreamRequests": len(self.sent),
            "upstream": [
                {
                    "endpoint": sent.endpoint,
                    "status": sent.status,
                    "durationMs": round(sent.duration * 1000, 1),
                    "attempt": sent.number,
                }
                for sent in self.sent
            ],
            "cache": [
                {"path": list(seen.path), "state": seen.state, "ageMs": round(seen.age * 1000)}
                for seen in self.seen
            ],
        }
