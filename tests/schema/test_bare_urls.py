"""`gateway.schema.bare_urls`: what is left of an address that may hold a token."""

from __future__ import annotations

import pytest

from gateway.schema.bare_urls import bare_url


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://example.com/hook", "https://example.com/hook"),
        ("https://example.com", "https://example.com"),
        ("https://example.com/hook?token=1#x", "https://example.com/hook"),
        ("https://example.com#token", "https://example.com"),
        ("https://example.com?next=https://other", "https://example.com"),
        ("example.com/a?next=https://user:word@other", "example.com/a"),
        ("https://user:word@example.com:8443/a@b", "https://example.com:8443/a@b"),
        ("https://user:word@example.com/https://b", "https://example.com/https://b"),
        ("trunk.pstn.example.com", "trunk.pstn.example.com"),
        ("user:word@trunk.example.com", "trunk.example.com"),
        ("sip:user:word@trunk.example.com;transport=tls", "trunk.example.com;transport=tls"),
        ("", ""),
        (None, None),
        (7, 7),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(given: object, shown: object) -> None:
    assert bare_url(given) == shown
