"""No token counts but the issuer's own: each forgery is a 401, and Retell hears of none."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest
from joserfc import jwe

from tests.auth.signing import (
    ISSUER,
    JWT,
    Issuer,
    b64,
    bearing,
    claims,
    ec,
    jwks,
    rsa,
    signed,
    unb64,
)
from tests.world import NOW, faults, world

CALLS = "{ calls(first: 1) { nodes { callId } } }"

GOOD = signed()
HEAD, BODY, SIGNATURE = GOOD.split(".")
PUBLIC_PEM = rsa("one").as_pem(private=False)
OTHERS: dict[str, Any] = {"kid": "one"}
"""Names a key that the forger does not have."""


def with_secret(secret: bytes, **head: Any) -> str:
    """HS256, its secret being something that everybody knows."""
    given = {"alg": "HS256", "kid": "one"} | head
    text = f"{b64({name: value for name, value in given.items() if value is not None})}.{BODY}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"


def of(**others: Any) -> str:
    """Signed by the issuer, though it would not say this."""
    return signed(claims(**others))


def encrypted() -> str:
    head = {"alg": "RSA-OAEP", "enc": "A128GCM", "kid": "one"}
    return jwe.encrypt_compact(head, b64(claims()), rsa("one"), algorithms=["RSA-OAEP", "A128GCM"])


def unsigned(alg: object, signature: str = "") -> str:
    return f"{b64({'alg': alg, 'kid': 'one'})}.{BODY}.{signature}"


FORGERIES = {
    # What was signed by nobody.
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg NONE": unsigned("NONE"),
    "alg nOnE": unsigned("nOnE"),
    "alg none with a signature": unsigned("none", SIGNATURE),
    "alg none and a space": unsigned("none ", SIGNATURE),
    "alg empty": unsigned("", SIGNATURE),
    "alg null": unsigned(None, SIGNATURE),
    "alg a number": unsigned(0, SIGNATURE),
    "alg a list": unsigned(["RS256"], SIGNATURE),
    "no alg": f"{b64({'kid': 'one'})}.{BODY}.{SIGNATURE}",
    "signature stripped": f"{HEAD}.{BODY}.",
    "signature and its dot stripped": f"{HEAD}.{BODY}",
    "signature of one byte": f"{HEAD}.{BODY}.AA",
    "signature of zeroes": f"{HEAD}.{BODY}.{b64(bytes(256))}",
    "truncated": GOOD[:-10],
    # What somebody else signed.
    "HS256 with the public key": with_secret(PUBLIC_PEM),
    "HS256 with the public key, stripped": with_secret(PUBLIC_PEM.strip()),
    "HS256 with the key set": with_secret(jwks(rsa("one"))),
    "HS256 with nothing": with_secret(b"\0" * 16),
    "HS256 without a kid": with_secret(PUBLIC_PEM, kid=None),
    "wrong key": signed(key=rsa("forger's"), **OTHERS),
    "wrong EC key": signed(key=ec("forger's"), alg="ES256", kid="two"),
    "embedded jwk": signed(
        key=rsa("forger's"), jwk=rsa("forger's").as_dict(private=False), **OTHERS
    ),
    "embedded jwk of the issuer": signed(jwk=rsa("one").as_dict(private=False)),
    "jku": signed(key=rsa("forger's"), jku="https://evil.test/keys", **OTHERS),
    "jku of the issuer": signed(jku="https://issuer.test/keys"),
    "x5u": signed(key=rsa("forger's"), x5u="https://evil.test/x.pem", **OTHERS),
    "x5c": signed(key=rsa("forger's"), x5c=["AAAA"], **OTHERS),
    # What names no key, or another one.
    "wrong kid": signed(kid="three"),
    "kid of the other key": signed(kid="two"),
    "kid a path": signed(kid="../../../../dev/null"),
    "kid SQL": signed(kid="x' UNION SELECT 'key"),
    "kid empty": f"{b64({'alg': 'RS256', 'kid': ''})}.{BODY}.{SIGNATURE}",
    "kid a number": f"{b64({'alg': 'RS256', 'kid': 1})}.{BODY}.{SIGNATURE}",
    "no kid with two keys": signed(kid=None),
    # What changes how a token is read.
    "alg swapped from RS to ES": f"{b64({'alg': 'ES256', 'kid': 'one'})}.{BODY}.{SIGNATURE}",
    "alg swapped from ES to RS": signed(key=ec("two"), alg="ES256").replace(
        b64({"alg": "ES256", "kid": "two", "typ": "JWT"}), b64({"alg": "RS256", "kid": "two"})
    ),
    "alg that is not pinned": signed(alg="RS512"),
    "alg PS256": signed(alg="PS256"),
    "crit": signed(crit=["exp"], exp=1),
    "crit that nobody knows": f"{b64({'alg': 'RS256', 'crit': ['x'], 'x': 1})}.{BODY}.{SIGNATURE}",
    "b64 false": f"{b64({'alg': 'RS256', 'kid': 'one', 'b64': False})}.{BODY}.{SIGNATURE}",
    "zip": signed(zip="DEF"),
    "a token for something else": signed(typ="logout+jwt"),
    "typ a number": signed(typ=1),
    "JWE": encrypted(),
    "nested": signed(GOOD.encode(), cty="JWT"),
    "nested without saying so": signed(GOOD.encode()),
    "detached": f"{HEAD}..{SIGNATURE}",
    "JSON serialization": orjson.dumps(
        {"protected": HEAD, "payload": BODY, "signature": SIGNATURE}
    ).decode(),
    # What was signed, then changed.
    "payload swapped": f"{HEAD}.{b64(claims(sub='root'))}.{SIGNATURE}",
    "payload of another token": f"{HEAD}.{of(sub='bob').split('.')[1]}.{SIGNATURE}",
    "head swapped": f"{b64({'alg': 'RS256', 'kid': 'one'})}.{BODY}.{SIGNATURE}",
    "extra dot": GOOD + ".",
    "extra part": GOOD + ".AAAA",
    "two dots more": GOOD + "..",
    "dot in front": "." + GOOD,
    "padding": f"{HEAD}.{BODY}.{SIGNATURE}==",
    "base64 with plus and slash": f"{HEAD}.{BODY}.{SIGNATURE[:-2]}+/",
    "one character of the signature": f"{HEAD}.{BODY}.{'B' if SIGNATURE[0] == 'A' else 'A'}"
    + SIGNATURE[1:],
    # What the issuer signed, and is no good.
    "expired": of(exp=int(NOW) - 31),
    "expired at the edge of the leeway": of(exp=int(NOW) - 30),
    "no exp": of(exp=None),
    "exp as text": of(exp=str(int(NOW) + 600)),
    "exp with a fraction": of(exp=NOW + 600.5),
    "exp huge": of(exp=10**18),
    "exp beyond a double": signed(b'{"iss":"%s","aud":"retell-gateway","exp":1e400}'
                                  % ISSUER.encode()),
    "exp infinite": signed(b'{"iss":"%s","aud":"retell-gateway","exp":Infinity}'
                           % ISSUER.encode()),
    "exp true": of(exp=True),
    "exp a list": of(exp=[int(NOW) + 600]),
    "exp negative": of(exp=-1),
    "not yet valid": of(nbf=int(NOW) + 31),
    "nbf as text": of(nbf="0"),
    "issued in the future": of(iat=int(NOW) + 31),
    "iat as text": of(iat="now"),
    "no audience": of(aud=None),
    "wrong audience": of(aud="another"),
    "audience in other case": of(aud="Retell-Gateway"),
    "wrong audiences": of(aud=["another", "retell-gateway "]),
    "no audiences": of(aud=[]),
    "audiences of which one is no text": of(aud=["retell-gateway", 1]),
    "audience an object": of(aud={"retell-gateway": True}),
    "no issuer": of(iss=None),
    "wrong issuer": of(iss="https://evil.test/"),
    "issuer without its slash": of(iss=ISSUER.rstrip("/")),
    "issuer with another slash": of(iss=ISSUER + "/"),
    "issuers": of(iss=[ISSUER]),
    "scopes that are none": of(scope=1),
    "scopes of which one is no text": of(scope=["calls:read", 1]),
    "claims that are a list": signed(b"[]"),
    "claims that are text": signed(b'"x"'),
    "claims that are no JSON": signed(b"exp"),
    "claims nested deep": signed(b"[" * 3000),
    # What is no token.
    "64 KB long": f"{HEAD}.{b64(claims(pad='x' * 49_000))}.{SIGNATURE}",
    "64 KB long and signed": of(pad="x" * 49_000),
    "a long head": signed(pad="x" * 1000),
    "head no JSON": f"{b64(b'{alg')}.{BODY}.{SIGNATURE}",
    "head no object": f"{b64([])}.{BODY}.{SIGNATURE}",
    "head no base64": f"AAAAA.{BODY}.{SIGNATURE}",
    "nothing but dots": "..",
    "a key of Retell's": "sandbox-key-a",
    "a key of the gateway's": "rgw_" + "x" * 43,
}  # fmt: skip

HEADERS = {
    "no scheme": [GOOD],
    "other scheme": [f"Basic {GOOD}"],
    "DPoP": [f"DPoP {GOOD}"],
    "scheme without token": ["Bearer"],
    "scheme and space": ["Bearer "],
    "tab": [f"Bearer\t{GOOD}"],
    "space in the token": [f"Bearer {GOOD[:50]} {GOOD[50:]}"],
    "line break in the token": [f"Bearer {GOOD[:50]}\n{GOOD[50:]}"],
    "space in front": [f" Bearer {GOOD}"],
    "two tokens": [f"Bearer {GOOD} {GOOD}"],
    "two tokens with a comma": [f"Bearer {GOOD}, Bearer {GOOD}"],
    "duplicate headers": [f"Bearer {GOOD}", f"Bearer {GOOD}"],
    "duplicate headers, one empty": [f"Bearer {GOOD}", ""],
    "quotes": [f'Bearer "{GOOD}"'],
    "full-width dots": [f"Bearer {GOOD.replace('.', '．')}"],  # noqa: RUF001 - that is the forgery
    "unicode": [f"Bearer {HEAD}.{BODY}.é"],
    "null byte": [f"Bearer {GOOD}\0"],
}

SENT = {name: [f"Bearer {token}"] for name, token in FORGERIES.items()} | HEADERS


@pytest.mark.parametrize("values", SENT.values(), ids=SENT.keys())
async def test_a_forgery_is_refused_and_nothing_is_asked(values: list[str]) -> None:
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it:
        await it.data(CALLS, None, **bearing(GOOD))  # what is warm is not given away either
        it.sandbox.requests.clear()
        response = await it.http.post(
            "/graphql",
            json={"query": CALLS},
            headers=[(b"authorization", value.encode()) for value in values],
        )
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert faults(response.json()) == [("", "UNAUTHENTICATED")]
        assert "data" not in response.json()
        assert it.requests == {}
        assert await it.data(CALLS, None, **bearing(GOOD))


def test_there_are_enough_of_them() -> None:
    assert len(SENT) >= 33
    assert len({tuple(values) for values in SENT.values()}) == len(SENT)


async def test_where_there_is_no_token_none_is_called_invalid() -> None:
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it:
        response = await it.post(CALLS)
        assert (response.status_code, it.requests) == (401, {})
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("place", ["query", "body"])
async def test_a_token_counts_in_a_header_only(place: str) -> None:
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it:
        named = {"access_token": GOOD, "authorization": f"Bearer {GOOD}", "x-api-key": GOOD}
        body = {"query": CALLS, "extensions": named} | named
        response = await it.http.post(
            "/graphql",
            json=body if place == "body" else {"query": CALLS},
            params=named if place == "query" else None,
            headers={"x-api-key": GOOD, "cookie": f"token={GOOD}"},
        )
        assert (response.status_code, it.requests) == (401, {})
        assert GOOD not in response.text


GENUINE = {
    "as it is": f"Bearer {GOOD}",
    "lower case": f"bearer {GOOD}",
    "upper case": f"BEARER {GOOD}",
    "spaces": f"Bearer   {GOOD} ",
    "ES256": f"Bearer {signed(key=ec('two'), alg='ES256')}",
    "no typ": f"Bearer {signed(typ=None)}",
    "an access token": f"Bearer {signed(typ='at+JWT')}",
    "a head with more in it": f"Bearer {signed(x5t='abc', nonce='def')}",
    "audiences": f"Bearer {of(aud=['another', 'retell-gateway'])}",
    "a little late": f"Bearer {of(exp=int(NOW) - 29)}",
    "a little early": f"Bearer {of(nbf=int(NOW) + 30, iat=int(NOW) + 30)}",
    "long": f"Bearer {of(pad='x' * 5000)}",
}


@pytest.mark.parametrize("value", GENUINE.values(), ids=GENUINE.keys())
async def test_what_is_no_forgery_is_answered(value: str) -> None:
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it:
        for _ in range(2):
            assert await it.data(CALLS, None, authorization=value)
        assert sum(it.requests.values()) == 1


def test_the_table_forges_what_it_says() -> None:
    assert unb64(HEAD) == b'{"alg":"RS256","kid":"one","typ":"JWT"}'
    assert FORGERIES["alg swapped from ES to RS"].split(".")[0] != HEAD
    assert unb64(FORGERIES["alg swapped from ES to RS"].split(".")[0]).startswith(b'{"alg":"RS256"')
    assert len(SENT["64 KB long"][0]) > 64 * 1024
    assert FORGERIES["JWE"].count(".") == 4
