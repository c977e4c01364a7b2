"""`gateway.upstream.connection`: where keys may be sent, and through what."""

from __future__ import annotations

import httpx
import pytest

from gateway.upstream.connection import CONNECT_TIMEOUT, build_http_client, checked_base_url

from .playing import GET_CALL, KEY, Retell, playing


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.retellai.com",
        "https://api.retellai.com/",
        "https://proxy.example/retell/",
        "HTTPS://API.RETELLAI.COM:8443",
        "http://localhost:4010",
        "http://127.0.0.1:4010",
        "http://127.8.9.1",
        "http://[::1]:4010",
    ],
)
def test_https_and_loopback_are_accepted(base_url: str) -> None:
    assert checked_base_url(base_url).host


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.retellai.com",
        "//api.retellai.com",
        "ftp://api.retellai.com",
        "file:///etc/passwd",
        "https://",
        "http://api.retellai.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0:4010",
        "https://user:secret@api.retellai.com",
        "https://secret@api.retellai.com",
        "https://api.retellai.com?key=secret",
        "https://api.retellai.com/?",
        "https://api.retellai.com#secret",
        "https://api.retellai.com:secret",
        "https://api.retellai.com/\nsecret",
    ],
)
def test_other_base_urls_are_refused_and_not_repeated(base_url: str) -> None:
    with pytest.raises(ValueError, match="The base URL") as caught:
        build_http_client(base_url)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_paths_are_put_behind_the_base_url() -> None:
    retell = Retell(httpx.Response(200, json={}))
    transport = httpx.MockTransport(retell)
    async with build_http_client("https://proxy.example/retell/", transport=transport) as http:
        await http.get("/v2/get-call/call_1")
    assert str(retell.requests[0].url) == "https://proxy.example/retell/v2/get-call/call_1"


async def test_proxies_of_the_environment_count_except_towards_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with build_http_client("http://127.0.0.1:4010") as local:
        assert not local.trust_env
        assert local._mounts == {}
    async with build_http_client("https://api.retellai.com") as remote:
        assert remote.trust_env
        assert remote._mounts != {}


async def test_only_connecting_has_a_time_limit_of_the_transports_own() -> None:
    async with build_http_client("http://127.0.0.1:4010") as http:
        assert http.timeout == httpx.Timeout(None, connect=CONNECT_TIMEOUT)
        assert not http.follow_redirects


async def test_a_cookie_given_to_one_key_is_not_sent_with_another() -> None:
    cookie = {"set-cookie": "session=of-a; Path=/; Domain=retell.test"}
    retell = Retell(httpx.Response(200, json={}, headers=cookie))
    async with playing(retell) as gateway:
        await gateway.send(GET_CALL.request(call_id="call_1"), api_key=KEY)
        await gateway.send(GET_CALL.request(call_id="call_1"), api_key="another-key")
    assert ["cookie" in request.headers for request in retell.requests] == [False, False]
