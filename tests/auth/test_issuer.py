"""The issuer's keys: fetched once for all, anew when it is time, and never because of a flood."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, OKPKey, RSAKey

from gateway.auth.issuer import BRIDGE, FRESH, MOST_KEYS, PAUSE, IssuerKeys
from gateway.auth.token import Head
from gateway.errors import AuthUnavailable
from tests.auth.signing import DESCRIPTION, ISSUER, JWKS, Issuer, ec, jwks, rsa
from tests.world import Clock

ONE, TWO = Head("RS256", "one"), Head("ES256", "two")
UNKNOWN = Head("RS256", "unknown")


def keys_of(issuer: Any, clock: Clock | None = None, jwks_url: str = JWKS) -> IssuerKeys:
    return IssuerKeys(issuer, clock or Clock(), issuer=ISSUER, jwks_url=jwks_url)


async def test_the_description_names_where_the_keys_are() -> None:
    issuer = Issuer()
    key = await keys_of(issuer, jwks_url="").key_for(ONE)
    assert key is not None
    assert key.kid == "one"
    assert issuer.asked == [DESCRIPTION, JWKS]


async def test_many_who_ask_at_once_wait_for_one_fetch() -> None:
    issuer = Issuer()
    keys = keys_of(issuer)
    found = await asyncio.gather(*(keys.key_for(head) for head in [ONE, TWO] * 50))
    assert [key and key.kid for key in found] == ["one", "two"] * 50
    assert issuer.asked == [JWKS]


async def test_a_flood_of_unknown_keys_is_no_flood_at_the_issuers() -> None:
    issuer, clock = Issuer(), Clock()
    keys = keys_of(issuer, clock)
    await keys.key_for(ONE)
    clock.forward(PAUSE)
    for _ in range(2):
        heads = [Head("RS256", f"unknown {number}") for number in range(1000)]
        assert set(await asyncio.gather(*map(keys.key_for, heads))) == {None}
    assert issuer.asked == [JWKS] * 2
    clock.forward(PAUSE - 1)
    assert await keys.key_for(UNKNOWN) is None
    assert issuer.asked == [JWKS] * 2
    clock.forward(1)
    assert await keys.key_for(UNKNOWN) is None
    assert issuer.asked == [JWKS] * 3


async def test_who_leaves_again_and_again_starts_no_fetch_more() -> None:
    asked = 0
    go = asyncio.Event()

    async def slow(_address: str) -> bytes:
        nonlocal asked
        asked += 1
        await go.wait()
        return jwks(rsa("one"))

    keys = keys_of(slow)
    for _ in range(10):
        asking = asyncio.create_task(keys.key_for(ONE))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    staying = asyncio.create_task(keys.key_for(ONE))
    go.set()
    assert await staying is not None
    assert asked == 1


async def test_a_new_key_counts_as_soon_as_somebody_names_it() -> None:
    issuer, clock = Issuer(), Clock()
    keys = keys_of(issuer, clock)
    await keys.key_for(ONE)
    issuer.keys = (rsa("one"), rsa("three"))
    clock.forward(PAUSE)
    found = await keys.key_for(Head("RS256", "three"))
    assert found is not None
    assert found.kid == "three"
    assert await keys.key_for(TWO) is None  # it was taken away
    assert issuer.asked == [JWKS] * 2


async def test_keys_are_fetched_anew_every_hour_and_nobody_waits() -> None:
    issuer, clock = Issuer(), Clock()
    keys = keys_of(issuer, clock)
    await keys.key_for(ONE)
    before = keys.current()
    issuer.keys = (rsa("one"),)
    clock.forward(FRESH - 1)
    assert keys.current() is before
    clock.forward(1)
    assert keys.current() is before
    await settled()
    assert issuer.asked == [JWKS] * 2
    after = keys.current()
    assert after is not before
    assert after is not None
    assert [key.kid for key in after.keys] == ["one"]
    clock.forward(FRESH)
    assert keys.current() is after
    await settled()
    assert keys.current() is after  # nothing has changed
    assert issuer.asked == [JWKS] * 3


async def test_old_keys_bridge_an_outage_for_a_day() -> None:
    issuer, clock = Issuer(), Clock()
    keys = keys_of(issuer, clock)
    await keys.key_for(ONE)
    issuer.broken = OSError("out")
    clock.forward(BRIDGE - 1)
    assert await keys.key_for(ONE) is not None
    await settled()
    clock.forward(1)
    with pytest.raises(AuthUnavailable):
        await keys.key_for(ONE)
    clock.forward(PAUSE)
    issuer.broken = None
    assert await keys.key_for(ONE) is not None


async def test_without_any_key_nobody_is_told_that_a_token_is_bad(
    caplog: pytest.LogCaptureFixture,
) -> None:
    issuer, clock = Issuer(), Clock()
    issuer.broken = TimeoutError()
    keys = keys_of(issuer, clock)
    for _ in range(3):
        with pytest.raises(AuthUnavailable) as caught:
            await keys.key_for(ONE)
    assert caught.value.extensions() == {"code": "AUTH_UNAVAILABLE", "retryAfter": PAUSE}
    assert issuer.asked == [JWKS]
    (record,) = caplog.records
    assert record.__dict__["reason"] == "TimeoutError"
    issuer.broken = None
    clock.forward(PAUSE)
    assert await keys.key_for(ONE) is not None


async def test_a_clock_that_goes_back_stops_nothing() -> None:
    issuer, clock = Issuer(), Clock()
    keys = keys_of(issuer, clock)
    await keys.key_for(ONE)
    clock.forward(-3600)
    assert await keys.key_for(ONE) is not None
    assert issuer.asked == [JWKS] * 2


BROKEN_SETS = {
    "no JSON": (b"<html>", "it is not JSON"),
    "no object": (b"[]", "it is no JSON object"),
    "no list": (b'{"keys": {}}', "there is no list of keys"),
    "no keys": (b'{"keys": []}', "there is no key that can be used"),
    "odd things": (
        b'{"keys": [1, {}, {"kty": ["RSA"]}, {"kty": "AKP"}, {"kty": "RSA", "kid": 1},'
        b' {"kty": "RSA"}, {"kty": "RSA", "n": "!", "e": 1}, {"kty": "EC", "crv": "P-256",'
        b' "x": "AA", "y": "AA"}]}',
        "there is no key that can be used",
    ),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN_SETS.values(), ids=BROKEN_SETS.keys())
async def test_what_is_no_key_set_is_told_and_changes_nothing(
    content: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = [jwks(rsa("one"))]

    async def fetch(_address: str) -> bytes:
        return given[0]

    clock = Clock()
    keys = keys_of(fetch, clock)
    assert await keys.key_for(ONE) is not None
    given[0] = content
    clock.forward(FRESH)
    assert await keys.key_for(UNKNOWN) is None
    assert await keys.key_for(ONE) is not None
    (record,) = caplog.records
    assert record.__dict__["reason"] == reason


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ([], "it is no JSON object"),
        ({"jwks_uri": JWKS}, "the description is of another issuer"),
        (
            {"issuer": ISSUER.rstrip("/"), "jwks_uri": JWKS},
            "the description is of another issuer",
        ),
        ({"issuer": ISSUER}, "the description names no keys"),
        ({"issuer": ISSUER, "jwks_uri": [JWKS]}, "the description names no keys"),
    ],
)
async def test_a_description_that_is_not_in_order_leads_nowhere(
    description: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = Issuer()
    issuer.description = description
    with pytest.raises(AuthUnavailable):
        await keys_of(issuer, jwks_url="").key_for(ONE)
    assert issuer.asked == [DESCRIPTION]
    assert [record.__dict__["reason"] for record in caplog.records] == [reason]


async def test_keys_for_something_else_do_not_count() -> None:
    def others() -> list[dict[str, Any]]:
        secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict()
        encrypting = rsa("one").as_dict(private=False) | {"kid": "enc", "use": "enc"}
        signing = rsa("one").as_dict(private=False) | {"kid": "ops", "key_ops": ["encrypt"]}
        return [secret, encrypting, signing]

    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024, {"kid": "short"}).as_dict(private=False)
    good = rsa("one").as_dict(private=False)

    async def fetch(_address: str) -> bytes:
        return orjson.dumps({"keys": [*others(), short, good]})

    keys = keys_of(fetch)
    with pytest.warns(SecurityWarning):
        assert await keys.key_for(ONE) is not None
    known = keys.current()
    assert known is not None
    assert [key.kid for key in known.keys] == ["one"]


async def test_a_key_is_for_its_own_kind_of_signature() -> None:
    edwards = OKPKey.generate_key("Ed25519", {"kid": "one"})
    keys = keys_of(Issuer(rsa("one"), ec("two"), edwards))
    for alg, kind in (("RS256", "RSA"), ("PS512", "RSA"), ("Ed25519", "OKP")):
        found = await keys.key_for(Head(alg, "one"))
        assert found is not None
        assert found.key_type == kind
    assert await keys.key_for(Head("ES256", "one")) is None


async def test_a_token_that_names_no_key_means_the_only_one() -> None:
    assert await keys_of(Issuer(rsa("one"))).key_for(Head("RS256", None)) is not None
    assert await keys_of(Issuer(rsa(None))).key_for(Head("RS256", None)) is not None
    assert await keys_of(Issuer()).key_for(Head("RS256", None)) is None


async def test_an_issuer_may_not_have_any_number_of_keys() -> None:
    many = [rsa("one").as_dict(private=False) | {"kid": str(n)} for n in range(MOST_KEYS + 1)]

    async def fetch(_address: str) -> bytes:
        return orjson.dumps({"keys": many})

    keys = keys_of(fetch)
    assert await keys.key_for(Head("RS256", str(MOST_KEYS - 1))) is not None
    assert await keys.key_for(Head("RS256", str(MOST_KEYS))) is None


async def test_at_the_end_nothing_is_under_way() -> None:
    async def never(_address: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    keys = keys_of(never)
    await keys.aclose()
    asking = asyncio.create_task(keys.key_for(ONE))
    await asyncio.sleep(0)
    await keys.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def settled() -> None:
    """Let everything run that is under way."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)
    await asyncio.sleep(0)
