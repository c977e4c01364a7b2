"""The id of one request: the client's own where it is harmless in a header and a log."""

from __future__ import annotations

import re
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "x-request-id"

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def new_id() -> str:
    """A random one."""
    return token_hex(12)


def own_or(given: str | None, make: Callable[[], str]) -> str:
    """What the client gave, if it fits the pattern; else one that is made."""
    return given if given is not None and _SAFE.fullmatch(given) else make()
