"""The mode `api-key` through the app that ships: whose key it is, until when, and in which file."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from gateway.auth.api_keys import LOOK_AGAIN, ApiKeys
from gateway.auth.key_file import KeyFileError, StoredKey, new_key, write_keys
from gateway.auth.tenants import Tenants
from gateway.errors import Unauthenticated
from tests.world import NOW, Clock, faults, world

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = "{ calls(first: 1) { nodes { callId } } }"
A, B = "sandbox-key-a", "sandbox-key-b"
KNOWN = frozenset({"calls:read"})
THEN = datetime.fromtimestamp(NOW, UTC)


def made(name: str, *scopes: str, tenant: str = "default", days: int = 0) -> tuple[str, StoredKey]:
    return new_key(name, tenant, scopes, THEN, timedelta(days=days) if days else None)


BOARD, STORED_BOARD = made("board", "*")
NURSE, STORED_NURSE = made("nurse", "calls:read", tenant="b", days=1)
LOST, STORED_LOST = made("lost", tenant="nobody")


@pytest.fixture(name="path")
def given_path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    write_keys(path, [STORED_BOARD, STORED_NURSE, STORED_LOST])
    return path


def open_world(path: Path) -> Any:
    return world(auth={"auth": "api-key", "keys_file": str(path)}, api_keys={"b": B})


def by(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_key_says_who_asks_and_for_whom(path: Path) -> None:
    who = ApiKeys(path, Tenants({"default": A, "b": B}), KNOWN, Clock())
    board, nurse = who(Headers(by(BOARD))), who(Headers(by(NURSE)))
    assert (board.name, board.tenant_name, board.scopes, board.expires_at) == (
        "board",
        "default",
        None,
        None,
    )
    assert (nurse.name, nurse.tenant_name, nurse.scopes) == (
        "nurse",
        "b",
        frozenset({"calls:read"}),
    )
    assert nurse.expires_at == NOW + 86400
    assert (board.own_key, nurse.own_key) == (False, False)
    assert who(Headers(by(BOARD))) is board


async def test_tenants_never_share_an_entry(path: Path) -> None:
    async with open_world(path) as it:
        for _ in range(3):
            for key, retell in ((BOARD, A), (NURSE, B)):
                data = await it.data(CALLS, None, **by(key))
                assert data["calls"]["nodes"][0]["callId"] == it.items(retell)[0]["call_id"]
        assert [sent.headers["authorization"] for sent in it.sent] == [f"Bearer {A}", f"Bearer {B}"]


@pytest.mark.parametrize(
    "headers",
    [
        by(BOARD),
        {"authorization": f"bearer {BOARD}"},
        {"x-api-key": BOARD},
        {"X-API-Key": BOARD},
    ],
)
async def test_a_key_comes_in_either_header(path: Path, headers: dict[str, str]) -> None:
    async with open_world(path) as it:
        assert await it.data(CALLS, None, **headers)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", f"Basic {BOARD}")],
        [("authorization", f"Bearer {BOARD}"), ("authorization", f"Bearer {NURSE}")],
        [("authorization", f"Bearer {BOARD}"), ("x-api-key", BOARD)],
        [("x-api-key", BOARD), ("x-api-key", BOARD)],
        [("x-api-key", "x" * 513)],
        [("authorization", "Bearer " + "x" * 513)],
    ],
)
async def test_no_key_and_two_keys_are_none(path: Path, headers: list[tuple[str, str]]) -> None:
    async with open_world(path) as it:
        response = await it.http.post("/graphql", json={"query": CALLS}, headers=headers)
        assert (response.status_code, it.requests) == (401, {})
        assert response.headers["www-authenticate"] == "Bearer"
        assert faults(response.json()) == [("", "UNAUTHENTICATED")]


STRANGE = {
    "a shorter one": BOARD[:-1],
    "a longer one": BOARD + "A",
    "other case": BOARD.upper(),
    "no prefix": BOARD[4:],
    "the hash": STORED_BOARD.hash,
    "the name": "board",
    "the prefix": "rgw_",
    "a key of Retell's": A,
    "another of the same name": made("board", "*")[0],
}


@pytest.mark.parametrize("key", STRANGE.values(), ids=STRANGE.keys())
async def test_a_key_that_is_not_in_the_file_is_refused(path: Path, key: str) -> None:
    async with open_world(path) as it:
        await it.data(CALLS, None, **by(BOARD))
        it.sandbox.requests.clear()
        for headers in (by(key), {"x-api-key": key}):
            response = await it.post(CALLS, None, **headers)
            assert (response.status_code, it.requests) == (401, {})
            assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            assert key not in response.text


async def test_a_key_past_its_end_is_refused(path: Path) -> None:
    async with open_world(path) as it:
        it.clock.forward(86399)
        assert await it.data(CALLS, None, **by(NURSE))
        it.sandbox.requests.clear()
        it.clock.forward(1)
        for _ in range(2):
            response = await it.post(CALLS, None, **by(NURSE))
            assert (response.status_code, it.requests) == (401, {})
        assert await it.data(CALLS, None, **by(BOARD))


async def test_a_tenant_without_a_key_is_forbidden_and_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_world(path) as it:
        for _ in range(3):
            response = await it.post(CALLS, None, **by(LOST))
            assert (response.status_code, it.requests) == (403, {})
            (error,) = response.json()["errors"]
            assert error["message"] == "The gateway has no Retell key for your tenant."
            assert error["extensions"]["code"] == "FORBIDDEN"
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.__dict__["tenant_name"] for record in told] == ["nobody"]


async def test_keys_are_made_and_revoked_while_it_runs(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    key, stored = made("later", "calls:read")
    async with open_world(path) as it:
        assert await it.data(CALLS, None, **by(BOARD))
        write_keys(path, [stored])
        it.clock.forward(LOOK_AGAIN - 0.1)
        assert (await it.post(CALLS, None, **by(key))).status_code == 401
        assert await it.data(CALLS, None, **by(BOARD))
        it.clock.forward(0.1)
        assert await it.data(CALLS, None, **by(key))
        assert (await it.post(CALLS, None, **by(BOARD))).status_code == 401
        it.clock.forward(-3600)  # a clock that goes back stops nothing
        write_keys(path, [STORED_BOARD])
        assert await it.data(CALLS, None, **by(BOARD))
    lines = [record for record in caplog.records if record.msg == "the keys were read anew"]
    assert [record.__dict__["keys"] for record in lines] == [1, 1]


def half_written(path: Path) -> None:
    path.write_text("{")


@pytest.mark.parametrize("break_it", [half_written, Path.unlink])
async def test_a_broken_file_keeps_the_last_good_keys_and_is_told_once(
    path: Path, break_it: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    async with open_world(path) as it:
        break_it(path)
        for _ in range(3):
            it.clock.forward(LOOK_AGAIN)
            assert await it.data(CALLS, None, **by(BOARD))
        (record,) = [r for r in caplog.records if r.msg == "the keys stay as they were"]
        assert record.__dict__["reason"].startswith("it ")
        write_keys(path, [STORED_NURSE])
        it.clock.forward(LOOK_AGAIN)
        assert (await it.post(CALLS, None, **by(BOARD))).status_code == 401
        assert await it.data(CALLS, None, **by(NURSE))


def test_a_file_that_is_broken_from_the_start_is_no_start(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="it cannot be read"):
        ApiKeys(tmp_path / "keys.json", Tenants({}), KNOWN, Clock())


def test_a_refusal_does_not_tell_an_old_key_from_none(path: Path) -> None:
    clock = Clock()
    who = ApiKeys(path, Tenants({"default": A, "b": B}), KNOWN, clock)
    clock.forward(86400)
    messages = set()
    for key in (NURSE, "rgw_none"):
        with pytest.raises(Unauthenticated) as caught:
            who(Headers(by(key)))
        messages.add(caught.value.message)
    assert messages == {"The key is not known here, or its time is over."}


async def test_the_log_has_the_name_of_a_key_and_never_the_key(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_world(path) as it:
        for _ in range(3):
            await it.data(CALLS, None, **by(NURSE))
    lines = [record.__dict__ for record in caplog.records if record.msg == "operation"]
    assert [(line["caller"], line["tenant_name"]) for line in lines] == [("nurse", "b")] * 3
    written = str([record.__dict__ for record in caplog.records])
    for secret in (NURSE, STORED_NURSE.hash, A, B):
        assert secret not in written
