"""The mode `jwt`: who sends a token that the issuer signed is who the token says.

A token that was checked is remembered until its end, by its hash, so that the next request with it
need neither wait nor be checked; no longer, though, than the issuer's keys stay what they were.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.auth.caller import Caller
from gateway.auth.identify import Later, bearer
from gateway.auth.scopes import granted
from gateway.auth.token import MOST_TOKEN, Refused, claims_of, end_of, head_of
from gateway.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.auth.identify import Headers
    from gateway.auth.issuer import IssuerKeys, KeySet
    from gateway.auth.tenants import Tenants
    from gateway.auth.token import Rules

log = logging.getLogger(__name__)

MOST_REMEMBERED = 10_000
LONGEST_NAME = 128

_SEND = "Send a token as `Authorization: Bearer <token>`."
_REFUSED = "The token is not valid here, or its time is over."


@dataclass(frozen=True, slots=True)
class Claims:
    """Which claims say what, and which scopes there are; without a claim for the tenant there is
    only one."""

    tenant: str | None
    scopes: str
    known_scopes: frozenset[str]


class Tokens:
    """Finds callers by their tokens."""

    def __init__(
        self,
        rules: Rules,
        claims: Claims,
        keys: IssuerKeys,
        tenants: Tenants,
        clock: Callable[[], float],
        *,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._rules = rules
        self._claims = claims
        self._keys = keys
        self._tenants = tenants
        self._clock = clock
        self._most = most_remembered
        self._set: KeySet | None = None
        """With which those that are remembered were checked."""
        self._remembered: dict[bytes, Caller] = {}

    def __call__(self, headers: Headers) -> Caller | Later:
        """The caller whose token it is; later, where it is to be checked first."""
        token = bearer(headers, MOST_TOKEN)
        if token is None:
            given = bool(headers.getlist("authorization"))
            raise Unauthenticated(_SEND, token_given=given)
        hash_ = sha256(token.encode()).digest()
        caller = self._remembered.get(hash_)
        if caller is None or self._keys.current() is not self._set:
            return Later(partial(self._checked, token, hash_))
        if caller.expires_at is not None and caller.expires_at <= self._clock():
            del self._remembered[hash_]
            raise Unauthenticated(_REFUSED, token_given=True)
        return caller

    async def _checked(self, token: str, hash_: bytes) -> Caller:
        try:
            head = head_of(token, self._rules.algorithms)
            key = await self._keys.key_for(head)
            if key is None:
                raise Refused("kid")  # noqa: TRY301 - all refusals end below
            claims = claims_of(token, head, key)
            ends = end_of(claims, self._rules, self._clock())
            caller = self._caller(claims, ends)
        except Refused as refused:
            log.debug("a token was refused", extra={"reason": str(refused)})
            raise Unauthenticated(_REFUSED, token_given=True) from None
        self._remember(hash_, caller)
        return caller

    def _caller(self, claims: dict[str, Any], ends: float) -> Caller:
        tenant = "default"
        if self._claims.tenant is not None:
            named = claims.get(self._claims.tenant)
            if not isinstance(named, str) or not _is_name(named):
                raise Forbidden("The token names no tenant.")
            tenant = named
        subject = claims.get("sub")
        return Caller(
            api_key=self._tenants.key_of(tenant),
            own_key=False,
            name=subject if isinstance(subject, str) and _is_name(subject) else "unnamed",
            tenant_name=tenant,
            scopes=_scopes(claims.get(self._claims.scopes), self._claims.known_scopes),
            expires_at=ends,
        )

    def _remember(self, hash_: bytes, caller: Caller) -> None:
        known = self._keys.current()
        if known is not self._set:
            self._set = known
            self._remembered.clear()
        while len(self._remembered) >= self._most:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[hash_] = caller


def _is_name(text: str) -> bool:
    """Whether it may stand in a log line."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()


def _scopes(claim: object, known: frozenset[str]) -> frozenset[str] | None:
    """Words in one text, or a list; a token without the claim has none."""
    match claim:
        case None:
            return frozenset()
        case str():
            return granted(claim.split(), known)
        case list() if all(isinstance(each, str) for each in claim):
            return granted(claim, known)
        case _:
            raise Refused("scopes")
