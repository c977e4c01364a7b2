"""Whose Retell key answers a request: the gateway's own, or the one that the caller brings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.auth.caller import Caller
from gateway.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Identify = Callable[[Mapping[str, str]], Caller]

_BEARER = re.compile(r"bearer +([!-~]{1,512}) *", re.IGNORECASE)


def configured(api_key: str) -> Identify:
    """Every caller is answered with the gateway's key."""
    caller = Caller(api_key=api_key, own_key=False)
    return lambda _headers: caller


def passed_through(headers: Mapping[str, str]) -> Caller:
    """Each caller is answered with the key in its own `Authorization` header."""
    given = _BEARER.fullmatch(headers.get("authorization", ""))
    if given is None:
        raise Unauthenticated("Send a Retell API key as `Authorization: Bearer <key>`.")
    return Caller(api_key=given[1], own_key=True)
