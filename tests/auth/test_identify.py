"""Whose key answers: the gateway's for everybody, or the one in the header."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.auth.identify import Later, configured, passed_through
from gateway.errors import Unauthenticated

MESSAGE = "Send a Retell API key as `Authorization: Bearer <key>`."


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer key_other"}])
def test_a_configured_key_answers_whatever_a_caller_brings(headers: dict[str, str]) -> None:
    assert configured("key_ours")(Headers(headers)) == Caller("key_ours", own_key=False)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer key_a", "key_a"),
        ("bearer key_a", "key_a"),
        ("BEARER   key_a  ", "key_a"),
        ("Bearer !#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"),
        ("Bearer " + "k" * 512, "k" * 512),
    ],
)
def test_a_callers_own_key_is_passed_through(header: str, key: str) -> None:
    assert passed_through(Headers({"authorization": header})) == Caller(key, own_key=True)


def test_the_headers_name_has_no_case() -> None:
    headers = Headers(raw=[(b"authorization", b"Bearer key_a")])
    assert passed_through(headers) == Caller("key_a", own_key=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "key_a"},
        {"authorization": "Basic a2V5"},
        {"authorization": "Bearer key a"},
        {"authorization": "Bearer key_a\n"},
        {"authorization": "Bearer key_\r\nx: y"},
        {"authorization": "Bearer k\xe9y"},
        {"authorization": "Bearer " + "k" * 513},
        {"authorization": " Bearer key_a"},
        {"authorization": "Bearer\tkey_a"},
    ],
)
def test_who_brings_no_key_is_told_how_to(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated) as caught:
        passed_through(Headers(headers))
    assert caught.value.message == MESSAGE


def test_two_keys_are_none() -> None:
    given = [(b"authorization", b"Bearer key_a"), (b"authorization", b"Bearer key_b")]
    with pytest.raises(Unauthenticated):
        passed_through(Headers(raw=given))


async def test_a_caller_who_comes_later_is_awaited() -> None:
    async def find() -> Caller:
        return Caller("key_a", own_key=False)

    assert await Later(find) == Caller("key_a", own_key=False)
