"""Scopes: what a caller may do, as resource files declare it beside their fields.

A root field that lacks its scope is refused; a personal field is masked (see `personal`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.auth.scopes import PATTERN
from gateway.errors import Forbidden

if TYPE_CHECKING:
    from gateway.auth.caller import Caller

F = TypeVar("F", bound=Callable[..., Any])

SCOPES: dict[str, str] = {}
"""Every scope by its name, and what it is for: what keys and tokens can carry."""

_NAME = re.compile(PATTERN)


def scope(name: str, meaning: str) -> str:
    """Declare a scope, `resource:action`; the name, for the fields that need it."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a scope is written resource:action, not {name}")
    if SCOPES.setdefault(name, meaning) != meaning:
        raise ValueError(f"{name} has a meaning already")
    return name


TRANSCRIPTS = scope("transcripts:read", "See what was said and written, and what was made of it.")
RECORDINGS = scope("recordings:read", "Get recordings and files: whoever has their URLs has them.")
NUMBERS = scope("numbers:read", "See telephone numbers in full.")
VARIABLES = scope(
    "variables:read", "See what your systems keep with calls: metadata, variables, attributes."
)


def needs(name: str) -> Callable[[F], F]:
    """Declare which scope a root field needs; it stands right above the function."""

    def declare(function: F) -> F:
        function.needs = name  # type: ignore[attr-defined]  # functions take attributes
        return function

    return declare


def needed(function: object) -> str | None:
    """The scope that a root field needs."""
    name: str | None = getattr(function, "needs", None)
    return name


def check(caller: Caller, name: str) -> None:
    """`Forbidden` where the caller has not this scope."""
    if not caller.may(name):
        raise Forbidden(f"This needs the scope `{name}`.")


@dataclass(frozen=True, slots=True)
class Personal:
    """What a resource file says of a personal field."""

    scope: str
    twin: str | None = None
    """The key of what Retell has scrubbed."""
    mask: Callable[[Any], object] | None = None
    """What is left of a value, null included; of one that lists have as well."""
    of: Callable[[Any], object] | None = None
    """Works the value out from the object; None reads it under its own key."""

    @property
    def shows(self) -> str:
        """What callers without the scope get, in words."""
        if self.twin is not None:
            return "what Retell has scrubbed stands in its place"
        return "it is null" if self.mask is None else "most of it is left out"


def personal(
    scope: str,
    *,
    twin: str | None = None,
    mask: Callable[[Any], object] | None = None,
    of: Callable[[Any], object] | None = None,
) -> Any:
    """A field that tells of a person, or lets its reader hear or read one.

    Whoever has not the `scope` sees its `twin`, what the `mask` leaves, or null where there is
    neither, and finds it named in `extensions.masked`. `of` works it out from the object.
    """
    return Personal(scope, twin, mask, of)


def most_digits_hidden(number: object) -> str | None:
    """A telephone number of which the country and the end can be told: `+1415•••0100`.

    None for what is no number: an address may say more than a number does.
    """
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return None
    return f"{number[:5]}•••{number[-4:]}" if len(number) >= _LONG else f"•••{number[-2:]}"


_NUMBER = re.compile(r"\+?[0-9]{4,20}")
_LONG = 12
