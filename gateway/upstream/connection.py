"""The pooled HTTP client to Retell: where it connects to, and through what. It sends nothing."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address

import httpx

CONNECT_TIMEOUT = 5.0
"""The only time limit of the transport's own: well below any deadline, so that a dead address
leaves time for another attempt. Everything else is bounded by the deadline of the exchange."""


def build_http_client(
    base_url: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    keep_alive: int = 50,
    keep_alive_seconds: float = 20.0,
) -> httpx.AsyncClient:
    """A client for one Retell. The caller closes it.

    The environment's proxy and certificate settings count, except towards loopback: a key must
    not travel in the clear to a proxy because `HTTP_PROXY` is set.

    The pool has no maximum of its own: `RetellClient` bounds what is under way at once. httpcore's
    pool, when it makes requests wait, loses a slot for good with each waiter that is cancelled at
    the moment a connection is handed to it.
    """
    url = checked_base_url(base_url)
    return httpx.AsyncClient(
        base_url=url,
        transport=transport,
        trust_env=not is_loopback(url.host),
        follow_redirects=False,
        cookies=_no_cookies(),
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT),
        limits=httpx.Limits(
            max_connections=None,
            max_keepalive_connections=keep_alive,
            keepalive_expiry=keep_alive_seconds,
        ),
    )


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
