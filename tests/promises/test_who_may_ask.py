"""Whatever the mode: who may not ask gets nothing, and no tenant gets what is another's."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app import create_app
from gateway.auth.key_file import new_key, write_keys
from gateway.sandbox.app import KEYS
from gateway.sandbox.faults import Fault
from gateway.settings import AuthSettings, GatewaySettings, RetellSettings, Settings
from tests.auth.signing import JWT, Issuer, bearing, claims, signed
from tests.world import GET_CALL, IMPATIENT, NOW, World, faults, world

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    Open = Callable[..., AbstractAsyncContextManager[World]]
    Headers = dict[str, str]

A, B = KEYS
CALLS = "{ calls(first: 20) { nodes { callId } } }"
CALL = "query ($id: ID!) { call(callId: $id) { callId transcript } }"


class Mode:
    """One of the modes that tell callers apart: how to open a gateway with it, and what each of
    two tenants sends, for so many seconds."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def sends(self, tenant: str, name: str = "ada") -> Headers:
        match self.name:
            case "passthrough":
                return {"authorization": f"Bearer {A if tenant == 'default' else B}"}
            case "api-key":
                return {"x-api-key": self._keys[tenant]}
            case "jwt":
                return bearing(signed(claims(org=tenant, sub=name)))
            case _:
                return {}

    def open(self, a: str = A, **more: Any) -> AbstractAsyncContextManager[World]:
        if self.name == "passthrough":
            return world(api_key=None, **more)
        settings = {
            "none": {"auth": "none"},
            "api-key": {"auth": "api-key", "keys_file": str(self._folder / "keys.json")},
            "jwt": JWT | {"jwt_tenant_claim": "org"},
        }[self.name]
        if self.name == "none":
            return world(api_key=a, auth=settings, **more)
        made = [new_key(tenant, tenant, ["*"], THEN, LIFE) for tenant in ("default", "b")]
        write_keys(self._folder / "keys.json", [kept for _, kept in made])
        self._keys = {kept.name: key for key, kept in made}
        return world(api_key=a, api_keys={"b": B}, auth=settings, fetch_keys=Issuer(), **more)


THEN = datetime.fromtimestamp(NOW, UTC)
LIFE = timedelta(seconds=630)


@pytest.fixture(name="mode", params=["passthrough", "api-key", "jwt"])
def given_mode(request: pytest.FixtureRequest, tmp_path: Path) -> Mode:
    return Mode(request.param, tmp_path)


def ids(it: World, key: str) -> list[str]:
    return [item["call_id"] for item in it.items(key)]


async def test_each_tenant_reads_its_own_warm_and_cold(mode: Mode) -> None:
    async with mode.open() as it:
        for _ in range(3):
            for tenant, key in (("default", A), ("b", B)):
                data = await it.data(CALLS, None, **mode.sends(tenant))
                assert [call["callId"] for call in data["calls"]["nodes"]] == ids(it, key)[:20]
        assert [sent.headers["authorization"] for sent in it.sent] == [f"Bearer {A}", f"Bearer {B}"]


async def test_callers_of_one_tenant_share_what_was_read(mode: Mode) -> None:
    async with mode.open() as it:
        for name in ("ada", "bob", "ada"):
            await it.data(CALLS, None, **mode.sends("b", name))
        assert sum(it.requests.values()) == 1


async def test_a_call_of_one_tenant_is_missing_for_the_other(mode: Mode) -> None:
    async with mode.open() as it:
        call = {"id": it.settled(A)[0]}
        for _ in range(2):
            assert (await it.data(CALL, call, **mode.sends("default")))["call"] is not None
            assert await it.data(CALL, call, **mode.sends("b")) == {"call": None}
        assert it.requests == {GET_CALL: 2}


async def test_an_outage_shows_no_tenant_what_another_one_knew(mode: Mode) -> None:
    async with mode.open() as it:
        call = {"id": it.settled(A)[0]}
        known = await it.data(CALL, call, **mode.sends("default"))
        it.sandbox.faults.set([Fault(status=500, headers=IMPATIENT)])
        assert await it.data(CALL, call, **mode.sends("default")) == known
        answer = await it.answer(CALL, call, **mode.sends("b"))
        assert (answer["data"], faults(answer)) == (
            {"call": None},
            [("call", "UPSTREAM_UNAVAILABLE")],
        )


async def test_tenants_in_any_order_see_each_its_own(mode: Mode) -> None:
    async with mode.open() as it:
        it.sandbox.faults.set([Fault(latency_ms=1, rate=0.5)])
        own = {"default": ids(it, A), "b": ids(it, B)}
        random = Random(7)

        async def ask(tenant: str) -> None:
            await asyncio.sleep(random.random() / 50)
            whose = random.choice(["default", "b"])
            wanted = random.choice(own[whose][:5])
            found = (await it.data(CALL, {"id": wanted}, **mode.sends(tenant)))["call"]
            assert (found is not None) == (tenant == whose)

        await asyncio.gather(*(ask(random.choice(["default", "b"])) for _ in range(60)))


async def test_nobody_without_credentials_gets_what_is_warm(mode: Mode) -> None:
    async with mode.open() as it:
        await it.data(CALLS, None, **mode.sends("b"))
        it.sandbox.requests.clear()
        for method in ("GET", "POST"):
            response = await it.http.request(
                method,
                "/graphql",
                params={"query": CALLS} if method == "GET" else None,
                json={"query": CALLS} if method == "POST" else None,
            )
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert faults(response.json()) == [("", "UNAUTHENTICATED")]
        assert it.requests == {}


@pytest.mark.parametrize("name", ["api-key", "jwt"])
async def test_an_answer_that_is_remembered_is_not_for_who_is_no_caller_any_more(
    name: str, tmp_path: Path
) -> None:
    mode = Mode(name, tmp_path)
    async with mode.open() as it:
        credentials = mode.sends("b")
        for _ in range(3):
            assert await it.data(CALLS, None, **credentials)
        it.clock.forward(630)
        it.sandbox.requests.clear()
        for _ in range(2):
            response = await it.post(CALLS, None, **credentials)
            assert (response.status_code, it.requests) == (401, {})
            assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none", "UPSTREAM_UNAUTHENTICATED"),
        ("api-key", "UPSTREAM_UNAUTHENTICATED"),
        ("jwt", "UPSTREAM_UNAUTHENTICATED"),
        ("passthrough", "UNAUTHENTICATED"),
    ],
)
async def test_a_key_that_retell_refuses_is_the_matter_of_whose_it_is(
    name: str, code: str, tmp_path: Path
) -> None:
    mode = Mode(name, tmp_path)
    async with mode.open(a="no-such-key") as it:
        headers = mode.sends("default")
        if name == "passthrough":
            headers = {"authorization": "Bearer no-such-key"}
        answer = await it.answer(CALLS, None, **headers)
        assert faults(answer) == [("calls", code)]
        assert "no-such-key" not in str(answer)


async def test_everybody_is_answered_where_nobody_is_asked_who_they_are(tmp_path: Path) -> None:
    mode = Mode("none", tmp_path)
    async with mode.open() as it:
        for headers in ({}, {"authorization": f"Bearer {B}"}, {"x-api-key": "x"}):
            data = await it.data(CALLS, None, **headers)
            assert [call["callId"] for call in data["calls"]["nodes"]] == ids(it, A)[:20]
        assert [sent.headers["authorization"] for sent in it.sent] == [f"Bearer {A}"]


async def test_callers_own_keys_are_used_where_the_gateway_has_one_too() -> None:
    async with world(api_key=A, auth={"auth": "passthrough"}) as it:
        assert (await it.post(CALLS)).status_code == 401
        data = await it.data(CALLS, None, authorization=f"Bearer {B}")
        assert [call["callId"] for call in data["calls"]["nodes"]] == ids(it, B)[:20]


async def test_no_log_line_has_a_token_or_a_key(
    mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with mode.open() as it:
        sent = [mode.sends("default"), mode.sends("b"), {"authorization": "Bearer canary-token"}]
        for headers in sent * 2:
            await it.answer(CALLS, None, **headers)
    written = "".join(str(r.__dict__) for r in caplog.records if r.name.startswith("gateway"))
    assert "'operation'" in written
    for headers in sent:
        for value in headers.values():
            assert value.removeprefix("Bearer ") not in written
    assert A not in written
    assert B not in written


@pytest.mark.parametrize("lacking", [{"auth": "api-key"}, {"auth": "jwt"}, {"auth": "none"}])
def test_a_gateway_that_cannot_know_who_asks_is_not_made(lacking: Any) -> None:
    settings = Settings(GatewaySettings(), RetellSettings(), AuthSettings(**lacking))
    with pytest.raises(ValueError, match="it is needed where GATEWAY_AUTH is"):
        create_app(settings)
