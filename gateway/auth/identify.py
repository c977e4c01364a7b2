"""Who asks, out of the headers of a request: the words that every mode shares, and the two modes
that need nothing more. Knows no file, no issuer and no Retell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from gateway.auth.caller import Caller
from gateway.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

LONGEST_KEY = 512

# Without case for the scheme alone: for all of it, a long token would take ten times as long.
_BEARER = re.compile(r"(?i:bearer) +([!-~]+) *")


class Headers(Protocol):
    """Of one request; a name has no case."""

    def getlist(self, key: str) -> list[str]:
        """Every value that was given for it."""


class Later:
    """A caller who cannot be named at once; to be awaited."""

    def __init__(self, find: Callable[[], Awaitable[Caller]]) -> None:
        self._find = find

    def __await__(self) -> Generator[object, None, Caller]:
        return self._find().__await__()


class Identify(Protocol):
    """Says who asks; at once where it can, since every request passes it."""

    def __call__(self, headers: Headers, /) -> Caller | Later:
        """The caller, or `Unauthenticated`, or `Forbidden`."""


def configured(api_key: str) -> Identify:
    """Every caller is answered with the gateway's key."""
    caller = Caller(api_key=api_key, own_key=False)
    return lambda _headers: caller


def passed_through(headers: Headers) -> Caller:
    """Each caller is answered with the key in its own `Authorization` header."""
    key = bearer(headers, LONGEST_KEY)
    if key is None:
        raise Unauthenticated("Send a Retell API key as `Authorization: Bearer <key>`.")
    return Caller(api_key=key, own_key=True)


def bearer(headers: Headers, longest: int) -> str | None:
    """The one token that was sent as `Authorization: Bearer`; two are none."""
    values = headers.getlist("authorization")
    if len(values) != 1 or len(values[0]) > longest + len("bearer  "):
        return None
    given = _BEARER.fullmatch(values[0])
    return given[1] if given is not None and len(given[1]) <= longest else None
