"""The mode `jwt` through the app that ships: what a token says of its caller, and how long."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.auth.caller import Caller
from gateway.auth.identify import Later
from gateway.auth.issuer import BRIDGE, FRESH, PAUSE, IssuerKeys
from gateway.auth.tenants import Tenants
from gateway.auth.token import Rules
from gateway.auth.tokens import Claims, Tokens
from gateway.upstream.fetch import fetch
from tests.auth.signing import (
    AUDIENCE,
    DESCRIPTION,
    ISSUER,
    JWKS,
    JWT,
    Issuer,
    bearing,
    claims,
    jwks,
    rsa,
    signed,
)
from tests.http.serving import serving
from tests.world import NOW, Clock, faults, world

CALLS = "{ calls(first: 1) { nodes { callId } } }"
A, B = "sandbox-key-a", "sandbox-key-b"


def tokens(issuer: Issuer | None = None, clock: Clock | None = None, **options: Any) -> Tokens:
    clock = clock or Clock()
    known = frozenset({"calls:read", "transcripts:read"})
    named = Claims(options.pop("tenant", None), options.pop("scopes", "scope"), known)
    keys = IssuerKeys(issuer or Issuer(), clock, issuer=ISSUER, jwks_url=JWKS)
    rules = Rules(ISSUER, AUDIENCE, frozenset({"RS256", "ES256"}), 30)
    return Tokens(rules, named, keys, Tenants({"default": A, "b": B}), clock, **options)


async def caller_of(found: Caller | Later) -> Caller:
    return found if isinstance(found, Caller) else await found


async def named(who: Tokens, **others: Any) -> Caller:
    return await caller_of(who(Headers(bearing(signed(claims(**others))))))


async def test_the_subject_is_the_callers_name() -> None:
    caller = await named(tokens())
    assert caller == Caller(A, own_key=False, name="ada", expires_at=int(NOW) + 630)


@pytest.mark.parametrize("subject", [None, 7, "", "two\nlines", "x" * 129])
async def test_a_subject_that_cannot_stand_in_a_log_is_no_name(subject: Any) -> None:
    assert (await named(tokens(), sub=subject)).name == "unnamed"


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        (None, set()),
        ("", set()),
        ("openid users:read calls:read", {"calls:read"}),
        (["calls:read", "transcripts:read"], {"calls:read", "transcripts:read"}),
        ([], set()),
        ("calls:read *", None),
        (["*"], None),
    ],
)
async def test_scopes_are_words_or_a_list(claim: Any, scopes: set[str] | None) -> None:
    assert (await named(tokens(), scope=claim)).scopes == scopes
    permissions = {"permissions": claim, "scope": "*"}
    assert (await named(tokens(scopes="permissions"), **permissions)).scopes == scopes


async def test_a_claim_names_the_tenant() -> None:
    settings = JWT | {"jwt_tenant_claim": "https://example.test/org"}
    issuer = Issuer()
    async with world(auth=settings, api_keys={"b": B}, fetch_keys=issuer) as it:
        seen = {}
        for tenant, key in (("default", A), ("b", B)):
            token = signed(claims(**{"https://example.test/org": tenant}))
            for _ in range(3):
                data = await it.data(CALLS, None, **bearing(token))
                seen[tenant] = data["calls"]["nodes"][0]["callId"]
            assert it.sent[-1].headers["authorization"] == f"Bearer {key}"
        assert seen == {"default": it.items(A)[0]["call_id"], "b": it.items(B)[0]["call_id"]}
        assert sum(it.requests.values()) == 2
        assert issuer.asked == [DESCRIPTION, JWKS]


@pytest.mark.parametrize("org", [None, "", 1, ["b"], "c", "B", "two\nlines"])
async def test_a_tenant_that_has_no_key_is_forbidden(
    org: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings = JWT | {"jwt_tenant_claim": "org"}
    async with world(auth=settings, api_keys={"b": B}, fetch_keys=Issuer()) as it:
        for _ in range(2):
            response = await it.post(CALLS, None, **bearing(signed(claims(org=org))))
            assert response.status_code == 403
            assert faults(response.json()) == [("", "FORBIDDEN")]
        assert it.requests == {}
    told = [record for record in caplog.records if record.msg == "a tenant has no Retell key"]
    assert [record.__dict__["tenant_name"] for record in told] == (
        [org] if org in ("c", "B") else []
    )


async def test_a_token_is_checked_once_and_ends_when_it_says() -> None:
    clock = Clock()
    who = tokens(clock=clock)
    headers = Headers(bearing(signed()))
    first = who(headers)
    assert isinstance(first, Later)
    caller = await first
    assert who(headers) is caller
    clock.forward(629.5)
    assert who(headers) is caller
    clock.forward(0.5)
    async with world(auth=JWT, fetch_keys=Issuer()) as it:
        token = bearing(signed())
        assert await it.data(CALLS, None, **token)
        assert await it.data(CALLS, None, **token)
        it.clock.forward(629)
        assert await it.data(CALLS, None, **token)
        it.clock.forward(1)
        for _ in range(2):
            response = await it.post(CALLS, None, **token)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_shows_what_its_scopes_show_and_no_more() -> None:
    query = "{ calls(first: 9) { nodes { callId ... on PhoneCall { fromNumber } } } }"
    everything, calls, nothing = (
        bearing(signed(claims(scope=scope))) for scope in ("*", "openid calls:read", None)
    )
    async with world(auth=JWT, fetch_keys=Issuer()) as it:
        for _ in range(3):
            for token, hidden in ((everything, 0), (calls, 1)):
                answer = await it.answer(query, None, **token)
                numbers = [
                    node["fromNumber"]
                    for node in answer["data"]["calls"]["nodes"]
                    if "fromNumber" in node
                ]
                assert {"•" in number for number in numbers} == {bool(hidden)}
                masked = [["calls", "nodes", "fromNumber"]] * hidden
                assert answer.get("extensions", {}).get("masked", []) == masked
            assert await it.errors(query, None, **nothing) == [("calls", "FORBIDDEN")]
        assert sum(it.requests.values()) == 1


async def test_so_many_are_remembered_and_no_more() -> None:
    who = tokens(most_remembered=3)
    for number in range(10):
        await named(who, sub=f"caller {number}")
    assert [caller.name for caller in who._remembered.values()] == [
        "caller 7",
        "caller 8",
        "caller 9",
    ]
    assert (await named(who, sub="caller 0")).name == "caller 0"


async def test_what_is_refused_is_not_remembered() -> None:
    who = tokens()
    for _ in range(2):
        with pytest.raises(Exception, match="not valid"):
            await caller_of(who(Headers(bearing(signed(claims(aud="another"))))))
    assert who._remembered == {}


async def test_a_key_that_is_taken_away_takes_its_tokens_along() -> None:
    issuer = Issuer(rsa("one"), rsa("three"))
    async with world(auth=JWT, fetch_keys=issuer) as it:
        long_life = claims(exp=int(NOW) + 10 * 3600)
        old, new = bearing(signed(long_life)), bearing(signed(long_life, key=rsa("three")))
        for token in (old, new, old, new):
            assert await it.data(CALLS, None, **token)
        issuer.keys = (rsa("three"),)
        it.clock.forward(FRESH)
        assert await it.data(CALLS, None, **new)  # and the keys are on their way
        await asyncio.sleep(0.01)
        assert (await it.post(CALLS, None, **old)).status_code == 401
        assert await it.data(CALLS, None, **new)


async def test_rotation_needs_no_restart() -> None:
    issuer = Issuer(rsa("one"))
    async with world(auth=JWT, fetch_keys=issuer) as it:
        assert await it.data(CALLS, None, **bearing(signed()))
        issuer.keys = (rsa("one"), rsa("three"))
        it.clock.forward(PAUSE)
        assert await it.data(CALLS, None, **bearing(signed(key=rsa("three"))))
        assert await it.data(CALLS, None, **bearing(signed()))
        assert issuer.asked == [DESCRIPTION, JWKS] * 2


async def test_an_outage_of_the_issuers_is_bridged_for_a_day() -> None:
    issuer = Issuer()
    async with world(auth=JWT, fetch_keys=issuer) as it:
        token = bearing(signed(claims(exp=int(NOW) + 2 * 86400)))
        assert await it.data(CALLS, None, **token)
        issuer.broken = OSError("out")
        it.clock.forward(BRIDGE - 60)
        assert await it.data(CALLS, None, **token)
        other = signed(claims(sub="bob", exp=int(NOW) + 2 * 86400))
        assert await it.data(CALLS, None, **bearing(other))
        await asyncio.sleep(0.01)
        it.clock.forward(60)
        it.sandbox.requests.clear()
        response = await it.post(CALLS, None, **token)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "30"
        assert faults(response.json()) == [("", "AUTH_UNAVAILABLE")]
        assert it.requests == {}
        issuer.broken = None
        it.clock.forward(PAUSE)
        assert await it.data(CALLS, None, **token)


async def test_a_flood_of_unknown_keys_is_one_fetch() -> None:
    issuer = Issuer()
    async with world(auth=JWT | {"jwt_jwks_url": JWKS}, fetch_keys=issuer) as it:
        assert await it.data(CALLS, None, **bearing(signed()))
        it.clock.forward(PAUSE)
        flood = (it.post(CALLS, None, **bearing(signed(kid=f"unknown {n}"))) for n in range(200))
        assert {answer.status_code for answer in await asyncio.gather(*flood)} == {401}
        assert issuer.asked == [JWKS] * 2


async def test_an_issuer_is_asked_over_the_network() -> None:
    app = FastAPI()
    async with serving(app) as url:
        issuer = f"{url}/realms/praxis"

        @app.get("/realms/praxis/.well-known/openid-configuration")
        async def description() -> dict[str, str]:
            return {"issuer": issuer, "jwks_uri": f"{url}/keys?v=1"}

        @app.get("/keys")
        async def keys(v: int) -> Response:
            assert v == 1
            return Response(jwks(rsa("one")))

        async with world(auth=JWT | {"jwt_issuer": issuer}, fetch_keys=fetch) as it:
            assert await it.data(CALLS, None, **bearing(signed(claims(iss=issuer))))
            assert (await it.post(CALLS, None, **bearing(signed()))).status_code == 401


async def test_algorithms_are_those_that_were_set() -> None:
    edwards = OKPKey.generate_key("Ed25519", {"kid": "three"})
    settings = JWT | {"jwt_algorithms": "PS256, Ed25519"}
    async with world(auth=settings, fetch_keys=Issuer(rsa("one"), edwards)) as it:
        assert await it.data(CALLS, None, **bearing(signed(alg="PS256")))
        assert await it.data(CALLS, None, **bearing(signed(key=edwards, alg="Ed25519")))
        assert (await it.post(CALLS, None, **bearing(signed()))).status_code == 401


async def test_the_log_says_why_and_never_what(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bad, good = signed(claims(aud="another")), signed()
    async with world(auth=JWT, fetch_keys=Issuer()) as it:
        answer = await it.answer(CALLS, None, **bearing(bad))
        for _ in range(3):
            await it.data(CALLS, None, **bearing(good))
    message = "The token is not valid here, or its time is over."
    assert answer["errors"][0]["message"] == message
    reasons = [r.__dict__["reason"] for r in caplog.records if r.msg == "a token was refused"]
    assert reasons == ["aud"]
    lines = [r.__dict__ for r in caplog.records if r.msg == "operation"]
    assert [(r["caller"], r["tenant_name"]) for r in lines] == [("ada", "default")] * 3
    written = str([record.__dict__ for record in caplog.records if record.name != "asyncio"])
    for secret in (*bad.split("."), *good.split("."), A):
        assert secret not in written
