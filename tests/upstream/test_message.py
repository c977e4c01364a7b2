"""`gateway.upstream.message`: a request that is one of httpx's to whoever looks at it."""

from __future__ import annotations

import httpx

from gateway.upstream.message import Request, Response, encoded

FIELDS = [(b"Host", b"retell.test"), (b"X-A", b"1")]


def request() -> Request:
    base_url = httpx.URL("https://retell.test/prefix")
    target = b"/prefix/v2/a%2Fb?c=d"
    return Request(
        "POST", base_url, target, fields=FIELDS, content=b"body", extensions={"safe": True}
    )


async def test_it_tells_what_any_request_tells() -> None:
    it = request()
    assert it.method == "POST"
    assert it.url == httpx.URL("https://retell.test/prefix/v2/a%2Fb?c=d")
    assert it.url.raw_path == it.target
    assert it.headers == httpx.Headers(FIELDS)
    assert it.headers["x-a"] == "1"
    assert it.extensions == {"safe": True}
    assert (it.content, it.read(), await it.aread()) == (b"body",) * 3
    assert repr(it) == "<Request('POST', 'https://retell.test/prefix/v2/a%2Fb?c=d')>"


def test_it_has_what_httpx_gives_a_request_whose_body_is_a_stream() -> None:
    it = request()
    theirs = vars(httpx.Request("post", it.url, stream=it.stream, extensions={"safe": True}))
    assert theirs == {name: getattr(it, name) for name in theirs} | {"headers": httpx.Headers()}


def test_a_response_has_what_httpx_gives_one_whose_body_is_a_stream() -> None:
    stream = httpx.ByteStream(b"")
    it = Response(404, fields=FIELDS, stream=stream)
    theirs = vars(httpx.Response(404, stream=stream))
    assert theirs == {name: getattr(it, name) for name in theirs} | {"headers": httpx.Headers()}
    assert it.headers == httpx.Headers(FIELDS)


def test_it_is_sent_line_by_line() -> None:
    assert encoded("POST", b"/a", FIELDS, b"body") == (
        b"POST /a HTTP/1.1\r\nHost: retell.test\r\nX-A: 1\r\n\r\nbody"
    )
