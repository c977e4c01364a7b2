"""The caller of one request: which Retell key answers it, and as which tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `tenant` is a hash of the key, so that no two keys ever share an entry."""

    api_key: str = field(repr=False)
    own_key: bool
    """True where the key is the caller's own (passed through), not the gateway's."""
    tenant: str = field(init=False)

    def __post_init__(self) -> None:
        digest = sha256(self.api_key.encode()).hexdigest()[:32]
        object.__setattr__(self, "tenant", digest)

    @property
    def view(self) -> str:
        """What the caller may see, as a name: callers with the same one get the same answers."""
        return self.tenant
