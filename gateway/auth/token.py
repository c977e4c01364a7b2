"""One signed token: what its head may say, its signature, and what its claims must. Pure: it is
handed the key and the time, and follows nothing that a token names."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError

if TYPE_CHECKING:
    from joserfc.jwk import Key

MOST_TOKEN = 8192
MOST_HEAD = 1024
"""Characters."""
END_OF_TIME = 253_402_300_800
"""The year 10,000: what ends later than that never does."""

_COMPACT = re.compile(
    rf"([A-Za-z0-9_-]{{2,{MOST_HEAD}}})\.([A-Za-z0-9_-]{{2,}})\.[A-Za-z0-9_-]{{2,}}"
)
# Keys that a token brings or names, what changes how it is read, and tokens within tokens.
_NEVER = frozenset(("jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"))
_TYPES = frozenset(("jwt", "at+jwt", "application/jwt", "application/at+jwt"))


class Refused(Exception):
    """The token is not to be believed. Says why, in a few words of our own, for the log."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a token says of its signature; nothing of it is true before that was checked."""

    alg: str
    kid: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must say to be good here."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    leeway: float
    """Seconds by which the clocks of issuer and gateway may differ."""


def head_of(token: str, algorithms: frozenset[str]) -> Head:
    """The head of a token that is in order so far."""
    match = _COMPACT.fullmatch(token) if len(token) <= MOST_TOKEN else None
    if match is None:
        raise Refused("form")
    head = _json(_decoded(match[1]))
    if not _NEVER.isdisjoint(head):
        raise Refused("head")
    alg, kid, kind = head.get("alg"), head.get("kid"), head.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in algorithms:
        raise Refused("alg")
    if not isinstance(kid, str | None) or kid == "":
        raise Refused("kid")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Refused("typ")
    return Head(alg, kid)


def claims_of(token: str, head: Head, key: Key) -> dict[str, Any]:
    """What the owner of the key has signed."""
    registry = jws.JWSRegistry(algorithms=[head.alg], strict_check_header=False)
    registry.max_header_length = MOST_HEAD
    try:
        key.check_alg(head.alg)
        payload = jws.deserialize_compact(token, key, registry=registry).payload
    except (JoseError, ValueError):
        raise Refused("signature") from None
    return _json(payload)


def end_of(claims: dict[str, Any], rules: Rules, now: float) -> float:
    """Until when it is good, in seconds since the epoch; `Refused` where it is not now."""
    if claims.get("iss") != rules.issuer:
        raise Refused("iss")
    if not _is_for(claims.get("aud"), rules.audience):
        raise Refused("aud")
    ends = _moment(claims, "exp")
    if ends is None:
        raise Refused("exp")
    for name in ("nbf", "iat"):
        begins = _moment(claims, name)
        if begins is not None and begins > now + rules.leeway:
            raise Refused(name)
    if ends + rules.leeway <= now:
        raise Refused("exp")
    return ends + rules.leeway


def _is_for(audience: object, wanted: str) -> bool:
    if isinstance(audience, list):
        return all(isinstance(each, str) for each in audience) and wanted in audience
    return audience == wanted


def _moment(claims: dict[str, Any], name: str) -> int | None:
    """Whole seconds, as every issuer writes them; text, fractions and the like are no time."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < END_OF_TIME:
        raise Refused(name)
    return value


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused("form") from None


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused("form") from None
    if not isinstance(value, dict):
        raise Refused("form")
    return value
