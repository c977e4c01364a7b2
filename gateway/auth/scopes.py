"""Names of scopes, such as `calls:read`: which are well-formed, and what a list of them grants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

EVERYTHING = "*"
PATTERN = r"[a-z]+(-[a-z]+)*:[a-z]+"

_NAME = re.compile(PATTERN)


def granted(names: Iterable[str]) -> frozenset[str] | None:
    """What a caller may do who was given these; None: everything.

    Names that are none of ours (`openid`, ...) mean nothing here, and are left out.
    """
    given = frozenset(names)
    if EVERYTHING in given:
        return None
    return frozenset(name for name in given if _NAME.fullmatch(name))


def unknown(names: Iterable[str], known: Collection[str] | None) -> list[str]:
    """Those that grant nothing; `known` is None where any well-formed name may."""
    return [
        name
        for name in names
        if name != EVERYTHING
        and (not _NAME.fullmatch(name) if known is None else name not in known)
    ]
