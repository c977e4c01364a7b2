"""An issuer of tokens: its keys, its description, and tokens that it or a forger signs."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.world import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import Key

ISSUER = "https://issuer.test/"
DESCRIPTION = "https://issuer.test/.well-known/openid-configuration"
JWKS = "https://issuer.test/keys"
AUDIENCE = "retell-gateway"

JWT = {"auth": "jwt", "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
"""The settings that fit."""


@cache
def rsa(kid: str | None) -> RSAKey:
    """One for each name; made once, since that takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid} if kid else None)


@cache
def ec(kid: str | None, curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": kid} if kid else None)


class Issuer:
    """What its addresses give; counts how often each was asked."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys or (rsa("one"), ec("two"))
        self.description: Any = {"issuer": ISSUER, "jwks_uri": JWKS}
        self.asked: list[str] = []
        self.broken: Exception | None = None

    async def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        if self.broken is not None:
            raise self.broken
        if address == DESCRIPTION:
            return orjson.dumps(self.description)
        assert address == JWKS
        return jwks(*self.keys)


def jwks(*keys: Key) -> bytes:
    return orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def claims(**others: Any) -> dict[str, Any]:
    """Those of a good token; None takes one away."""
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "scope": "*", "exp": int(NOW) + 600}
    return {name: value for name, value in (usual | others).items() if value is not None}


def signed(
    content: Mapping[str, Any] | bytes | None = None,
    *,
    key: Key | None = None,
    alg: str = "RS256",
    **head: Any,
) -> str:
    """A token; its head names the key, unless `kid=None` is given."""
    key = key or rsa("one")
    given = {"alg": alg, "kid": key.kid, "typ": "JWT"} | head
    given = {name: value for name, value in given.items() if value is not None}
    payload = content if isinstance(content, bytes) else orjson.dumps(content or claims())
    text = f"{b64(given)}.{b64(payload)}"
    # Not `serialize_compact`, which takes no part in what a forger puts into a head.
    signature = jws.JWSRegistry.algorithms[alg].sign(text.encode(), key)
    return f"{text}.{b64(signature)}"


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def b64(content: object) -> str:
    """A part of a token as it stands in one."""
    raw = content if isinstance(content, bytes) else orjson.dumps(content)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
