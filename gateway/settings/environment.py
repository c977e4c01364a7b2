"""How settings are read from environment variables."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict


def from_environment(prefix: str) -> SettingsConfigDict:
    """Variables that begin so."""
    # An empty variable counts as one that is not set: that is what `KEY=${KEY:-}` leaves behind.
    return SettingsConfigDict(env_prefix=prefix, env_ignore_empty=True, extra="ignore")


def names_in(text: str) -> frozenset[str]:
    """The names in a list with commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())
