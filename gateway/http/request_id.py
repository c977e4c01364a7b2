"""The id of one request: the client's own where it is harmless in a header and a log."""

from __future__ import annotations

import re
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "x-request-id"

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


_process = token_hex(8)
_number = count()


def new_id() -> str:
    """One that nothing else has: random for the process, and counted in it."""
    return f"{_process}{next(_number):08x}"


def own_or(given: str | None, make: Callable[[], str]) -> str:
    """What the client gave, if it fits the pattern; else one that is made."""
    return given if given is not None and _SAFE.fullmatch(given) else make()
