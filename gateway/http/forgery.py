"""Requests that a browser may have been made to send by a page of somebody else (CSRF). Pure.

A POST of JSON needs no more than its content type, which `body` insists on: no page can send
`application/json` elsewhere unless the browser has asked first (see `cors`). A GET needs a sign,
and so does a form with files, which any page can send anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers

    from gateway.http.cors import Cors

SIGNS = (
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "x-requested-with",
)
"""Headers that browsers send elsewhere only after they have asked."""

_PORTS = {"http": ":80", "https": ":443"}

MESSAGE = (
    "A browser may have been made to send this by another site. Send it with POST, or with a "
    f"non-empty header: {', '.join(SIGNS)}, or content-type: application/json."
)

FORM_MESSAGE = (
    "A browser may have been made to send this by another site. Send it with a non-empty header: "
    f"{', '.join(SIGNS)}."
)

SOCKET_MESSAGE = "A page of this origin may not open a WebSocket here."


def may_be_forged(headers: Mapping[str, str], cors: Cors) -> bool:
    """Whether a GET or a form may come from a browser whose page is not known to be a good one."""
    if not _from_browser(headers) or any(headers.get(name) for name in SIGNS):
        return False
    # Where one from the page's own origin, or typed into the address bar, says so, it is true:
    # no page can write these two.
    if headers.get("sec-fetch-site") in ("same-origin", "none"):
        return False
    if cors.allows(headers.get("origin")):
        return False
    given = headers.get("content-type", "").partition(";")[0]
    return given.strip().lower() != "application/json"


def socket_may_be_forged(headers: Headers, cors: Cors) -> bool:
    """Whether a socket may be opened by a page that is not known to be a good one: browsers ask
    nobody before they open one, but all of them say whose page it is."""
    origins = headers.getlist("origin")
    if not origins:
        return False
    if len(origins) > 1:
        return True
    if cors.allows(origins[0]) or headers.get("sec-fetch-site") == "same-origin":
        return False
    # Behind a proxy the scheme is not known here: the port tells http from https where it is said.
    scheme, _, authority = origins[0].lower().partition("://")
    host = headers.get("host", "").lower()
    return not authority or authority not in (host, host.removesuffix(_PORTS.get(scheme, "")))


def host_of(headers: Headers) -> str:
    """The name that the client knows this server by, without a port."""
    host = headers.get("host", "").lower()
    end = host.find("]") + 1 or host.find(":")
    return host if end == -1 else host[:end]


def _from_browser(headers: Mapping[str, str]) -> bool:
    """By plain http a browser says neither whose page it is, nor that it is another site's: but
    all of them call themselves Mozilla. Node says `sec-fetch-mode`, and is none."""
    if "sec-fetch-site" in headers or "origin" in headers:
        return True
    return headers.get("user-agent", "").lower().startswith("mozilla/")
