"""The caller of one request: who it is, which Retell key answers it, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `tenant` is a hash of the key, so that no two keys ever share an entry."""

    api_key: str = field(repr=False)
    own_key: bool
    """True where the key is the caller's own (passed through), not the gateway's."""
    name: str = "anonymous"
    """Who it is, for logs: the name of a key of the gateway's, or the subject of a token."""
    tenant_name: str = "default"
    """What the operator calls the tenant."""
    scopes: frozenset[str] | None = None
    """What it may do; None: everything."""
    expires_at: float | None = None
    """Seconds since the epoch from which on it is this caller no more; None: never."""
    tenant: str = field(init=False)
    view: str = field(init=False)
    """What it may see, as a name: callers with the same one get the same answers."""

    def __post_init__(self) -> None:
        tenant = view = _digest(self.api_key)
        if self.scopes is not None:
            view = f"{tenant}/{_digest(' '.join(sorted(self.scopes)))}"
        object.__setattr__(self, "tenant", tenant)
        object.__setattr__(self, "view", view)

    @property
    def told(self) -> dict[str, str]:
        """Who it is, for a log line."""
        return {"caller": self.name, "tenant_name": self.tenant_name, "tenant": self.tenant}

    def may(self, scope: str) -> bool:
        """Whether it has this scope."""
        return self.scopes is None or scope in self.scopes


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
