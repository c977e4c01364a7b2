"""Names of scopes, such as `calls:read`, and what a list of them grants. Which there are is not
known here, but handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYTHING = "*"
PATTERN = r"[a-z]+(-[a-z]+)*:[a-z]+"


def granted(names: Iterable[str], known: frozenset[str]) -> frozenset[str] | None:
    """What a caller may do who was given these; None: everything.

    Names that are none of ours (`openid`, ...) mean nothing here, and are left out: callers with
    one set of scopes share answers and plans.
    """
    given = frozenset(names)
    return None if EVERYTHING in given else given & known


def unknown(names: Iterable[str], known: frozenset[str]) -> list[str]:
    """Those that grant nothing."""
    return [name for name in names if name != EVERYTHING and name not in known]
