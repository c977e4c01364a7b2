"""`gateway.http.cors`: whose pages may read, and what a browser is told that asks first."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from gateway.http.cors import MAX_AGE, REQUEST_HEADERS, Cors
from tests.http.tiny import client, endpoint

BOARD, EVIL = "https://board.example", "https://evil.example"


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((), BOARD, False),
        ((BOARD,), BOARD, True),
        ((BOARD,), EVIL, False),
        ((BOARD,), f"{BOARD}:444", False),
        ((BOARD,), f"{BOARD}.evil.example", False),
        ((BOARD,), "http://board.example", False),
        ((BOARD,), "null", False),
        ((BOARD,), None, False),
        (("*",), EVIL, True),
        (("*",), None, False),
    ],
)
def test_origins_are_compared_whole(
    origins: tuple[str, ...], origin: str | None, *, allowed: bool
) -> None:
    assert Cors(origins).allows(origin) is allowed


def test_caches_are_told_that_answers_differ_where_they_do() -> None:
    assert Cors().headers(BOARD) == ((b"vary", b"accept"),)
    assert Cors((BOARD,)).headers(None) == ((b"vary", b"accept, origin"),)
    assert Cors((BOARD,)).headers(EVIL) == ((b"vary", b"accept, origin"),)


def test_a_page_may_read_the_headers_that_are_meant_for_it() -> None:
    for cors, told in ((Cors((BOARD,)), BOARD.encode()), (Cors(("*",)), b"*")):
        assert dict(cors.headers(BOARD)) == {
            b"vary": b"accept, origin",
            b"access-control-allow-origin": told,
            b"access-control-expose-headers": (
                b"x-request-id, ratelimit, ratelimit-policy, retry-after"
            ),
        }


def test_only_a_browser_that_asks_first_is_told_what_it_may_send() -> None:
    cors = Cors((BOARD,))
    asked = cors.preflight(Headers({"origin": BOARD, "access-control-request-method": "POST"}))
    assert asked is not None
    assert dict(asked.headers) == {
        b"access-control-allow-methods": b"GET, POST",
        b"access-control-allow-headers": ", ".join(REQUEST_HEADERS).encode(),
        b"access-control-max-age": str(MAX_AGE).encode(),
    }
    assert cors.preflight(Headers({"origin": BOARD})) is None
    assert (
        cors.preflight(Headers({"origin": EVIL, "access-control-request-method": "POST"})) is None
    )


@pytest.mark.parametrize(("origin", "status"), [(BOARD, 200), (EVIL, 405)])
async def test_a_browser_that_asks_in_vain_is_told_nothing(origin: str, status: int) -> None:
    asking = {"origin": origin, "access-control-request-method": "POST"}
    async with client(endpoint(cors=Cors((BOARD,)))) as http:
        answer = await http.request("OPTIONS", "/graphql", headers=asking)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (BOARD if status == 200 else None)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"accept": "text/plain"}, 406),
        ("GET", {"authorization": "Bearer stranger"}, 401),
        ("GET", {}, 400),
        ("POST", {"content-type": "text/plain"}, 415),
        ("PUT", {}, 405),
    ],
)
async def test_errors_can_be_read_as_well(
    method: str, headers: dict[str, str], status: int
) -> None:
    async with client(endpoint(cors=Cors((BOARD,)))) as http:
        answer = await http.request(method, "/graphql", headers={"origin": BOARD} | headers)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == BOARD
