"""The issuer's public keys: found, remembered, and fetched anew when it is time.

How bytes come from an address is handed in. However many tokens come, and whatever key they name,
the issuer is asked at most once in `PAUSE` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.errors import AuthUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.auth.token import Head

    Fetch = Callable[[str], Awaitable[bytes]]
    """The bytes at an address, within limits of its own; `OSError` where there are none."""

log = logging.getLogger(__name__)

FRESH = 3600.0
BRIDGE = 24 * 3600.0
"""Seconds that keys count for without a word of the issuer's."""
PAUSE = 30.0
MOST_KEYS = 100
LEAST_RSA_BITS = 2048

PublicKey = RSAKey | ECKey | OKPKey
_KINDS: dict[str, type[PublicKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


class Untold(Exception):
    """What the issuer's address gave is not what it should give."""


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """What one fetch brought."""

    keys: tuple[PublicKey, ...]
    content: bytes

    def key_for(self, head: Head) -> PublicKey | None:
        """The key that the head names; without a name, the only one that there is."""
        if head.kid is None:
            return self.keys[0] if len(self.keys) == 1 else None
        kind = {"R": "RSA", "P": "RSA", "E": "OKP" if head.alg == "Ed25519" else "EC"}[head.alg[0]]
        for key in self.keys:
            if key.kid == head.kid and key.key_type == kind:
                return key
        return None


class IssuerKeys:
    """Of one issuer. To be closed."""

    def __init__(
        self, fetch: Fetch, clock: Callable[[], float], *, issuer: str, jwks_url: str = ""
    ) -> None:
        """Where no address of the keys is given, the issuer's own description names it."""
        self._fetch = fetch
        self._clock = clock
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._set: KeySet | None = None
        self._fetched_at = 0.0
        self._tried_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    def current(self) -> KeySet | None:
        """The keys that count now; where they are no longer fresh, others are on their way."""
        age = self._clock() - self._fetched_at
        if self._set is None or not 0 <= age < BRIDGE:
            return None
        if age >= FRESH:
            self._begin()
        return self._set

    async def key_for(self, head: Head) -> PublicKey | None:
        """The key that the head names; the issuer is asked where it is not known here."""
        known = self.current()
        key = None if known is None else known.key_for(head)
        if key is not None:
            return key
        self._begin()
        if self._fetching is not None:
            # Not cancelled with the caller: others wait for it, and it may not begin again soon.
            await asyncio.shield(self._fetching)
            known = self.current()
        if known is None:
            raise AuthUnavailable("Tokens cannot be checked at the moment: try again soon.", PAUSE)
        return known.key_for(head)

    async def aclose(self) -> None:
        """Give up what is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _begin(self) -> None:
        """Start a fetch, unless one is under way or was a moment ago."""
        now = self._clock()
        if self._fetching is not None:
            return
        if self._tried_at is not None and 0 <= now - self._tried_at < PAUSE:
            return
        self._tried_at = now
        self._fetching = asyncio.create_task(self._refresh())
        self._fetching.add_done_callback(self._done)

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _refresh(self) -> None:
        try:
            content = await self._fetch(self._jwks_url or await self._discover())
            if self._set is None or content != self._set.content:
                self._set = KeySet(_keys_in(content), content)
        except (OSError, Untold) as error:
            reason = str(error) if isinstance(error, Untold) else type(error).__name__
            log.warning("the issuer's keys could not be fetched", extra={"reason": reason})
        else:
            self._fetched_at = self._clock()

    async def _discover(self) -> str:
        address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        described = _object(await self._fetch(address))
        if described.get("issuer") != self._issuer:
            raise Untold("the description is of another issuer")
        found = described.get("jwks_uri")
        if not isinstance(found, str):
            raise Untold("the description names no keys")
        return found


def _keys_in(content: bytes) -> tuple[PublicKey, ...]:
    given = _object(content).get("keys")
    if not isinstance(given, list):
        raise Untold("there is no list of keys")
    keys = tuple(key for each in given[:MOST_KEYS] if (key := _public_key(each)) is not None)
    if not keys:
        raise Untold("there is no key that can be used")
    return keys


def _public_key(value: Any) -> PublicKey | None:
    """One that checks signatures; None for any other, a shared secret above all."""
    if not isinstance(value, dict) or not isinstance(value.get("kid"), str | None):
        return None
    kind = _KINDS.get(str(value.get("kty")))
    if kind is None:
        return None
    try:
        key = kind.import_key(value)
        key.check_use("sig")
        key.check_key_op("verify")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
        return None
    return key


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Untold("it is not JSON") from None
    if not isinstance(value, dict):
        raise Untold("it is no JSON object")
    return value
