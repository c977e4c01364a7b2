"""`gateway.upstream.connection`: where keys may be sent, and through what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.errors import UpstreamUnavailable
from gateway.upstream.connection import CONNECT_TIMEOUT, build_http_client, checked_base_url

from .asking import says
from .playing import (
    CERTIFICATE,
    CREATE_CALL,
    GET_CALL,
    KEY,
    Gateway,
    Retell,
    listening,
    playing,
    server_tls,
)

if TYPE_CHECKING:
    from .playing import Wire


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
        await http.send("GET", "/v2/get-call/call_1", headers=[], content=None, safe=True)
    assert str(retell.requests[0].url) == "https://proxy.example/retell/v2/get-call/call_1"


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Proxy:
    """A proxy that refuses everything."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def __call__(self, wire: Wire) -> None:
        self.asked.append(wire.server.requests[-1].split(b"\r\n")[0])
        await wire.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One without proxies, in which the certificate of the tests is trusted."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    return monkeypatch


ANYWHERE = "0.0.0.0"  # noqa: S104 # nothing is bound to it
REMOTE = f"https://{ANYWHERE}"
"""Not a loopback address by its name, though it leads to this machine."""


@pytest.mark.parametrize(
    ("variables", "base_url", "asks_proxy"),
    [
        ({}, REMOTE, False),
        ({"HTTPS_PROXY": "it"}, REMOTE, True),
        ({"https_proxy": "it"}, REMOTE, True),
        ({"ALL_PROXY": "it"}, REMOTE, True),
        ({"HTTP_PROXY": "it"}, REMOTE, False),
        ({"HTTPS_PROXY": ""}, REMOTE, False),
        ({"HTTPS_PROXY": "it", "NO_PROXY": ANYWHERE}, REMOTE, False),
        ({"HTTPS_PROXY": "it", "NO_PROXY": "*"}, REMOTE, False),
        ({"HTTPS_PROXY": "it", "NO_PROXY": "retell.test"}, REMOTE, True),
        ({"HTTP_PROXY": "it", "ALL_PROXY": "it"}, "http://127.0.0.1", False),
    ],
)
async def test_a_proxy_of_the_environment_is_asked_where_httpx_would_except_towards_loopback(
    environment: pytest.MonkeyPatch, variables: dict[str, str], base_url: str, asks_proxy: bool
) -> None:
    proxy = Proxy()
    tls = server_tls() if base_url == REMOTE else None
    async with listening(proxy) as (_, proxy_port), listening(says(OK), tls=tls) as (server, port):
        for name, value in variables.items():
            environment.setenv(name, f"http://127.0.0.1:{proxy_port}" if value == "it" else value)
        async with build_http_client(f"{base_url}:{port}") as http:
            gateway = Gateway(http)
            if asks_proxy:
                with pytest.raises(UpstreamUnavailable):
                    await gateway.send(CREATE_CALL.request())
            else:
                assert (await gateway.send(CREATE_CALL.request())).value == {}
    assert proxy.asked == [b"CONNECT 0.0.0.0:%d HTTP/1.1" % port] * asks_proxy
    assert len(server.requests) == 1 - asks_proxy


async def test_through_a_proxy_a_request_is_the_same(environment: pytest.MonkeyPatch) -> None:
    """As far as the tests can see: `NO_PROXY` has httpx send it directly."""
    requests = []
    for no_proxy in ("", ANYWHERE):
        async with listening(says(OK), tls=server_tls()) as (server, port):
            if no_proxy:
                environment.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
                environment.setenv("NO_PROXY", no_proxy)
            async with build_http_client(f"{REMOTE}:{port}/prefix/") as http:
                await Gateway(http).send(GET_CALL.request(call_id="call_1"))
            requests.append(server.requests[0].replace(b"%d" % port, b"PORT"))
    assert requests[0] == requests[1]
    assert requests[0].startswith(b"GET /prefix/v2/get-call/call_1 HTTP/1.1\r\nHost: 0.0.0.0:PORT")


async def test_certificates_of_the_environment_do_not_count_towards_loopback(
    environment: pytest.MonkeyPatch,
) -> None:
    async with (
        listening(says(OK), tls=server_tls()) as (server, port),
        build_http_client(f"https://127.0.0.1:{port}") as http,
    ):
        with pytest.raises(UpstreamUnavailable):
            await Gateway(http).send(CREATE_CALL.request())
    assert server.requests == []


async def test_only_connecting_has_a_time_limit_of_the_transports_own() -> None:
    retell = Retell(httpx.Response(200, json={}))
    async with playing(retell) as gateway:
        await gateway.send(GET_CALL.request(call_id="call_1"))
    limits = {"connect": CONNECT_TIMEOUT, "read": None, "write": None, "pool": None}
    assert retell.requests[0].extensions["timeout"] == limits


@pytest.mark.parametrize(
    ("method", "content", "length"),
    [
        ("GET", None, None),
        ("DELETE", None, None),
        ("POST", None, "0"),
        ("PATCH", None, "0"),
        ("PUT", b"", "0"),
        ("POST", b"abc", "3"),
        ("DELETE", b"abc", "3"),
    ],
)
async def test_a_request_says_how_long_its_body_is(
    method: str, content: bytes | None, length: str | None
) -> None:
    retell = Retell(httpx.Response(200))
    async with build_http_client(
        "https://retell.test", transport=httpx.MockTransport(retell)
    ) as it:
        await it.send(method, "/", headers=[], content=content, safe=False)
    (request,) = retell.requests
    assert request.headers.get("content-length") == length
    assert request.content == (content or b"")


async def test_a_cookie_given_to_one_key_is_not_sent_with_another() -> None:
    cookie = {"set-cookie": "session=of-a; Path=/; Domain=retell.test"}
    retell = Retell(httpx.Response(200, json={}, headers=cookie))
    async with playing(retell) as gateway:
        await gateway.send(GET_CALL.request(call_id="call_1"), api_key=KEY)
        await gateway.send(GET_CALL.request(call_id="call_1"), api_key="another-key")
    assert ["cookie" in request.headers for request in retell.requests] == [False, False]
