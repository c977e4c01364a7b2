"""Where Retell is, and the transport that leads there. It decides nothing about what is sent."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx

from gateway.upstream.message import Request
from gateway.upstream.transport import SAFE, OriginTransport

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from gateway.upstream.message import Fields

CONNECT_TIMEOUT = 5.0
"""The only time limit of the transport's own: well below any deadline, so that a dead address
leaves time for another attempt. Everything else is bounded by the deadline of the exchange."""

_TIMEOUT = httpx.Timeout(None, connect=CONNECT_TIMEOUT)
_EXTENSIONS = {safe: {"timeout": _TIMEOUT.as_dict(), SAFE: safe} for safe in (False, True)}


class HttpClient:
    """Sends requests to one base URL, each as it is: no redirects, no cookies, nothing added.

    It is what is left of `httpx.AsyncClient` when nothing else of that is used; the transport may
    be any of httpx's.
    """

    def __init__(self, base_url: httpx.URL, transport: httpx.AsyncBaseTransport) -> None:
        self._base_url = base_url
        self._host = (b"Host", base_url.netloc)
        self._prefix = base_url.raw_path.rstrip(b"/")
        self._transport = transport

    async def send(
        self, method: str, target: str, *, headers: Fields, content: bytes | None, safe: bool
    ) -> httpx.Response:
        """The answer, its body still to be read; `target` begins with `/` and is encoded.

        `safe`: reads only. The caller closes the response.
        """
        fields = [self._host, *headers]
        if content is not None or method in ("POST", "PUT", "PATCH"):
            fields.append((b"Content-Length", b"%d" % len(content or b"")))
        request = Request(
            method,
            self._base_url,
            self._prefix + target.encode("ascii"),
            fields=fields,
            content=content or b"",
            extensions=_EXTENSIONS[safe],
        )
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport, and with it every connection."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def build_http_client(
    base_url: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    keep_alive: int = 50,
    keep_alive_seconds: float = 20.0,
) -> HttpClient:
    """A client for one Retell. The caller closes it.

    The environment's proxy and certificate settings count, except towards loopback: a key must
    not travel in the clear to a proxy because `HTTP_PROXY` is set.
    """
    url = checked_base_url(base_url)
    if transport is None:
        limits = httpx.Limits(
            max_keepalive_connections=keep_alive, keepalive_expiry=keep_alive_seconds
        )
        trust_env = not is_loopback(url.host)
        if trust_env and not {url.scheme, "all"}.isdisjoint(getproxies()):
            transport = ProxyTransport(limits)
        else:
            transport = OriginTransport(url, trust_env=trust_env, limits=limits)
    return HttpClient(url, transport)


class ProxyTransport(httpx.AsyncBaseTransport):
    """Everything as httpx does it, for where the environment names a proxy: httpx knows how to
    speak to one, and for which hosts `NO_PROXY` makes an exception.

    The pool has no maximum of its own: httpcore's, when it makes requests wait, loses a slot for
    good with each waiter that is cancelled at the moment a connection is handed to it.
    """

    def __init__(self, limits: httpx.Limits) -> None:
        self._http = httpx.AsyncClient(
            trust_env=True, cookies=_no_cookies(), timeout=_TIMEOUT, limits=limits
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._http.send(request, stream=True, follow_redirects=False)

    async def aclose(self) -> None:
        await self._http.aclose()


def checked_base_url(base_url: str) -> httpx.URL:
    """The URL, if keys may be sent there; `ValueError` otherwise, without repeating it."""
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError):
        raise ValueError("The base URL is not a URL.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("The base URL must begin with https:// and a host.")
    if url.userinfo or "?" in base_url or "#" in base_url:
        raise ValueError("The base URL must have no user, password, query or fragment.")
    if url.scheme == "http" and not is_loopback(url.host):
        raise ValueError("The base URL must be https, except on loopback: API keys are sent to it.")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever the network says."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _no_cookies() -> CookieJar:
    """A jar that stays empty: one client serves many keys, and none may get another's cookie."""
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
