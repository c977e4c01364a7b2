"""What can be measured: how each target is installed, how it is started, what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.processes import Command

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"
"""Installed peers, logs and raw results; not committed."""

TEMPERATURES = ("cold", "warm", "hot")


class Missing(Exception):
    """It cannot be installed here; the message says why."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a target is to listen, where its upstream is, and what it may remember."""

    port: int
    upstream_port: int
    temperature: str

    @property
    def upstream(self) -> str:
        """The upstream's URL."""
        return f"http://127.0.0.1:{self.upstream_port}"


def _same(query: str) -> str:
    return query


@dataclass(frozen=True, slots=True)
class Target:
    """One server. `install` gives its versions, `command` starts it."""

    name: str
    title: str
    install: Callable[[], str]
    command: Callable[[Site], Command]
    note: str
    """How it is configured, for the document."""
    temperatures: tuple[str, ...] = TEMPERATURES
    same_as: dict[str, str] = field(default_factory=dict)
    """Temperatures that are the same configuration as another."""
    only_if_named: bool = False
    translate: Callable[[str], str] = _same
    """The document in the target's own names, where it cannot take on the gateway's."""
